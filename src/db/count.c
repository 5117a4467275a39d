/* How much is in a database, or in a copy of one: rows and the highest id of
 * each table. A copy is opened and read to its end for it, which is how a
 * backup is known to be one. Owns nothing. */
#include "db/driver.h"

#include <stdlib.h>

SQL(Q_SQLITE_TABLES,
    "SELECT t.name, (SELECT COUNT(*) FROM pragma_table_info(t.name) c"
    " WHERE c.name = 'id') FROM pragma_table_list t WHERE t.schema = 'main'"
    " AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " ORDER BY t.name");
SQL(Q_PG_TABLES,
    "SELECT c.relname, (SELECT COUNT(*) FROM pg_attribute a"
    " WHERE a.attrelid = c.oid AND a.attname = 'id' AND NOT a.attisdropped)"
    " FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace"
    " AND c.relkind = 'r' ORDER BY c.relname");

/* "" tables of one's own: dynamic text takes names out of the schema. */
static enum err count_one(struct ctx *c, struct db_count *t, bool has_id) {
    struct sqlb b;
    struct rows *r;
    bool more;
    sqlb_init(&b, c);
    if (has_id)
        SQLB(&b, "SELECT COUNT(*), MAX(id) FROM ");
    else
        SQLB(&b, "SELECT COUNT(*), 0 FROM ");
    sqlb_ident(&b, t->table);
    TRY(sqlb_query(&b, &r));
    TRY(rows_next(r, &more));
    t->rows = row_i64(r, 0);
    t->last = row_i64(r, 1);
    rows_end(r);
    return OK;
}

enum err db_counts(struct ctx *c, struct db_counts *out) {
    struct rows *r;
    VEC(bool) ids = {0};
    bool more;
    *out = (struct db_counts){0};
    TRY(db_query(c, c->db->drv == &pg_driver ? &Q_PG_TABLES : &Q_SQLITE_TABLES,
                 NO_ARGS, &r));
    for (;;) {
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &out->v) =
            (struct db_count){.table = row_str(r, 0)};
        *VEC_PUSH(c->arena, &ids) = row_i64(r, 1) > 0;
    }
    for (size_t i = 0; i < out->v.n; i++)
        TRY(count_one(c, &out->v.p[i], ids.p[i]));
    return OK;
}

static enum err look_into(struct ctx *c, struct db_counts *out,
                          struct buf *wrong) {
    TRY(db_check_pages(c, wrong));
    TRY(db_check_keys(c, wrong));
    return db_counts(c, out);
}

static enum err count_file(struct ctx *c, struct str path,
                           struct db_counts *out, struct buf *wrong) {
    struct db *d;
    struct db_conn *own = c->db, *conn;
    TRY(db_open(c, str_cat(c->arena, S("sqlite-copy:"), path), &d));
    enum err e = db_connect(c, d, DB_READER, &conn);
    if (e == OK) {
        c->db = conn;
        e = look_into(c, out, wrong);
        db_detach(c);
        c->db = own;
        db_disconnect(conn);
    }
    db_close(d);
    return e;
}

enum err db_counts_of_copy(struct ctx *c, const char *engine, struct str path,
                           struct db_counts *out, struct buf *wrong) {
    *out = (struct db_counts){0};
    return str_eqc(S("sqlite"), engine) ? count_file(c, path, out, wrong)
                                        : pg_count_dump(c, path, out);
}

static const struct db_count *find(const struct db_counts *in,
                                   struct str table) {
    for (size_t i = 0; i < in->v.n; i++)
        if (str_eq(in->v.p[i].table, table))
            return &in->v.p[i];
    return NULL;
}

void db_counts_compare(const struct db_counts *want,
                       const struct db_counts *have, struct buf *wrong) {
    static const struct db_count none = {0};
    for (size_t i = 0; i < want->v.n; i++) {
        const struct db_count *w = &want->v.p[i], *h = find(have, w->table);
        if (h == NULL)
            h = &none;
        if (h->rows != w->rows || h->last != w->last)
            buf_fmt(wrong,
                    STR_FMT ": %lld rows up to %lld, not %lld up to %lld\n",
                    STR_ARG(w->table), (long long)h->rows, (long long)h->last,
                    (long long)w->rows, (long long)w->last);
    }
}
