/* Statements of risks. Owns nothing. Lists and sums go through the customer
 * scope; what a grading reads does not. */
#include "store/churn_rows.h"

#include "base/time.h"
#include "base/zone.h"
#include "store/scope.h"
#include "store/sight.h"

#define CUSTOMERS                                                              \
    "SELECT s.id, coalesce(s.first_order_on, 0), coalesce(s.last_order_on, "   \
    "0),"                                                                      \
    " s.purchase_days, s.interval_days, s.p_alive, CASE WHEN t.pay_method ="   \
    " 'contract' THEN 1 ELSE 0 END, s.churn_risk, s.risk_band FROM"            \
    " customer_stats s JOIN customer t ON t.id = s.id WHERE t.deleted_at IS"   \
    " NULL AND (s.purchase_days > 0 OR s.risk_band IS NOT NULL) AND s.id"

SQL(Q_CUSTOMERS, CUSTOMERS " BETWEEN $1 AND $2 ORDER BY s.id");

static int64_t known(const struct rows *r, int col) {
    return row_is_null(r, col) ? CHURN_NONE : row_i64(r, col);
}

static enum err read_customers(struct ctx *c, struct rows *r,
                               struct churn_customer **out, size_t *n) {
    VEC(struct churn_customer) v = {0};
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct churn_customer){.id = row_i64(r, 0),
                                    .first_day = (int32_t)row_i64(r, 1),
                                    .last_day = (int32_t)row_i64(r, 2),
                                    .days = row_i64(r, 3),
                                    .interval = known(r, 4),
                                    .p_alive = known(r, 5),
                                    .contract = row_i64(r, 6) != 0,
                                    .risk = known(r, 7),
                                    .band = row_str(r, 8)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err churn_customers(struct ctx *c, int64_t first, int64_t last,
                         struct churn_customer **out, size_t *n) {
    struct rows *r;
    TRY(db_query(c, &Q_CUSTOMERS, ARGS(V(first), V(last)), &r));
    return read_customers(c, r, out, n);
}

/* Kind as in enum churn_event_kind; contacts have an instant, sales a day. */
SQL(Q_EVENTS,
    "SELECT o.customer_id, CASE WHEN o.kind = 'return' THEN 1 ELSE 0 END,"
    " CAST(o.ordered_on AS BIGINT) FROM \"order\" o JOIN customer t ON t.id ="
    " o.customer_id WHERE t.id BETWEEN $1 AND $2 AND ($3 = 1 OR t.pay_method ="
    " 'contract') AND t.deleted_at IS NULL AND o.deleted_at IS NULL AND"
    " o.status NOT IN ('draft', 'cancelled') AND (o.kind = 'return' OR o.sales"
    " > 0)"
    " UNION ALL SELECT i.customer_id, CASE WHEN i.outcome IN ('poor',"
    " 'very_poor') THEN 3 ELSE 2 END, i.happened_at FROM interaction i JOIN"
    " customer t ON t.id = i.customer_id WHERE t.id BETWEEN $1 AND $2 AND"
    " ($3 = 1 OR t.pay_method = 'contract') AND t.deleted_at IS NULL AND"
    " i.deleted_at IS NULL ORDER BY 1, 2, 3");

static enum err read_events(struct ctx *c, struct rows *r,
                            struct churn_event **out, size_t *n) {
    VEC(struct churn_event) v = {0};
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        enum churn_event_kind kind = (enum churn_event_kind)row_i64(r, 1);
        int64_t at = row_i64(r, 2);
        *VEC_PUSH(c->arena, &v) = (struct churn_event){
            .customer = row_i64(r, 0),
            .day = kind < CHURN_CONTACT ? (int32_t)at : zone_day(c->zone, at),
            .kind = kind};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err churn_events(struct ctx *c, int64_t first, int64_t last,
                      bool everybody, struct churn_event **out, size_t *n) {
    struct rows *r;
    TRY(db_query(c, &Q_EVENTS, ARGS(V(first), V(last), V((int64_t)everybody)),
                 &r));
    return read_events(c, r, out, n);
}

#define SALE_BEFORE(day)                                                       \
    " UNION ALL SELECT id, 0, CAST(" day " AS BIGINT) FROM customer_stats"     \
    " WHERE id = $1 AND " day " < $2"
/* The zone of the company may be a day before or behind: one more is read. */
SQL(Q_EVENTS_SINCE,
    "SELECT o.customer_id, CASE WHEN o.kind = 'return' THEN 1 ELSE 0 END,"
    " CAST(o.ordered_on AS BIGINT) FROM \"order\" o WHERE o.customer_id = $1"
    " AND o.ordered_on >= $2 AND o.deleted_at IS NULL AND o.status NOT IN"
    " ('draft', 'cancelled') AND (o.kind = 'return' OR o.sales > "
    "0)" SALE_BEFORE("first_order_on")
        SALE_BEFORE("last_order_on") " UNION ALL SELECT customer_id, CASE WHEN "
                                     "outcome IN ('poor', 'very_poor')"
                                     " THEN 3 ELSE 2 END, happened_at FROM "
                                     "interaction WHERE customer_id = $1"
                                     " AND happened_at >= $3 AND deleted_at IS "
                                     "NULL ORDER BY 1, 2, 3");

enum err churn_events_since(struct ctx *c, int64_t customer_id, int32_t day,
                            struct churn_event **out, size_t *n) {
    struct rows *r;
    int64_t instant = ((int64_t)day - 1) * DAY_MS;
    TRY(db_query(c, &Q_EVENTS_SINCE,
                 ARGS(V(customer_id), V((int64_t)day), V(instant)), &r));
    return read_events(c, r, out, n);
}

SQL(Q_PUT, "UPDATE customer_stats SET churn_risk = $2, risk_band = $3 WHERE"
           " id = $1");

enum err churn_put(struct ctx *c, int64_t customer_id, int64_t risk,
                   struct str band) {
    return db_exec(c, &Q_PUT,
                   ARGS(V(customer_id), risk == CHURN_NONE ? V_NULL : V(risk),
                        band.n == 0 ? V_NULL : V(band)),
                   NULL);
}

/* " FROM customer_stats s JOIN customer t … WHERE live, banded, in scope" */
static enum err from_scope(struct ctx *c, struct sqlb *b) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct scope s;
    static const char *const told[] = {"risk_band", "sales", "clv_12m", NULL};
    TRY(sight_told(c, told));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    SQLB(b, " FROM customer_stats s JOIN customer t ON t.id = s.id WHERE"
            " s.risk_band IS NOT NULL AND t.deleted_at IS NULL AND ");
    scope_where(c, b, &s, S("t"));
    return OK;
}

enum err churn_bands(struct ctx *c, struct churn_band **out, size_t *n) {
    struct sqlb b;
    struct rows *r;
    VEC(struct churn_band) v = {0};
    sqlb_init(&b, c);
    SQLB(&b, "SELECT s.risk_band, count(*), CAST(coalesce(sum(s.sales), 0) AS"
             " BIGINT), CAST(coalesce(sum(s.clv_12m), 0) AS BIGINT)");
    TRY(from_scope(c, &b));
    SQLB(&b, " GROUP BY s.risk_band ORDER BY s.risk_band");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct churn_band){.band = row_str(r, 0),
                                .customers = row_i64(r, 1),
                                .sales = row_i64(r, 2),
                                .clv = row_i64(r, 3)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err churn_listed(struct ctx *c, struct str band, int most, int64_t **out,
                      size_t *n) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT s.id");
    TRY(from_scope(c, &b));
    SQLB(&b, " AND s.risk_band = ");
    sqlb_value(&b, V(band));
    if (str_eqc(band, "lost"))
        SQLB(&b, " ORDER BY s.sales DESC, s.id LIMIT ");
    else
        SQLB(&b, " ORDER BY coalesce(s.churn_risk, -1) DESC, s.sales DESC,"
                 " s.id LIMIT ");
    sqlb_value(&b, V((int64_t)most));
    TRY(sqlb_query(&b, &r));
    return rows_ids(r, out, n);
}
