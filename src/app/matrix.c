/* The value matrix at work. One thread a call. Invariant: a score depends on
 * the newest run's cuts and groups and on the customer's own facts, read in
 * the transaction that writes it. */
#include "app/matrix.h"

#include "analytics/matrix.h"
#include "app/slices.h"
#include "base/json.h"
#include "base/map.h"
#include "base/wide.h"
#include "base/zone.h"

#define SLICE_FIRST 500
#define SLICE_LEAST 100
#define SLICE_MOST 20000
#define EVERYBODY S("*")
#define MODEL_BYTES (16 * 1024)

size_t matrix_keys(struct arena *a, const struct matrix_facts *f,
                   struct str keys[MATRIX_LEVELS]) {
    size_t n = 0;
    bool person = str_eqc(f->kind, "person");
    if (person && f->city.n > 0)
        keys[n++] = str_fmt(a, "person/city/" STR_FMT, STR_ARG(f->city));
    if (!person && f->industry.n > 0 && f->scale.n > 0)
        keys[n++] =
            str_fmt(a, STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(f->kind),
                    STR_ARG(f->industry), STR_ARG(f->scale));
    if (!person && f->industry.n > 0)
        keys[n++] = str_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(f->kind),
                            STR_ARG(f->industry));
    keys[n++] = f->kind;
    return n;
}

/* --- groups of everybody -------------------------------------------------- */

struct group {
    struct str key;
    int64_t reference;
    VEC(int64_t) current;
};

struct groups {
    struct map by_key;
    VEC(struct group *) all;
};

static void join(struct ctx *c, struct groups *g, struct str key,
                 int64_t current) {
    struct group *one = map_get(&g->by_key, key);
    if (one == NULL) {
        one = NEW(c->arena, struct group);
        *one = (struct group){.key = key};
        *VEC_PUSH(c->arena, &g->all) = one;
        *map_put(&g->by_key, key) = one;
    }
    *VEC_PUSH(c->arena, &one->current) = current;
}

static void group_all(struct ctx *c, struct groups *g,
                      const struct matrix_facts *f, size_t n) {
    map_init(&g->by_key, c->arena);
    for (size_t i = 0; i < n; i++) {
        struct str keys[MATRIX_LEVELS];
        size_t levels = matrix_keys(c->arena, &f[i], keys);
        for (size_t k = 0; k < levels; k++)
            join(c, g, keys[k], f[i].current);
        join(c, g, EVERYBODY, f[i].current);
    }
    for (size_t k = 0; k < g->all.n; k++)
        g->all.p[k]->reference = matrix_upper_quarter(g->all.p[k]->current.p,
                                                      g->all.p[k]->current.n);
}

static bool speaks(const struct group *g) {
    return g != NULL && g->current.n >= MATRIX_PEERS;
}

static int64_t reference_of(struct ctx *c, const struct groups *g,
                            const struct matrix_facts *f) {
    struct str keys[MATRIX_LEVELS];
    size_t levels = matrix_keys(c->arena, f, keys);
    const struct group *one = NULL;
    for (size_t k = 0; k < levels && !speaks(one); k++)
        one = map_get(&g->by_key, keys[k]);
    if (!speaks(one))
        one = map_get(&g->by_key, EVERYBODY);
    return one == NULL ? 0 : one->reference;
}

/* --- one customer --------------------------------------------------------- */

/* Similar customers alone would tell the same of everybody where nothing is
 * known of them but what they buy. */
static int64_t potential_of(const struct matrix_facts *f, int64_t reference) {
    int64_t could = f->expected > reference ? f->expected : reference;
    return matrix_weigh(f->wallet >= 0 ? f->wallet : could, f->prospects);
}

/* Per cent with two decimals, to the nearest; none of nothing. */
static int64_t share_of_all(const struct matrix_facts *f) {
    if (f->wallet <= 0)
        return MATRIX_NONE;
    i128 v = ((i128)f->current * 20000 + f->wallet) / ((i128)f->wallet * 2);
    return v > INT64_MAX ? MATRIX_NONE : (int64_t)v;
}

struct rfm_facts matrix_rfm(const struct matrix_run *run,
                            const struct matrix_facts *f) {
    return (struct rfm_facts){(int64_t)run->as_of - f->last_day, f->orders,
                              f->sales};
}

enum err matrix_model(struct ctx *c, const struct matrix_run *run,
                      struct group_model *out) {
    json_t *j;
    *out = (struct group_model){0};
    if (run->groups.n == 0)
        return OK;
    TRY(json_read(c, run->groups, &j));
    return groups_from_json(j, out) ? OK
                                    : fail(c, ERR_INTERNAL, "", "bad_ruler");
}

static int group_number(const struct matrix_run *run,
                        const struct group_model *m,
                        const struct matrix_facts *f) {
    struct rfm_facts facts = matrix_rfm(run, f);
    return m->k == 0 ? 0 : (int)group_of(m, &facts, NULL) + 1;
}

static struct matrix_score score_of(const struct matrix_run *run,
                                    const struct group_model *model,
                                    const struct matrix_facts *f,
                                    int64_t reference) {
    struct matrix_cuts cuts = {run->current_cut, run->potential_cut};
    int64_t potential = potential_of(f, reference);
    return (struct matrix_score){
        .current = f->current,
        .potential = potential,
        .type = matrix_name(matrix_type_of(&cuts, f->current, potential)),
        .share = share_of_all(f),
        .group = group_number(run, model, f)};
}

enum err matrix_peers(struct ctx *c, const struct matrix_facts *f,
                      struct matrix_group *out) {
    struct str keys[MATRIX_LEVELS];
    size_t levels = matrix_keys(c->arena, f, keys);
    for (size_t k = 0; k <= levels; k++) {
        bool found;
        TRY(matrix_group_of(c, k < levels ? keys[k] : EVERYBODY, out, &found));
        if (found && (k == levels || out->customers >= MATRIX_PEERS))
            return OK;
    }
    *out = (struct matrix_group){.key = EVERYBODY};
    return OK;
}

enum err matrix_rescore(struct ctx *c, int64_t customer_id) {
    struct matrix_run run;
    struct matrix_facts f;
    struct matrix_group peers;
    struct group_model model;
    struct matrix_score s = {MATRIX_NONE, MATRIX_NONE, {0}, MATRIX_NONE, 0};
    bool found;
    TRY(matrix_newest(c, &run, &found));
    if (!found)
        return OK;
    TRY(matrix_model(c, &run, &model));
    TRY(matrix_facts_one(c, run.from_day, customer_id, &f, &found));
    if (found) {
        TRY(matrix_peers(c, &f, &peers));
        s = score_of(&run, &model, &f, peers.reference);
    }
    return matrix_put(c, &customer_id, &s, 1);
}

/* --- what is typed -------------------------------------------------------- */

static const struct str texts[] = {S_INIT("industry"),
                                   S_INIT("organization_scale"), S_INIT("city"),
                                   S_INIT("kind")};
static const struct str numbers[] = {S_INIT("wallet_amount"),
                                     S_INIT("prospects_score")};

static bool is_empty(const struct record *r, struct str field) {
    return record_get(r, field).type == VAL_NULL;
}

static bool has_moved(const struct record *before, const struct record *after) {
    for (size_t k = 0; k < COUNT_OF(texts); k++)
        if (!str_eq(record_str(before, texts[k]), record_str(after, texts[k])))
            return true;
    for (size_t k = 0; k < COUNT_OF(numbers); k++)
        if (is_empty(before, numbers[k]) != is_empty(after, numbers[k]) ||
            record_i64(before, numbers[k]) != record_i64(after, numbers[k]))
            return true;
    return false;
}

static bool wallet_moved(const struct record *before,
                         const struct record *after) {
    return record_i64(before, S("wallet_amount")) !=
               record_i64(after, S("wallet_amount")) ||
           record_i64(before, S("wallet_on")) !=
               record_i64(after, S("wallet_on")) ||
           !str_eq(record_str(before, S("wallet_source")),
                   record_str(after, S("wallet_source"))) ||
           is_empty(before, S("wallet_amount"));
}

static enum err check_wallet(struct ctx *c, const struct record *before,
                             const struct record *after) {
    if (is_empty(after, S("wallet_amount")) ||
        (before != NULL && !wallet_moved(before, after)))
        return OK;
    if (record_str(after, S("wallet_source")).n == 0)
        return fail(c, ERR_INVALID, "wallet_source", "wallet_source");
    if (is_empty(after, S("wallet_on")))
        return fail(c, ERR_INVALID, "wallet_on", "wallet_on");
    if (record_i64(after, S("wallet_on")) > zone_day(c->zone, c->now_ms))
        return fail(c, ERR_INVALID, "wallet_on", "wallet_future");
    return OK;
}

enum err matrix_save(struct ctx *c, const struct record *before,
                     const struct record *after) {
    TRY(check_wallet(c, before, after));
    if (before == NULL || !has_moved(before, after))
        return OK; /* new ones have no sales yet */
    return matrix_rescore(c, record_id(after));
}

/* --- everybody ------------------------------------------------------------ */

struct work {
    struct matrix_run run;
    struct group_model model;
    struct groups groups;
    struct matrix_group *rows; /* of the groups that speak */
    size_t n_rows;
    const struct matrix_facts *facts;
    struct slices s;
};

static enum err begin(struct ctx *c, void *arg) {
    struct work *w = arg;
    TRY(matrix_begin(c, &w->run, w->rows, w->n_rows));
    return matrix_clear(c);
}

/* Read again: an order may have come meanwhile. */
static enum err slice(struct ctx *c, void *arg) {
    struct work *w = arg;
    struct id_span ids = {w->facts[w->s.from].id, w->facts[w->s.to - 1].id};
    struct matrix_facts *now;
    size_t n;
    TRY(matrix_facts_of(c, w->run.from_day, ids, &now, &n));
    int64_t *customers = NEW_ARRAY(c->arena, int64_t, n + 1);
    struct matrix_score *scores =
        NEW_ARRAY(c->arena, struct matrix_score, n + 1);
    for (size_t i = 0; i < n; i++) {
        int64_t reference = reference_of(c, &w->groups, &now[i]);
        customers[i] = now[i].id;
        scores[i] = score_of(&w->run, &w->model, &now[i], reference);
    }
    return matrix_put(c, customers, scores, n);
}

static void set_cuts(struct ctx *c, struct work *w, size_t n, int high_bp) {
    int64_t *values = NEW_ARRAY(c->arena, int64_t, n + 1);
    for (size_t i = 0; i < n; i++)
        values[i] = w->facts[i].current;
    w->run.current_cut = matrix_cut(values, n, high_bp);
    for (size_t i = 0; i < n; i++)
        values[i] = potential_of(&w->facts[i],
                                 reference_of(c, &w->groups, &w->facts[i]));
    w->run.potential_cut = matrix_cut(values, n, MATRIX_HIGH_POTENTIAL);
}

static void set_rows(struct ctx *c, struct work *w) {
    w->rows = NEW_ARRAY(c->arena, struct matrix_group, w->groups.all.n + 1);
    for (size_t k = 0; k < w->groups.all.n; k++) {
        const struct group *g = w->groups.all.p[k];
        if (speaks(g) || str_eq(g->key, EVERYBODY))
            w->rows[w->n_rows++] = (struct matrix_group){
                g->key, (int64_t)g->current.n, g->reference};
    }
}

static void set_model(struct ctx *c, struct work *w, size_t n, int64_t k) {
    struct arena *scratch = arena_new();
    struct rfm_facts *all = NEW_ARRAY(scratch, struct rfm_facts, n + 1);
    struct buf b;
    struct jw json;
    for (size_t i = 0; i < n; i++)
        all[i] = matrix_rfm(&w->run, &w->facts[i]);
    groups_fit(scratch, all, n, (size_t)k, &w->model);
    arena_free(scratch);
    if (w->model.k == 0)
        return;
    buf_init(&b, c->arena, MODEL_BYTES);
    jw_init(&json, &b);
    groups_to_json(&w->model, &json);
    w->run.groups = buf_view(&b);
}

enum err matrix_run_all(struct ctx *c, const struct matrix_rules *rules) {
    struct work w = {.run = {.as_of = rules->as_of,
                             .from_day = rules->as_of - MATRIX_DAYS + 1,
                             .buyers = rules->buyers}};
    struct matrix_facts *facts;
    size_t n;
    TRY(long_work_at(c, "matrix", 0, 0));
    TRY(matrix_facts_of(c, w.run.from_day, ALL_IDS, &facts, &n));
    w.facts = facts;
    w.run.customers = (int64_t)n;
    group_all(c, &w.groups, facts, n);
    set_cuts(c, &w, n, rules->high_bp);
    set_rows(c, &w);
    set_model(c, &w, n, rules->groups);
    TRY(store_write(c, LANE_JOB, begin, &w));
    w.s = (struct slices){.step = "matrix",
                          .n = n,
                          .first = SLICE_FIRST,
                          .least = SLICE_LEAST,
                          .most = SLICE_MOST,
                          .write = slice,
                          .arg = &w};
    return slices_run(c, &w.s);
}
