/* Putting a dump in the place of all a PostgreSQL database holds. What was
 * there is kept aside as another schema until what came is found good, so that
 * nothing is lost when it is not, or when the process dies on the way.
 * Owns nothing but a lock of its session. Threads: the caller's.
 * Invariant: while the schema `guanxi_before` is there, it is the company. */
#include "db/pg.h"

#include <unistd.h>

#define ASIDE "guanxi_before"
#define OTHERS_LOOKS 50 /* connections of what has just ended go soon */
#define OTHERS_US 100000

SQL(Q_ALONE, "SELECT count(*) FROM pg_stat_activity"
             " WHERE datname = current_database() AND pid <> pg_backend_pid()"
             " AND backend_type = 'client backend'");
SQL(Q_LOCK, "SELECT pg_try_advisory_lock("
            "hashtextextended('guanxi restore', 0))::int::bigint");
SQL(Q_ASIDE, "SELECT count(*) FROM pg_namespace WHERE nspname = '" ASIDE "'");

static enum err run(struct ctx *c, const char *text) {
    struct pg_conn *k = pg_of(c->db);
    TRY(pg_ready(c, k));
    return pg_run(c, k, text);
}

/* Several statements sent as one are one transaction. */
static enum err put_aside(struct ctx *c) {
    return run(c, "ALTER SCHEMA public RENAME TO " ASIDE ";"
                  "CREATE SCHEMA public");
}

static enum err put_back(struct ctx *c) {
    return run(c, "DROP SCHEMA IF EXISTS public CASCADE;"
                  "ALTER SCHEMA " ASIDE " RENAME TO public");
}

/* Another process that restores holds the lock until it ends. */
static enum err lock(struct ctx *c) {
    int64_t got;
    TRY(db_i64(c, &Q_LOCK, NO_ARGS, 0, &got));
    return got == 1 ? OK : fail(c, ERR_BUSY, "", "restore_running");
}

static enum err be_alone(struct ctx *c) {
    int64_t others = 0;
    for (int i = 0; i < OTHERS_LOOKS; i++) {
        TRY(db_i64(c, &Q_ALONE, NO_ARGS, 0, &others));
        if (others == 0)
            return OK;
        usleep(OTHERS_US);
    }
    return failv(c, ERR_CONFLICT, S(""), "restore_others", ARGS(V(others)));
}

struct swap {
    struct str url, path;
    enum err (*look)(struct ctx *c, void *arg);
    void *arg;
};

static enum err mend(struct ctx *c) {
    int64_t aside;
    TRY(db_i64(c, &Q_ASIDE, NO_ARGS, 0, &aside));
    if (aside == 0)
        return OK;
    TRY(lock(c));
    return put_back(c);
}

static enum err swap(struct ctx *c, const struct swap *s) {
    TRY(mend(c));
    TRY(lock(c));
    TRY(be_alone(c));
    TRY(put_aside(c));
    enum err e = db_restore_dump(c, s->url, s->path);
    if (e == OK)
        e = s->look(c, s->arg);
    if (e == OK)
        return run(c, "DROP SCHEMA " ASIDE " CASCADE");
    struct ctx own = *c; /* the reason stays what it is */
    own.problems.n = own.problems.cap = 0;
    own.problems.p = NULL;
    enum err back = put_back(&own);
    if (back != OK) {
        fail_clear(c);
        fail_move(c, &own);
        return back;
    }
    return e;
}

/* With a connection of its own; s NULL: only mends. */
static enum err on_connection(struct ctx *c, struct str url,
                              const struct swap *s) {
    struct db *d;
    struct db_conn *conn, *own = c->db;
    TRY(db_open(c, url, &d));
    enum err e = OK;
    if (db_path(d).n == 0)
        e = db_connect(c, d, DB_WRITER, &conn);
    if (e == OK && db_path(d).n == 0) {
        c->db = conn;
        e = s == NULL ? mend(c) : swap(c, s);
        db_detach(c);
        c->db = own;
        db_disconnect(conn);
    }
    db_close(d);
    return e;
}

enum err db_swap_dump(struct ctx *c, struct str url, struct str path,
                      enum err (*look)(struct ctx *c, void *arg), void *arg) {
    struct swap s = {url, path, look, arg};
    return on_connection(c, url, &s);
}

enum err db_swap_mend(struct ctx *c, struct str url) {
    return on_connection(c, url, NULL);
}
