/* Tables of shapes: what customers are worth, and why. */
#include "api/shapes.h"

SHAPE(analytics_query, "How much to tell.", 0, NULL,
      {"rows?", "boolean", "false leaves the customers out."});

SHAPE(analytics_rfm, "Recency, frequency and monetary scores.", 0, NULL,
      {"as_of", "date|null", "null before the first grading."},
      {"lines", "integer", NULL}, {"sale_lines", "integer", NULL},
      {"customers", "integer", NULL}, {"sales", "decimal", NULL},
      {"hist", "#rfm_hist", NULL}, {"rows?", "[#rfm_row]", NULL});

SHAPE(rfm_hist, "Customers per score, 1 to 5.", 0, NULL,
      {"R", "[integer]", NULL}, {"F", "[integer]", NULL},
      {"M", "[integer]", NULL});

SHAPE(rfm_row, "A customer's scores; 5 is best.", 0, NULL, {"id", "text", NULL},
      {"recency_days", "integer", NULL}, {"frequency", "integer", NULL},
      {"monetary", "decimal", NULL}, {"R", "integer", NULL},
      {"F", "integer", NULL}, {"M", "integer", NULL});

SHAPE(value_group, "Customers and their part of all sales.", 0, NULL,
      {"customers", "integer", NULL}, {"sales", "decimal", NULL},
      {"share", "number", "0 to 1."});

SHAPE(analytics_abc, "ABC classes by share of what grades go by.", 0, NULL,
      {"classes", "#abc_classes", NULL}, {"rows?", "[#abc_row]", NULL});

SHAPE(abc_classes, "The classes.", 0, NULL, {"A", "#value_group", NULL},
      {"B", "#value_group", NULL}, {"C", "#value_group", NULL});

SHAPE(abc_row, "A customer's class.", 0, NULL, {"id", "text", NULL},
      {"sales", "decimal", NULL},
      {"share_before", "number", "Of those with more sales, 0 to 1."},
      {"class", "=A B C", NULL});

SHAPE(analytics_pyramid, "The four tiers.", 0, NULL,
      {"tiers", "[#pyramid_tier]", NULL}, {"rows?", "[#pyramid_row]", NULL});

SHAPE(pyramid_tier, "A tier.", 0, NULL,
      {"tier", "=vip main ordinary small", NULL},
      {"customers", "integer", NULL}, {"sales", "decimal", NULL},
      {"share", "number", "Of all sales, 0 to 1."});

SHAPE(pyramid_row, "A customer's tier.", 0, NULL, {"id", "text", NULL},
      {"tier", "=vip main ordinary small", NULL});

SHAPE(tier_profits, "The pyramid in profit: net_profit of the customers.", 0,
      NULL, {"as_of", "date|null", "null before the first grading."},
      {"measure", "=sales margin profit", "What the tiers were ranked by."},
      {"from", "date|null", "Since that day; null: of all time."},
      {"weighted", "boolean", "Scored facts count in the rank, too."},
      {"customers", "integer", "Graded."},
      {"known?", "integer",
       "Of them with a profit; this and all below only with the right to "
       "see it."},
      {"profit?", "decimal", "Of these; losses are taken off."},
      {"share?", "number|null", "1; null where all of it is not above 0."},
      {"unknown_query?", "text", "Of the list of those without one."},
      {"tiers", "[#tier_profit]", NULL});

SHAPE(tier_profit, "A tier in profit.", 0, NULL,
      {"tier", "=vip main ordinary small", NULL},
      {"customers", "integer", NULL}, {"known?", "integer", NULL},
      {"profit?", "decimal", NULL},
      {"share?", "number|null", "Of all profit; below 0 for a loss."});

SHAPE(rfm_cells, "Customers and sales by R and F.", 0, NULL,
      {"as_of?", "date|null", NULL}, {"cells", "[#rfm_cell]", NULL},
      {"rfm", "#rfm_rules|null", "null before the first grading."});

SHAPE(rfm_rules, "How values become scores of 1 to 5.", 0, NULL,
      {"mode", "=share ntile fixed", NULL},
      {"days?", "[integer]", "fixed: at most the first scores 5, …."},
      {"orders?", "[integer]", "fixed: at least the first scores 2, …."},
      {"money?", "[decimal]", "fixed: the same of sales."});

SHAPE(rfm_cell, "One cell.", 0, NULL, {"R", "integer", NULL},
      {"F", "integer", NULL}, {"customers", "integer", NULL},
      {"sales", "decimal", NULL});

SHAPE(cohorts, "Customers by month of their first purchase.", 0, NULL,
      {"unit", "=month", NULL}, {"cohorts", "[#cohort]", NULL});

SHAPE(cohort, "One month's new customers.", 0, NULL,
      {"cohort", "text", "2026-03"}, {"customers", "integer", NULL},
      {"active", "[integer]",
       "Of them, who bought in that month and each later one."});

SHAPE(pareto, "Cumulative share of sales by share of customers.", 0, NULL,
      {"customers", "integer", NULL}, {"sales", "decimal", NULL},
      {"points", "[#pareto_point]", NULL});

SHAPE(pareto_point, "The best n customers; shares 0 to 1.", 0, NULL,
      {"customers", "number", NULL}, {"sales", "number", NULL},
      {"n", "integer", NULL}, {"query", "text", "Of the list of them."});

SHAPE(why, "The orders and cut-offs behind a customer's grade.", 0, NULL,
      {"customer_id", "integer", NULL},
      {"grade?", "=vip main ordinary small|null",
       "null before the first grading; then the members about it are absent."},
      {"sales", "decimal", NULL}, {"as_of?", "date", NULL},
      {"run_id?", "integer", NULL},
      {"rank?", "integer", "By contribution, among those of the run."},
      {"of?", "integer", "Customers ranked."},
      {"total_sales?", "decimal", NULL}, {"cutoffs?", "[#why_tier]", NULL},
      {"abc?", "#why_abc", NULL}, {"rfm?", "#rfm_rules", NULL},
      {"r?", "#why_recency", NULL}, {"f?", "#why_frequency", NULL},
      {"m?", "#why_monetary", NULL},
      {"basis?", "#why_basis", "What the rank goes by."},
      {"lifetime?", "#why_lifetime", NULL}, {"matrix?", "#why_matrix", NULL},
      {"group?", "#why_group", NULL},
      {"policy?", "#why_policy", "Of the grade in force."},
      {"effective?", "#why_effective", "The grade in force."},
      {"gap?", "#why_gap", "To the next grade."},
      {"days?", "[#why_day]",
       "All sales of a customer with very many: then orders are the newest."},
      {"orders", "[#why_order]", NULL});

SHAPE(why_day, "The sales of a day.", 0, NULL, {"day", "date", NULL},
      {"orders", "integer", NULL}, {"sales", "decimal", NULL});

SHAPE(why_tier, "The last customer of a tier.", 0, NULL,
      {"tier", "=vip main ordinary small", NULL},
      {"sales", "decimal|null", "null: nobody reaches it."},
      {"customer_id?", "integer", NULL});

SHAPE(why_abc, "Class by share of what grades go by.", 0, NULL,
      {"class", "=a b c", NULL}, {"share_before?", "decimal", NULL},
      {"cutoffs", "[#why_class]", NULL});

SHAPE(why_class, "The last customer of a class.", 0, NULL,
      {"class", "=a b c", NULL}, {"sales", "decimal|null", NULL},
      {"customer_id?", "integer", NULL});

SHAPE(why_recency, "Days since the last order.", 0, NULL,
      {"days", "integer", NULL}, {"last_order_on", "date", NULL},
      {"score", "integer", NULL},
      {"thresholds", "[date|null]", "Earliest days for 2, 3, 4, 5."},
      {"ties?", "[integer|null]",
       "By fifths: who has just the threshold reaches it from this id on."});

SHAPE(why_frequency, "Orders.", 0, NULL, {"value", "integer", NULL},
      {"score", "integer", NULL},
      {"thresholds", "[integer|null]", "Least numbers for 2, 3, 4, 5."},
      {"ties?", "[integer|null]", "As of r."});

SHAPE(why_monetary, "Sales.", 0, NULL, {"value", "decimal", NULL},
      {"score", "integer", NULL},
      {"thresholds", "[decimal|null]", "Least sales for 2, 3, 4, 5."},
      {"ties?", "[integer|null]", "As of r."});

SHAPE(why_order, "A sale counted.", 0, NULL, {"id", "integer", NULL},
      {"number?", "text", NULL}, {"day?", "date", NULL},
      {"sales", "decimal", NULL});

SHAPE(what_if, "Rules to try; what is left out is as it is now.", 0, NULL,
      {"tiers?", "#what_if_tiers", NULL}, {"abc?", "#what_if_classes", NULL},
      {"window_months?", "integer", "Of the contribution; 0: all time."},
      {"measure?", "=sales margin profit", NULL},
      {"weights?", "#what_if_weights", NULL}, {"rfm?", "#what_if_rfm", NULL});

SHAPE(what_if_tiers, "Last ranks, per cent of customers.", 0, NULL,
      {"vip?", "decimal|integer", NULL}, {"main?", "decimal|integer", NULL},
      {"ordinary?", "decimal|integer", NULL});

SHAPE(what_if_classes, "Shares of the contribution, per cent.", 0, NULL,
      {"a?", "decimal|integer", NULL}, {"b?", "decimal|integer", NULL});

SHAPE(what_if_weights, "0 to 100 each.", 0, NULL,
      {"frequency?", "integer", NULL}, {"credit?", "integer", NULL},
      {"influence?", "integer", NULL}, {"prospects?", "integer", NULL},
      {"loyalty?", "integer", NULL});

SHAPE(what_if_rfm, "How R, F and M are scored.", 0, NULL,
      {"mode?", "=share ntile fixed", NULL},
      {"days?", "text", "Four rising limits, \"30,90,180,365\"."},
      {"orders?", "text", "The same."}, {"money?", "text", "The same."});

SHAPE(what_if_scores, "Customers by score, 1 to 5.", 0, NULL,
      {"mode", "=share ntile fixed", NULL},
      {"moved", "integer", "For whom a score would be another."},
      {"query", "text", "Of the list of them."}, {"R", "[integer]", NULL},
      {"F", "[integer]", NULL}, {"M", "[integer]", NULL},
      {"queries", "#what_if_score_lists", "Of the lists of those."});

SHAPE(what_if_score_lists, "By score, 1 to 5.", 0, NULL, {"R", "[text]", NULL},
      {"F", "[text]", NULL}, {"M", "[text]", NULL});

SHAPE(what_if_answer, "What the rules would do.", 0, NULL,
      {"as_of", "date", NULL}, {"customers", "integer", NULL},
      {"sales", "decimal", NULL}, {"moved", "integer", NULL},
      {"query", "text", "Of the list of those that move."},
      {"measure", "=sales margin profit", NULL},
      {"contribution", "decimal", "What the rules count, losses as 0."},
      {"losses", "#what_if_losses", NULL}, {"tiers", "[#what_if_tier]", NULL},
      {"classes", "#abc_classes", NULL}, {"moves", "[#what_if_move]", NULL},
      {"rfm", "#what_if_scores", NULL});

SHAPE(what_if_losses, "Margins or profits below 0.", 0, NULL,
      {"customers", "integer", NULL}, {"query", "text", "Of the list of them."},
      {"amount", "decimal", "At most 0."});

SHAPE(what_if_tier, "A tier.", 0, NULL,
      {"tier", "=vip main ordinary small", NULL},
      {"customers", "integer", NULL}, {"sales", "decimal", NULL},
      {"share", "number", "Of all sales, 0 to 1."},
      {"contribution", "decimal", NULL},
      {"contribution_share", "number", "Of all contributions, 0 to 1."},
      {"query", "text", "Of the list of those who would be in it."});

SHAPE(what_if_move, "Customers that would move.", 0, NULL,
      {"from", "=vip main ordinary small|null", "null: not graded yet."},
      {"to", "=vip main ordinary small", NULL}, {"customers", "integer", NULL},
      {"query", "text", "Of the list of them."});

SHAPE(grade_moves, "Moves between grades by month.", 0, NULL,
      {"months", "[#grade_month]", "Those with moves, oldest first."});

SHAPE(grade_month, "From its beginning to its end.", 0, NULL,
      {"month", "text", "2026-03"}, {"moves", "[#grade_move]", NULL});

SHAPE(grade_move, "Customers that moved.", 0, NULL,
      {"from", "=vip main ordinary small|null", NULL},
      {"to", "=vip main ordinary small|null", NULL},
      {"customers", "integer", NULL},
      {"query", "text", "Of the list of them."});

SHAPE(customer_costs, "What a customer brings and costs, base currency.", 0,
      NULL, {"customer_id", "integer", NULL},
      {"margin", "decimal|null", "After discounts; null: not known."},
      {"list_margin", "decimal|null", "Before discounts."},
      {"cost_to_serve", "decimal", "Discounts given included."},
      {"net_profit", "decimal|null", "list_margin less cost_to_serve."},
      {"unpriced_orders", "integer|null", "Orders that lack a margin."},
      {"kinds", "[#cost_kind]", NULL});

SHAPE(cost_kind, "Costs of one kind.", 0, NULL,
      {"kind", "@cost_entry.kind", NULL}, {"entries", "integer", NULL},
      {"amount", "decimal", "Sum of the following."},
      {"standard", "decimal", NULL}, {"actual", "decimal", NULL},
      {"order", "decimal", "Counted from orders."});

SHAPE(drop_note, "Words on a decision.", 0, NULL,
      {"note?", "text|null", "Needed to reject and to lift."});

SHAPE(drop_state, "A decision as it is now.", 0, NULL, {"id", "integer", NULL},
      {"rev", "integer", NULL}, {"state", "@drop_decision.state", NULL});

SHAPE(bars_query, "Which of them.", 0, NULL,
      {"before?", "integer", "Decisions older than this one: next."});

SHAPE(bars, "Decisions by which somebody is not to come back.", 0, NULL,
      {"data", "[#bar]", "The newest decision first."},
      {"next", "integer|null", "For before, when there are more."});

SHAPE(bar, "Whom a decision keeps from coming back.", 0, NULL,
      {"decision_id", "integer", NULL},
      {"decision", "=live bin gone", "Where the decision is now."},
      {"customer_id", "integer", NULL},
      {"customer_name", "text|null", "null: purged, or not the caller's."},
      {"decided_on", "date", NULL}, {"identities", "[#bar_identity]", NULL});

SHAPE(bar_identity, "By what he is known again.", 0, NULL,
      {"kind", "@barred_identity.kind", NULL},
      {"value", "text|null", "As the customer's field is shown in lists."});

SHAPE(bar_note, "Why a bar ends.", 0, NULL, {"note", "text", NULL});

SHAPE(letter_query, "The language of the letter.", 0, NULL,
      {"language?", "=zh en", "The caller's own by default."});

SHAPE(awaiting, "What a policy or strategy would do if it acted now.", 0, NULL,
      {"active", "boolean", "Does it act by itself?"},
      {"customers", "integer", "Would get tasks at once."},
      {"tasks", "integer", NULL}, {"parts", "[#awaiting_part]", NULL});

SHAPE(awaiting_part, "Customers that qualify.", 0, NULL,
      {"what", "=contact owner upgrade cut_cost strategy", NULL},
      {"customers", "integer", NULL},
      {"now", "integer", "Of them, at once; the others wait for room."},
      {"query", "text", "Of the list of them."});

static const struct shape *const list[] = {
    &awaiting,
    &awaiting_part,
    &what_if,
    &what_if_tiers,
    &what_if_classes,
    &what_if_weights,
    &what_if_rfm,
    &what_if_scores,
    &what_if_answer,
    &what_if_losses,
    &what_if_tier,
    &what_if_score_lists,
    &what_if_move,
    &grade_moves,
    &grade_month,
    &grade_move,
    &cohorts,
    &cohort,
    &analytics_query,
    &analytics_rfm,
    &rfm_hist,
    &rfm_row,
    &value_group,
    &analytics_abc,
    &abc_classes,
    &abc_row,
    &analytics_pyramid,
    &pyramid_tier,
    &pyramid_row,
    &tier_profits,
    &tier_profit,
    &rfm_cells,
    &rfm_rules,
    &rfm_cell,
    &pareto,
    &pareto_point,
    &why,
    &why_tier,
    &why_abc,
    &why_class,
    &why_recency,
    &why_frequency,
    &why_monetary,
    &why_order,
    &why_day,
    &customer_costs,
    &cost_kind,
    &drop_note,
    &drop_state,
    &letter_query,
    &bars_query,
    &bars,
    &bar,
    &bar_identity,
    &bar_note,
};

const struct shape_list value_shapes = {list, COUNT_OF(list)};
