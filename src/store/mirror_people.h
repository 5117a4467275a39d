/* Customers a mirror knows more of than their sales: those in the bin, with
 * scored facts, or with a grade set by hand. Few, so a sorted array. Private to
 * the mirror. */
#ifndef STORE_MIRROR_PEOPLE_H
#define STORE_MIRROR_PEOPLE_H

#include "store/mirror.h"

struct mirror_people {
    struct arena *arena;     /* of the rows alone: replaced when they move */
    struct mirror_person *p; /* by id */
    size_t n, cap;
};

/* Nothing of the customer is out of the ordinary: it needs no entry. */
bool mirror_person_plain(const struct mirror_person *p);
/* Takes over what is known of a customer now; a plain one loses his entry. */
void mirror_people_put(struct mirror_people *all,
                       const struct mirror_person *p);
void mirror_people_reserve(struct mirror_people *all, size_t n);
void mirror_people_clear(struct mirror_people *all);

#endif
