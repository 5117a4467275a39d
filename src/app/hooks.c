/* The table of save hooks, nothing else. */
#include "app/hooks.h"

#include "app/roles.h"
#include "app/users.h"

static const struct hook_entry entries[] = {
    {"role_save", role_save},
    {"team_save", team_save},
    {"user_save", user_save},
};

const struct hooks app_hooks = {entries, COUNT_OF(entries)};
