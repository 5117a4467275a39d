/* The rules of the ladder (R45), the relation class (R46) and the lifecycle
 * (R49): from facts about a customer to where he stands and since when. Pure:
 * no database, no clock. Membership and partner agreements are further facts
 * and rows of the same table once the company keeps them. */
#ifndef APP_RUNGS_H
#define APP_RUNGS_H

#include "base/arena.h"
#include "store/ladder.h"

enum ladder_axis { AXIS_RUNG, AXIS_RELATION, AXIS_STAGE, AXIS_COUNT };

enum ladder_fact {
    RUNG_FACT_BUYER,     /* 1: a role that buys */
    RUNG_FACT_CONTACTS,  /* interactions */
    RUNG_FACT_NEEDS,     /* 1: needs are known */
    RUNG_FACT_ASKED,     /* orders in any state */
    RUNG_FACT_ORDERS,    /* sales */
    RUNG_FACT_RECENT,    /* sales of the last client_days days */
    RUNG_FACT_IDLE_DAYS, /* since the last sale; -1: none */
    RUNG_FACT_REFERRALS, /* customers referred that bought */
    RUNG_FACT_ENDED,     /* 1: the relation was ended, no sale after that day */
    RUNG_FACT_COUNT
};

/* What a fact must reach: a number, or what the company has set. */
enum ladder_limit {
    LIMIT_ONE,
    LIMIT_TWO,
    LIMIT_CLIENT_ORDERS,
    LIMIT_LAPSE_DAYS,
    LIMIT_LOST_DAYS,
    LIMIT_COUNT
};

#define NEEDS_MAX 2

struct ladder_need {
    enum ladder_fact fact;
    enum ladder_limit limit;
};
/* Of the rules of an axis the first whose needs are all met decides. */
struct ladder_rule {
    enum ladder_axis axis;
    struct str value; /* option of the axis's field */
    size_t n;
    struct ladder_need needs[NEEDS_MAX];
};
extern const struct ladder_rule ladder_rules[];
extern const size_t ladder_rule_count;

struct ladder_limits {
    int64_t of[LIMIT_COUNT];
    int64_t client_days; /* 0: all time */
    int32_t today;
};

/* A digest of the rules: verdicts of others are to be derived anew. */
struct str ladder_rules_mark(struct arena *a);

/* "contacts", "recent_orders" …: names of facts in answers. */
struct str ladder_fact_name(enum ladder_fact f);

struct ladder_verdict {
    struct ladder_state state;
    int64_t facts[RUNG_FACT_COUNT];
    const struct ladder_rule *rules[AXIS_COUNT]; /* that decided */
};

/* Where the customer stands on limits->today. first_contact: the day of
 * f->first_contact_ms in the company's zone, 0: never. Memory for the work is
 * taken from a. */
void ladder_judge(struct arena *a, const struct ladder_facts *f,
                  int32_t first_contact, const struct ladder_limits *limits,
                  struct ladder_verdict *out);

#endif
