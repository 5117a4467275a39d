/* Moving a company. Owns nothing. Threads: the caller's.
 * Invariants: the source is read in one snapshot; the target's rows come in
 * one transaction; what is compared at the end was read back from the target.
 */
#include "store/copy.h"

#include "base/hash.h"
#include "store/custom_field.h"
#include "store/derived.h"
#include "store/store.h"

#include <stdlib.h>

#define TELL_ROWS 1000

struct copying {
    struct ctx *c, *t;
    struct arena *row; /* of one row, reset for each */
    db_progress progress;
    void *arg;
    int64_t done, total;
    struct copy_report *out;
};

static enum err step(struct copying *k) {
    if (++k->done % TELL_ROWS != 0 || k->progress == NULL ||
        k->progress(k->arg, k->done, k->total))
        return OK;
    return fail(k->c, ERR_CANCELLED, "", "cancelled");
}

/* --- hashes ------------------------------------------------------------------
 * Of a row: SHA-256 over its values in order of their columns' names, each
 * with its kind. Of a table: the sums of the halves of the rows' first 16
 * bytes, which do not depend on the order rows come in. */

struct sum {
    uint64_t half[2];
    int64_t rows;
};

static void put_value(struct buf *b, const struct val *v) {
    static const char kinds[] = {
        [VAL_NULL] = 'n', [VAL_I64] = 'i',  [VAL_F64] = 'f',
        [VAL_STR] = 's',  [VAL_BLOB] = 'b', [VAL_IDS] = '?'};
    buf_byte(b, kinds[v->type]);
    if (v->type == VAL_I64)
        buf_str(b, (struct str){(const char *)&v->i, sizeof v->i});
    else if (v->type == VAL_F64)
        buf_str(b, (struct str){(const char *)&v->f, sizeof v->f});
    if (v->type != VAL_STR && v->type != VAL_BLOB)
        return;
    uint64_t n = v->s.n;
    buf_str(b, (struct str){(const char *)&n, sizeof n});
    buf_str(b, v->s);
}

static void add_row(struct copying *k, struct sum *s, const struct val *v,
                    size_t n) {
    unsigned char digest[HASH_SHA256_BYTES];
    struct buf b;
    uint64_t half[2];
    arena_reset(k->row);
    buf_init(&b, k->row, SIZE_MAX / 2);
    for (size_t i = 0; i < n; i++)
        put_value(&b, &v[i]);
    hash_sha256(buf_view(&b), digest);
    memcpy(half, digest, sizeof half);
    s->half[0] += half[0];
    s->half[1] += half[1];
    s->rows++;
}

static void keep_sum(const struct sum *s, unsigned char out[16]) {
    memcpy(out, s->half, sizeof s->half);
}

/* --- before ------------------------------------------------------------- */

static enum err check_empty(struct ctx *t) {
    struct db_counts counts;
    TRY(db_counts(t, &counts));
    for (size_t i = 0; i < counts.v.n; i++) {
        const struct db_count *n = &counts.v.p[i];
        if (n->rows > 0 && !str_eqc(n->table, "schema_migration") &&
            !str_eqc(n->table, "registry_version"))
            return failv(t, ERR_CONFLICT, S("to"), "copy_not_empty",
                         ARGS(V(n->table), V(n->rows)));
    }
    return OK;
}

/* The columns of custom fields, which no migration knows. */
static enum err add_custom(struct ctx *t, const struct ctx *c) {
    const struct model *m = c->registry->model;
    for (size_t i = 0; i < m->n; i++)
        for (size_t f = 0; f < m->entities[i].n_fields; f++)
            if (m->entities[i].fields[f].custom)
                TRY(custom_column_add(t, &m->entities[i],
                                      &m->entities[i].fields[f]));
    return OK;
}

static bool same(const struct strs *x, const struct strs *y) {
    bool equal = x->v.n == y->v.n;
    for (size_t i = 0; equal && i < x->v.n; i++)
        equal = str_eq(x->v.p[i], y->v.p[i]);
    return equal;
}

static enum err columns_of(struct copying *k, struct str table,
                           struct strs *out) {
    struct strs there;
    TRY(db_columns(k->c, table, out));
    TRY(db_columns(k->t, table, &there));
    return same(out, &there) ? OK
                             : failv(k->c, ERR_CONFLICT, S("to"), "copy_schema",
                                     ARGS(V(table)));
}

/* --- rows --------------------------------------------------------------- */

/* Numbers of transactions mean nothing in another database: there the feed
 * goes by its own order from the start. */
static size_t transaction_column(const struct copying *k, struct str table,
                                 const struct strs *columns) {
    for (size_t i = 0; i < columns->v.n; i++)
        if (!store_one_writer(k->t->store) && str_eqc(table, "change_log") &&
            str_eqc(columns->v.p[i], "xid"))
            return i;
    return SIZE_MAX;
}

static enum err move_rows(struct copying *k, struct db_scan *s,
                          struct db_bulk *b, size_t xid, struct sum *sum) {
    struct val *v = NEW_ARRAY(k->c->arena, struct val, b->n);
    bool more;
    for (;;) {
        TRY(db_scan_next(s, &more));
        if (!more)
            return OK;
        memcpy(v, s->cells, b->n * sizeof *v);
        if (xid != SIZE_MAX)
            v[xid] = V(0);
        add_row(k, sum, v, b->n);
        TRY(db_bulk_row(b, v));
        TRY(step(k));
    }
}

static enum err move_table(struct copying *k, struct str table) {
    struct strs columns;
    struct db_scan s;
    struct db_bulk b;
    struct sum sum = {0};
    int64_t last;
    TRY(columns_of(k, table, &columns));
    TRY(db_scan_begin(k->c, table, &columns, &s));
    enum err e = db_bulk_begin(k->t, table, &columns, &b);
    if (e == OK)
        e = move_rows(k, &s, &b, transaction_column(k, table, &columns), &sum);
    if (e != OK)
        fail_move(k->c, &s.c);
    db_scan_end(&s);
    TRY(e);
    TRY(db_bulk_end(&b));
    TRY(db_last_id(k->c, table, &last));
    TRY(db_set_last_id(k->t, table, last));
    struct copy_table *done = VEC_PUSH(k->c->arena, &k->out->v);
    *done = (struct copy_table){.name = table, .rows = sum.rows};
    keep_sum(&sum, done->from);
    k->out->rows += sum.rows;
    return OK;
}

/* --- the search index ---------------------------------------------------- */

static enum err index_row(struct copying *k, struct record *r,
                          const struct db_scan *s, size_t n,
                          const size_t *places, struct db_bulk *b) {
    const struct str *tokens;
    size_t n_tokens;
    struct ctx own = *k->t;
    arena_reset(k->row);
    own.arena = k->row;
    for (size_t i = 1; i < n; i++)
        r->v[places[i]] = s->cells[i];
    derived_tokens(&own, r, &tokens, &n_tokens);
    if (n_tokens == 0)
        return OK;
    struct val row[] = {
        s->cells[0],
        V(db_search_stored(own.arena, db_of(own.db), tokens, n_tokens))};
    return db_bulk_row(b, row);
}

/* id first, then what is searched. */
static void searched_columns(struct ctx *c, const struct entity_info *i,
                             struct strs *columns, size_t *places) {
    *columns = (struct strs){0};
    *VEC_PUSH(c->arena, &columns->v) = S("id");
    for (size_t f = 0; f < i->e->n_fields; f++) {
        if (!i->e->fields[f].search)
            continue;
        places[columns->v.n] = f;
        *VEC_PUSH(c->arena, &columns->v) = i->e->fields[f].name;
    }
}

static enum err index_entity(struct copying *k, const struct entity_info *i) {
    struct strs columns, stored;
    struct db_scan s;
    struct db_bulk b;
    struct record *r = record_new(k->c, i);
    size_t *places = NEW_ARRAY(k->c->arena, size_t, i->e->n_fields + 1);
    bool more = true;
    searched_columns(k->c, i, &columns, places);
    db_search_columns(k->t, &stored);
    TRY(db_scan_begin(k->c, i->e->name, &columns, &s));
    enum err e = db_bulk_begin(
        k->t, str_cat(k->c->arena, S("search_"), i->e->name), &stored, &b);
    while (e == OK && more) {
        e = db_scan_next(&s, &more);
        if (e == OK && more)
            e = index_row(k, r, &s, columns.v.n, places, &b);
        if (e == OK && more)
            e = step(k);
    }
    if (e != OK)
        fail_move(k->c, &s.c);
    db_scan_end(&s);
    return e != OK ? e : db_bulk_end(&b);
}

static enum err index_all(struct copying *k) {
    const struct registry *reg = k->c->registry;
    for (size_t i = 0; i < reg->model->n; i++)
        if (entity_is_searched(reg->info[i].e))
            TRY(index_entity(k, &reg->info[i]));
    return OK;
}

/* --- all of it ----------------------------------------------------------- */

SQL(Q_FORGET_VERSION, "DELETE FROM registry_version");

static enum err load(struct copying *k, const struct strs *tables) {
    struct db_loading loading;
    TRY(db_exec(k->t, &Q_FORGET_VERSION, NO_ARGS, NULL));
    TRY(db_loading_begin(k->t, &loading));
    for (size_t i = 0; i < tables->v.n; i++)
        TRY(move_table(k, tables->v.p[i]));
    TRY(index_all(k));
    return db_loading_end(k->t, &loading);
}

/* PostgreSQL changes columns outside transactions; SQLite within this one, so
 * that nothing is left of it after an error. */
static enum err write_all(struct copying *k, const struct strs *tables) {
    bool one = store_one_writer(k->t->store);
    if (!one)
        TRY(add_custom(k->t, k->c));
    TRY(db_references(k->t, false));
    TRY(db_begin(k->t));
    enum err e = one ? add_custom(k->t, k->c) : OK;
    if (e == OK)
        e = load(k, tables);
    if (e == OK)
        e = db_commit(k->t);
    else
        db_rollback(k->t);
    enum err on = db_references(k->t, true);
    return e != OK ? e : on;
}

static enum err read_back(struct copying *k, struct copy_table *table) {
    struct strs columns;
    struct db_scan s;
    struct sum sum = {0};
    bool more = true;
    enum err e = OK;
    TRY(db_columns(k->t, table->name, &columns));
    TRY(db_scan_begin(k->t, table->name, &columns, &s));
    while (e == OK && more) {
        e = db_scan_next(&s, &more);
        if (e == OK && more) {
            add_row(k, &sum, s.cells, columns.v.n);
            e = step(k);
        }
    }
    if (e != OK)
        fail_move(k->t, &s.c);
    db_scan_end(&s);
    table->to_rows = sum.rows;
    keep_sum(&sum, table->to);
    k->out->equal &= table->rows == table->to_rows &&
                     memcmp(table->from, table->to, sizeof table->to) == 0;
    return e;
}

static enum err compare(struct copying *k) {
    k->out->equal = true;
    TRY(db_begin(k->t));
    enum err e = OK;
    for (size_t i = 0; e == OK && i < k->out->v.n; i++)
        e = read_back(k, &k->out->v.p[i]);
    db_rollback(k->t);
    return e;
}

/* Rows to be moved and read back; those of searched entities are read twice. */
static enum err count(struct copying *k) {
    struct db_counts counts;
    TRY(db_counts(k->c, &counts));
    for (size_t i = 0; i < counts.v.n; i++) {
        const struct db_count *n = &counts.v.p[i];
        const struct entity_info *info =
            registry_find(k->c->registry, n->table);
        bool searched = info != NULL && entity_is_searched(info->e);
        if (!str_starts(n->table, S("search_")))
            k->total += n->rows * (searched ? 3 : 2);
    }
    return OK;
}

static enum err work(struct copying *k) {
    struct strs tables, there;
    TRY(count(k));
    TRY(db_tables(k->c, &tables));
    TRY(db_tables(k->t, &there));
    if (!same(&tables, &there))
        return failv(k->c, ERR_CONFLICT, S("to"), "copy_schema", ARGS(V("")));
    TRY(write_all(k, &tables));
    k->out->written = true;
    return compare(k);
}

enum err copy_company(struct ctx *c, struct ctx *t, db_progress progress,
                      void *arg, struct copy_report *out) {
    struct copying k = {.c = c,
                        .t = t,
                        .row = arena_new(),
                        .progress = progress,
                        .arg = arg,
                        .out = out};
    *out = (struct copy_report){0};
    enum err e = check_empty(t);
    if (e == OK)
        e = db_begin(c);
    if (e == OK)
        e = work(&k);
    db_rollback(c);
    arena_free(k.row);
    if (e != OK && c->problems.n == 0)
        fail_move(c, t);
    return e;
}
