/* Looking at the company as somebody else sees it. */
#ifndef APP_VIEW_AS_H
#define APP_VIEW_AS_H

#include "store/actor.h"

/* Puts "role:sales", "role:3" or "user:7" in c->actor's place, an
 * administrator's, for one reading request of path, and has it audited. Not in
 * a transaction. ERR_FORBIDDEN, ERR_INVALID bad_view_as, ERR_BUSY. */
enum err view_as(struct ctx *c, struct str who, struct str path) MUST_CHECK;

#endif
