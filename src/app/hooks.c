/* One row per hook named in the model. */
#include "app/hooks.h"

#include "app/costs.h"
#include "app/drop.h"
#include "app/lifecycle.h"
#include "app/loss.h"
#include "app/order.h"
#include "app/roles.h"
#include "app/standing.h"
#include "app/users.h"

static const struct hook_entry entries[] = {
    {"cost_entry_save", cost_entry_save, NULL},
    {"customer_save", customer_save, customers_made},
    {"drop_decision_save", drop_decision_save, NULL},
    {"interaction_save", interaction_save, NULL},
    {"lifecycle_plan_save", lifecycle_plan_save, NULL},
    {"loss_account_save", loss_account_save, NULL},
    {"order_line_save", order_line_save, NULL},
    {"order_save", order_save, NULL},
    {"payment_save", payment_save, NULL},
    {"role_save", role_save, NULL},
    {"team_save", team_save, NULL},
    {"user_save", user_save, NULL},
    {"win_back_cost_save", win_back_cost_save, NULL},
};

const struct hooks app_hooks = {entries, COUNT_OF(entries)};

enum err app_open(struct ctx *c, struct str url, enum store_mode mode,
                  struct store **out) {
    return store_open(c, url, mode, &app_hooks, out);
}
