/* Tables of shapes: the ladder of relations. */
#include "api/shapes.h"

SHAPE(ladder, "The ladder in figures, of the customers in scope.", 0, NULL,
      {"as_of", "date", NULL}, {"customers", "integer", NULL},
      {"limits", "#ladder_limits", NULL}, {"rungs", "[#ladder_rung]", NULL},
      {"classes", "[#ladder_class]", NULL}, {"stages", "[#ladder_stage]", NULL},
      {"levels?", "[#ladder_level]", "For who may read it in lists."},
      {"bonds?", "[#ladder_bond]", "For who may read them in lists."});

SHAPE(ladder_limits, "What the company has set.", 0, NULL,
      {"client_orders", "integer", "So many sales make a client."},
      {"client_days", "integer", "Of the last so many days; 0: all time."},
      {"lapse_days", "integer", "Without a purchase: recovery."},
      {"lost_days", "integer", "Without a purchase: lost."});

SHAPE(ladder_rung, "A rung that rules lead to, lowest first.", 0, NULL,
      {"ladder_rung", "@customer.ladder_rung", NULL},
      {"customers", "integer", "Stand there now."},
      {"reached", "integer", "Came to it or higher, ever."},
      {"moved", "integer", "Of those, came higher."},
      {"conversion", "number|null", "moved / reached; null for the top."},
      {"dated", "integer", "Of those that moved, whose days are known."},
      {"moved_days", "number|null", "Their mean days on the rung."},
      {"dwell_days", "number|null",
       "Median days on it, those that wait counted (Kaplan-Meier); null: less "
       "than half have moved."});

SHAPE(ladder_class, "A relation class.", 0, NULL,
      {"relation_class", "@customer.relation_class", NULL},
      {"customers", "integer", NULL});

SHAPE(ladder_stage, "A stage of the lifecycle.", 0, NULL,
      {"lifecycle_stage", "@customer.lifecycle_stage", NULL},
      {"customers", "integer", NULL});

SHAPE(ladder_level, "A level of relation.", 0, NULL,
      {"relation_level", "@customer.relation_level", NULL},
      {"customers", "integer", NULL});

SHAPE(ladder_bond, "A bond; a customer may have several.", 0, NULL,
      {"bond", "=financial social structural", NULL},
      {"customers", "integer", NULL});

SHAPE(ladder_why, "Where a customer stands, and why.", 0, NULL,
      {"customer_id", "integer", NULL}, {"as_of", "date", NULL},
      {"ladder_rung", "@customer.ladder_rung", NULL},
      {"rung_since", "date|null", "null: since the file was opened."},
      {"relation_class", "@customer.relation_class", NULL},
      {"lifecycle_stage", "@customer.lifecycle_stage", NULL},
      {"stage_since", "date|null", "null: since the file was opened."},
      {"facts", "[#ladder_fact]", NULL}, {"limits", "#ladder_limits", NULL},
      {"rules", "[#ladder_rule]", "The one that decided for each field."},
      {"next", "#ladder_next|null", "The rung above; null at the top."},
      {"plans", "[#ladder_plan]", "Of the stage, the level and each bond."});

#define FACTS                                                                  \
    "=buyer contacts needs asked orders recent_orders idle_days "              \
    "referrals_bought ended"

SHAPE(ladder_fact, "A fact.", 0, NULL, {"fact", FACTS, NULL},
      {"value", "integer|null", "null: none, or not for the caller."});

SHAPE(ladder_rule, "Decided because all its needs are met.", 0, NULL,
      {"field", "=ladder_rung relation_class lifecycle_stage", NULL},
      {"value", "text", NULL}, {"needs", "[#ladder_need]", NULL});

SHAPE(ladder_need, "A fact and the least it must be.", 0, NULL,
      {"fact", FACTS, NULL}, {"value", "integer|null", NULL},
      {"least", "integer", NULL});

SHAPE(ladder_next, "The rung above.", 0, NULL,
      {"ladder_rung", "@customer.ladder_rung", NULL},
      {"ways", "[#ladder_way]", "Each leads there by itself."});

SHAPE(ladder_way, "Needs to be met.", 0, NULL,
      {"needs", "[#ladder_need]", NULL});

SHAPE(ladder_plan, "What is done where the customer stands.", 0, NULL,
      {"field", "=lifecycle_stage relation_level bonds", NULL},
      {"value", "@lifecycle_plan.stage", NULL}, {"id", "integer", NULL},
      {"strategy", "text", NULL}, {"tasks", "[#ladder_task]", NULL},
      {"active", "boolean", "Tasks are made when a customer comes there."});

SHAPE(ladder_task, "A task that is made.", 0, NULL, {"title", "text", NULL},
      {"due_days", "integer", "After the day it is made."});

static const struct shape *const list[] = {
    &ladder,       &ladder_limits, &ladder_rung, &ladder_class, &ladder_stage,
    &ladder_level, &ladder_bond,   &ladder_why,  &ladder_fact,  &ladder_rule,
    &ladder_need,  &ladder_next,   &ladder_way,  &ladder_plan,  &ladder_task,
};

const struct shape_list ladder_shapes = {list, COUNT_OF(list)};
