/* Statements of the value matrix. Owns nothing. Invariant: scores are written
 * only where they differ, so that a nightly run leaves quiet rows alone. */
#include "store/matrix.h"

#include "store/sheet.h"

/* The plus keeps SQLite from looking at a whole year for a few customers. */
#define FACTS(of_days, of_orders)                                              \
    "SELECT t.id, t.kind, coalesce(t.industry, ''),"                           \
    " coalesce(t.organization_scale, ''), coalesce(t.city, ''),"               \
    " coalesce(t.wallet_amount, -1), coalesce(t.prospects_score, 0),"          \
    " coalesce(y.sales, 0)" of_days ", s.sales, s.orders, s.last_order_on,"    \
    " coalesce(s.clv_12m, -1) FROM customer_stats s JOIN customer t ON"        \
    " t.id = s.id LEFT JOIN (SELECT o.customer_id, CAST(sum(o.sales) AS"       \
    " BIGINT) AS sales FROM \"order\" o WHERE o.kind = 'sale' AND o.status"    \
    " NOT IN ('draft', 'cancelled') AND o.sales > 0 AND o.deleted_at IS NULL"  \
    " AND +o.ordered_on >= $1 AND " of_orders " GROUP BY o.customer_id) y ON"  \
    " y.customer_id = t.id WHERE t.deleted_at IS NULL AND s.orders > 0"

SQL(Q_SPAN,
    FACTS("", "o.customer_id BETWEEN $2 AND $3") " AND s.id BETWEEN $2 AND"
                                                 " $3 ORDER BY s.id");
/* One with very many orders has his days added up (store/stats.c): then none of
 * the orders is his. */
SQL(Q_ONE,
    FACTS(" + CAST(coalesce((SELECT sum(d.sales) FROM customer_day d WHERE"
          " d.customer_id = $2 AND d.day >= $1), 0) AS BIGINT)",
          "o.customer_id = (SELECT CASE WHEN EXISTS (SELECT 1 FROM"
          " customer_day WHERE customer_id = $2) THEN NULL ELSE"
          " CAST($2 AS BIGINT) END)") " AND s.id = $2");

#define CENT_TO_MICRO 10000

static struct matrix_facts facts_row(const struct rows *r) {
    int64_t wallet = row_i64(r, 5), micro;
    if (wallet < 0 || __builtin_mul_overflow(wallet, CENT_TO_MICRO, &micro))
        micro = -1;
    return (struct matrix_facts){.id = row_i64(r, 0),
                                 .kind = row_str(r, 1),
                                 .industry = row_str(r, 2),
                                 .scale = row_str(r, 3),
                                 .city = row_str(r, 4),
                                 .wallet = micro,
                                 .prospects = (int)row_i64(r, 6),
                                 .current = row_i64(r, 7),
                                 .sales = row_i64(r, 8),
                                 .orders = row_i64(r, 9),
                                 .last_day = (int32_t)row_i64(r, 10),
                                 .expected = row_i64(r, 11)};
}

enum err matrix_facts_of(struct ctx *c, int32_t from_day, struct id_span ids,
                         struct matrix_facts **out, size_t *n) {
    struct rows *r;
    VEC(struct matrix_facts) all = {0};
    TRY(db_query(c, &Q_SPAN, ARGS(V(from_day), V(ids.from), V(ids.to)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &all) = facts_row(r);
    }
    *out = all.p;
    *n = all.n;
    return OK;
}

enum err matrix_facts_one(struct ctx *c, int32_t from_day, int64_t customer_id,
                          struct matrix_facts *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_ONE, ARGS(V(from_day), V(customer_id)), &r, found));
    if (*found)
        *out = facts_row(r);
    rows_end(r);
    return OK;
}

SQL(Q_FORGET_RUNS, "DELETE FROM value_run");
SQL(Q_FORGET_GROUPS, "DELETE FROM peer_group");
SQL(Q_RUN,
    "INSERT INTO value_run (as_of, from_day, customers, current_cut,"
    " potential_cut, buyers, group_model) VALUES ($1, $2, $3, $4, $5, $6,"
    " $7)");
SQL(Q_GROUP, "INSERT INTO peer_group (key, customers, reference)"
             " VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET customers ="
             " excluded.customers, reference = excluded.reference");

enum err matrix_begin(struct ctx *c, const struct matrix_run *run,
                      const struct matrix_group *groups, size_t n) {
    int64_t done;
    TRY(db_exec(c, &Q_FORGET_RUNS, NO_ARGS, &done));
    TRY(db_exec(c, &Q_FORGET_GROUPS, NO_ARGS, &done));
    for (size_t i = 0; i < n; i++)
        TRY(db_exec(c, &Q_GROUP,
                    ARGS(V(groups[i].key), V(groups[i].customers),
                         V(groups[i].reference)),
                    &done));
    return db_exec(c, &Q_RUN,
                   ARGS(V(run->as_of), V(run->from_day), V(run->customers),
                        V(run->current_cut), V(run->potential_cut),
                        V(run->buyers),
                        run->groups.n == 0 ? V_NULL : V(run->groups)),
                   &done);
}

SQL(Q_NEWEST, "SELECT id, as_of, from_day, customers, current_cut,"
              " potential_cut, buyers, group_model FROM value_run ORDER BY id "
              "DESC LIMIT 1");

enum err matrix_newest(struct ctx *c, struct matrix_run *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_NEWEST, NO_ARGS, &r, found));
    if (*found)
        *out = (struct matrix_run){.id = row_i64(r, 0),
                                   .as_of = (int32_t)row_i64(r, 1),
                                   .from_day = (int32_t)row_i64(r, 2),
                                   .customers = row_i64(r, 3),
                                   .current_cut = row_i64(r, 4),
                                   .potential_cut = row_i64(r, 5),
                                   .buyers = row_i64(r, 6),
                                   .groups = row_is_null(r, 7) ? (struct str){0}
                                                               : row_str(r, 7)};
    rows_end(r);
    return OK;
}

SQL(Q_GROUP_OF, "SELECT key, customers, reference FROM peer_group WHERE"
                " key = $1");

enum err matrix_group_of(struct ctx *c, struct str key,
                         struct matrix_group *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_GROUP_OF, ARGS(V(key)), &r, found));
    if (*found)
        *out =
            (struct matrix_group){row_str(r, 0), row_i64(r, 1), row_i64(r, 2)};
    rows_end(r);
    return OK;
}

SQL(Q_CLEAR, "UPDATE customer_stats SET year_sales = NULL, potential = NULL,"
             " matrix_type = NULL, share_of_customer = NULL, value_group ="
             " NULL WHERE"
             " matrix_type IS NOT NULL AND orders = 0");

static struct val known(int64_t v) {
    return v == MATRIX_NONE ? V_NULL : V(v);
}

enum err matrix_put(struct ctx *c, const int64_t *customers,
                    const struct matrix_score *scores, size_t n) {
    static const struct str names[] = {S_INIT("id"),
                                       S_INIT("year_sales"),
                                       S_INIT("potential"),
                                       S_INIT("matrix_type"),
                                       S_INIT("share_of_customer"),
                                       S_INIT("value_group")};
    struct sheet s = {.table = S("customer_stats"), .rows = n};
    for (size_t k = 0; k < COUNT_OF(names); k++)
        *VEC_PUSH(c->arena, &s.columns) = names[k];
    s.cells = NEW_ARRAY(c->arena, struct val, n * COUNT_OF(names) + 1);
    for (size_t i = 0; i < n; i++) {
        const struct matrix_score *m = &scores[i];
        struct val *at = s.cells + i * COUNT_OF(names);
        at[0] = V(customers[i]);
        at[1] = known(m->current);
        at[2] = known(m->potential);
        at[3] = m->type.n == 0 ? V_NULL : V(m->type);
        at[4] = known(m->share);
        at[5] = m->group == 0 ? V_NULL : V(m->group);
    }
    return sheet_update(c, &s);
}

enum err matrix_clear(struct ctx *c) {
    int64_t n;
    return db_exec(c, &Q_CLEAR, NO_ARGS, &n);
}
