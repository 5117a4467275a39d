/* What a saved view holds: the entity it is of, and filter, sort and columns as
 * that entity's list takes them. */
#ifndef APP_SAVED_VIEW_H
#define APP_SAVED_VIEW_H

#include "store/registry.h"

/* ERR_INVALID on entity, and on query.… for what whoever saves could not ask
 * the list for. */
enum err saved_view_save(struct ctx *c, enum save_op op,
                         const struct record *before,
                         const struct record *after) MUST_CHECK;

#endif
