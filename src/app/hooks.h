/* The save hooks of all entities, by the names the model gives them: handed to
 * store_open. */
#ifndef APP_HOOKS_H
#define APP_HOOKS_H

#include "store/registry.h"

extern const struct hooks app_hooks;

#endif
