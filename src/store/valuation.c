/* Customers' scores. Owns nothing; the connection's thread. Invariant: of
 * the columns with an index only those that differ are named, because each
 * costs two entries, and all in one statement, because each costs the row. */
#include "store/valuation.h"

#include "store/store.h"

#define VALUATION                                                              \
    "SELECT " SCORE_COLUMNS ", s.first_order_on, s.purchase_days,"             \
    " s.first_day_sales, s.interval_days, s.due_on, s.p_alive,"                \
    " s.expected_52w, s.clv_12m, CASE WHEN t.pay_method = 'contract' THEN"     \
    " 1 ELSE 0 END, s.churn_risk, s.risk_band FROM customer_stats s JOIN"      \
    " customer t ON t.id = s.id WHERE s.id "
SQL_HELD(Q_ONE, VALUATION "= $1", "s");

enum {
    FIRST_ORDER_ON = SCORE_COLUMNS_N,
    PURCHASE_DAYS,
    FIRST_DAY_SALES,
    INTERVAL_DAYS,
    DUE_ON,
    P_ALIVE,
    EXPECTED_52W,
    CLV_12M,
    BY_CONTRACT,
    CHURN_RISK,
    RISK_BAND
};

_Static_assert(CHURN_NONE == LIFETIME_NONE, "one value for what is not known");

static int64_t known(const struct rows *r, int col) {
    return row_is_null(r, col) ? LIFETIME_NONE : row_i64(r, col);
}

static void read_facts(const struct rows *r, const struct score_state *s,
                       struct lifetime_facts *out) {
    *out = (struct lifetime_facts){.id = s->id};
    if (!s->live || row_i64(r, PURCHASE_DAYS) == 0)
        return;
    out->first_day = (int32_t)row_i64(r, FIRST_ORDER_ON);
    out->last_day = s->figures.last_day;
    out->days = row_i64(r, PURCHASE_DAYS);
    out->sales = s->figures.sales;
    out->first_day_sales = row_i64(r, FIRST_DAY_SALES);
}

static void read_row(const struct rows *r, struct valuation *v) {
    score_row(r, &v->scores);
    read_facts(r, &v->scores, &v->facts);
    v->lifetime =
        (struct lifetime_score){.interval = known(r, INTERVAL_DAYS),
                                .due_on = known(r, DUE_ON),
                                .p_alive = known(r, P_ALIVE),
                                .expected_52w = known(r, EXPECTED_52W),
                                .clv_12m = known(r, CLV_12M)};
    v->churn = (struct churn_customer){.id = v->facts.id,
                                       .first_day = v->facts.first_day,
                                       .last_day = v->facts.last_day,
                                       .days = v->facts.days,
                                       .interval = v->lifetime.interval,
                                       .p_alive = v->lifetime.p_alive,
                                       .contract = row_i64(r, BY_CONTRACT) != 0,
                                       .risk = known(r, CHURN_RISK),
                                       .band = row_str(r, RISK_BAND)};
}

enum err valuation_of(struct ctx *c, int64_t customer_id, struct valuation *out,
                      bool *found) {
    struct rows *r;
    TRY(db_query_held(c, &Q_ONE, ARGS(V(customer_id)), &r));
    TRY(rows_next(r, found));
    if (*found)
        read_row(r, out);
    rows_end(r);
    return OK;
}

static enum err read_rows(struct ctx *c, struct sqlb *b, struct valuation **out,
                          size_t *n_out) {
    struct rows *r;
    VEC(struct valuation) v = {0};
    sqlb_hold(b, S("s"));
    TRY(sqlb_query(b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        read_row(r, VEC_PUSH(c->arena, &v));
    }
    *out = v.p;
    *n_out = v.n;
    return OK;
}

enum err valuations_of(struct ctx *c, const int64_t *ids, size_t n,
                       struct valuation **out, size_t *n_out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, VALUATION);
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " ORDER BY s.id");
    return read_rows(c, &b, out, n_out);
}

enum err valuations_behind(struct ctx *c, int64_t after, size_t n,
                           struct valuation **out, size_t *n_out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, VALUATION "> ");
    sqlb_value(&b, V(after));
    SQLB(&b, " ORDER BY s.id LIMIT ");
    sqlb_value(&b, V((int64_t)n));
    return read_rows(c, &b, out, n_out);
}

/* --- writing -------------------------------------------------------------- */

struct edit {
    struct sqlb b;
    size_t n;
};

static void set(struct edit *e, struct str column, struct val v) {
    if (e->n++ > 0)
        SQLB(&e->b, ", ");
    sqlb_ident(&e->b, column);
    SQLB(&e->b, " = ");
    sqlb_value(&e->b, v);
}

static void set_scores(struct edit *e, const struct score_set *was,
                       const struct score_set *now) {
    if (now->grade != was->grade)
        set(e, S("grade"), score_grade_value(now->grade));
    if (now->effective != was->effective)
        set(e, S("effective_grade"), score_grade_value(now->effective));
    if (now->abc != was->abc)
        set(e, S("abc_class"), score_class_value(now->abc));
    if (now->r != was->r)
        set(e, S("r_score"), score_band_value(now->r));
    if (now->f != was->f)
        set(e, S("f_score"), score_band_value(now->f));
    if (now->m != was->m)
        set(e, S("m_score"), score_band_value(now->m));
    if (now->by_hand != was->by_hand)
        set(e, S("grade_by_hand"), V(now->by_hand));
    if (now->gap != was->gap)
        set(e, S("border_gap"), score_gap_value(now->gap));
}

static struct val val_known(int64_t v) {
    return v == LIFETIME_NONE ? V_NULL : V(v);
}

static void set_known(struct edit *e, struct str column, int64_t was,
                      int64_t now) {
    if (now != was)
        set(e, column, val_known(now));
}

static void set_lifetime(struct edit *e, const struct lifetime_score *was,
                         const struct lifetime_score *now) {
    set_known(e, S("due_on"), was->due_on, now->due_on);
    set_known(e, S("p_alive"), was->p_alive, now->p_alive);
    set_known(e, S("clv_12m"), was->clv_12m, now->clv_12m);
}

/* Without an index: named whenever anything is, which leaves fewer statements
 * to prepare. */
static void set_rest(struct edit *e, const struct lifetime_score *was,
                     const struct lifetime_score *now) {
    if (e->n == 0 && now->interval == was->interval &&
        now->expected_52w == was->expected_52w)
        return;
    set(e, S("interval_days"), val_known(now->interval));
    set(e, S("expected_52w"), val_known(now->expected_52w));
}

enum err valuation_put(struct ctx *c, const struct valuation *was,
                       const struct valuation_now *now) {
    struct edit e = {.n = 0};
    sqlb_init(&e.b, c);
    SQLB(&e.b, "UPDATE customer_stats SET ");
    set_scores(&e, &was->scores.now, &now->scores);
    set_lifetime(&e, &was->lifetime, &now->lifetime);
    set_known(&e, S("churn_risk"), was->churn.risk, now->risk);
    if (!str_eq(now->band, was->churn.band))
        set(&e, S("risk_band"), now->band.n == 0 ? V_NULL : V(now->band));
    set_rest(&e, &was->lifetime, &now->lifetime);
    if (e.n == 0)
        return OK;
    SQLB(&e.b, " WHERE id = ");
    sqlb_value(&e.b, V(was->scores.id));
    return sqlb_exec(&e.b, NULL);
}

/* --- writing many --------------------------------------------------------- */

static bool differs(const struct valuation_change *p) {
    const struct score_set *a = &p->was->scores.now, *b = &p->now.scores;
    const struct lifetime_score *x = &p->was->lifetime, *y = &p->now.lifetime;
    return a->grade != b->grade || a->effective != b->effective ||
           a->abc != b->abc || a->r != b->r || a->f != b->f || a->m != b->m ||
           a->gap != b->gap || a->by_hand != b->by_hand ||
           x->interval != y->interval || x->due_on != y->due_on ||
           x->p_alive != y->p_alive || x->expected_52w != y->expected_52w ||
           x->clv_12m != y->clv_12m || p->was->churn.risk != p->now.risk ||
           !str_eq(p->was->churn.band, p->now.band);
}

#define BANDS_MAX 8 /* different ones; there are four */

struct bands {
    struct str v[BANDS_MAX];
    size_t n;
};

/* From 1; 0 for none. */
static int64_t band_place(struct bands *bands, struct str band) {
    size_t i = 0;
    if (band.n == 0)
        return 0;
    while (i < bands->n && !str_eq(bands->v[i], band))
        i++;
    if (i == bands->n && i < BANDS_MAX)
        bands->v[bands->n++] = band;
    return (int64_t)i + 1;
}

#define NUMBERS 16 /* in the order of put_together */

static void numbers_of(const struct valuation_change *p, struct bands *bands,
                       int64_t *out, size_t step) {
    const struct score_set *s = &p->now.scores;
    const struct lifetime_score *l = &p->now.lifetime;
    const int64_t v[NUMBERS] = {p->was->scores.id,
                                s->grade,
                                s->effective,
                                s->abc,
                                s->r,
                                s->f,
                                s->m,
                                s->gap,
                                s->by_hand,
                                l->interval,
                                l->due_on,
                                l->p_alive,
                                l->expected_52w,
                                l->clv_12m,
                                p->now.risk,
                                band_place(bands, p->now.band)};
    for (size_t k = 0; k < NUMBERS; k++)
        out[k * step] = v[k];
}

static void put_bands(struct sqlb *b, const struct bands *bands) {
    SQLB(b, "(ARRAY[''");
    for (size_t i = 0; i < bands->n; i++) {
        SQLB(b, ", ");
        sqlb_value(b, V(bands->v[i]));
        SQLB(b, "::text");
    }
    SQLB(b, "])[nullif(v.band::int, 0) + 1]");
}

static void put_number(struct sqlb *b, struct str column) {
    SQLB(b, ", ");
    sqlb_ident(b, column);
    SQLB(b, " = nullif(");
    sqlb_column(b, S("v"), column);
    SQLB(b, ", ");
    sqlb_value(b, V(LIFETIME_NONE));
    SQLB(b, ")");
}

static enum err put_together(struct ctx *c, const struct valuation_change *p,
                             size_t n) {
    static const struct str numbers[] = {
        S_INIT("interval_days"), S_INIT("due_on"),  S_INIT("p_alive"),
        S_INIT("expected_52w"),  S_INIT("clv_12m"), S_INIT("churn_risk")};
    int64_t *v = NEW_ARRAY(c->arena, int64_t, NUMBERS * n);
    struct bands bands = {.n = 0};
    struct sqlb b;
    for (size_t i = 0; i < n; i++)
        numbers_of(&p[i], &bands, v + i, n);
    sqlb_init(&b, c);
    SQLB(&b, "UPDATE customer_stats s SET grade ="
             " (ARRAY['vip', 'main', 'ordinary', 'small'])[v.grade::int],"
             " effective_grade ="
             " (ARRAY['vip', 'main', 'ordinary', 'small'])[v.effective::int],"
             " abc_class = (ARRAY['a', 'b', 'c'])[v.abc::int],"
             " r_score = nullif(v.r, 0), f_score = nullif(v.f, 0),"
             " m_score = nullif(v.m, 0), border_gap = nullif(v.gap, -1),"
             " grade_by_hand = v.by_hand");
    for (size_t k = 0; k < COUNT_OF(numbers); k++)
        put_number(&b, numbers[k]);
    SQLB(&b, ", risk_band = ");
    put_bands(&b, &bands);
    SQLB(&b, " FROM unnest(");
    for (size_t k = 0; k < NUMBERS; k++) {
        if (k > 0)
            SQLB(&b, ", ");
        sqlb_value(&b, val_ids(v + k * n, n));
        SQLB(&b, "::bigint[]");
    }
    SQLB(&b, ") AS v (id, grade, effective, abc, r, f, m, gap, by_hand,"
             " interval_days,"
             " due_on, p_alive, expected_52w, clv_12m, churn_risk, band)"
             " WHERE s.id = v.id");
    return sqlb_exec(&b, NULL);
}

enum err valuations_put(struct ctx *c, const struct valuation_change *p,
                        size_t n) {
    struct valuation_change *some;
    size_t n_some = 0;
    if (store_one_writer(c->store)) {
        for (size_t i = 0; i < n; i++)
            TRY(valuation_put(c, p[i].was, &p[i].now));
        return OK;
    }
    some = NEW_ARRAY(c->arena, struct valuation_change, n + 1);
    for (size_t i = 0; i < n; i++)
        if (differs(&p[i]))
            some[n_some++] = p[i];
    return n_some == 0 ? OK : put_together(c, some, n_some);
}
