/* Contacts with customers and what they cost, one by one, within the actor's
 * scope. */
#ifndef STORE_CONTACT_ROWS_H
#define STORE_CONTACT_ROWS_H

#include "db/db.h"

/* A contact, or an entry of the cost ledger. */
struct contact_row {
    int64_t interaction; /* 0: an entry that belongs to none */
    int64_t customer;
    int32_t day;
    struct str kind; /* of an entry; good during the call */
    int64_t amount;  /* of an entry, 10^-6 of the base currency */
};

/* Calls fn for each interaction with a live customer on days from `from` to
 * before `until`, in no order. ERR_FORBIDDEN. */
enum err contacts_between(struct ctx *c, int32_t from, int32_t until,
                          void (*fn)(void *arg, const struct contact_row *r),
                          void *arg) MUST_CHECK;

/* The same for entries of the ledger, by interaction, those of none first.
 * *seen false, and no calls, when the actor may not read what they amount to.
 */
enum err costs_between(struct ctx *c, int32_t from, int32_t until,
                       void (*fn)(void *arg, const struct contact_row *r),
                       void *arg, bool *seen) MUST_CHECK;

#endif
