/* Keeping the ladder right. Owns nothing; inside writes, but ladder_run.
 * Invariant: whoever derives holds the customer's row of statistics first and
 * reads the facts then, so that of two writers the later one sees both. A
 * referrer is derived after those he brought: two that wait for each other are
 * told apart by the database, and the loser is tried again. */
#include "app/ladder.h"

#include "app/followed.h"
#include "app/lifecycle.h"
#include "app/settings.h"
#include "app/slices.h"
#include "base/zone.h"

#define SPAN 1000 /* ids together */
#define SPAN_LEAST 50

static int32_t today_of(struct ctx *c) {
    return zone_day(c->zone, c->now_ms);
}

enum err ladder_limits(struct ctx *c, struct ladder_limits *out) {
    *out = (struct ladder_limits){.of = {[LIMIT_ONE] = 1, [LIMIT_TWO] = 2},
                                  .today = today_of(c)};
    TRY(settings_i64(c, SETTING_LADDER_CLIENT_ORDERS,
                     &out->of[LIMIT_CLIENT_ORDERS]));
    TRY(settings_i64(c, SETTING_LADDER_CLIENT_DAYS, &out->client_days));
    TRY(settings_i64(c, SETTING_LADDER_LAPSE_DAYS, &out->of[LIMIT_LAPSE_DAYS]));
    return settings_i64(c, SETTING_CHURN_LOST_DAYS, &out->of[LIMIT_LOST_DAYS]);
}

void ladder_judge_now(struct ctx *c, const struct ladder_facts *f,
                      const struct ladder_limits *l,
                      struct ladder_verdict *out) {
    int32_t met = f->contacts > 0 ? zone_day(c->zone, f->first_contact_ms) : 0;
    ladder_judge(c->arena, f, met, l, out);
}

static bool moved(const struct ladder_state *a, const struct ladder_state *b) {
    return !str_eq(a->rung, b->rung) || !str_eq(a->relation, b->relation) ||
           !str_eq(a->stage, b->stage);
}

static bool differs(const struct ladder_state *a,
                    const struct ladder_state *b) {
    return moved(a, b) || a->rung_since != b->rung_since ||
           a->stage_since != b->stage_since ||
           a->first_contact != b->first_contact ||
           a->second_order != b->second_order || a->client_on != b->client_on ||
           a->advocate_on != b->advocate_on || a->recent != b->recent ||
           a->referrals != b->referrals ||
           a->referrals_bought != b->referrals_bought;
}

/* The day of the fact that moved him: of the rung, else of the stage, else
 * today. */
static int32_t moved_on(const struct ladder_facts *f,
                        const struct ladder_state *now, int32_t today) {
    const struct ladder_state *was = &f->stored;
    if (!str_eq(was->rung, now->rung) && now->rung_since != 0)
        return now->rung_since;
    if (!str_eq(was->stage, now->stage) && now->stage_since != 0)
        return now->stage_since;
    return today;
}

/* Who enters another stage of life gets its tasks. */
static enum err enter(struct ctx *c, const struct ladder_change *p) {
    struct lifecycle_entry e = {p->facts->id, p->facts->owner_id,
                                S("lifecycle_stage"), p->now.stage};
    return str_eq(p->facts->stored.stage, p->now.stage)
               ? OK
               : lifecycle_enter(c, &e);
}

static enum err put(struct ctx *c, const struct ladder_facts *f, size_t n) {
    struct ladder_change *all =
        NEW_ARRAY(c->arena, struct ladder_change, n + 1);
    struct ladder_limits l;
    struct ladder_verdict v;
    size_t k = 0;
    if (n == 0)
        return OK;
    TRY(ladder_limits(c, &l));
    for (size_t i = 0; i < n; i++) {
        ladder_judge_now(c, &f[i], &l, &v);
        if (!differs(&f[i].stored, &v.state))
            continue;
        all[k++] = (struct ladder_change){
            .facts = &f[i],
            .now = v.state,
            .moved_on = moved(&f[i].stored, &v.state)
                            ? moved_on(&f[i], &v.state, l.today)
                            : 0};
    }
    TRY(ladder_put(c, all, k));
    for (size_t i = 0; i < k; i++)
        TRY(enter(c, &all[i]));
    return OK;
}

/* *referrer: who brought him, 0 when nobody did. */
static enum err refresh_one(struct ctx *c, int64_t id, int64_t *referrer) {
    struct ladder_facts *f;
    size_t n;
    *referrer = 0;
    TRY(ladder_lock(c, &id, 1));
    TRY(ladder_read(c, id, id, &f, &n));
    if (n > 0) /* else in the bin: derived when it comes back */
        *referrer = f->referred_by;
    return put(c, f, n);
}

enum err ladder_refresh(struct ctx *c, int64_t customer_id) {
    int64_t referrer, none;
    if (customer_id == 0)
        return OK;
    TRY(refresh_one(c, customer_id, &referrer));
    return referrer == 0 ? OK : refresh_one(c, referrer, &none);
}

/* --- customers ------------------------------------------------------------ */

static bool same_text(const struct record *a, const struct record *b,
                      const char *field) {
    return str_eq(record_str(a, str_of(field)), record_str(b, str_of(field)));
}

static bool same_number(const struct record *a, const struct record *b,
                        const char *field) {
    return record_i64(a, str_of(field)) == record_i64(b, str_of(field));
}

static bool facts_moved(const struct record *before,
                        const struct record *after) {
    return !same_text(before, after, "roles") ||
           !same_text(before, after, "buys") ||
           !same_text(before, after, "buys_note") ||
           !same_text(before, after, "wanted_benefits") ||
           !same_number(before, after, "relation_ended_on") ||
           !same_number(before, after, "referred_by_id");
}

/* Of a new customer nothing is known but what was typed; what the table's
 * defaults say of one that buys needs no statement of its own. */
static bool is_plain(const struct record *new) {
    return str_eqc(record_str(new, S("roles")), ",end_customer,") &&
           record_str(new, S("buys")).n == 0 &&
           record_str(new, S("buys_note")).n == 0 &&
           record_str(new, S("wanted_benefits")).n == 0 &&
           record_i64(new, S("relation_ended_on")) == 0 &&
           record_i64(new, S("referred_by_id")) == 0;
}

static enum err check(struct ctx *c, const struct record *before,
                      const struct record *after) {
    int64_t referrer = record_i64(after, S("referred_by_id"));
    bool circle = false;
    if (referrer != 0 &&
        (before == NULL || !same_number(before, after, "referred_by_id")))
        TRY(ladder_is_circle(c, record_id(after), referrer, &circle));
    if (circle)
        return fail(c, ERR_INVALID, "referred_by_id", "referral_circle");
    bool ends =
        record_i64(after, S("relation_ended_on")) != 0 &&
        (before == NULL || !same_number(before, after, "relation_ended_on"));
    if (ends && record_str(after, S("relation_ended_reason")).n == 0)
        return fail(c, ERR_INVALID, "relation_ended_reason", "ended_reason");
    return OK;
}

enum err ladder_customer_save(struct ctx *c, enum save_op op,
                              const struct record *before,
                              const struct record *after) {
    int64_t none, former = 0;
    if (op == SAVE_DELETE) /* he is gone, and counts for nobody */
        return record_i64(after, S("referred_by_id")) == 0
                   ? OK
                   : refresh_one(c, record_i64(after, S("referred_by_id")),
                                 &none);
    if (op == SAVE_CREATE ? is_plain(after)
                          : op == SAVE_UPDATE && !facts_moved(before, after))
        return OK;
    TRY(check(c, op == SAVE_UPDATE ? before : NULL, after));
    if (op == SAVE_UPDATE && !same_number(before, after, "referred_by_id"))
        former = record_i64(before, S("referred_by_id"));
    TRY(ladder_refresh(c, record_id(after)));
    return former == 0 ? OK : refresh_one(c, former, &none);
}

/* Where the table's default says he stands. */
#define FIRST_STAGE "acquisition"

/* Does a new customer stand there still? */
static enum err is_first(struct ctx *c, const struct record *r, bool *out) {
    struct ladder_facts *f;
    size_t n;
    *out = true;
    if (is_plain(r))
        return OK;
    TRY(ladder_read(c, record_id(r), record_id(r), &f, &n));
    *out = n > 0 && str_eqc(f->stored.stage, FIRST_STAGE);
    return OK;
}

/* *needed: its strategy is in force. */
static enum err begin_needed(struct ctx *c, bool *needed) {
    struct lifecycle_plan p;
    bool found;
    TRY(lifecycle_plan_of(c, S(FIRST_STAGE), &p, &found));
    *needed = found && p.active;
    return OK;
}

static enum err begin(struct ctx *c, const struct record *new) {
    struct lifecycle_entry e = {record_id(new), record_i64(new, S("owner_id")),
                                S("lifecycle_stage"), S(FIRST_STAGE)};
    bool first;
    TRY(is_first(c, new, &first));
    return first ? lifecycle_enter(c, &e) : OK;
}

enum err ladder_begin(struct ctx *c, const struct record *new) {
    bool needed;
    TRY(begin_needed(c, &needed));
    return needed ? begin(c, new) : OK;
}

enum err ladder_begin_all(struct ctx *c, struct record *const *new, size_t n) {
    bool needed;
    TRY(begin_needed(c, &needed));
    for (size_t i = 0; needed && i < n; i++)
        TRY(begin(c, new[i]));
    return OK;
}

/* --- everybody ------------------------------------------------------------ */

struct stale {
    struct slices s;  /* of listed, or of ids, the first of which is 1 */
    int64_t *listed;  /* NULL: everybody */
    VEC(int64_t) ids; /* of the slice, to be mended */
    int64_t moved;
};

static enum err find(struct ctx *c, void *arg) {
    struct stale *s = arg;
    struct ladder_limits l;
    struct ladder_facts *f;
    struct ladder_verdict v;
    size_t n;
    s->ids.p = NULL;
    s->ids.n = s->ids.cap = 0;
    TRY(ladder_limits(c, &l));
    if (s->listed == NULL)
        TRY(ladder_read(c, (int64_t)s->s.from + 1, (int64_t)s->s.to, &f, &n));
    else
        TRY(ladder_read_of(c, s->listed + s->s.from, s->s.to - s->s.from, &f,
                           &n));
    for (size_t i = 0; i < n; i++) {
        ladder_judge_now(c, &f[i], &l, &v);
        if (differs(&f[i].stored, &v.state))
            *VEC_PUSH(c->arena, &s->ids) = f[i].id;
    }
    s->s.idle = s->ids.n == 0;
    return OK;
}

/* Referrers are found by their own difference. */
static enum err mend(struct ctx *c, void *arg) {
    const struct stale *s = arg;
    struct ladder_facts *f;
    size_t n;
    TRY(ladder_lock(c, s->ids.p, s->ids.n));
    TRY(ladder_read_of(c, s->ids.p, s->ids.n, &f, &n));
    return put(c, f, n);
}

static void count(void *arg) {
    struct stale *s = arg;
    s->moved += (int64_t)s->ids.n;
}

static enum err seed(struct ctx *c, void *arg) {
    return lifecycle_seed(c);
}

static enum err run(struct ctx *c, int64_t *ids, size_t n, int64_t *n_moved) {
    struct stale s = {.listed = ids,
                      .s = {.step = "ladder",
                            .n = n,
                            .first = SPAN,
                            .least = SPAN_LEAST,
                            .most = SPAN,
                            .find = find,
                            .write = mend,
                            .wrote = count,
                            .arg = &s}};
    enum err e = slices_run(c, &s.s);
    *n_moved = s.moved;
    return e;
}

/* What a verdict depends on besides facts and the day. */
static enum err basis_of(struct ctx *c, const struct ladder_limits *l,
                         struct str *out) {
    struct str zone;
    TRY(settings_text(c, SETTING_COMPANY_ZONE, &zone));
    struct str rules = ladder_rules_mark(c->arena);
    *out = str_fmt(c->arena, STR_FMT " %lld %lld %lld %lld " STR_FMT,
                   STR_ARG(rules), (long long)l->of[LIMIT_CLIENT_ORDERS],
                   (long long)l->of[LIMIT_LAPSE_DAYS],
                   (long long)l->of[LIMIT_LOST_DAYS], (long long)l->client_days,
                   STR_ARG(zone));
    return OK;
}

/* May those who have not changed since be taken for right? An import may have
 * moved documents away from customers whom no change names. */
static enum err stale_ids(struct ctx *c, const struct ladder_limits *l,
                          const struct followed *was, int64_t **ids, size_t *n,
                          bool *known) {
    TRY(ladder_imported(c, was->at_ms, known));
    *known = !*known && was->day <= l->today;
    if (!*known)
        return OK;
    struct ladder_since since = {
        .place = was->place,
        .day = was->day,
        .today = l->today,
        .day_ms = zone_instant(c->zone, was->day + 1, 0),
        .spans = {l->of[LIMIT_LAPSE_DAYS], l->of[LIMIT_LOST_DAYS],
                  l->client_days}};
    return ladder_changed(c, &since, ids, n);
}

/* Of a large company: everybody if `whole`, else only who may stand elsewhere
 * since the mark. */
static enum err follow(struct ctx *c, bool whole, int64_t last,
                       int64_t *n_moved) {
    struct ladder_limits l;
    struct followed was, now;
    struct str basis;
    int64_t *ids = NULL;
    size_t n = (size_t)last;
    bool known = false;
    TRY(ladder_limits(c, &l));
    TRY(basis_of(c, &l, &basis));
    TRY(followed_now(c, basis, &now));
    if (!whole)
        TRY(followed_read(c, S("ladder"), basis, &was, &known));
    if (known)
        TRY(stale_ids(c, &l, &was, &ids, &n, &known));
    TRY(run(c, known ? ids : NULL, known ? n : (size_t)last, n_moved));
    return followed_save(c, S("ladder"), &now);
}

static enum err ladder_all(struct ctx *c, bool whole, int64_t *n_moved) {
    int64_t last;
    bool large;
    TRY(long_work_at(c, "ladder", 0, 0));
    TRY(store_write(c, LANE_JOB, seed, NULL));
    TRY(ladder_last_id(c, &last));
    TRY(followed_large(c, last, &large));
    return large ? follow(c, whole, last, n_moved)
                 : run(c, NULL, (size_t)last, n_moved);
}

enum err ladder_run(struct ctx *c, int64_t *n_moved) {
    return ladder_all(c, true, n_moved);
}

enum err ladder_follow(struct ctx *c, int64_t *n_moved) {
    return ladder_all(c, false, n_moved);
}
