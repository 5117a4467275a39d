/* Statistics by aggregation over one customer's rows, through the index
 * (customer_id, ordered_on, id). Sums are cast, overflow is an error. Of a
 * customer with very many orders each day is added up for itself and kept, so
 * that an order adds up its own day and then the days. Invariant: days are kept
 * of nobody with fewer orders, so those that are there are up to date. */
#include "store/stats.h"

#include "base/currency.h"
#include "base/fault.h"

/* To raise it takes a migration that empties customer_day: who has days and
 * fewer orders than this would be added up anew, and his days go stale. */
#define MANY_ORDERS 4096
#define MANY_ORDERS_TRIED 5

SQL(Q_LINES,
    "SELECT count(*),"
    " CAST(coalesce(sum(CASE WHEN kind = 'sale' AND quantity > 0 AND"
    " unit_price > 0 THEN amount ELSE 0 END), 0) AS BIGINT),"
    " CAST(coalesce(sum(CASE WHEN quantity < 0 THEN -amount ELSE 0 END), 0)"
    " AS BIGINT),"
    " CAST(coalesce(sum(amount), 0) AS BIGINT)"
    " FROM order_line WHERE order_id = $1 AND deleted_at IS NULL");

enum err stats_order_lines(struct ctx *c, int64_t order_id,
                           struct order_lines *out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_LINES, ARGS(V(order_id)), &r, &found));
    *out = (struct order_lines){.count = row_i64(r, 0),
                                .sale = row_i64(r, 1),
                                .returned = row_i64(r, 2),
                                .total = row_i64(r, 3)};
    rows_end(r);
    return OK;
}

/* A sale counts while it is neither a draft nor cancelled and sold anything. */
#define COUNTS                                                                 \
    "kind = 'sale' AND status NOT IN ('draft', 'cancelled') AND sales > 0"
/* What counts towards the margin and has none. */
#define UNPRICED                                                               \
    "margin IS NULL AND status NOT IN ('draft', 'cancelled') AND"              \
    " (kind = 'return' OR sales > 0)"

#define SUMS                                                                   \
    "UPDATE customer_stats SET (orders, sales, first_order_on, last_order_on," \
    " purchase_days, returned_amount, returned_orders, cancelled_orders,"      \
    " open_amount, margin, unpriced_orders) ="

/* Leaves alone who has many, and has changed no row then. */
SQL(Q_ORDERS, SUMS
    " (SELECT CAST(coalesce(sum(CASE WHEN " COUNTS
    " THEN 1 ELSE 0 END), 0) AS BIGINT),"
    " CAST(coalesce(sum(CASE WHEN " COUNTS
    " THEN sales ELSE 0 END), 0) AS BIGINT),"
    " min(CASE WHEN " COUNTS " THEN ordered_on END),"
    " max(CASE WHEN " COUNTS " THEN ordered_on END),"
    " CAST(count(DISTINCT CASE WHEN " COUNTS " THEN ordered_on END) AS BIGINT),"
    " CAST(coalesce(sum(CASE WHEN status NOT IN ('draft', 'cancelled') THEN"
    " returned ELSE 0 END), 0) AS BIGINT),"
    " CAST(coalesce(sum(CASE WHEN kind = 'return' AND status NOT IN ('draft',"
    " 'cancelled') THEN 1 ELSE 0 END), 0) AS BIGINT),"
    " CAST(coalesce(sum(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END), 0)"
    " AS BIGINT),"
    " CAST(coalesce(sum(CASE WHEN pay_method IN ('credit', 'contract') AND"
    " status NOT IN ('draft', 'cancelled') THEN sales - returned ELSE 0 END),"
    " 0) AS BIGINT),"
    " CASE WHEN coalesce(sum(CASE WHEN " UNPRICED " THEN 1 ELSE 0 END), 0) = 0"
    " THEN"
    " CAST(coalesce(sum(CASE WHEN status NOT IN ('draft', 'cancelled') THEN"
    " margin ELSE 0 END), 0) AS BIGINT) END,"
    " CAST(coalesce(sum(CASE WHEN " UNPRICED
    " THEN 1 ELSE 0 END), 0) AS BIGINT)"
    " FROM \"order\" WHERE customer_id = $1 AND deleted_at IS NULL)"
    " WHERE id = $1 AND orders < $2");

SQL(Q_FIRST_DAY,
    "UPDATE customer_stats SET first_day_sales = (SELECT"
    " CAST(coalesce(sum(o.sales), 0) AS BIGINT) FROM \"order\" o WHERE"
    " o.customer_id = $1 AND o.ordered_on = customer_stats.first_order_on AND"
    " o.deleted_at IS NULL AND " COUNTS ") WHERE id = $1");

/* base_amount is in minor units of the base currency: $2 turns them into
 * 10^-6. Payments never make the open amount negative. */
SQL(Q_PAID,
    "UPDATE customer_stats SET paid = (SELECT CAST(coalesce(sum(CASE WHEN"
    " kind = 'refund' THEN -base_amount ELSE base_amount END), 0) AS BIGINT)"
    " * $2 FROM payment WHERE customer_id = $1 AND deleted_at IS NULL)"
    " WHERE id = $1");
SQL(Q_OPEN,
    "UPDATE customer_stats SET open_amount = CASE WHEN open_amount >"
    " paid THEN open_amount - paid ELSE 0 END, " STATS_NET " WHERE id = $1");
SQL(Q_BASE_UNIT, "SELECT value FROM setting WHERE key = 'company.currency'");

enum err stats_minor(struct ctx *c, int64_t *out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_BASE_UNIT, NO_ARGS, &r, &found));
    int digits = currency_digits(found ? row_str(r, 0) : S(CURRENCY_DEFAULT));
    *out = 1;
    for (int i = digits; i < 6; i++)
        *out *= 10;
    return OK;
}

/* --- many orders ---------------------------------------------------------- */

#define DAYS                                                                   \
    "INSERT INTO customer_day (customer_id, day, asked, orders, sales,"        \
    " returned_amount, returned_orders, cancelled_orders, open_amount,"        \
    " margin, unpriced_orders) SELECT customer_id, ordered_on, count(*),"      \
    " sum(CASE WHEN " COUNTS " THEN 1 ELSE 0 END),"                            \
    " CAST(sum(CASE WHEN " COUNTS " THEN sales ELSE 0 END) AS BIGINT),"        \
    " CAST(sum(CASE WHEN status NOT IN ('draft', 'cancelled') THEN returned"   \
    " ELSE 0 END) AS BIGINT),"                                                 \
    " sum(CASE WHEN kind = 'return' AND status NOT IN ('draft', 'cancelled')"  \
    " THEN 1 ELSE 0 END),"                                                     \
    " sum(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END),"                  \
    " CAST(sum(CASE WHEN pay_method IN ('credit', 'contract') AND status NOT"  \
    " IN ('draft', 'cancelled') THEN sales - returned ELSE 0 END) AS BIGINT)," \
    " CAST(coalesce(sum(CASE WHEN status NOT IN ('draft', 'cancelled') THEN"   \
    " margin ELSE 0 END), 0) AS BIGINT),"                                      \
    " sum(CASE WHEN " UNPRICED " THEN 1 ELSE 0 END)"                           \
    " FROM \"order\" WHERE deleted_at IS NULL AND customer_id = "
#define BY_DAY " GROUP BY customer_id, ordered_on"

SQL(Q_HAS_DAYS, "SELECT CASE WHEN EXISTS (SELECT 1 FROM customer_day WHERE"
                " customer_id = $1) THEN 1 ELSE 0 END");
SQL(Q_CLEAR_DAYS, "DELETE FROM customer_day WHERE customer_id = $1");
SQL(Q_FILL_DAYS, DAYS "$1" BY_DAY);
SQL(Q_OF_DAYS, SUMS " (SELECT CAST(coalesce(sum(orders), 0) AS BIGINT),"
                    " CAST(coalesce(sum(sales), 0) AS BIGINT),"
                    " min(CASE WHEN orders > 0 THEN day END),"
                    " max(CASE WHEN orders > 0 THEN day END),"
                    " CAST(count(CASE WHEN orders > 0 THEN day END) AS BIGINT),"
                    " CAST(coalesce(sum(returned_amount), 0) AS BIGINT),"
                    " CAST(coalesce(sum(returned_orders), 0) AS BIGINT),"
                    " CAST(coalesce(sum(cancelled_orders), 0) AS BIGINT),"
                    " CAST(coalesce(sum(open_amount), 0) AS BIGINT),"
                    " CASE WHEN coalesce(sum(unpriced_orders), 0) = 0 THEN"
                    " CAST(coalesce(sum(margin), 0) AS BIGINT) END,"
                    " CAST(coalesce(sum(unpriced_orders), 0) AS BIGINT)"
                    " FROM customer_day WHERE customer_id = $1) WHERE id = $1");
SQL(Q_FIRST_OF_DAYS,
    "UPDATE customer_stats SET first_day_sales = coalesce((SELECT d.sales FROM"
    " customer_day d WHERE d.customer_id = $1 AND d.day ="
    " customer_stats.first_order_on), 0) WHERE id = $1");
/* Not many any more: nobody keeps his days from now on. */
SQL(Q_LEAVE_DAYS,
    "DELETE FROM customer_day WHERE customer_id = $1 AND EXISTS (SELECT 1 FROM"
    " customer_stats WHERE id = $1 AND orders < $2)");

/* Tests arm the point to see few orders go the way of many. */
static int64_t many_orders(void) {
#ifdef GX_TESTING
    if (FAULT("stats.many") || fault_passes("stats.many") > 0)
        return MANY_ORDERS_TRIED;
#endif
    return MANY_ORDERS;
}

static enum err refill(struct ctx *c, int64_t customer_id,
                       const struct stats_days *on) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "DELETE FROM customer_day WHERE customer_id = ");
    sqlb_value(&b, V(customer_id));
    SQLB(&b, " AND day");
    sqlb_in_ids(&b, on->day, on->n);
    TRY(sqlb_exec(&b, NULL));
    sqlb_init(&b, c);
    SQLB(&b, DAYS);
    sqlb_value(&b, V(customer_id));
    SQLB(&b, " AND ordered_on");
    sqlb_in_ids(&b, on->day, on->n);
    SQLB(&b, BY_DAY);
    return sqlb_exec(&b, NULL);
}

/* on: the days whose orders have changed; NULL: any may have. */
static enum err days_bring(struct ctx *c, int64_t customer_id,
                           const struct stats_days *on) {
    int64_t kept = 0;
    if (on != NULL)
        TRY(db_i64(c, &Q_HAS_DAYS, ARGS(V(customer_id)), 0, &kept));
    if (kept == 0) {
        TRY(db_exec(c, &Q_CLEAR_DAYS, ARGS(V(customer_id)), NULL));
        return db_exec(c, &Q_FILL_DAYS, ARGS(V(customer_id)), NULL);
    }
    return on->n == 0 ? OK : refill(c, customer_id, on);
}

static enum err sum_days(struct ctx *c, int64_t customer_id, int64_t many,
                         const struct stats_days *on) {
    TRY(days_bring(c, customer_id, on));
    TRY(db_exec(c, &Q_OF_DAYS, ARGS(V(customer_id)), NULL));
    TRY(db_exec(c, &Q_FIRST_OF_DAYS, ARGS(V(customer_id)), NULL));
    return db_exec(c, &Q_LEAVE_DAYS, ARGS(V(customer_id), V(many)), NULL);
}

static enum err sum_orders(struct ctx *c, int64_t customer_id,
                           const struct stats_days *on) {
    int64_t many = many_orders(), few;
    TRY(db_exec(c, &Q_ORDERS, ARGS(V(customer_id), V(many)), &few));
    if (few == 0 && customer_id != 0)
        return sum_days(c, customer_id, many, on);
    return db_exec(c, &Q_FIRST_DAY, ARGS(V(customer_id)), NULL);
}

/* --- orders and payments -------------------------------------------------- */

/* First the row, then the sums: of two transactions the later one adds up what
 * the earlier one has committed. */
static enum err lock(struct ctx *c, int64_t customer_id) {
    return db_lock_row(c, S("customer_stats"), customer_id);
}

static enum err sum_payments(struct ctx *c, int64_t customer_id) {
    int64_t unit;
    TRY(stats_minor(c, &unit));
    return db_exec(c, &Q_PAID, ARGS(V(customer_id), V(unit)), NULL);
}

enum err stats_orders(struct ctx *c, int64_t customer_id,
                      const struct stats_days *on) {
    TRY(lock(c, customer_id));
    TRY(sum_orders(c, customer_id, on));
    if (on == NULL)
        TRY(sum_payments(c, customer_id));
    return db_exec(c, &Q_OPEN, ARGS(V(customer_id)), NULL);
}

enum err stats_payments(struct ctx *c, int64_t customer_id) {
    static const struct stats_days none = {NULL, 0};
    TRY(lock(c, customer_id));
    TRY(sum_orders(c, customer_id, &none));
    TRY(sum_payments(c, customer_id));
    return db_exec(c, &Q_OPEN, ARGS(V(customer_id)), NULL);
}

SQL(Q_CONTACTS,
    "UPDATE customer_stats SET (interactions, last_contact_at,"
    " next_contact_on) = (SELECT count(*), max(happened_at), max(next_on)"
    " FROM interaction WHERE customer_id = $1 AND deleted_at IS NULL)"
    " WHERE id = $1");

enum err stats_contacts(struct ctx *c, int64_t customer_id) {
    TRY(lock(c, customer_id));
    return db_exec(c, &Q_CONTACTS, ARGS(V(customer_id)), NULL);
}

SQL(Q_LAST_SALE, "SELECT max(last_order_on) FROM customer_stats");

enum err stats_last_sale(struct ctx *c, int32_t *out) {
    int64_t day;
    TRY(db_i64(c, &Q_LAST_SALE, NO_ARGS, 0, &day));
    *out = (int32_t)day;
    return OK;
}

SQL(Q_RATE, "SELECT rate FROM currency_rate WHERE currency = $1 AND day <= $2"
            " AND deleted_at IS NULL ORDER BY day DESC LIMIT 1");

enum err stats_rate(struct ctx *c, struct str currency, int32_t day,
                    int64_t *rate, bool *found) {
    TRY(db_i64(c, &Q_RATE, ARGS(V(currency), V(day)), 0, rate));
    *found = *rate > 0;
    return OK;
}
