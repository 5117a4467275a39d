/* Retention of a scope. One thread a call. Invariants: spans are counted back
 * from the as-of day, so that each is whole; of the company's columns only rows
 * of customers in scope are looked at. */
#include "app/retention.h"

#include "analytics/clv.h"
#include "app/settings.h"
#include "app/value.h"
#include "base/ids.h"
#include "base/num.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/contact_rows.h"
#include "store/margins.h"
#include "store/mirror.h"
#include "store/sight.h"
#include "store/value_rows.h"

#include <math.h>

#define YEAR RETENTION_YEAR
#define MONTH_DAYS (CLV_MONTH * 7)
#define MICRO 1e6

/* What is known of one customer. */
struct seen {
    int32_t first;    /* day of the first sale ever; INT32_MAX: none */
    uint32_t in;      /* bit k: bought in the span k back from as_of */
    bool old, lately; /* five to six years ago; in the last year */
    bool earlier;     /* before the last year */
    bool later;       /* on a day to come */
};

struct looking {
    const int64_t *ids; /* rising */
    struct seen *seen;  /* of ids */
    size_t n;
    int32_t as_of, days;
    int64_t sales[RETENTION_SPANS]; /* by span back */
    int32_t first_sale;
};

static size_t place_of(const struct looking *l, int64_t id) {
    size_t at = ids_from(l->ids, l->n, id);
    return at < l->n && l->ids[at] == id ? at : l->n;
}

/* Spans back from as_of, one more than is shown: the base of the oldest. */
static void note_sale(struct looking *l, struct seen *s, int32_t day,
                      int64_t sales) {
    int32_t age = l->as_of - 1 - day, back = age / l->days;
    if (day < s->first)
        s->first = day;
    s->later |= age < 0;
    if (age < 0)
        return;
    if (back <= RETENTION_SPANS)
        s->in |= 1u << back;
    if (back < RETENTION_SPANS)
        l->sales[back] += sales;
    s->lately |= age < YEAR;
    s->earlier |= age >= YEAR;
    s->old |= age >= 5 * YEAR && age < 6 * YEAR;
}

static void look_through(struct looking *l, const struct mirror_view *v) {
    l->first_sale = INT32_MAX;
    for (size_t i = 0; i < v->n; i++) {
        if (v->sales[i] <= 0)
            continue;
        size_t at = place_of(l, v->customer[i]);
        if (at == l->n)
            continue;
        if (v->day[i] < l->first_sale)
            l->first_sale = v->day[i];
        note_sale(l, &l->seen[at], v->day[i], v->sales[i]);
    }
}

static int32_t last_day(const struct looking *l, const struct mirror_view *v) {
    int32_t last = 0;
    for (size_t i = 0; i < v->n; i++)
        if (v->sales[i] > 0 && v->day[i] > last &&
            place_of(l, v->customer[i]) < l->n)
            last = v->day[i];
    return last;
}

/* --- spans ---------------------------------------------------------------- */

static void count_span(const struct looking *l, int back,
                       struct retention_span *out) {
    *out = (struct retention_span){.first = l->as_of - (back + 1) * l->days,
                                   .sales = l->sales[back]};
    for (size_t i = 0; i < l->n; i++) {
        const struct seen *s = &l->seen[i];
        bool now = (s->in >> back & 1) != 0;
        bool then = (s->in >> (back + 1) & 1) != 0;
        out->active += now;
        out->base += then;
        out->kept += now && then;
        out->fresh += now && s->first >= out->first;
    }
}

static void count_spans(const struct looking *l, struct retention *r) {
    for (int back = RETENTION_SPANS - 1; back >= 0; back--) {
        if (l->as_of - back * l->days <= l->first_sale)
            continue; /* the company's sales begin later */
        struct retention_span *s = &r->spans[r->n++];
        count_span(l, back, s);
        if (back >= RETENTION_POOLED || s->base == 0)
            continue;
        r->base += s->base;
        r->kept += s->kept;
        r->sales += s->sales;
        r->active += s->active;
    }
    r->rate = r->base > 0 ? (double)r->kept / (double)r->base : NAN;
    for (size_t i = 0; i < l->n; i++) {
        r->five_base += l->seen[i].old;
        r->five_lost +=
            l->seen[i].old && !l->seen[i].lately && !l->seen[i].later;
    }
}

/* --- costs ---------------------------------------------------------------- */

/* Spent on one side: before the first purchase, or after. */
struct side {
    int64_t contacts, standard, entries, amount; /* 10^-6 */
};

struct contacts {
    struct ctx *c;
    const struct looking *l;
    struct side winning, keeping;
    VEC(int64_t) priced; /* interactions with an entry of their own; rising */
    bool marketing, fits;
};

static struct side *side_of(struct contacts *k, const struct contact_row *r) {
    size_t at = place_of(k->l, r->customer);
    bool bought = at < k->l->n && k->l->seen[at].first <= r->day;
    return bought ? &k->keeping : &k->winning;
}

static bool is_one_of(struct str s, struct str words) {
    struct str word;
    while (str_cut(&words, ',', &word))
        if (str_eq(s, word))
            return true;
    return false;
}

static void on_cost(void *arg, const struct contact_row *r) {
    struct contacts *k = arg;
    struct side *side = side_of(k, r);
    if (is_one_of(r->kind, S(RETENTION_DEAL_COSTS)))
        return;
    if (str_eqc(r->kind, "acquisition"))
        side = &k->winning;
    else if (str_eqc(r->kind, "keeping"))
        side = &k->keeping;
    k->marketing |= str_eqc(r->kind, "acquisition");
    k->fits &= num_add(&side->amount, r->amount);
    side->entries++;
    if (r->interaction != 0 && is_one_of(r->kind, S("visit,call")))
        *VEC_PUSH(k->c->arena, &k->priced) = r->interaction;
}

static void on_contact(void *arg, const struct contact_row *r) {
    struct contacts *k = arg;
    struct side *side = side_of(k, r);
    side->contacts++;
    side->standard += !ids_have(k->priced.p, k->priced.n, r->interaction);
}

static void sum_side(const struct retention *r, const struct side *side,
                     struct retention_cost *x) {
    x->contacts = side->contacts;
    x->standard = side->standard;
    x->entries = side->entries;
    x->ledger = (double)side->amount / MICRO;
    x->spent =
        x->ledger + (double)(side->standard * r->contact_cost) + x->marketing;
    x->each = x->customers > 0 ? x->spent / (double)x->customers : NAN;
}

static enum err count_costs(struct ctx *c, const struct looking *l,
                            struct retention *r) {
    const struct entity *e = registry_find(c->registry, S("interaction"))->e;
    struct contacts k = {.c = c, .l = l, .fits = true};
    r->times = r->winning.each = r->keeping.each = NAN;
    r->has_cost = actor_level(c, e, ACT_READ) != LEVEL_NONE;
    if (!r->has_cost)
        return OK;
    TRY(settings_i64(c, SETTING_CHURN_CONTACT_COST, &r->contact_cost));
    TRY(settings_i64(c, SETTING_CHURN_MARKETING, &r->marketing_month));
    TRY(costs_between(c, l->as_of - YEAR, l->as_of, on_cost, &k,
                      &r->has_ledger));
    TRY(contacts_between(c, l->as_of - YEAR, l->as_of, on_contact, &k));
    if (!k.fits)
        return fail(c, ERR_INVALID, "", "amount_overflow");
    for (size_t i = 0; i < l->n; i++) {
        r->winning.customers += l->seen[i].lately && !l->seen[i].earlier;
        r->keeping.customers += l->seen[i].lately && l->seen[i].earlier;
    }
    r->marketing_typed = k.marketing;
    r->winning.marketing = k.marketing ? 0 : (double)(12 * r->marketing_month);
    sum_side(r, &k.winning, &r->winning);
    sum_side(r, &k.keeping, &r->keeping);
    if (r->keeping.each > 0)
        r->times = r->winning.each / r->keeping.each;
    return OK;
}

/* --- what five per cent more would bring ---------------------------------- */

/* Margin over sales of the pooled spans, where every line has a cost. */
static enum err margin_rate(struct ctx *c, const struct looking *l,
                            struct retention *r) {
    struct margin *m;
    size_t n;
    int64_t unknown, sum = 0, sales = 0;
    r->margin_rate = 1;
    if (!sight_everybody(c))
        return OK;
    TRY(margins_since(c, l->as_of - RETENTION_POOLED * l->days, 0, &m, &n,
                      &unknown));
    for (size_t i = 0; i < n; i++)
        sum += m[i].amount;
    for (int back = 0; back < RETENTION_POOLED; back++)
        sales += l->sales[back];
    r->by_margin = unknown == 0 && n > 0 && sales > 0;
    if (r->by_margin)
        r->margin_rate = (double)sum / (double)sales;
    return OK;
}

static double value_at(const struct retention *r, double rate) {
    return r->each * (1 + r->discount) / (1 + r->discount - rate);
}

static void weigh(struct retention *r) {
    r->discount = pow(1 + CLV_DISCOUNT, r->days / MONTH_DAYS) - 1;
    r->each = r->active > 0 ? (double)r->sales / MICRO * r->margin_rate /
                                  (double)r->active
                            : NAN;
    r->more_rate = fmin(1, r->rate + RETENTION_MORE);
    r->value = value_at(r, r->rate);
    r->more_value = value_at(r, r->more_rate);
    double won = isnan(r->winning.each) ? 0 : r->winning.each;
    r->gain =
        r->value > won ? (r->more_value - r->value) / (r->value - won) : NAN;
}

enum err retention_now(struct ctx *c, int32_t days, struct retention *out) {
    struct looking l = {.days = days};
    struct mirror_view v;
    int64_t *ids;
    *out = (struct retention){.days = days, .rate = NAN, .gain = NAN};
    TRY(value_customers(c, &ids, &l.n));
    TRY(value_as_of(c, &l.as_of));
    l.ids = ids;
    l.seen = NEW_ARRAY(c->arena, struct seen, l.n + 1);
    for (size_t i = 0; i < l.n; i++)
        l.seen[i] = (struct seen){.first = INT32_MAX};
    TRY(mirror_open(c, &v));
    int32_t last = last_day(&l, &v);
    int32_t tomorrow = zone_day(c->zone, c->now_ms) + 1;
    if (last >= l.as_of) /* sold since the grading; not on days to come */
        l.as_of = last < tomorrow      ? last + 1
                  : l.as_of > tomorrow ? l.as_of
                                       : tomorrow;
    look_through(&l, &v);
    mirror_close(&v);
    if (last == 0)
        return OK;
    out->as_of = l.as_of;
    count_spans(&l, out);
    TRY(count_costs(c, &l, out));
    TRY(margin_rate(c, &l, out));
    weigh(out);
    return OK;
}
