/* Tables of shapes: what customers could bring and will bring. */
#include "api/shapes.h"

SHAPE(matrix, "Current against potential value.", 0, NULL,
      {"as_of", "date|null", "null before the first grading."},
      {"from", "date|null", "Sales since count as current."},
      {"current_cut", "decimal", "High is more than that."},
      {"potential_cut", "decimal", "High is more than that."},
      {"types", "[#matrix_type]", NULL}, {"cells", "[#matrix_cell]", NULL});

SHAPE(matrix_type, "A type of customers in scope.", 0, NULL,
      {"type", "@customer.matrix_type", NULL}, {"customers", "integer", NULL},
      {"year_sales", "decimal", NULL}, {"potential", "decimal", NULL},
      {"query", "text", "Of the list of these customers."});

SHAPE(matrix_cell, "Customers with values from, and below to.", 0, NULL,
      {"type", "@customer.matrix_type", NULL},
      {"current_from", "decimal", NULL}, {"current_to", "decimal|null", NULL},
      {"potential_from", "decimal", NULL},
      {"potential_to", "decimal|null", NULL}, {"customers", "integer", NULL},
      {"query", "text", "Of the list of these customers."});

SHAPE(buying_groups, "Groups of customers who buy alike.", 0, NULL,
      {"as_of", "date|null", "null before the first grading."},
      {"customers", "integer", "In scope."}, {"sales", "decimal", NULL},
      {"groups", "[#buying_group]", "The one that spends most first."});

SHAPE(buying_group, "A group, as far as it is in scope.", 0, NULL,
      {"number", "integer", "Of customer.value_group."},
      {"words", "#buying_words", "Where its centre lies."},
      {"customers", "integer", NULL}, {"sales", "decimal", NULL},
      {"share", "number", "Of the sales of all groups, 0 to 1."},
      {"mean", "#buying_mean", NULL},
      {"query", "text", "Of the list of these customers."});

SHAPE(buying_words, "Half a deviation from the mean, or less.", 0, NULL,
      {"recency", "=recent medium old", NULL},
      {"frequency", "=seldom medium often", NULL},
      {"money", "=little medium much", NULL});

SHAPE(buying_mean, "Of one customer.", 0, NULL,
      {"recency_days", "number", NULL}, {"orders", "number", NULL},
      {"sales", "decimal", NULL});

SHAPE(why_group, "The group of customers who buy alike.", 0, NULL,
      {"value_group", "integer", NULL}, {"as_of", "date", NULL},
      {"of", "integer", "Groups there are."}, {"words", "#buying_words", NULL},
      {"distance", "number", "To its centre, in deviations."},
      {"facts", "[#why_group_fact]", NULL},
      {"centres?", "[#why_centre]", "For those who see everybody."});

SHAPE(why_group_fact, "ln(1 + days), ln(orders), ln(1 + sales).", 0, NULL,
      {"fact", "=recency frequency money", NULL},
      {"value", "integer|decimal", NULL}, {"log", "number", NULL},
      {"mean?", "number", "Of all logarithms."}, {"deviation?", "number", NULL},
      {"scaled?", "number", "(log - mean) / deviation."});

SHAPE(why_centre, "The centre of a group.", 0, NULL,
      {"value_group", "integer", NULL}, {"scaled", "[number]", "By fact."},
      {"distance", "number", "The nearest one's is the least."});

SHAPE(lifetimes, "How what is expected of customers is spread.", 0, NULL,
      {"as_of", "date|null", "null before the first grading."},
      {"today", "date", NULL}, {"clv", "#lifetime_bars", NULL},
      {"alive", "#lifetime_bars", NULL}, {"due", "#lifetime_bars", NULL});

SHAPE(lifetime_bars, "Customers by a value.", 0, NULL,
      {"customers", "integer", "With a value."},
      {"unknown", "integer", "Without one."},
      {"sum", "decimal", "Of their values of the next 12 months."},
      {"bars", "[#lifetime_bar]", NULL});

SHAPE(lifetime_bar, "Customers with values from, and below to.", 0, NULL,
      {"from", "decimal|date|null", "null: open."},
      {"to", "decimal|date|null", "null: open."},
      {"customers", "integer", NULL}, {"sum", "decimal", NULL},
      {"query", "text", "Of the list of these customers."});

SHAPE(suggestions, "What to offer a customer, the strongest first.", 0, NULL,
      {"as_of", "date|null", NULL},
      {"newest?", "integer",
       "Of a customer with very many orders: so many of the newest told what "
       "was bought."},
      {"of?", "integer", "Orders there are."}, {"data", "[#suggestion]", NULL});

SHAPE(suggestion, "A product and the purchase that speaks for it.", 0, NULL,
      {"product", "#product_named", NULL}, {"because", "#product_named", NULL},
      {"support", "number", "Of all who buy, who bought both."},
      {"confidence", "number", "Of those who bought the one, who bought both."},
      {"lift", "number", "1: by chance."},
      {"buyers?", "integer", "The counts: for those who see everybody."},
      {"bought?", "integer", NULL}, {"bought_other?", "integer", NULL},
      {"bought_both?", "integer", NULL});

SHAPE(product_named, "A product.", 0, NULL, {"id", "integer", NULL},
      {"name?", "text", NULL});

SHAPE(why_basis, "Contribution and the weights of scored facts.", 0, NULL,
      {"measure", "=sales margin profit", NULL},
      {"from", "date|null", "Counted since; null: all time."},
      {"contribution", "decimal|null",
       "sum, 0 where that is below; null: costs may not be seen."},
      {"total?", "decimal",
       "Of all contributions: the shares of ABC are of it."},
      {"weights", "[#why_weight]", NULL},
      {"weighted?", "decimal|null",
       "contribution × (200 + Σ weight × (score − 3)) / 200."},
      {"bad_credit?", "boolean", "Caps the grade at small."},
      {"sum?", "decimal", "What lines, or margins less costs, add up to."},
      {"lines?", "[#why_line]", "When by margin."},
      {"margins?", "[#why_margin]", "When by profit: of orders and returns."},
      {"costs?", "[#why_cost]",
       "When by profit; without discounts given, which margins are less by."});

SHAPE(why_line, "A line sold.", 0, NULL, {"order_id", "integer", NULL},
      {"number?", "text", NULL}, {"day?", "date", NULL},
      {"product_id?", "integer|null", NULL}, {"quantity?", "decimal", NULL},
      {"amount?", "decimal", "In the order's currency."},
      {"currency?", "text", "Of the order."},
      {"rate?", "decimal", "Base currency for one of that."},
      {"cost?", "decimal|null",
       "Of one, in that currency; null: not known, the line adds nothing."},
      {"margin", "decimal|null", "(amount − quantity × cost) × rate."});

SHAPE(why_margin, "What an order leaves.", 0, NULL,
      {"order_id", "integer", NULL}, {"number?", "text", NULL},
      {"day?", "date", NULL}, {"kind?", "@order.kind", NULL},
      {"margin", "decimal|null", "null: not known, the order adds nothing."});

SHAPE(why_cost, "An entry of the cost ledger.", 0, NULL,
      {"id", "integer", NULL}, {"kind?", "@cost_entry.kind", NULL},
      {"day?", "date", NULL}, {"origin?", "@cost_entry.origin", NULL},
      {"amount", "decimal", "Taken off; base currency."});

SHAPE(why_weight, "A fact that counts.", 0, NULL,
      {"fact", "=frequency credit influence prospects loyalty", NULL},
      {"weight", "integer", NULL},
      {"score?", "integer|null", "1 to 5; null: unknown, counts as 3."},
      {"source?", "text|null", "What a typed score rests on."},
      {"on?", "date|null", "The day it is of."});

SHAPE(why_policy, "What the policy of the grade gives the customer.", 0, NULL,
      {"id", "integer", NULL}, {"grade?", "=vip main ordinary small", NULL},
      {"contact_days?", "integer|null", NULL},
      {"discount_max?", "decimal|null", NULL},
      {"approval?", "=nobody manager admin", NULL},
      {"team_id?", "integer|null", NULL}, {"service_level?", "text|null", NULL},
      {"upgrade_open?", "integer", NULL}, {"upgrade_gap?", "decimal", NULL},
      {"cut_open?", "integer", NULL}, {"plan_days?", "integer", NULL},
      {"plan?", "text|null", NULL},
      {"contact_by?", "date", "The day the next contact is due."},
      {"lowered_from?", "=vip main ordinary small",
       "The grade in force, where a drop decision lowers the service."},
      {"drop_decision_id?", "integer", "That decision."});

SHAPE(why_effective,
      "The grade in force: set by hand until a day, or computed.", 0, NULL,
      {"effective_grade", "=vip main ordinary small|null", NULL},
      {"grade_override?", "=vip main ordinary small|null", "Set by hand."},
      {"grade_override_reason?", "text|null", NULL},
      {"grade_override_until?", "date|null", "The last day it holds."},
      {"credit_score?", "integer|null", "1 makes either grade small."});

SHAPE(why_gap, "What is missing of the next grade.", 0, NULL,
      {"border_gap", "decimal|null", "Per cent of the border."},
      {"border", "decimal|null",
       "What the next grade begins with; null: none to reach."});

SHAPE(why_lifetime, "Purchase history and model behind what is expected.", 0,
      NULL, {"as_of", "date", NULL}, {"first_order_on", "date", NULL},
      {"last_order_on", "date", NULL}, {"purchase_days", "integer", NULL},
      {"x", "integer", "Repeat purchases: purchase days less one."},
      {"t_x", "number", "Weeks from the first to the last purchase."},
      {"T", "number", "Weeks from the first purchase to as_of."},
      {"repeat_sales", "decimal", "Sales of all purchase days but the first."},
      {"m", "number", "repeat_sales / x."},
      {"model", "=bgnbd pareto_nbd nbd none", NULL},
      {"parameters?", "#why_parameters", "For those who see everybody."},
      {"interval_days", "decimal|null", NULL}, {"due_on", "date|null", NULL},
      {"p_alive", "decimal|null", NULL}, {"expected_52w", "decimal|null", NULL},
      {"clv_12m", "decimal|null", NULL},
      {"clv_unknown?", "=no_model no_spend_model too_large",
       "Why clv_12m is null."});

SHAPE(why_parameters, "Fitted to everybody: counting, then spend.", 0, NULL,
      {"r?", "number", NULL}, {"alpha?", "number", NULL},
      {"a?", "number", NULL}, {"b?", "number", NULL}, {"s?", "number", NULL},
      {"beta?", "number", NULL}, {"p?", "number", NULL}, {"q?", "number", NULL},
      {"v?", "number", NULL});

SHAPE(why_matrix, "Current value, potential and the cuts.", 0, NULL,
      {"as_of", "date", NULL}, {"from", "date", NULL},
      {"current_cut", "decimal", NULL}, {"potential_cut", "decimal", NULL},
      {"wallet_amount?", "decimal|null", NULL},
      {"wallet_source?", "text|null", NULL}, {"wallet_on?", "date|null", NULL},
      {"prospects_score?", "integer|null", NULL},
      {"prospects_source?", "text|null", NULL},
      {"prospects_on?", "date|null", NULL},
      {"clv_12m?", "decimal|null", "What the models expect."},
      {"peers", "#why_peers", NULL},
      {"matrix_type", "@customer.matrix_type|null", NULL},
      {"year_sales", "decimal|null", NULL}, {"potential", "decimal|null", NULL},
      {"share_of_customer", "decimal|null", NULL});

SHAPE(why_peers, "Similar customers.", 0, NULL,
      {"alike", "[#why_alike]", "Empty: everybody."},
      {"customers?", "integer", "For those who see everybody."},
      {"upper_quarter", "decimal", "Of what they buy in a year."});

SHAPE(why_alike, "A field they have in common.", 0, NULL,
      {"field", "text", NULL}, {"value", "text", NULL});

static const struct shape *const list[] = {
    &matrix,         &matrix_type,  &matrix_cell,    &buying_groups,
    &buying_group,   &buying_words, &buying_mean,    &why_group,
    &why_group_fact, &why_centre,   &lifetimes,      &lifetime_bars,
    &lifetime_bar,   &suggestions,  &suggestion,     &product_named,
    &why_basis,      &why_weight,   &why_lifetime,   &why_line,
    &why_margin,     &why_cost,     &why_parameters, &why_matrix,
    &why_peers,      &why_alike,    &why_policy,     &why_effective,
    &why_gap};

const struct shape_list outlook_shapes = {list, COUNT_OF(list)};
