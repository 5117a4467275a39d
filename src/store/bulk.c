/* SQL of bulk work. Owns nothing. Threads: the writer's. Invariant: what is
 * inserted here is what record_create would have inserted, row for row. */
#include "store/bulk.h"

#include "base/hash.h"
#include "store/actor.h"
#include "store/record_write.h"
#include "store/trail.h"

#include <sodium.h>

/* Lines of one statement: on SQLite fewer steps, on PostgreSQL fewer round
 * trips. What does not fill a statement goes one by one. */
#define LINES_TOGETHER 16

#define LINE_COLUMNS                                                           \
    "INSERT INTO order_line (rev, created_at, created_by, updated_at,"         \
    " updated_by, order_id, position, kind, product_id, product_name,"         \
    " quantity, unit_price, amount, note) VALUES "
#define LINE_VALUES 11

SQL(Q_LINE, LINE_COLUMNS "(1, $1, $2, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
                         " $11)");
SQL(Q_TOTALS, "UPDATE \"order\" SET rate = $2, amount = $3, base_amount = $4,"
              " sales = $5, returned = $6 WHERE id = $1");
SQL(Q_POSITION, "SELECT max(position) FROM order_line WHERE order_id = $1"
                " AND deleted_at IS NULL");
SQL(Q_TAKE, "UPDATE \"order\" SET import_id = $2, customer_id = $3,"
            " ordered_on = $4, kind = $5, currency = $6, rev = rev + 1,"
            " updated_at = $7, updated_by = $8 WHERE id = $1");
SQL(Q_CHANGED, "INSERT INTO change_log (entity, record_id, rev, op, at)"
               " SELECT 'order', id, rev, 'update', $2 FROM \"order\""
               " WHERE id = $1");
SQL(Q_BIN_LINES, "UPDATE order_line SET deleted_at = $2, deleted_with = $3,"
                 " rev = rev + 1 WHERE order_id = $1 AND deleted_at IS NULL");
SQL(Q_LOG_BINNED, "INSERT INTO change_log (entity, record_id, rev, op, at)"
                  " SELECT 'order_line', id, rev, 'delete', $2 FROM order_line"
                  " WHERE order_id = $1 AND deleted_with = $3 ORDER BY id");

enum err bulk_create(struct ctx *c, struct record *r) {
    TRY(record_insert(c, r));
    TRY(record_index(c, NULL, r));
    return trail_change(c, SAVE_CREATE, NULL, r);
}

static struct val by(const struct ctx *c) {
    return c->actor->user_id != 0 ? V(c->actor->user_id) : V_NULL;
}

static void line_values(const struct ctx *c, const struct bulk_line *l,
                        struct val out[LINE_VALUES]) {
    out[0] = V(c->now_ms);
    out[1] = by(c);
    out[2] = V(l->order_id);
    out[3] = V(l->position);
    out[4] = V(l->kind);
    out[5] = l->product_id != 0 ? V(l->product_id) : V_NULL;
    out[6] = V(l->product_name);
    out[7] = V(l->quantity);
    out[8] = V(l->unit_price);
    out[9] = V(l->amount);
    out[10] = l->note.n > 0 ? V(l->note) : V_NULL;
}

static void append_line(struct sqlb *b, const struct bulk_line *l) {
    struct val v[LINE_VALUES];
    line_values(b->c, l, v);
    SQLB(b, "(1, ");
    sqlb_value(b, v[0]);
    SQLB(b, ", ");
    sqlb_value(b, v[1]);
    SQLB(b, ", ");
    for (size_t i = 0; i < LINE_VALUES; i++) {
        if (i > 0)
            SQLB(b, ", ");
        sqlb_value(b, v[i]);
    }
    SQLB(b, ")");
}

static enum err insert_lines(struct ctx *c, const struct bulk_line *l,
                             size_t n) {
    size_t i = 0;
    for (; n - i >= LINES_TOGETHER; i += LINES_TOGETHER) {
        struct sqlb b;
        sqlb_init(&b, c);
        SQLB(&b, LINE_COLUMNS);
        for (size_t k = 0; k < LINES_TOGETHER; k++) {
            if (k > 0)
                SQLB(&b, ", ");
            append_line(&b, &l[i + k]);
        }
        TRY(sqlb_exec(&b, NULL));
    }
    for (; i < n; i++) {
        struct val v[LINE_VALUES];
        line_values(c, &l[i], v);
        TRY(db_exec(c, &Q_LINE, (struct args){v, LINE_VALUES}, NULL));
    }
    return OK;
}

SQL(Q_LAST_LINE, "SELECT max(id) FROM order_line");

/* Lines are numbered as they come: those of ours behind the last one that was
 * there are the new ones. */
static enum err log_lines(struct ctx *c, const struct bulk_line *l, size_t n,
                          int64_t last) {
    VEC(int64_t) orders = {0};
    struct sqlb b;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || l[i].order_id != l[i - 1].order_id)
            *VEC_PUSH(c->arena, &orders) = l[i].order_id;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO change_log (entity, record_id, rev, op, at)"
             " SELECT 'order_line', id, rev, 'create', ");
    sqlb_value(&b, V(c->now_ms));
    SQLB(&b, " FROM order_line WHERE id > ");
    sqlb_value(&b, V(last));
    SQLB(&b, " AND order_id");
    sqlb_in_ids(&b, orders.p, orders.n);
    SQLB(&b, " ORDER BY id");
    return sqlb_exec(&b, NULL);
}

enum err bulk_lines(struct ctx *c, const struct bulk_line *l, size_t n) {
    int64_t last;
    if (n == 0)
        return OK;
    TRY(db_i64(c, &Q_LAST_LINE, NO_ARGS, 0, &last));
    TRY(insert_lines(c, l, n));
    return log_lines(c, l, n, last);
}

enum err bulk_order_totals(struct ctx *c, int64_t order_id,
                           const struct bulk_totals *t) {
    return db_exec(c, &Q_TOTALS,
                   ARGS(V(order_id), V(t->rate), V(t->amount),
                        V(t->base_amount), V(t->sales), V(t->returned)),
                   NULL);
}

enum err bulk_last_position(struct ctx *c, int64_t order_id, int64_t *out) {
    return db_i64(c, &Q_POSITION, ARGS(V(order_id)), 0, out);
}

enum err bulk_take_order(struct ctx *c, int64_t order_id,
                         const struct bulk_order *o) {
    const struct args binned = ARGS(V(order_id), V(c->now_ms), V(o->operation));
    TRY(db_exec(c, &Q_BIN_LINES, binned, NULL));
    TRY(db_exec(c, &Q_LOG_BINNED, binned, NULL));
    TRY(db_exec(c, &Q_TAKE,
                ARGS(V(order_id), V(o->import_id), V(o->customer_id), V(o->day),
                     V(o->kind), V(o->currency), V(c->now_ms), by(c)),
                NULL));
    return db_exec(c, &Q_CHANGED, ARGS(V(order_id), V(c->now_ms)), NULL);
}

enum err bulk_audit(struct ctx *c, int64_t import_id, struct str details) {
    return trail_event(c, S("import"), S("import"), import_id, details);
}

struct str bulk_hash(struct ctx *c, struct str prior, struct str content) {
    unsigned char sum[16];
    crypto_generichash(sum, sizeof sum, (const unsigned char *)content.p,
                       content.n, (const unsigned char *)prior.p, prior.n);
    return hex_text(c->arena, (struct str){(char *)sum, sizeof sum});
}
