/* Private to the store: who passes the tests of customers that take long, found
 * for the first page of a list and kept for the others. */
#ifndef STORE_CUSTOMER_FIND_H
#define STORE_CUSTOMER_FIND_H

#include "store/query.h"

/* Fills q->who.ids where its tests name customers or ask who returned, once;
 * before any statement is made of it. as_of: that of an earlier page, whose
 * list is gone on with as long as it is kept; 0: as things are now. A hasty
 * caller gets what is kept, or ERR_TOO_BROAD: it goes by the whole company. */
enum err customer_find(struct ctx *c, struct query *q,
                       uint64_t as_of) MUST_CHECK;

#endif
