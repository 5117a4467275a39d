/* One row per hook named in the model. */
#include "app/hooks.h"

#include "app/costs.h"
#include "app/drop.h"
#include "app/import_mapping.h"
#include "app/lifecycle.h"
#include "app/loss.h"
#include "app/order.h"
#include "app/order_fill.h"
#include "app/order_lines.h"
#include "app/roles.h"
#include "app/saved_view.h"
#include "app/standing.h"
#include "app/users.h"
#include "app/who.h"

static const struct hook_entry entries[] = {
    {.name = "cost_entry_save", .fn = cost_entry_save},
    {.name = "customer_save",
     .fn = customer_save,
     .all = customers_made,
     .check = customer_check},
    {.name = "drop_decision_save", .fn = drop_decision_save},
    {.name = "import_mapping_save", .fn = import_mapping_save},
    {.name = "interaction_save", .fn = interaction_save},
    {.name = "lifecycle_plan_save", .fn = lifecycle_plan_save},
    {.name = "loss_account_save", .fn = loss_account_save},
    {.name = "order_line_save",
     .fn = order_line_save,
     .fill = order_line_fill,
     .put = order_lines_put},
    {.name = "order_save", .fn = order_save, .fill = order_fill},
    {.name = "payment_save", .fn = payment_save},
    {.name = "role_save", .fn = role_save},
    {.name = "saved_view_save", .fn = saved_view_save},
    {.name = "team_save", .fn = team_save},
    {.name = "user_save", .fn = user_save},
    {.name = "win_back_cost_save", .fn = win_back_cost_save},
};

const struct hooks app_hooks = {entries, COUNT_OF(entries), who_ids};

enum err app_open(struct ctx *c, struct str url, enum store_mode mode,
                  struct store **out) {
    return store_open(c, url, mode, &app_hooks, out);
}
