/* Statements of lifetimes. Owns nothing. Invariant: a score is written only
 * where it differs from what stands there, so that a nightly run leaves the
 * rows of quiet customers alone. */
#include "store/lifetimes.h"

#include "base/json.h"
#include "base/time.h"

#define FACTS                                                                  \
    "SELECT s.id, s.first_order_on, s.last_order_on, s.purchase_days,"         \
    " s.sales, s.first_day_sales FROM customer_stats s JOIN customer t ON"     \
    " t.id = s.id WHERE t.deleted_at IS NULL AND s.purchase_days > 0"

SQL(Q_BETWEEN, FACTS " AND s.id BETWEEN $1 AND $2 ORDER BY s.id");

static enum err read_facts(struct ctx *c, struct rows *r,
                           struct lifetime_facts **out, size_t *n) {
    VEC(struct lifetime_facts) all = {0};
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &all) =
            (struct lifetime_facts){.id = row_i64(r, 0),
                                    .first_day = (int32_t)row_i64(r, 1),
                                    .last_day = (int32_t)row_i64(r, 2),
                                    .days = row_i64(r, 3),
                                    .sales = row_i64(r, 4),
                                    .first_day_sales = row_i64(r, 5)};
    }
    *out = all.p;
    *n = all.n;
    return OK;
}

enum err lifetimes_of(struct ctx *c, const int64_t *ids, size_t n,
                      struct lifetime_facts **out, size_t *n_out) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, FACTS " AND s.id");
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " ORDER BY s.id");
    TRY(sqlb_query(&b, &r));
    return read_facts(c, r, out, n_out);
}

enum err lifetimes_between(struct ctx *c, int64_t first, int64_t last,
                           struct lifetime_facts **out, size_t *n) {
    struct rows *r;
    TRY(db_query(c, &Q_BETWEEN, ARGS(V(first), V(last)), &r));
    return read_facts(c, r, out, n);
}

enum err lifetimes_one(struct ctx *c, int64_t customer_id,
                       struct lifetime_facts *out) {
    struct lifetime_facts *found;
    size_t n;
    *out = (struct lifetime_facts){.id = customer_id};
    TRY(lifetimes_between(c, customer_id, customer_id, &found, &n));
    if (n > 0)
        *out = found[0];
    return OK;
}

SQL(Q_PUT,
    "UPDATE customer_stats SET interval_days = $2, due_on = $3, p_alive = $4,"
    " expected_52w = $5, clv_12m = $6 WHERE id = $1 AND NOT ("
    "coalesce(interval_days, -1) = coalesce($2, -1) AND"
    " coalesce(due_on, -1000000) = coalesce($3, -1000000) AND"
    " coalesce(p_alive, -1) = coalesce($4, -1) AND"
    " coalesce(expected_52w, -1) = coalesce($5, -1) AND"
    " coalesce(clv_12m, -1) = coalesce($6, -1))");

static struct val known(int64_t v) {
    return v == LIFETIME_NONE ? V_NULL : V(v);
}

enum err lifetimes_put(struct ctx *c, int64_t customer_id,
                       const struct lifetime_score *s, bool *changed) {
    int64_t n;
    TRY(db_exec(c, &Q_PUT,
                ARGS(V(customer_id), known(s->interval), known(s->due_on),
                     known(s->p_alive), known(s->expected_52w),
                     known(s->clv_12m)),
                &n));
    *changed = n > 0;
    return OK;
}

SQL(Q_FITTED, "SELECT fitted, as_of FROM grade_run WHERE finished_at IS NOT"
              " NULL ORDER BY id DESC LIMIT 1");

/* Models may have been kept from an earlier run. */
static enum err fitted_day(struct ctx *c, struct str json, int32_t *out) {
    json_t *j;
    const char *text;
    if (json.n == 0)
        return OK;
    TRY(json_read(c, json, &j));
    text = json_string_value(json_object_get(j, "as_of"));
    if (text != NULL && day_parse(str_of(text), DATE_YMD, out) != TIME_OK)
        return fail(c, ERR_INTERNAL, "", "bad_ruler");
    return OK;
}

enum err lifetimes_fitted(struct ctx *c, struct str *json, int32_t *as_of,
                          bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_FITTED, NO_ARGS, &r, found));
    *json = *found ? row_str(r, 0) : S("");
    *as_of = *found ? (int32_t)row_i64(r, 1) : 0;
    rows_end(r);
    return fitted_day(c, *json, as_of);
}
