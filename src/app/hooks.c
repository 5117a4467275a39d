/* The table of save hooks. */
#include "app/hooks.h"

#include "app/roles.h"
#include "app/users.h"

static const struct hook_entry entries[] = {
    {"role_save", role_save},
    {"team_save", team_save},
    {"user_save", user_save},
};

const struct hooks app_hooks = {entries, COUNT_OF(entries)};

enum err app_open(struct ctx *c, struct str url, enum store_mode mode,
                  struct store **out) {
    return store_open(c, url, mode, &app_hooks, out);
}
