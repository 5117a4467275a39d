/* SQL of profits. Owns nothing; one thread a call. Invariant: of one customer
 * and of all the same sums of the same integers come out, because statistics
 * are recomputed in the write that changes a document; costs are multiplied
 * here, where what does not fit is noticed: SQLite would go on in floating
 * point. */
#include "store/profits.h"

#include "base/num.h"
#include "base/time.h"
#include "store/stats.h"

#define COUNTS "o.deleted_at IS NULL AND o.status NOT IN ('draft', 'cancelled')"
#define UNPRICED "o.margin IS NULL AND (o.kind = 'return' OR o.sales > 0)"
#define COSTS "e.deleted_at IS NULL AND e.origin <> 'order'"

/* Each: customer, what is added, what is taken off (of Q_COSTS in minor units),
 * orders without a margin. */
SQL(Q_EVER, "SELECT id, coalesce(margin, 0) + discounts_given, cost_to_serve,"
            " unpriced_orders FROM customer_stats WHERE orders > 0"
            " ORDER BY id");
/* Those whose margin is not told by their statistics. */
SQL(Q_PRICED, "SELECT o.customer_id, CAST(sum(o.margin) AS BIGINT), 0, 0 FROM"
              " customer_stats s JOIN \"order\" o ON o.customer_id = s.id WHERE"
              " s.unpriced_orders > 0 AND o.margin IS NOT NULL AND " COUNTS
              " GROUP BY o.customer_id ORDER BY o.customer_id");
SQL(Q_ORDERS,
    "SELECT o.customer_id, CAST(coalesce(sum(o.margin), 0) AS BIGINT), 0,"
    " CAST(sum(CASE WHEN " UNPRICED " THEN 1 ELSE 0 END) AS BIGINT) FROM"
    " \"order\" o WHERE o.ordered_on >= $1 AND o.customer_id IS NOT NULL AND"
    " " COUNTS " GROUP BY o.customer_id ORDER BY o.customer_id");
SQL(Q_COSTS, "SELECT e.customer_id, 0, CAST(sum(e.base_amount) AS BIGINT), 0"
             " FROM cost_entry e WHERE e.incurred_on >= $1 AND " COSTS
             " GROUP BY e.customer_id ORDER BY e.customer_id");

struct sums {
    struct margin *p;
    size_t n;
};

static enum err overflow(struct ctx *c) {
    return fail(c, ERR_INVALID, "", "amount_overflow");
}

/* 10^-6 in minor units. */
static enum err in_full(struct ctx *c, int64_t minor, int64_t unit,
                        int64_t *out) {
    return __builtin_mul_overflow(minor, unit, out) ? overflow(c) : OK;
}

/* unit: of what is taken off. */
static enum err read_sums(struct ctx *c, struct rows *r, int64_t unit,
                          struct sums *out, int64_t *unknown) {
    VEC(struct margin) v = {0};
    for (;;) {
        bool more;
        int64_t off, amount;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        TRY(in_full(c, row_i64(r, 2), unit, &off));
        if (__builtin_sub_overflow(row_i64(r, 1), off, &amount))
            return overflow(c);
        *VEC_PUSH(c->arena, &v) = (struct margin){row_i64(r, 0), amount};
        *unknown += row_i64(r, 3);
    }
    *out = (struct sums){v.p, v.n};
    return OK;
}

/* Both by customer; so is what comes out. */
static enum err join(struct ctx *c, struct sums x, struct sums y,
                     struct sums *out) {
    struct margin *p = NEW_ARRAY(c->arena, struct margin, x.n + y.n + 1);
    size_t n = 0;
    for (size_t i = 0, k = 0; i < x.n || k < y.n; n++) {
        bool left = k == y.n || (i < x.n && x.p[i].customer <= y.p[k].customer);
        p[n] = (struct margin){left ? x.p[i].customer : y.p[k].customer, 0};
        bool fits = true;
        if (left)
            fits = num_add(&p[n].amount, x.p[i++].amount);
        if (k < y.n && y.p[k].customer == p[n].customer)
            fits = num_add(&p[n].amount, y.p[k++].amount) && fits;
        if (!fits)
            return overflow(c);
    }
    *out = (struct sums){p, n};
    return OK;
}

static enum err ever(struct ctx *c, struct sums *out, int64_t *unknown) {
    struct rows *r;
    struct sums known;
    TRY(db_query(c, &Q_EVER, NO_ARGS, &r));
    TRY(read_sums(c, r, 1, out, unknown));
    if (*unknown == 0)
        return OK;
    TRY(db_query(c, &Q_PRICED, NO_ARGS, &r));
    TRY(read_sums(c, r, 1, &known, unknown));
    return join(c, *out, known, out);
}

enum err profits_since(struct ctx *c, int32_t from_day, struct margin **out,
                       size_t *n, int64_t *unknown) {
    struct rows *r;
    struct sums margins, costs, all;
    int64_t unit;
    *unknown = 0;
    if (from_day == 0) {
        TRY(ever(c, &all, unknown));
    } else {
        TRY(stats_minor(c, &unit));
        TRY(db_query(c, &Q_ORDERS, ARGS(V(from_day)), &r));
        TRY(read_sums(c, r, 1, &margins, unknown));
        TRY(db_query(c, &Q_COSTS, ARGS(V(from_day)), &r));
        TRY(read_sums(c, r, unit, &costs, unknown));
        TRY(join(c, margins, costs, &all));
    }
    *out = all.p;
    *n = all.n;
    return OK;
}

/* --- one customer --------------------------------------------------------- */

SQL(Q_MARGIN_OF,
    "SELECT CAST(coalesce(sum(o.margin), 0) AS BIGINT) FROM \"order\" o WHERE"
    " o.customer_id = $1 AND o.ordered_on >= $2 AND " COUNTS);
SQL(Q_COSTS_OF, "SELECT CAST(coalesce(sum(e.base_amount), 0) AS BIGINT) FROM"
                " cost_entry e WHERE e.customer_id = $1 AND e.incurred_on >= $2"
                " AND " COSTS);

static int32_t since(int32_t from_day) {
    return from_day == 0 ? DAY_MIN : from_day;
}

enum err profit_of(struct ctx *c, int32_t from_day, int64_t customer_id,
                   int64_t *out) {
    int64_t unit, margin, costs, day = since(from_day);
    TRY(stats_minor(c, &unit));
    TRY(db_i64(c, &Q_MARGIN_OF, ARGS(V(customer_id), V(day)), 0, &margin));
    TRY(db_i64(c, &Q_COSTS_OF, ARGS(V(customer_id), V(day)), 0, &costs));
    TRY(in_full(c, costs, unit, &costs));
    return __builtin_sub_overflow(margin, costs, out) ? overflow(c) : OK;
}

/* --- the facts ------------------------------------------------------------ */

SQL(Q_ORDERS_OF,
    "SELECT o.id, o.number, o.kind, o.ordered_on, o.margin FROM \"order\" o"
    " WHERE o.customer_id = $1 AND o.ordered_on >= $2 AND " COUNTS
    " ORDER BY o.ordered_on, o.id");
SQL(Q_ENTRIES_OF,
    "SELECT e.id, e.kind, e.origin, e.incurred_on, e.base_amount FROM"
    " cost_entry e WHERE e.customer_id = $1 AND e.incurred_on >= $2 AND " COSTS
    " ORDER BY e.incurred_on, e.id");

static enum err read_orders(struct ctx *c, struct rows *r,
                            struct profit_facts *out) {
    VEC(struct profit_order) v = {0};
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct profit_order){.id = row_i64(r, 0),
                                  .number = row_str(r, 1),
                                  .kind = row_str(r, 2),
                                  .day = (int32_t)row_i64(r, 3),
                                  .known = !row_is_null(r, 4),
                                  .margin = row_i64(r, 4)};
    }
    out->orders = v.p;
    out->n_orders = v.n;
    return OK;
}

static enum err read_costs(struct ctx *c, struct rows *r, int64_t unit,
                           struct profit_facts *out) {
    VEC(struct profit_cost) v = {0};
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        struct profit_cost one = {.id = row_i64(r, 0),
                                  .kind = row_str(r, 1),
                                  .origin = row_str(r, 2),
                                  .day = (int32_t)row_i64(r, 3)};
        TRY(in_full(c, row_i64(r, 4), unit, &one.amount));
        *VEC_PUSH(c->arena, &v) = one;
    }
    out->costs = v.p;
    out->n_costs = v.n;
    return OK;
}

enum err profit_facts(struct ctx *c, int32_t from_day, int64_t customer_id,
                      struct profit_facts *out) {
    struct rows *r;
    int64_t unit, day = since(from_day);
    TRY(stats_minor(c, &unit));
    TRY(db_query(c, &Q_ORDERS_OF, ARGS(V(customer_id), V(day)), &r));
    TRY(read_orders(c, r, out));
    TRY(db_query(c, &Q_ENTRIES_OF, ARGS(V(customer_id), V(day)), &r));
    return read_costs(c, r, unit, out);
}
