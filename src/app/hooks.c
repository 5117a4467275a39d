/* One row per hook named in the model. */
#include "app/hooks.h"

#include "app/loss.h"
#include "app/order.h"
#include "app/roles.h"
#include "app/standing.h"
#include "app/users.h"

static const struct hook_entry entries[] = {
    {"customer_save", customer_save},
    {"interaction_save", interaction_save},
    {"loss_account_save", loss_account_save},
    {"order_line_save", order_line_save},
    {"order_save", order_save},
    {"payment_save", payment_save},
    {"role_save", role_save},
    {"team_save", team_save},
    {"user_save", user_save},
    {"win_back_cost_save", win_back_cost_save},
};

const struct hooks app_hooks = {entries, COUNT_OF(entries)};

enum err app_open(struct ctx *c, struct str url, enum store_mode mode,
                  struct store **out) {
    return store_open(c, url, mode, &app_hooks, out);
}
