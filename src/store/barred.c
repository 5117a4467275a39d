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

enum err barred_find(struct ctx *c, const struct identity *p, size_t n,
                     int64_t except, struct barred *out, bool *found) {
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

/* Each change of a row raises its rev. */
SQL(Q_MARK, "SELECT CAST(coalesce(sum(rev), 0) AS BIGINT) FROM drop_decision");

enum err drop_mark(struct ctx *c, int64_t *out) {
    return db_i64(c, &Q_MARK, NO_ARGS, 0, out);
}
