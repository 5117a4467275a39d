/* Contacts with customers within the actor's scope, one by one. */
#ifndef STORE_CONTACT_ROWS_H
#define STORE_CONTACT_ROWS_H

#include "db/db.h"

/* Calls fn for each interaction with a live customer on days from `from` to
 * before `until`, in no order. ERR_FORBIDDEN. */
enum err contacts_between(struct ctx *c, int32_t from, int32_t until,
                          void (*fn)(void *arg, int64_t customer, int32_t day),
                          void *arg) MUST_CHECK;

#endif
