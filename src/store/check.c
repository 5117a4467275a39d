/* Recounts beside the figures kept by store/stats.c and store/user.c, written
 * independently of them. Owns nothing. */
#include "store/check.h"

#include "db/db.h"
#include "model/emit.h"
#include "store/registry.h"
#include "store/stats.h"
#include "store/store.h"

#define SCHEMA_MAX (8 << 20)

SQL(Q_STATISTICS,
    "SELECT COUNT(*) FROM customer t"
    " LEFT JOIN customer_stats s ON s.id = t.id"
    " LEFT JOIN (SELECT customer_id, COUNT(*) AS orders,"
    " CAST(SUM(sales) AS BIGINT) AS sales, MIN(ordered_on) AS first_on,"
    " MAX(ordered_on) AS last_on, COUNT(DISTINCT ordered_on) AS days"
    " FROM \"order\""
    " WHERE deleted_at IS NULL AND kind = 'sale' AND sales > 0"
    " AND status NOT IN ('draft', 'cancelled') GROUP BY customer_id) o"
    " ON o.customer_id = t.id"
    " LEFT JOIN (SELECT customer_id, COUNT(*) AS contacts,"
    " MAX(happened_at) AS last_at FROM interaction"
    " WHERE deleted_at IS NULL GROUP BY customer_id) i"
    " ON i.customer_id = t.id"
    " LEFT JOIN (SELECT customer_id, CAST(SUM(base_amount) AS BIGINT) AS cost,"
    " CAST(SUM(CASE WHEN origin = 'order' THEN base_amount END) AS BIGINT) AS"
    " discounts FROM cost_entry WHERE deleted_at IS NULL GROUP BY customer_id)"
    " k ON k.customer_id = t.id"
    " LEFT JOIN (SELECT customer_id, CAST(SUM(margin) AS BIGINT) AS margin,"
    " COUNT(CASE WHEN margin IS NULL AND (kind = 'return' OR sales > 0) THEN 1"
    " END) AS unpriced FROM \"order\" WHERE deleted_at IS NULL AND status NOT"
    " IN ('draft', 'cancelled') GROUP BY customer_id) m ON m.customer_id = t.id"
    " WHERE t.deleted_at IS NULL AND (s.id IS NULL"
    " OR s.orders <> COALESCE(o.orders, 0)"
    " OR s.sales <> COALESCE(o.sales, 0)"
    " OR COALESCE(s.first_order_on, 0) <> COALESCE(o.first_on, 0)"
    " OR COALESCE(s.last_order_on, 0) <> COALESCE(o.last_on, 0)"
    " OR s.purchase_days <> COALESCE(o.days, 0)"
    " OR s.interactions <> COALESCE(i.contacts, 0)"
    " OR COALESCE(s.last_contact_at, 0) <> COALESCE(i.last_at, 0)"
    " OR s.cost_to_serve <> COALESCE(k.cost, 0) * $1"
    " OR s.discounts_given <> COALESCE(k.discounts, 0) * $1"
    " OR s.unpriced_orders <> COALESCE(m.unpriced, 0)"
    " OR (s.unpriced_orders = 0 AND COALESCE(s.margin, 0) <>"
    " COALESCE(m.margin, 0))"
    " OR (s.net_profit IS NOT NULL AND s.net_profit <> COALESCE(s.margin, 0)"
    " + s.discounts_given - s.cost_to_serve))");
/* Each live team has itself and what its parent has, no more. */
SQL(Q_TEAMS,
    "SELECT COUNT(*) FROM team t WHERE t.deleted_at IS NULL AND"
    " (SELECT COUNT(*) FROM team_closure c WHERE c.descendant_id = t.id) <>"
    " 1 + (SELECT COUNT(*) FROM team_closure c"
    " WHERE c.descendant_id = t.parent_id)");

enum err check_statistics(struct ctx *c, int64_t *wrong) {
    int64_t unit;
    TRY(stats_minor(c, &unit));
    return db_i64(c, &Q_STATISTICS, ARGS(V(unit)), 0, wrong);
}

enum err check_teams(struct ctx *c, int64_t *wrong) {
    return db_i64(c, &Q_TEAMS, NO_ARGS, 0, wrong);
}

static bool has_line(struct str text, struct str line) {
    struct str each;
    while (str_cut(&text, '\n', &each))
        if (str_eq(each, line))
            return true;
    return false;
}

/* Lines of x that y lacks. */
static void lacking(struct str x, struct str y, const char *what,
                    struct buf *out) {
    struct str line;
    while (str_cut(&x, '\n', &line))
        if (line.n > 0 && !has_line(y, line))
            buf_fmt(out, "%s " STR_FMT "\n", what, STR_ARG(line));
}

enum err check_drift(struct ctx *c, struct buf *out) {
    struct buf ddl, live, asked;
    buf_init(&ddl, c->arena, SCHEMA_MAX);
    buf_init(&live, c->arena, SCHEMA_MAX);
    buf_init(&asked, c->arena, SCHEMA_MAX);
    emit_ddl(c->registry->model,
             store_one_writer(c->store) ? DDL_SQLITE : DDL_POSTGRES, &ddl);
    TRY(db_describe(c, &live));
    TRY(db_describe_script(c, buf_view(&ddl), &asked));
    lacking(buf_view(&asked), buf_view(&live), "missing:", out);
    lacking(buf_view(&live), buf_view(&asked), "not defined:", out);
    return OK;
}
