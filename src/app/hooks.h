/* The save hooks of all entities, by the names the model gives them. */
#ifndef APP_HOOKS_H
#define APP_HOOKS_H

#include "store/registry.h"
#include "store/store.h"

extern const struct hooks app_hooks;

/* store_open with these hooks: the way to open a company. */
enum err app_open(struct ctx *c, struct str url, enum store_mode mode,
                  struct store **out) MUST_CHECK;

#endif
