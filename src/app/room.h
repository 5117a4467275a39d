/* Who gets tasks of the program when owners take no more than so many. */
#ifndef APP_ROOM_H
#define APP_ROOM_H

#include "store/policies.h"

/* Most sales first, then the longest without contact. */
int by_worth(const void *x, const void *y);

/* Keeps of the n customers those whose owners have room, the most worth first:
 * an owner with fewer open tasks than limit (0: none) takes one more customer,
 * which brings `each` of them. open goes by owner, in rising order. */
void room_pick(int64_t limit, int64_t each, const struct policy_room *open,
               size_t n_open, struct policy_due *p, size_t *n);

#endif
