/* Statements of the ladder. Owns nothing. A customer's rows are read through
 * (customer_id, …) and referred_by_id indexes: one as cheaply as all. */
#include "store/ladder.h"

#include "store/sheet.h"

#include <string.h>

#define CIRCLE_MAX 1000 /* generations looked through */
#define BY_DAY 24       /* the last column of CUSTOMERS */

#define BROUGHT                                                                \
    " FROM customer r JOIN customer_stats x ON x.id = r.id WHERE"              \
    " r.referred_by_id = t.id AND r.deleted_at IS NULL"

#define CUSTOMERS                                                              \
    "SELECT t.id, coalesce(t.owner_id, 0), coalesce(t.referred_by_id, 0),"     \
    " t.roles, CASE WHEN coalesce(t.buys, '') NOT IN ('', ',') OR"             \
    " coalesce(t.buys_note, '') <> '' OR coalesce(t.wanted_benefits, '') <>"   \
    " '' THEN 1 ELSE 0 END, s.interactions, CASE WHEN s.interactions > 0 THEN" \
    " (SELECT min(i.happened_at) FROM interaction i WHERE i.customer_id ="     \
    " t.id AND i.deleted_at IS NULL) END, (SELECT count(*)" BROUGHT            \
    "), (SELECT count(*)" BROUGHT " AND x.orders > 0), (SELECT"                \
    " min(x.first_order_on)" BROUGHT " AND x.orders > 0), coalesce((SELECT"    \
    " max(l.closed_on) FROM loss_account l WHERE l.customer_id = t.id AND"     \
    " l.state = 'dissolved' AND l.deleted_at IS NULL), 0),"                    \
    " t.relation_ended_on,"                                                    \
    " s.ladder_rung, s.relation_class, s.lifecycle_stage, s.rung_since,"       \
    " s.stage_since, s.first_contact_on, s.second_order_on, s.client_on,"      \
    " s.advocate_on, s.recent_orders, s.referrals, s.referrals_bought,"        \
    " CASE WHEN EXISTS (SELECT 1 FROM customer_day d WHERE d.customer_id ="    \
    " t.id) THEN 1 ELSE 0 END"                                                 \
    " FROM customer t JOIN customer_stats s ON s.id = t.id WHERE"              \
    " t.deleted_at IS NULL AND t.id"
#define ORDERS                                                                 \
    "SELECT customer_id, ordered_on, CASE WHEN kind = 'sale' AND"              \
    " status NOT IN ('draft', 'cancelled') AND sales > 0 THEN 1 ELSE"          \
    " 0 END, 1 FROM \"order\" WHERE deleted_at IS NULL AND customer_id"
#define BY_ORDER " ORDER BY customer_id, ordered_on"

SQL(Q_CUSTOMERS, CUSTOMERS " BETWEEN $1 AND $2 ORDER BY t.id");
SQL(Q_ORDERS, ORDERS " BETWEEN $1 AND $2" BY_ORDER);
/* Of one with very many (store/stats.c). */
SQL(Q_DAYS, "SELECT customer_id, day, orders, asked FROM customer_day WHERE"
            " customer_id = $1 ORDER BY day");

/* 0: none. */
static int32_t later_day(int64_t a, int64_t b) {
    return (int32_t)(a > b ? a : b);
}

static struct ladder_facts facts_row(const struct rows *r) {
    return (struct ladder_facts){
        .id = row_i64(r, 0),
        .owner_id = row_i64(r, 1),
        .referred_by = row_i64(r, 2),
        .roles = row_str(r, 3),
        .needs = row_i64(r, 4) != 0,
        .contacts = row_i64(r, 5),
        .first_contact_ms = row_i64(r, 6),
        .referrals = row_i64(r, 7),
        .referrals_bought = row_i64(r, 8),
        .referral_day = (int32_t)row_i64(r, 9),
        .ended_on = later_day(row_i64(r, 10), row_i64(r, 11)),
        .stored = {.rung = row_str(r, 12),
                   .relation = row_str(r, 13),
                   .stage = row_str(r, 14),
                   .rung_since = (int32_t)row_i64(r, 15),
                   .stage_since = (int32_t)row_i64(r, 16),
                   .first_contact = (int32_t)row_i64(r, 17),
                   .second_order = (int32_t)row_i64(r, 18),
                   .client_on = (int32_t)row_i64(r, 19),
                   .advocate_on = (int32_t)row_i64(r, 20),
                   .recent = row_i64(r, 21),
                   .referrals = row_i64(r, 22),
                   .referrals_bought = row_i64(r, 23)},
    };
}

/* Both lists go by customer: one pass. */
static enum err add_orders(struct ctx *c, struct rows *r,
                           struct ladder_facts *all, size_t n) {
    VEC(struct ladder_day) days = {0};
    size_t k = 0, begin = 0;
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        int64_t id = more ? row_i64(r, 0) : INT64_MAX;
        for (; k < n && all[k].id < id; k++) {
            all[k].n_days = days.n - begin;
            begin = days.n;
        }
        if (!more)
            break;
        if (k == n || all[k].id != id)
            continue; /* of a customer in the bin */
        int32_t day = (int32_t)row_i64(r, 1);
        all[k].asked += row_i64(r, 3);
        if (row_i64(r, 2) == 0)
            continue;
        if (days.n == begin || days.p[days.n - 1].day != day)
            *VEC_PUSH(c->arena, &days) = (struct ladder_day){.day = day};
        days.p[days.n - 1].orders += row_i64(r, 2);
    }
    for (size_t i = 0, at = 0; i < n; at += all[i++].n_days)
        all[i].days = days.p + at;
    return OK;
}

/* by_day: the last of them has his days added up. */
static enum err read_customers(struct ctx *c, struct rows *r,
                               struct ladder_facts **out, size_t *n,
                               bool *by_day) {
    VEC(struct ladder_facts) all = {0};
    *by_day = false;
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &all) = facts_row(r);
        *by_day = row_i64(r, BY_DAY) != 0;
    }
    *out = all.p;
    *n = all.n;
    return OK;
}

enum err ladder_read(struct ctx *c, int64_t first, int64_t last,
                     struct ladder_facts **out, size_t *n) {
    struct rows *r;
    const struct args span = ARGS(V(first), V(last));
    bool by_day;
    TRY(db_query(c, &Q_CUSTOMERS, span, &r));
    TRY(read_customers(c, r, out, n, &by_day));
    if (*n == 0)
        return OK;
    if (first == last && by_day)
        TRY(db_query(c, &Q_DAYS, ARGS(V(first)), &r));
    else
        TRY(db_query(c, &Q_ORDERS, span, &r));
    return add_orders(c, r, *out, *n);
}

enum err ladder_read_of(struct ctx *c, const int64_t *ids, size_t n_ids,
                        struct ladder_facts **out, size_t *n) {
    struct sqlb b;
    struct rows *r;
    bool by_day;
    if (n_ids == 1)
        return ladder_read(c, ids[0], ids[0], out, n);
    sqlb_init(&b, c);
    SQLB(&b, CUSTOMERS);
    sqlb_in_ids(&b, ids, n_ids);
    SQLB(&b, " ORDER BY t.id");
    TRY(sqlb_query(&b, &r));
    TRY(read_customers(c, r, out, n, &by_day));
    if (*n == 0)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, ORDERS);
    sqlb_in_ids(&b, ids, n_ids);
    SQLB(&b, BY_ORDER);
    TRY(sqlb_query(&b, &r));
    return add_orders(c, r, *out, *n);
}

enum err ladder_lock(struct ctx *c, const int64_t *customers, size_t n) {
    return db_lock_rows(c, S("customer_stats"), customers, n);
}

SQL(Q_LAST_ID, "SELECT max(id) FROM customer");

enum err ladder_last_id(struct ctx *c, int64_t *out) {
    return db_i64(c, &Q_LAST_ID, NO_ARGS, 0, out);
}

/* --- what may have changed ------------------------------------------------ */

#define BEHIND " WHERE (l.xid, l.id) > ($1, $2) AND l.entity = "
#define SALES                                                                  \
    " UNION ALL SELECT customer_id FROM \"order\" WHERE ordered_on > $3"

SQL(Q_CHANGED,
    "WITH k AS (SELECT o.customer_id AS id FROM change_log l JOIN \"order\" o"
    " ON o.id = l.record_id" BEHIND "'order'"
    " UNION ALL SELECT o.customer_id FROM change_log l JOIN order_line x ON"
    " x.id = l.record_id JOIN \"order\" o ON o.id = x.order_id" BEHIND
    "'order_line' UNION ALL SELECT i.customer_id FROM change_log l JOIN"
    " interaction i ON i.id = l.record_id" BEHIND
    "'interaction' UNION ALL SELECT a.customer_id FROM change_log l JOIN"
    " loss_account a ON a.id = l.record_id" BEHIND
    "'loss_account' UNION ALL SELECT l.record_id FROM change_log l" BEHIND
    "'customer'" SALES SALES " - $6 AND ordered_on <= $4 - $6" SALES
    " - $7 AND ordered_on <= $4 - $7" SALES " - $8 AND ordered_on <= $4 - $8"
    " UNION ALL SELECT customer_id FROM interaction WHERE happened_at >= $5"
    " UNION ALL SELECT customer_id FROM loss_account WHERE closed_on > $3"
    " UNION ALL SELECT id FROM customer WHERE $4 > $3 AND relation_ended_on >"
    " $3) SELECT id FROM k WHERE id IS NOT NULL UNION SELECT t.referred_by_id"
    " FROM customer t JOIN k ON k.id = t.id WHERE t.referred_by_id IS NOT NULL"
    " ORDER BY 1");

enum err ladder_changed(struct ctx *c, const struct ladder_since *s,
                        int64_t **ids, size_t *n) {
    struct rows *r;
    TRY(db_query(c, &Q_CHANGED,
                 ARGS(V(s->place.xid), V(s->place.seq), V((int64_t)s->day),
                      V((int64_t)s->today), V(s->day_ms), V(s->spans[0]),
                      V(s->spans[1]), V(s->spans[2])),
                 &r));
    return rows_ids(r, ids, n);
}

SQL(Q_IMPORTED, "SELECT count(*) FROM job WHERE kind IN ('import_run',"
                " 'import_revert') AND (finished_at IS NULL OR finished_at >="
                " $1)");

enum err ladder_imported(struct ctx *c, int64_t at_ms, bool *out) {
    int64_t n;
    TRY(db_i64(c, &Q_IMPORTED, ARGS(V(at_ms)), 0, &n));
    *out = n > 0;
    return OK;
}

/* --- what was derived ----------------------------------------------------- */

static struct val day(int32_t d) {
    return d == 0 ? V_NULL : V((int64_t)d);
}

static void sheet_open(struct ctx *c, struct sheet *s, const struct str *names,
                       size_t n_names, size_t rows) {
    for (size_t k = 0; k < n_names; k++)
        *VEC_PUSH(c->arena, &s->columns) = names[k];
    s->cells = NEW_ARRAY(c->arena, struct val, rows * n_names + 1);
}

static enum err put_states(struct ctx *c, const struct ladder_change *p,
                           size_t n) {
    static const struct str names[] = {S_INIT("id"),
                                       S_INIT("ladder_rung"),
                                       S_INIT("relation_class"),
                                       S_INIT("lifecycle_stage"),
                                       S_INIT("rung_since"),
                                       S_INIT("stage_since"),
                                       S_INIT("first_contact_on"),
                                       S_INIT("second_order_on"),
                                       S_INIT("client_on"),
                                       S_INIT("advocate_on"),
                                       S_INIT("recent_orders"),
                                       S_INIT("referrals"),
                                       S_INIT("referrals_bought")};
    struct sheet s = {.table = S("customer_stats"), .rows = n};
    sheet_open(c, &s, names, COUNT_OF(names), n);
    for (size_t i = 0; i < n; i++) {
        const struct ladder_state *now = &p[i].now;
        const struct val row[COUNT_OF(names)] = {
            V(p[i].facts->id),       V(now->rung),
            V(now->relation),        V(now->stage),
            day(now->rung_since),    day(now->stage_since),
            day(now->first_contact), day(now->second_order),
            day(now->client_on),     day(now->advocate_on),
            V(now->recent),          V(now->referrals),
            V(now->referrals_bought)};
        memcpy(s.cells + i * COUNT_OF(names), row, sizeof row);
    }
    return sheet_update(c, &s);
}

static enum err note_moves(struct ctx *c, const struct ladder_change *p,
                           size_t n) {
    static const struct str names[] = {S_INIT("customer_id"),
                                       S_INIT("moved_on"),
                                       S_INIT("previous_rung"),
                                       S_INIT("ladder_rung"),
                                       S_INIT("previous_class"),
                                       S_INIT("relation_class"),
                                       S_INIT("previous_stage"),
                                       S_INIT("lifecycle_stage"),
                                       S_INIT("at")};
    struct sheet s = {.table = S("ladder_move")};
    sheet_open(c, &s, names, COUNT_OF(names), n);
    for (size_t i = 0; i < n; i++) {
        const struct ladder_state *was = &p[i].facts->stored, *now = &p[i].now;
        if (p[i].moved_on == 0)
            continue;
        const struct val row[COUNT_OF(names)] = {
            V(p[i].facts->id), V((int64_t)p[i].moved_on),
            V(was->rung),      V(now->rung),
            V(was->relation),  V(now->relation),
            V(was->stage),     V(now->stage),
            V(c->now_ms)};
        memcpy(s.cells + s.rows++ * COUNT_OF(names), row, sizeof row);
    }
    return s.rows == 0 ? OK : sheet_insert(c, &s);
}

enum err ladder_put(struct ctx *c, const struct ladder_change *p, size_t n) {
    if (n == 0)
        return OK;
    TRY(put_states(c, p, n));
    return note_moves(c, p, n);
}

SQL(Q_REFERRER, "SELECT referred_by_id FROM customer WHERE id = $1");

enum err ladder_is_circle(struct ctx *c, int64_t customer_id, int64_t referrer,
                          bool *out) {
    int64_t at = referrer;
    for (int i = 0; i < CIRCLE_MAX && at != 0 && at != customer_id; i++)
        TRY(db_i64(c, &Q_REFERRER, ARGS(V(at)), 0, &at));
    *out = at == customer_id;
    return OK;
}

/* --- plans -------------------------------------------------------------- */

SQL(Q_PLAN, "SELECT id, due_days, active, strategy, tasks FROM lifecycle_plan"
            " WHERE stage = $1 AND deleted_at IS NULL");
SQL(Q_PLAN_KNOWN, "SELECT count(*) FROM lifecycle_plan WHERE stage = $1");
SQL(Q_TASK_OPEN, "SELECT count(*) FROM task WHERE lifecycle_plan_id = $1 AND"
                 " customer_id = $2 AND title = $3 AND done = 0 AND deleted_at"
                 " IS NULL");

enum err lifecycle_plan_of(struct ctx *c, struct str stage,
                           struct lifecycle_plan *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_PLAN, ARGS(V(stage)), &r, found));
    if (*found)
        *out = (struct lifecycle_plan){.id = row_i64(r, 0),
                                       .due_days = row_i64(r, 1),
                                       .active = row_i64(r, 2) != 0,
                                       .strategy = row_str(r, 3),
                                       .tasks = row_str(r, 4)};
    rows_end(r);
    return OK;
}

enum err lifecycle_plan_known(struct ctx *c, struct str stage, bool *out) {
    int64_t n;
    TRY(db_i64(c, &Q_PLAN_KNOWN, ARGS(V(stage)), 0, &n));
    *out = n > 0;
    return OK;
}

enum err lifecycle_task_open(struct ctx *c, int64_t plan_id,
                             int64_t customer_id, struct str title, bool *out) {
    int64_t n;
    TRY(db_i64(c, &Q_TASK_OPEN, ARGS(V(plan_id), V(customer_id), V(title)), 0,
               &n));
    *out = n > 0;
    return OK;
}
