/* Tables of shapes: risks of loss, loss accounts, retention. */
#include "api/shapes.h"

SHAPE(churn_query, "Which customers to tell of.", 0, NULL,
      {"band?", "@customer.risk_band", "Only then customers are listed."},
      {"rows?", "integer", "At most 200; 50 when not said."});

SHAPE(churn, "Risk of loss by band.", 0, NULL,
      {"as_of", "date|null", "null: no grading has told risks yet."},
      {"limits?", "#churn_limits", NULL},
      {"contract?", "#churn_contract",
       "Model of contract customers, for who may see all customers."},
      {"bands", "[#churn_band]", NULL},
      {"rows?", "[#churn_risk]", "The riskiest first."});

SHAPE(churn_limits, "What risks are held against.", 0, NULL,
      {"medium", "decimal", "Risks from here on."}, {"high", "decimal", NULL},
      {"lost_days", "integer", "Silent for as long, and for …"},
      {"lost_intervals", "integer", "… as many of the own intervals: lost."},
      {"horizon_days", "integer", "Of the risk of contract customers."});

SHAPE(churn_contract, "Logistic regression over ln(1 + fact).", 0, NULL,
      {"why", "=too_few_customers not_converged no_better_than_chance|null",
       "Why there is no model; null: there is one."},
      {"everybody", "boolean",
       "Learnt from all customers, since P(alive) can't tell."},
      {"auc", "number", "Of customers left out of the fit."},
      {"rows", "integer", "Customers learnt from."},
      {"lost", "integer", "Those of them that bought no more."},
      {"intercept", "number", NULL}, {"facts", "[#churn_fact]", NULL});

SHAPE(churn_fact, "A fact of the model.", 0, NULL, {"fact", "text", NULL},
      {"mean", "number", "Of ln(1 + fact)."}, {"sd", "number", NULL},
      {"beta", "number", "Per standard deviation."});

SHAPE(churn_band, "Customers of a band.", 0, NULL,
      {"band", "@customer.risk_band", NULL}, {"customers", "integer", NULL},
      {"sales", "decimal", NULL},
      {"clv_12m", "decimal", "What they are expected to bring."});

SHAPE(churn_risk, "Risk of losing a customer, and why.", 0, NULL,
      {"customer_id", "integer", NULL}, {"as_of", "date|null", NULL},
      {"risk", "decimal|null", "0 to 1; null: nothing can be told."},
      {"band", "@customer.risk_band|null", NULL},
      {"method", "=p_alive contract company none", NULL},
      {"purchase_days", "integer", NULL}, {"last_order_on?", "date", NULL},
      {"silent_days?", "integer", "Since then, at the as-of day."},
      {"lost_after_days?", "integer", "From so many on it counts as lost."},
      {"interval_days?", "decimal|null", NULL},
      {"limits?", "#churn_limits", NULL},
      {"base?", "number", "ln of the odds before the reasons."},
      {"reasons?", "[#churn_reason]",
       "Their effects and the base add up to the ln of the odds."},
      {"model?", "#churn_model", "Parameters of what gave the figure."});

SHAPE(churn_reason, "A fact behind a risk.", 0, NULL, {"fact", "text", NULL},
      {"value", "number|null", NULL},
      {"usual", "number|null", "Of the customer or of the company."},
      {"effect", "number|null",
       "In ln of the odds; above 0: raises the risk."});

SHAPE(churn_model,
      "BG/NBD or Pareto/NBD with the customer's history in weeks, or the model "
      "of contract customers.",
      0, "any", {"r?", "number", NULL}, {"alpha?", "number", NULL},
      {"a?", "number", NULL}, {"b?", "number", NULL}, {"s?", "number", NULL},
      {"beta?", "number", NULL}, {"x?", "number", NULL},
      {"t_x?", "number", NULL}, {"T?", "number", NULL});

#define LOSS_SUM                                                               \
    {"accounts", "integer", NULL}, {"direct", "decimal", NULL},                \
        {"indirect?", "decimal", "For who may see all customers."}, {          \
        "spent", "decimal", "To win back."                                     \
    }

SHAPE(losses, "Loss accounts but those that were none.", 0, NULL, LOSS_SUM,
      {"states?", "[#loss_by_state]", "For who may read it."},
      {"causes?", "[#loss_by_cause]", "For who may read it."},
      {"harms?", "[#loss_by_harm]", "For who may read it."},
      {"months", "[#loss_by_month]", "By day of discovery, oldest first."});
SHAPE(loss_by_state, "Those of a state.", 0, NULL,
      {"state", "@loss_account.state", NULL}, LOSS_SUM);
SHAPE(loss_by_cause, "Those of a cause.", 0, NULL,
      {"cause", "@loss_account.cause|null", "null: not said yet."}, LOSS_SUM);
SHAPE(loss_by_harm, "Those that harm it; a loss may harm several.", 0, NULL,
      {"harm", "=image customers good_name trade_secrets technical_secrets",
       NULL},
      LOSS_SUM);
SHAPE(loss_by_month, "Those of a month.", 0, NULL, {"month", "text", "2026-03"},
      LOSS_SUM);

SHAPE(loss_why, "The facts behind the figures of an account, as of today.", 0,
      NULL, {"id", "integer", NULL}, {"customer_id", "integer", NULL},
      {"direct", "#loss_direct", NULL},
      {"indirect?", "#loss_indirect", "For who may see all customers."},
      {"win_back", "#loss_win_back", NULL});
SHAPE(loss_direct, "Sales of a year at the customer's own pace.", 0, NULL,
      {"sales", "decimal", "All, base currency."},
      {"first_order_on", "date|null", NULL},
      {"last_order_on", "date|null", NULL},
      {"active_days", "integer", "Between them, 365 at least."},
      {"yearly", "decimal", "sales × 365 / active_days."});
SHAPE(loss_indirect, "Loss through referred customers.", 0, NULL,
      {"customers", "integer", "Referred, of ten generations."},
      {"referred_yearly", "decimal", "Of those not lost themselves."},
      {"follow_share", "decimal", "Of it goes too, as the settings say."},
      {"following", "decimal", "referred_yearly × follow_share."},
      {"brought_yearly", "decimal", "Of buyers it referred itself."},
      {"missed", "decimal", "brought_yearly × 365 / active_days."},
      {"indirect", "decimal", "following + missed."},
      {"referred", "[#loss_referred]", "The first hundred one may see."});
SHAPE(loss_referred, "A referred customer.", 0, NULL,
      {"customer_id", "integer", NULL}, {"generation", "integer", NULL},
      {"lost", "boolean", NULL}, {"yearly", "decimal", NULL});
SHAPE(loss_win_back, "What the limit of spending follows from.", 0, NULL,
      {"expected", "decimal",
       "Value of 12 months when won back, as told when it was found."},
      {"by", "=model pace",
       "model: clv_12m / P(alive); pace: the yearly sales."},
      {"share", "decimal", "Of it may be spent."},
      {"limit", "decimal", "expected × share, in whole minor units."});

SHAPE(loss_confirm, "Confirms a loss.", 0, NULL,
      {"cause?", "@loss_account.cause|null", "Needed unless it is set."},
      {"text?", "text|null", "The cause in words."});
SHAPE(loss_reject, "The customer is not lost.", 0, NULL,
      {"text", "text", "Why."});
SHAPE(loss_decide, "What to do about it.", 0, NULL,
      {"decision", "@loss_account.decision", NULL}, {"text", "text", "Why."},
      {"offer?", "text|null", NULL});
SHAPE(loss_close, "How it ended.", 0, NULL,
      {"result", "=won_back given_up dissolved", NULL},
      {"text?", "text|null", NULL});
SHAPE(loss_state, "The account as it is now.", 0, NULL, {"id", "integer", NULL},
      {"rev", "integer", NULL}, {"state", "@loss_account.state", NULL});

SHAPE(retention_query, "Which spans.", 0, NULL,
      {"period?", "=month quarter year",
       "30, 91 (when not said) or 365 days."});
SHAPE(retention, "Winning and keeping customers.", 0, NULL,
      {"as_of", "date|null", "null: nobody ever bought; nothing else is told."},
      {"period", "=month quarter year", NULL}, {"days", "integer", NULL},
      {"periods", "[#retention_period]",
       "Counted back from as_of; the oldest "
       "first."},
      {"effect?", "#retention_effect|null",
       "null: nobody bought in a span before the last."},
      {"cost?", "#retention_costs|null",
       "Of the year before as_of; null without the right to contacts."},
      {"five_years?", "#retention_five", NULL});
SHAPE(retention_period, "A span of days.", 0, NULL, {"from", "date", NULL},
      {"to", "date", NULL}, {"active", "integer", "Bought in it."},
      {"new", "integer", "Bought for the first time."},
      {"base", "integer", "Bought in the one before."},
      {"kept", "integer", "Bought in both."},
      {"rate", "number|null", "kept / base."}, {"sales", "decimal", NULL},
      {"queries", "#retention_queries", NULL});
SHAPE(retention_queries, "Of the lists of customers that are counted.", 0, NULL,
      {"active", "text", NULL}, {"new", "text", NULL}, {"base", "text", NULL},
      {"kept", "text", NULL});
SHAPE(retention_effect,
      "What 5 % more kept would bring, from the newest four "
      "spans.",
      0, NULL, {"base", "integer", NULL}, {"kept", "integer", NULL},
      {"rate", "number", NULL}, {"sales", "decimal", NULL},
      {"active", "integer", "Customers in each span, summed."},
      {"measure", "=margin sales",
       "sales: some line has no cost, or not everybody is in sight."},
      {"margin_rate", "number", "Of sales."},
      {"each", "number|null", "Profit of a customer in a span."},
      {"discount", "number", "Of a span: 1 % a month."},
      {"value", "number|null",
       "each × (1 + discount) / (1 + discount − rate)."},
      {"more_rate", "number", "rate + 0.05, at most 1."},
      {"more_value", "number|null", "The value at that rate."},
      {"gain", "number|null",
       "(more_value − value) / (value − cost of winning one)."});
SHAPE(retention_costs, "What winning and keeping cost.", 0, NULL,
      {"contact_cost", "integer", "Of one contact, as the settings say."},
      {"marketing_month", "integer", "As the settings say."},
      {"marketing_source", "=ledger standard",
       "ledger: entries for winning customers instead of the settings."},
      {"ledger_seen", "boolean",
       "false: one may not read costs; the settings alone count."},
      {"ledger_query?", "text", "Of the list of the entries of both sides."},
      {"winning", "#retention_cost", "Before the first purchase."},
      {"keeping", "#retention_cost", "After it."},
      {"times", "number|null", "Winning one to keeping one."});
SHAPE(retention_cost, "Spent on customers.", 0, NULL,
      {"source", "=ledger standard both", "Where spent comes from."},
      {"contacts", "integer", NULL},
      {"standard_contacts", "integer",
       "Of them, without an entry of the ledger: at contact_cost each."},
      {"entries", "integer", "Of the cost ledger."},
      {"ledger", "number", "What they amount to."},
      {"marketing", "number", "Of the settings, 12 months."},
      {"spent", "number",
       "ledger + standard_contacts × contact_cost + marketing."},
      {"customers", "integer", "Won, or kept, in the year."},
      {"each", "number|null", NULL}, {"query", "text", "Of their list."});
SHAPE(retention_five, "Customers of five years ago.", 0, NULL,
      {"base", "integer", "Bought between six and five years before."},
      {"lost", "integer", "Of them, not in the last year."},
      {"queries", "#five_queries", NULL});
SHAPE(five_queries, "Of the lists of customers that are counted.", 0, NULL,
      {"base", "text", NULL}, {"lost", "text", NULL});

static const struct shape *const list[] = {
    &retention_query, &retention,      &retention_period, &retention_effect,
    &retention_costs, &retention_cost, &retention_five,   &churn_query,
    &churn,           &churn_limits,   &churn_contract,   &churn_fact,
    &churn_band,      &churn_risk,     &churn_reason,     &churn_model,
    &losses,          &loss_by_state,  &loss_by_cause,    &loss_by_harm,
    &loss_by_month,   &loss_why,       &loss_direct,      &loss_win_back,
    &loss_indirect,   &loss_referred,  &loss_confirm,     &loss_reject,
    &loss_decide,     &loss_close,     &loss_state,       &retention_queries,
    &five_queries,
};

const struct shape_list churn_shapes = {list, COUNT_OF(list)};
