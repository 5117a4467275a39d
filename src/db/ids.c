/* Numbers for rows that are inserted many at once. Owns: nothing. Threads: the
 * connection's. Invariant: a number given out here is never given out again:
 * SQLite's AUTOINCREMENT goes on behind the largest inserted, PostgreSQL's
 * sequence has moved on. */
#include "db/driver.h"

SQL(Q_SEQUENCE, "SELECT seq FROM sqlite_sequence WHERE name = $1");
SQL(Q_NEXT, "SELECT nextval(pg_get_serial_sequence('\"' || $1 || '\"', 'id'))"
            " FROM generate_series(1, $2) ORDER BY 1");

static enum err from_sequence(struct ctx *c, struct str table, size_t n,
                              int64_t *out) {
    struct rows *r;
    TRY(db_query(c, &Q_NEXT, ARGS(V(table), V((int64_t)n)), &r));
    for (size_t i = 0; i < n; i++) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return fail(c, ERR_INTERNAL, "", "internal");
        out[i] = row_i64(r, 0);
    }
    rows_end(r);
    return OK;
}

enum err db_new_ids(struct ctx *c, struct str table, size_t n, int64_t *out) {
    int64_t last;
    if (c->db->drv == &pg_driver)
        return from_sequence(c, table, n, out);
    TRY(db_i64(c, &Q_SEQUENCE, ARGS(V(table)), 0, &last));
    for (size_t i = 0; i < n; i++)
        out[i] = last + 1 + (int64_t)i;
    return OK;
}
