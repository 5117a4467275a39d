/* Derivation. Owns nothing. Every fact changes on certain days only (an order,
 * a limit that passes, a contact): the rules are applied on each of those days
 * in turn, and the day from which on the value stayed is its "since". */
#include "app/rungs.h"

#include "base/buf.h"
#include "base/hash.h"

#include <stdlib.h>

#define RULE1(a, v, f1, l1)                                                    \
    {                                                                          \
        a, S_INIT(v), 1, {                                                     \
            { f1, l1 }                                                         \
        }                                                                      \
    }
#define RULE2(a, v, f1, l1, f2, l2)                                            \
    {                                                                          \
        a, S_INIT(v), 2, {                                                     \
            {f1, l1}, {                                                        \
                f2, l2                                                         \
            }                                                                  \
        }                                                                      \
    }
#define ELSE(a, v)                                                             \
    {                                                                          \
        a, S_INIT(v), 0, {                                                     \
            { 0 }                                                              \
        }                                                                      \
    }

const struct ladder_rule ladder_rules[] = {
    RULE2(AXIS_RUNG, "advocate", RUNG_FACT_ORDERS, LIMIT_ONE,
          RUNG_FACT_REFERRALS, LIMIT_ONE),
    RULE1(AXIS_RUNG, "client", RUNG_FACT_RECENT, LIMIT_CLIENT_ORDERS),
    RULE1(AXIS_RUNG, "repeat_purchase", RUNG_FACT_ORDERS, LIMIT_TWO),
    RULE1(AXIS_RUNG, "first_purchase", RUNG_FACT_ORDERS, LIMIT_ONE),
    RULE1(AXIS_RUNG, "prospect", RUNG_FACT_NEEDS, LIMIT_ONE),
    RULE1(AXIS_RUNG, "prospect", RUNG_FACT_ASKED, LIMIT_ONE),
    RULE2(AXIS_RUNG, "prospect", RUNG_FACT_BUYER, LIMIT_ONE, RUNG_FACT_CONTACTS,
          LIMIT_ONE),
    RULE1(AXIS_RUNG, "suspect", RUNG_FACT_BUYER, LIMIT_ONE),
    ELSE(AXIS_RUNG, "none"),

    RULE2(AXIS_RELATION, "lost", RUNG_FACT_ENDED, LIMIT_ONE, RUNG_FACT_ORDERS,
          LIMIT_ONE),
    RULE1(AXIS_RELATION, "non_customer", RUNG_FACT_ENDED, LIMIT_ONE),
    RULE1(AXIS_RELATION, "lost", RUNG_FACT_IDLE_DAYS, LIMIT_LOST_DAYS),
    RULE1(AXIS_RELATION, "actual", RUNG_FACT_ORDERS, LIMIT_ONE),
    RULE1(AXIS_RELATION, "target", RUNG_FACT_NEEDS, LIMIT_ONE),
    RULE1(AXIS_RELATION, "target", RUNG_FACT_ASKED, LIMIT_ONE),
    RULE2(AXIS_RELATION, "target", RUNG_FACT_BUYER, LIMIT_ONE,
          RUNG_FACT_CONTACTS, LIMIT_ONE),
    RULE1(AXIS_RELATION, "potential", RUNG_FACT_BUYER, LIMIT_ONE),
    ELSE(AXIS_RELATION, "non_customer"),

    RULE1(AXIS_STAGE, "ended", RUNG_FACT_ENDED, LIMIT_ONE),
    RULE1(AXIS_STAGE, "recovery", RUNG_FACT_IDLE_DAYS, LIMIT_LAPSE_DAYS),
    RULE1(AXIS_STAGE, "maintenance", RUNG_FACT_RECENT, LIMIT_CLIENT_ORDERS),
    RULE1(AXIS_STAGE, "development", RUNG_FACT_ORDERS, LIMIT_ONE),
    RULE1(AXIS_STAGE, "acquisition", RUNG_FACT_NEEDS, LIMIT_ONE),
    RULE1(AXIS_STAGE, "acquisition", RUNG_FACT_ASKED, LIMIT_ONE),
    RULE1(AXIS_STAGE, "acquisition", RUNG_FACT_BUYER, LIMIT_ONE),
    ELSE(AXIS_STAGE, "none"),
};
const size_t ladder_rule_count = COUNT_OF(ladder_rules);

/* Roles of parties that do not buy from us; any other role does. */
static const struct str not_buying[] = {
    S_INIT("supplier"),   S_INIT("internal_staff"), S_INIT("competitor"),
    S_INIT("government"), S_INIT("community"),      S_INIT("influencer"),
    S_INIT("recruit"),
};

#define DERIVATION 1 /* raise it with how days are derived, below */

struct str ladder_rules_mark(struct arena *a) {
    struct buf b;
    buf_init(&b, a, 16384);
    buf_fmt(&b, "%d", DERIVATION);
    for (size_t i = 0; i < ladder_rule_count; i++) {
        const struct ladder_rule *r = &ladder_rules[i];
        buf_fmt(&b, ";%d " STR_FMT, (int)r->axis, STR_ARG(r->value));
        for (size_t k = 0; k < r->n; k++)
            buf_fmt(&b, " %d %d", (int)r->needs[k].fact,
                    (int)r->needs[k].limit);
    }
    for (size_t i = 0; i < COUNT_OF(not_buying); i++)
        buf_fmt(&b, ";" STR_FMT, STR_ARG(not_buying[i]));
    return str_sub(hash_sha256_hex(a, buf_view(&b)), 0, 16);
}

static const struct str fact_names[RUNG_FACT_COUNT] = {
    [RUNG_FACT_BUYER] = S_INIT("buyer"),
    [RUNG_FACT_CONTACTS] = S_INIT("contacts"),
    [RUNG_FACT_NEEDS] = S_INIT("needs"),
    [RUNG_FACT_ASKED] = S_INIT("asked"),
    [RUNG_FACT_ORDERS] = S_INIT("orders"),
    [RUNG_FACT_RECENT] = S_INIT("recent_orders"),
    [RUNG_FACT_IDLE_DAYS] = S_INIT("idle_days"),
    [RUNG_FACT_REFERRALS] = S_INIT("referrals_bought"),
    [RUNG_FACT_ENDED] = S_INIT("ended"),
};

struct str ladder_fact_name(enum ladder_fact f) {
    return fact_names[f];
}

/* roles is ",end_customer,agent,", as sets are stored. */
static bool is_buyer(struct str roles) {
    struct str item;
    while (str_cut(&roles, ',', &item)) {
        bool other = item.n == 0;
        for (size_t i = 0; i < COUNT_OF(not_buying); i++)
            other = other || str_eq(item, not_buying[i]);
        if (!other)
            return true;
    }
    return false;
}

static const struct ladder_rule *decide(const struct ladder_limits *l,
                                        const int64_t *facts,
                                        enum ladder_axis axis) {
    for (size_t i = 0; i < ladder_rule_count; i++) {
        const struct ladder_rule *r = &ladder_rules[i];
        size_t met = 0;
        while (met < r->n &&
               facts[r->needs[met].fact] >= l->of[r->needs[met].limit])
            met++;
        if (r->axis == axis && met == r->n)
            return r;
    }
    return NULL; /* never: each axis ends with a rule without needs */
}

/* --- the days on which something changes ---------------------------------- */

struct walk {
    const struct ladder_facts *f;
    const struct ladder_limits *l;
    int32_t first_contact;
    bool buyer;
    struct ladder_day *days; /* none behind today */
    int32_t *events;
    size_t n_events;
    size_t past, old;    /* days up to the day; those before the window */
    int64_t orders, out; /* on them */
};

static int by_day(const void *x, const void *y) {
    int32_t a = *(const int32_t *)x, b = *(const int32_t *)y;
    return (a > b) - (a < b);
}

static void event(struct walk *w, int64_t day) {
    if (day != 0 && day <= w->l->today)
        w->events[w->n_events++] = (int32_t)day;
}

static void gather(struct arena *a, struct walk *w) {
    const struct ladder_facts *f = w->f;
    w->days = NEW_ARRAY(a, struct ladder_day, f->n_days + 1);
    w->events = NEW_ARRAY(a, int32_t, f->n_days * 4 + 3);
    event(w, w->first_contact);
    event(w, f->ended_on);
    event(w, f->referral_day < w->l->today ? f->referral_day : w->l->today);
    for (size_t i = 0; i < f->n_days; i++) {
        int32_t d = f->days[i].day < w->l->today ? f->days[i].day : w->l->today;
        w->days[i] = (struct ladder_day){d, f->days[i].orders};
        if (i > 0 && d == w->days[i - 1].day)
            continue;
        event(w, d);
        event(w, d + w->l->of[LIMIT_LAPSE_DAYS]);
        event(w, d + w->l->of[LIMIT_LOST_DAYS]);
        if (w->l->client_days > 0)
            event(w, d + w->l->client_days);
    }
    if (w->n_events > 1)
        qsort(w->events, w->n_events, sizeof *w->events, by_day);
}

static void facts_on(struct walk *w, int32_t day, int64_t *out) {
    const struct ladder_facts *f = w->f;
    while (w->past < f->n_days && w->days[w->past].day <= day)
        w->orders += w->days[w->past++].orders;
    while (w->l->client_days > 0 && w->old < w->past &&
           (int64_t)w->days[w->old].day + w->l->client_days <= day)
        w->out += w->days[w->old++].orders;
    int32_t last = w->past > 0 ? w->days[w->past - 1].day : 0;
    bool met = w->first_contact != 0 && w->first_contact <= day;
    bool referred = f->referrals_bought > 0 &&
                    (f->referral_day <= day || w->l->today <= day);
    bool ended = f->ended_on != 0 && f->ended_on <= day;
    out[RUNG_FACT_BUYER] = w->buyer;
    out[RUNG_FACT_CONTACTS] = met ? f->contacts : 0;
    out[RUNG_FACT_NEEDS] = f->needs;
    out[RUNG_FACT_ASKED] = f->asked;
    out[RUNG_FACT_ORDERS] = w->orders;
    out[RUNG_FACT_RECENT] = w->orders - w->out;
    out[RUNG_FACT_IDLE_DAYS] = w->past > 0 ? day - last : -1;
    out[RUNG_FACT_REFERRALS] = referred ? f->referrals_bought : 0;
    out[RUNG_FACT_ENDED] = ended && (w->past == 0 || last <= f->ended_on);
}

static void step(struct walk *w, int32_t day, struct ladder_verdict *v) {
    struct ladder_state *s = &v->state;
    const struct ladder_rule *before[AXIS_COUNT];
    facts_on(w, day, v->facts);
    for (int x = 0; x < AXIS_COUNT; x++) {
        before[x] = v->rules[x];
        v->rules[x] = decide(w->l, v->facts, (enum ladder_axis)x);
    }
    if (before[AXIS_RUNG] != NULL &&
        !str_eq(before[AXIS_RUNG]->value, v->rules[AXIS_RUNG]->value))
        s->rung_since = day;
    if (before[AXIS_STAGE] != NULL &&
        !str_eq(before[AXIS_STAGE]->value, v->rules[AXIS_STAGE]->value))
        s->stage_since = day;
    if (s->client_on == 0 &&
        v->facts[RUNG_FACT_RECENT] >= w->l->of[LIMIT_CLIENT_ORDERS])
        s->client_on = day;
    if (s->advocate_on == 0 && v->facts[RUNG_FACT_ORDERS] > 0 &&
        v->facts[RUNG_FACT_REFERRALS] > 0)
        s->advocate_on = day;
}

static int32_t second_order(const struct ladder_facts *f) {
    size_t at = f->n_days > 0 && f->days[0].orders > 1 ? 0 : 1;
    return at < f->n_days ? f->days[at].day : 0;
}

void ladder_judge(struct arena *a, const struct ladder_facts *f,
                  int32_t first_contact, const struct ladder_limits *limits,
                  struct ladder_verdict *out) {
    struct walk w = {.f = f,
                     .l = limits,
                     .first_contact = first_contact < limits->today
                                          ? first_contact
                                          : limits->today,
                     .buyer = is_buyer(f->roles)};
    *out = (struct ladder_verdict){.rules = {NULL}};
    gather(a, &w);
    step(&w, INT32_MIN, out);
    for (size_t i = 0; i < w.n_events; i++)
        if (i == 0 || w.events[i] != w.events[i - 1])
            step(&w, w.events[i], out);
    step(&w, limits->today, out);
    struct ladder_state *s = &out->state;
    s->rung = out->rules[AXIS_RUNG]->value;
    s->relation = out->rules[AXIS_RELATION]->value;
    s->stage = out->rules[AXIS_STAGE]->value;
    s->first_contact = first_contact;
    s->second_order = second_order(f);
    s->recent = out->facts[RUNG_FACT_RECENT];
    s->referrals = f->referrals;
    s->referrals_bought = f->referrals_bought;
}
