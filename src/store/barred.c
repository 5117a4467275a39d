/* Statements of barred identities. Owns nothing. */
#include "store/barred.h"

#define ROW "kind, value, customer_id, decision_id, decided_on"

static struct barred read_row(const struct rows *r) {
    return (struct barred){.by = {row_str(r, 0), row_str(r, 1)},
                           .customer_id = row_i64(r, 2),
                           .decision_id = row_i64(r, 3),
                           .decided_on = (int32_t)row_i64(r, 4)};
}

static bool is_one_of(const struct identity *p, size_t n,
                      const struct identity *x) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(p[i].kind, x->kind) && str_eq(p[i].value, x->value))
            return true;
    return false;
}

SQL(Q_FIND, "SELECT " ROW " FROM barred_identity WHERE value = $1 AND kind = $2"
            " AND customer_id <> $3 ORDER BY id LIMIT 1");

/* Most customers have one. */
static enum err find_one(struct ctx *c, const struct identity *x,
                         int64_t except, struct barred *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_FIND, ARGS(V(x->value), V(x->kind), V(except)), &r,
               found));
    if (*found)
        *out = read_row(r);
    rows_end(r);
    return OK;
}

enum err barred_find(struct ctx *c, const struct identity *p, size_t n,
                     int64_t except, struct barred *out, bool *found) {
    if (n == 1)
        return find_one(c, p, except, out, found);
    struct str *values = NEW_ARRAY(c->arena, struct str, n + 1);
    struct sqlb b;
    struct rows *r;
    *found = false;
    if (n == 0)
        return OK;
    for (size_t i = 0; i < n; i++)
        values[i] = p[i].value;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT " ROW " FROM barred_identity WHERE customer_id <> ");
    sqlb_value(&b, V(except));
    SQLB(&b, " AND value");
    sqlb_in_strs(&b, values, n);
    SQLB(&b, " ORDER BY id");
    TRY(sqlb_query(&b, &r));
    while (!*found) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *out = read_row(r);
        *found = is_one_of(p, n, &out->by);
    }
    rows_end(r);
    return OK;
}

SQL(Q_ANY, "SELECT 1 FROM barred_identity LIMIT 1");

enum err barred_any(struct ctx *c, bool *out) {
    struct rows *r;
    TRY(db_one(c, &Q_ANY, NO_ARGS, &r, out));
    rows_end(r);
    return OK;
}

SQL(Q_BY, "SELECT " ROW " FROM barred_identity WHERE customer_id = $1"
          " ORDER BY id DESC LIMIT 1");

enum err barred_by(struct ctx *c, int64_t customer_id, struct barred *out,
                   bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_BY, ARGS(V(customer_id)), &r, found));
    if (*found)
        *out = read_row(r);
    rows_end(r);
    return OK;
}

SQL(Q_THERE, "SELECT count(*) FROM barred_identity WHERE kind = $1 AND"
             " value = $2 AND decision_id = $3");
SQL(Q_ADD, "INSERT INTO barred_identity (" ROW ") VALUES ($1, $2, $3, $4,"
           " $5)");
SQL(Q_CLEAR, "DELETE FROM barred_identity WHERE decision_id = $1");

enum err barred_add(struct ctx *c, const struct barred *b) {
    int64_t n;
    TRY(db_i64(c, &Q_THERE,
               ARGS(V(b->by.kind), V(b->by.value), V(b->decision_id)), 0, &n));
    if (n > 0)
        return OK;
    return db_exec(c, &Q_ADD,
                   ARGS(V(b->by.kind), V(b->by.value), V(b->customer_id),
                        V(b->decision_id), V(b->decided_on)),
                   NULL);
}

enum err barred_clear(struct ctx *c, int64_t decision_id) {
    return db_exec(c, &Q_CLEAR, ARGS(V(decision_id)), NULL);
}

/* --- looking at them ------------------------------------------------------ */

SQL(Q_WHERE, "SELECT CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END FROM"
             " drop_decision WHERE id = $1");

enum err bar_decision(struct ctx *c, int64_t decision_id,
                      enum bar_decision *out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_WHERE, ARGS(V(decision_id)), &r, &found));
    *out = !found ? BAR_GONE : row_i64(r, 0) == 0 ? BAR_LIVE : BAR_BIN;
    rows_end(r);
    return OK;
}

/* Customers k in the scope, none for NULL. */
static void customer_where(struct ctx *c, struct sqlb *b,
                           const struct scope *customers) {
    if (customers == NULL)
        SQLB(b, "(1 = 0)");
    else
        scope_where(c, b, customers, S("k"));
}

/* Without its decision a bar is told to who sees the customer; without him too,
 * to who decides about everybody. */
static void bar_where(struct ctx *c, struct sqlb *b,
                      const struct scope *decisions,
                      const struct scope *customers) {
    SQLB(b, "((d.id IS NOT NULL AND ");
    scope_where(c, b, decisions, S("d"));
    SQLB(b, ") OR (d.id IS NULL AND k.id IS NOT NULL AND ");
    customer_where(c, b, customers);
    SQLB(b, ")");
    if (scope_is_all(c, decisions))
        SQLB(b, " OR (d.id IS NULL AND k.id IS NULL)");
    SQLB(b, ")");
}

static enum err bar_ids(struct ctx *c, const struct scope *decisions,
                        const struct scope *customers, int64_t before,
                        size_t limit, int64_t **ids, size_t *n) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT DISTINCT b.decision_id FROM barred_identity b LEFT JOIN"
             " drop_decision d ON d.id = b.decision_id LEFT JOIN customer k ON "
             "k.id ="
             " b.customer_id WHERE b.decision_id < ");
    sqlb_value(&b, V(before));
    SQLB(&b, " AND ");
    bar_where(c, &b, decisions, customers);
    SQLB(&b, " ORDER BY b.decision_id DESC LIMIT ");
    sqlb_value(&b, V((int64_t)limit));
    TRY(sqlb_query(&b, &r));
    return rows_ids(r, ids, n);
}

struct bar_list {
    VEC(struct bar) v;
    VEC(struct identity) by; /* of all of them, one behind the other */
};

static void take_row(struct ctx *c, struct bar_list *l, const struct rows *r) {
    struct barred one = read_row(r);
    struct bar *last = l->v.n > 0 ? &l->v.p[l->v.n - 1] : NULL;
    if (last == NULL || last->decision_id != one.decision_id) {
        last = VEC_PUSH(c->arena, &l->v);
        *last = (struct bar){.decision_id = one.decision_id,
                             .customer_id = one.customer_id,
                             .decided_on = one.decided_on,
                             .decision = (enum bar_decision)row_i64(r, 5),
                             .customer_name = row_str(r, 6)};
    }
    *VEC_PUSH(c->arena, &l->by) = one.by;
    last->n++;
}

static enum err read_bars(struct ctx *c, const struct scope *customers,
                          const int64_t *ids, size_t n, struct bar_list *l) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT b.kind, b.value, b.customer_id, b.decision_id,"
             " b.decided_on, CASE WHEN d.id IS NULL THEN 2 WHEN d.deleted_at IS"
             " NOT NULL THEN 1 ELSE 0 END, k.name FROM barred_identity b LEFT"
             " JOIN drop_decision d ON d.id = b.decision_id LEFT JOIN customer"
             " k ON k.id = b.customer_id AND ");
    customer_where(c, &b, customers);
    SQLB(&b, " WHERE b.decision_id");
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " ORDER BY b.decision_id DESC, b.id");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        take_row(c, l, r);
    }
    return OK;
}

/* Pointers into a list that grows no more. */
static void settle_bars(struct bar_list *l) {
    size_t at = 0;
    for (size_t i = 0; i < l->v.n; i++) {
        l->v.p[i].by = l->by.p + at;
        at += l->v.p[i].n;
    }
}

enum err bars_below(struct ctx *c, const struct scope *decisions,
                    const struct scope *customers, int64_t before, size_t limit,
                    struct bar **out, size_t *n, bool *more) {
    struct bar_list l = {.v = {0}};
    int64_t *ids;
    TRY(bar_ids(c, decisions, customers, before, limit + 1, &ids, n));
    *more = *n > limit;
    if (*more)
        *n = limit;
    if (*n > 0)
        TRY(read_bars(c, customers, ids, *n, &l));
    settle_bars(&l);
    *out = l.v.p;
    *n = l.v.n;
    return OK;
}

SQL(Q_PHONES, "SELECT value FROM contact_point WHERE entity = 'customer' AND"
              " record_id = $1 AND kind = 'phone' ORDER BY id");

enum err customer_phones(struct ctx *c, int64_t customer_id, struct str **out,
                         size_t *n) {
    VEC(struct str) v = {0};
    struct rows *r;
    TRY(db_query(c, &Q_PHONES, ARGS(V(customer_id)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) = row_str(r, 0);
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

SQL(Q_ASKS, "SELECT measures, effective_on FROM drop_decision WHERE"
            " customer_id = $1 AND state = 'approved' AND deleted_at IS NULL");

static void asks_from(struct str measures, struct str measure, int32_t day,
                      int32_t *from) {
    if (str_find(measures, measure) != SIZE_MAX && day < *from)
        *from = day;
}

enum err drop_asks(struct ctx *c, int64_t customer_id, struct drop_asked *out) {
    struct rows *r;
    *out = (struct drop_asked){DROP_NEVER, DROP_NEVER};
    TRY(db_query(c, &Q_ASKS, ARGS(V(customer_id)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        int32_t day = (int32_t)row_i64(r, 1);
        asks_from(row_view(r, 0), S(",exit,"), day, &out->exit_from);
        asks_from(row_view(r, 0), S(",prepayment,"), day, &out->prepay_from);
    }
}

/* Each change of a row raises its rev; a row thrown out takes its own along. */
SQL(Q_MARK, "SELECT CAST(coalesce(sum(rev), 0) AS BIGINT), count(*),"
            " coalesce(max(id), 0) FROM drop_decision");

enum err drop_mark(struct ctx *c, struct drop_mark *out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_MARK, NO_ARGS, &r, &found));
    *out = (struct drop_mark){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2)};
    return OK;
}

bool drop_mark_same(struct drop_mark a, struct drop_mark b) {
    return a.revs == b.revs && a.rows == b.rows && a.last == b.last;
}
