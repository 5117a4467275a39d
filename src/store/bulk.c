/* SQL of bulk work. Owns nothing. Threads: the writer's. Invariant: what is
 * inserted here is what record_create would have inserted, row for row. */
#include "store/bulk.h"

#include "base/hash.h"
#include "store/actor.h"
#include "store/record_write.h"
#include "store/sheet.h"
#include "store/trail.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static const struct str line_columns[] = {
    S_INIT("id"),         S_INIT("rev"),          S_INIT("created_at"),
    S_INIT("created_by"), S_INIT("updated_at"),   S_INIT("updated_by"),
    S_INIT("order_id"),   S_INIT("position"),     S_INIT("kind"),
    S_INIT("product_id"), S_INIT("product_name"), S_INIT("quantity"),
    S_INIT("unit_price"), S_INIT("amount"),       S_INIT("note")};

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
                        struct val *out) {
    const struct val row[] = {
        V(l->id),
        V(1),
        V(c->now_ms),
        by(c),
        V(c->now_ms),
        by(c),
        V(l->order_id),
        V(l->position),
        V(l->kind),
        l->product_id != 0 ? V(l->product_id) : V_NULL,
        V(l->product_name),
        V(l->quantity),
        V(l->unit_price),
        V(l->amount),
        l->note.n > 0 ? V(l->note) : V_NULL,
    };
    static_assert(COUNT_OF(row) == COUNT_OF(line_columns), "a value each");
    memcpy(out, row, sizeof row);
}

enum err bulk_lines(struct ctx *c, struct bulk_line *l, size_t n) {
    struct sheet s = {.table = S("order_line"), .rows = n};
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, n + 1);
    if (n == 0)
        return OK;
    TRY(db_new_ids(c, s.table, n, ids));
    for (size_t k = 0; k < COUNT_OF(line_columns); k++)
        *VEC_PUSH(c->arena, &s.columns) = line_columns[k];
    s.cells = NEW_ARRAY(c->arena, struct val, n * s.columns.n);
    for (size_t i = 0; i < n; i++) {
        l[i].id = ids[i];
        line_values(c, &l[i], s.cells + i * s.columns.n);
    }
    TRY(sheet_insert(c, &s));
    return bulk_log(c, registry_find(c->registry, s.table)->e, S("create"), ids,
                    n);
}

SQL(Q_MENDS, "UPDATE order_line SET import_row = $2 WHERE id = $1");

enum err bulk_line_mends(struct ctx *c, int64_t id, struct str row) {
    return db_exec(c, &Q_MENDS, ARGS(V(id), V(row)), NULL);
}

enum err bulk_order_totals(struct ctx *c, int64_t order_id,
                           const struct bulk_totals *t) {
    return db_exec(c, &Q_TOTALS,
                   ARGS(V(order_id), V(t->rate), V(t->amount),
                        V(t->base_amount), V(t->sales), V(t->returned)),
                   NULL);
}

SQL(Q_RAISE, "UPDATE \"order\" SET rev = rev + 1, updated_at = $2,"
             " updated_by = $3, import_raised = coalesce(import_raised, 0) + 1"
             " WHERE id = $1");

enum err bulk_order_raise(struct ctx *c, int64_t order_id) {
    return db_exec(c, &Q_RAISE, ARGS(V(order_id), V(c->now_ms), by(c)), NULL);
}

SQL(Q_REV, "SELECT rev - coalesce(import_raised, 0) FROM \"order\""
           " WHERE id = $1");

enum err bulk_order_rev(struct ctx *c, int64_t order_id, int64_t *out) {
    return db_i64(c, &Q_REV, ARGS(V(order_id)), 0, out);
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
