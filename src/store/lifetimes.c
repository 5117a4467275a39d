/* Statements of lifetimes. Owns nothing; store/valuation writes them. */
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

#define FITTED "SELECT fitted, as_of FROM grade_run WHERE "
SQL(Q_FITTED, FITTED "finished_at IS NOT NULL ORDER BY id DESC LIMIT 1");
SQL(Q_FITTED_OF, FITTED "id = $1");

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

static enum err fitted(struct ctx *c, const struct sql *q, struct args args,
                       struct str *json, int32_t *as_of, bool *found) {
    struct rows *r;
    TRY(db_one(c, q, args, &r, found));
    *json = *found ? row_str(r, 0) : S("");
    *as_of = *found ? (int32_t)row_i64(r, 1) : 0;
    rows_end(r);
    return fitted_day(c, *json, as_of);
}

enum err lifetimes_fitted(struct ctx *c, struct str *json, int32_t *as_of,
                          bool *found) {
    return fitted(c, &Q_FITTED, NO_ARGS, json, as_of, found);
}

enum err lifetimes_fitted_of(struct ctx *c, int64_t run_id, struct str *json,
                             int32_t *as_of) {
    bool found;
    return fitted(c, &Q_FITTED_OF, ARGS(V(run_id)), json, as_of, &found);
}
