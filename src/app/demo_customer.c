/* One demonstration customer with all that hangs on it. Pure but for the
 * records it makes: random numbers come from the customer's own number, so a
 * write function that is run twice makes the same. Each record is stamped with
 * the day it tells of. */
#include "app/demo_internal.h"

#include "base/time.h"

#include "base/zone.h"

#define SEED 20260321u
#define LINES_MAX 4

/* One customer in the making. */
struct maker {
    struct ctx *c;
    const struct demo_customer *d;
    struct demo_random random;
    const struct demo_place *place;
    const struct demo_trade *trade;
    bool organization;
    struct str name, pay_method;
    int64_t id, owner;
    int64_t contact; /* 0: none */
    int32_t since;   /* day of the first contact */
    int32_t until;   /* last day of business: some have left */
};

/* A time of a working day. */
static int64_t at(struct maker *m, int32_t day) {
    int64_t hour = demo_between(&m->random, 9, 17);
    int64_t minute = demo_between(&m->random, 0, 59);
    int64_t ms = zone_instant(m->c->zone, day,
                              (int32_t)(hour * HOUR_MS + minute * 60000));
    return ms < m->d->company->now_ms ? ms : m->d->company->now_ms;
}

static enum err save(struct maker *m, struct record *r, int64_t at_ms) {
    m->c->now_ms = at_ms;
    enum err e = record_create(m->c, r);
    m->c->now_ms = m->d->company->now_ms;
    return e;
}

static struct str mobile(struct maker *m) {
    static const char *const heads[] = {"138", "139", "136", "158", "186"};
    return str_fmt(m->c->arena, "%s%08lld",
                   heads[demo_below(&m->random, COUNT_OF(heads))],
                   (long long)demo_between(&m->random, 0, 99999999));
}

static struct str choose(struct maker *m, const char *const *words, size_t n) {
    return str_of(words[demo_below(&m->random, n)]);
}

/* --- the customer ------------------------------------------------------- */

static void set_place(struct maker *m, struct record *r) {
    static const char *const streets[] = {"人民路",   "中山路", "科技路",
                                          "建设大道", "文化街", "滨江路"};
    struct arena *a = m->c->arena;
    struct str street = choose(m, streets, COUNT_OF(streets));
    record_set(r, S("country"), V("中国"));
    record_set(r, S("province"), V(m->place->province));
    record_set(r, S("city"), V(m->place->city));
    record_set(r, S("region_class"), V("home"));
    record_set(r, S("address"),
               V(str_fmt(a, STR_FMT STR_FMT "%lld号", STR_ARG(m->place->city),
                         STR_ARG(street),
                         (long long)demo_between(&m->random, 1, 899))));
}

static void set_organization(struct maker *m, struct record *r) {
    static const char *const scales[] = {"large", "medium", "small", "micro"};
    static const char *const types[] = {"private", "private", "private",
                                        "state_owned", "foreign"};
    struct arena *a = m->c->arena;
    struct str short_name;
    bool female;
    size_t scale = m->d->rank < 12    ? 0
                   : m->d->rank < 60  ? 1
                   : m->d->rank < 160 ? 2
                                      : 3;
    m->name =
        demo_company_name(a, m->d->number, m->place, m->trade, &short_name);
    record_set(r, S("kind"), V("organization"));
    record_set(r, S("name"), V(m->name));
    record_set(r, S("short_name"), V(short_name));
    record_set(r, S("industry"), V(m->trade->industry));
    record_set(r, S("organization_type"), V(choose(m, types, COUNT_OF(types))));
    record_set(r, S("organization_scale"), V(scales[scale]));
    record_set(r, S("employees"),
               V(demo_between(&m->random, 5, 40) * (scale == 0   ? 40
                                                    : scale == 1 ? 10
                                                                 : 1)));
    record_set(r, S("legal_representative"),
               V(demo_person_name(a, m->d->number * 3 + 1, &female)));
    record_set(
        r, S("phone"),
        V(str_fmt(a, STR_FMT "-%08lld", STR_ARG(m->place->area_code),
                  (long long)demo_between(&m->random, 50000000, 89999999))));
}

static void set_person(struct maker *m, struct record *r) {
    static const char *const jobs[] = {"教师", "设计师", "个体经营者",
                                       "会计", "医生",   "摄影师"};
    bool female;
    m->name = demo_person_name(m->c->arena, m->d->number, &female);
    record_set(r, S("kind"), V("person"));
    record_set(r, S("name"), V(m->name));
    record_set(r, S("sex"), V(female ? "female" : "male"));
    record_set(r, S("birth_date"),
               V(day_of((int)demo_between(&m->random, 1962, 2002),
                        (int)demo_between(&m->random, 1, 12),
                        (int)demo_between(&m->random, 1, 28))));
    record_set(r, S("occupation"), V(choose(m, jobs, COUNT_OF(jobs))));
    record_set(r, S("phone"), V(mobile(m)));
}

static enum err make_customer(struct maker *m) {
    static const char *const sources[] = {
        "referral", "website", "exhibition",  "visit",
        "phone",    "walk_in", "social_media"};
    static const char *const ways[] = {"credit", "cash", "contract"};
    struct record *r = demo_record(m->c, "customer");
    if (m->organization)
        set_organization(m, r);
    else
        set_person(m, r);
    set_place(m, r);
    record_set(r, S("code"),
               V(str_fmt(m->c->arena, "C%05zu", m->d->number + 1)));
    record_set(r, S("source_channel"),
               V(choose(m, sources, COUNT_OF(sources))));
    if (m->d->company->referrer != 0 && m->d->number % 10 == 3) {
        record_set(r, S("source_channel"), V("referral"));
        record_set(r, S("referred_by_id"), V(m->d->company->referrer));
    }
    m->pay_method =
        m->organization ? choose(m, ways, COUNT_OF(ways)) : S("cash");
    record_set(r, S("pay_method"), V(m->pay_method));
    /* One in twelve waits in the pool for somebody to take it. */
    bool pool = m->d->orders == 0 && m->d->number % 3 == 0;
    record_set(r, S("owner_id"), pool ? V_NULL : V(m->owner));
    TRY(save(m, r, at(m, m->since)));
    m->id = record_id(r);
    return OK;
}

static enum err make_contacts(struct maker *m) {
    static const char *const layers[] = {"management", "operational",
                                         "decision"};
    static const char *const roles[] = {"decides", "advises", "advises"};
    int64_t n = m->organization ? demo_between(&m->random, 1, 3) : 0;
    for (int64_t i = 0; i < n; i++) {
        struct record *r = demo_record(m->c, "contact");
        bool female;
        struct str name = demo_person_name(
            m->c->arena, m->d->number * 4 + 500 + (size_t)i, &female);
        record_set(r, S("customer_id"), V(m->id));
        record_set(r, S("name"), V(name));
        record_set(r, S("sex"), V(female ? "female" : "male"));
        record_set(r, S("job_title"),
                   V(i == 0 ? m->trade->job_title : S("财务")));
        record_set(r, S("phone"), V(mobile(m)));
        record_set(r, S("is_primary"), V(i == 0));
        record_set(r, S("layer"), V(layers[i]));
        record_set(r, S("function"), V(i == 0 ? "user" : "finance"));
        record_set(r, S("decision_role"), V(roles[i]));
        TRY(save(m, r, at(m, m->since)));
        if (i == 0)
            m->contact = record_id(r);
    }
    return OK;
}

/* --- orders -------------------------------------------------------------- */

/* Days in the order they pass, so that numbers rise with them. */
static void order_days(struct maker *m, int32_t *days, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        days[i] = (int32_t)demo_between(&m->random, m->since, m->until);
    for (int64_t i = 1; i < n; i++)
        for (int64_t k = i; k > 0 && days[k - 1] > days[k]; k--) {
            int32_t t = days[k];
            days[k] = days[k - 1];
            days[k - 1] = t;
        }
}

static enum err make_line(struct maker *m, int64_t order, int64_t at_ms,
                          int position, int sign, int64_t *total_fen) {
    size_t which = demo_below(&m->random, demo_product_count);
    /* Small customers buy paper and pens rather than copiers. */
    if (m->d->size_percent < 80 && demo_products[which].price > 400000)
        which = demo_below(&m->random, 9);
    const struct demo_product *p = &demo_products[which];
    int64_t quantity = p->usual * m->d->size_percent *
                       demo_between(&m->random, 50, 150) / 10000;
    if (quantity < 1)
        quantity = 1;
    struct record *r = demo_record(m->c, "order_line");
    record_set(r, S("order_id"), V(order));
    record_set(r, S("position"), V(position));
    record_set(r, S("kind"), V(sign < 0 ? "return" : "sale"));
    record_set(r, S("product_id"), V(m->d->company->products[which]));
    record_set(r, S("product_name"), V(p->name));
    record_set(r, S("quantity"), V(sign * quantity * 1000));
    record_set(r, S("unit_price"), V(p->price * 10000));
    TRY(save(m, r, at_ms));
    *total_fen += sign * quantity * p->price;
    return OK;
}

static enum err make_payment(struct maker *m, int64_t order, int32_t day,
                             int64_t total_fen) {
    static const char *const means[] = {"bank_transfer", "bank_transfer",
                                        "wechat_pay", "alipay"};
    int32_t paid =
        day + (int32_t)demo_between(&m->random, 0, m->organization ? 45 : 1);
    if (paid > m->d->company->today || demo_chance(&m->random, 4))
        return OK;
    struct record *r = demo_record(m->c, "payment");
    record_set(r, S("customer_id"), V(m->id));
    record_set(r, S("order_id"), V(order));
    record_set(r, S("kind"), V(total_fen < 0 ? "refund" : "receipt"));
    record_set(r, S("paid_on"), V(paid));
    record_set(r, S("amount"), V(total_fen < 0 ? -total_fen : total_fen));
    record_set(r, S("means"), V(choose(m, means, COUNT_OF(means))));
    return save(m, r, at(m, paid));
}

static struct str order_status(struct maker *m, int32_t day) {
    int32_t age = m->d->company->today - day;
    if (demo_chance(&m->random, 2))
        return S("cancelled");
    return age > 14 ? S("completed") : age > 3 ? S("shipped") : S("confirmed");
}

static enum err make_order(struct maker *m, int64_t number, int32_t day) {
    int year, month, dom, sign = demo_chance(&m->random, 2) ? -1 : 1;
    int64_t total_fen = 0, at_ms = at(m, day);
    struct str status = order_status(m, day);
    struct record *r = demo_record(m->c, "order");
    day_split(day, &year, &month, &dom);
    record_set(r, S("customer_id"), V(m->id));
    record_set(r, S("number"),
               V(str_fmt(m->c->arena, "SO%04d%02d%02d-%03zu%02lld", year, month,
                         dom, m->d->number, (long long)number)));
    record_set(r, S("kind"), V(sign < 0 ? "return" : "sale"));
    record_set(r, S("status"), V(status));
    record_set(r, S("ordered_on"), V(day));
    record_set(r, S("pay_method"), V(m->pay_method));
    TRY(save(m, r, at_ms));
    int64_t order = record_id(r);
    int lines = sign < 0 ? 1 : (int)demo_between(&m->random, 1, LINES_MAX);
    for (int i = 0; i < lines; i++)
        TRY(make_line(m, order, at_ms, i + 1, sign, &total_fen));
    if (str_eqc(status, "cancelled"))
        return OK;
    return make_payment(m, order, day, total_fen);
}

static enum err make_orders(struct maker *m) {
    int32_t *days = NEW_ARRAY(m->c->arena, int32_t, (size_t)m->d->orders + 1);
    order_days(m, days, m->d->orders);
    for (int64_t i = 0; i < m->d->orders; i++)
        TRY(make_order(m, i + 1, days[i]));
    return OK;
}

/* --- what people did ----------------------------------------------------- */

static enum err make_interaction(struct maker *m, int32_t day) {
    const struct demo_talk *t =
        &demo_talks[demo_below(&m->random, demo_talk_count)];
    int64_t at_ms = at(m, day);
    struct record *r = demo_record(m->c, "interaction");
    record_set(r, S("customer_id"), V(m->id));
    if (m->contact != 0)
        record_set(r, S("contact_id"), V(m->contact));
    record_set(
        r, S("user_id"),
        V(demo_chance(&m->random, 80) ? m->owner : m->d->company->service));
    record_set(r, S("happened_at"), V(at_ms));
    record_set(r, S("channel"), V(t->channel));
    record_set(r, S("direction"), V(t->direction));
    record_set(r, S("content"), V(t->content));
    if (t->outcome.n > 0)
        record_set(r, S("outcome"), V(t->outcome));
    if (t->objection.n > 0)
        record_set(r, S("objection"), V(t->objection));
    if (t->next_days > 0)
        record_set(r, S("next_on"), V(day + t->next_days));
    return save(m, r, at_ms);
}

static enum err make_task(struct maker *m) {
    int32_t today = m->d->company->today;
    int32_t due = today + (int32_t)demo_between(&m->random, -12, 21);
    bool done = due < today && demo_chance(&m->random, 70);
    struct record *r = demo_record(m->c, "task");
    record_set(r, S("title"),
               V(demo_tasks[demo_below(&m->random, demo_task_count)]));
    record_set(r, S("customer_id"), V(m->id));
    record_set(r, S("due_on"), V(due));
    record_set(r, S("priority"), V(m->d->rank < 30 ? "high" : "normal"));
    record_set(r, S("done"), V(done));
    record_set(r, S("owner_id"), V(m->owner));
    return save(m, r, at(m, due - 14 < today ? due - 14 : today));
}

static enum err make_activity(struct maker *m) {
    int64_t talks = demo_between(&m->random, 0, 2) + (m->d->rank < 60 ? 3 : 0);
    int32_t *days = NEW_ARRAY(m->c->arena, int32_t, (size_t)talks + 1);
    order_days(m, days, talks);
    for (int64_t i = 0; i < talks; i++)
        TRY(make_interaction(m, days[i]));
    bool active = m->until == m->d->company->today;
    if (active && demo_chance(&m->random, m->d->rank < 60 ? 70 : 25))
        TRY(make_task(m));
    return OK;
}

enum err demo_customer_make(struct ctx *c, const struct demo_customer *d,
                            int64_t *id_out) {
    struct maker m = {
        .c = c,
        .d = d,
        .random = {SEED + d->number * 1000003u},
        .organization = d->rank < 60 || d->number % 5 < 3,
    };
    int32_t today = d->company->today;
    m.place = &demo_places[demo_below(&m.random, demo_place_count)];
    m.trade = &demo_trades[demo_below(&m.random, demo_trade_count)];
    m.owner = d->company->sellers[m.place->south ? 1 : 0];
    m.since = today - (int32_t)demo_between(&m.random,
                                            d->rank < 60 ? DEMO_DAYS - 60 : 30,
                                            DEMO_DAYS);
    m.until = today;
    /* A third of all but the largest have left, sooner or later: enough to tell
     * who is leaving now from who buys seldom. */
    if (d->rank >= 12 && demo_chance(&m.random, 33) && today - m.since > 150)
        m.until = (int32_t)demo_between(&m.random, m.since + 60, today - 60);
    TRY(make_customer(&m));
    TRY(make_contacts(&m));
    TRY(make_orders(&m));
    *id_out = m.id;
    return make_activity(&m);
}
