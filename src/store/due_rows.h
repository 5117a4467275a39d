/* Private to the store: rows of customers for whom tasks are due, and of what
 * their owners have open. */
#ifndef STORE_DUE_ROWS_H
#define STORE_DUE_ROWS_H

#include "store/policies.h"

/* q selects customer, owner, sales and since when. */
enum err due_rows(struct ctx *c, const struct sql *q, struct args args,
                  struct policy_due **out, size_t *n) MUST_CHECK;
/* q selects owner and open tasks. */
enum err room_rows(struct ctx *c, const struct sql *q, struct policy_room **out,
                   size_t *n) MUST_CHECK;

#endif
