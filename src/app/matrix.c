/* The value matrix at work. One thread a call. Invariant: a score depends on
 * the newest run's cuts and groups and on the customer's own facts, read in
 * the transaction that writes it. */
#include "app/matrix.h"

#include "analytics/matrix.h"
#include "app/slices.h"
#include "base/map.h"
#include "base/wide.h"
#include "base/zone.h"

#define SLICE_FIRST 500
#define SLICE_LEAST 100
#define SLICE_MOST 20000
#define EVERYBODY S("*")

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

static int64_t potential_of(const struct matrix_facts *f, int64_t reference) {
    return matrix_weigh(f->wallet >= 0 ? f->wallet : reference, f->prospects);
}

/* Per cent with two decimals, to the nearest; none of nothing. */
static int64_t share_of_all(const struct matrix_facts *f) {
    if (f->wallet <= 0)
        return MATRIX_NONE;
    i128 v = ((i128)f->current * 20000 + f->wallet) / ((i128)f->wallet * 2);
    return v > INT64_MAX ? MATRIX_NONE : (int64_t)v;
}

static struct matrix_score score_of(const struct matrix_run *run,
                                    const struct matrix_facts *f,
                                    int64_t reference) {
    struct matrix_cuts cuts = {run->current_cut, run->potential_cut};
    int64_t potential = potential_of(f, reference);
    return (struct matrix_score){
        .current = f->current,
        .potential = potential,
        .type = matrix_name(matrix_type_of(&cuts, f->current, potential)),
        .share = share_of_all(f)};
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
    struct matrix_score s = {MATRIX_NONE, MATRIX_NONE, {0}, MATRIX_NONE};
    bool found;
    TRY(matrix_newest(c, &run, &found));
    if (!found)
        return OK;
    TRY(matrix_facts_one(c, run.from_day, customer_id, &f, &found));
    if (found) {
        TRY(matrix_peers(c, &f, &peers));
        s = score_of(&run, &f, peers.reference);
    }
    return matrix_put(c, customer_id, &s);
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
    for (size_t i = 0; i < n; i++) {
        int64_t reference = reference_of(c, &w->groups, &now[i]);
        struct matrix_score s = score_of(&w->run, &now[i], reference);
        TRY(matrix_put(c, now[i].id, &s));
    }
    return OK;
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

enum err matrix_run_all(struct ctx *c, int32_t as_of, int high_bp,
                        int64_t buyers) {
    struct work w = {.run = {.as_of = as_of,
                             .from_day = as_of - MATRIX_DAYS + 1,
                             .buyers = buyers}};
    struct matrix_facts *facts;
    size_t n;
    TRY(long_work_at(c, "matrix", 0, 0));
    TRY(matrix_facts_of(c, w.run.from_day, ALL_IDS, &facts, &n));
    w.facts = facts;
    w.run.customers = (int64_t)n;
    group_all(c, &w.groups, facts, n);
    set_cuts(c, &w, n, high_bp);
    set_rows(c, &w);
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
