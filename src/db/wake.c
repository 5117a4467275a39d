/* Locks by name, ends of statements and wake-ups between servers: what
 * PostgreSQL needs because several processes write it, and SQLite does not.
 * Owns: nothing. Threads: the connection's. */
#include "db/pg.h"

#include "base/die.h"

#include <pthread.h>
#include <stdlib.h>

static bool is_pg(const struct db_conn *conn) {
    return conn->drv == &pg_driver;
}

SQL(Q_LOCK_KEY, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))");
SQL(Q_TRY_KEY,
    "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))::int::bigint");

enum err db_lock_key(struct ctx *c, struct str key) {
    if (!is_pg(c->db))
        return OK;
    return db_exec(c, &Q_LOCK_KEY, ARGS(V(key)), NULL);
}

enum err db_try_key(struct ctx *c, struct str key, bool *got_out) {
    int64_t got = 1;
    if (is_pg(c->db))
        TRY(db_i64(c, &Q_TRY_KEY, ARGS(V(key)), 0, &got));
    *got_out = got == 1;
    return OK;
}

void sqlb_settled(struct sqlb *b, struct str alias, struct str column) {
    if (!is_pg(b->c->db)) {
        SQLB(b, "(1=1)");
        return;
    }
    sqlb_column(b, alias, column);
    SQLB(b, " < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint");
}

/* --- ending what runs ----------------------------------------------------- */

/* The PGcancel holds an address and a key, nothing of the connection itself. A
 * connection that was lost and made anew has another key. */
struct db_interrupt {
    struct pg_conn *of;
    pthread_mutex_t lock;
    PGcancel *it;
};

struct db_interrupt *db_interrupt_new(struct db_conn *conn) {
    if (conn == NULL || !is_pg(conn))
        return NULL;
    struct db_interrupt *i = calloc(1, sizeof *i);
    if (i == NULL)
        die("out of memory");
    pthread_mutex_init(&i->lock, NULL);
    i->of = pg_of(conn);
    i->it = i->of->pq->canceller(i->of->h);
    i->of->interrupt = i;
    return i;
}

void pg_interrupt_renew(struct pg_conn *k) {
    struct db_interrupt *i = k->interrupt;
    if (i == NULL)
        return;
    pthread_mutex_lock(&i->lock);
    k->pq->free_canceller(i->it);
    i->it = k->pq->canceller(k->h);
    pthread_mutex_unlock(&i->lock);
}

void db_interrupt(struct db_interrupt *i) {
    char why[256];
    if (i == NULL)
        return;
    pthread_mutex_lock(&i->lock);
    if (i->it != NULL) /* who is away has nothing to end */
        i->of->pq->cancel(i->it, why, sizeof why);
    pthread_mutex_unlock(&i->lock);
}

void db_interrupt_free(struct db_interrupt *i) {
    if (i == NULL)
        return;
    i->of->interrupt = NULL;
    i->of->pq->free_canceller(i->it);
    pthread_mutex_destroy(&i->lock);
    free(i);
}

/* --- wake-ups ----------------------------------------------------------- */

enum err db_listen(struct ctx *c) {
    if (!is_pg(c->db))
        return OK;
    struct pg_conn *k = pg_of(c->db);
    TRY(pg_ready(c, k));
    return pg_run(c, k, "LISTEN gx_changes");
}

enum err db_notify(struct ctx *c) {
    if (!is_pg(c->db))
        return OK;
    struct pg_conn *k = pg_of(c->db);
    TRY(pg_ready(c, k));
    return pg_run(c, k, "NOTIFY gx_changes");
}

enum err db_heard(struct ctx *c, bool *out) {
    *out = false;
    if (!is_pg(c->db))
        return OK;
    struct pg_conn *k = pg_of(c->db);
    if (k->pq->consume(k->h) == 0)
        return engine_fail(c, ERR_UNAVAILABLE, NULL, S(""),
                           S("connection lost"), NULL);
    for (PGnotify *n = k->pq->notification(k->h); n != NULL;
         n = k->pq->notification(k->h)) {
        *out = true;
        k->pq->free_memory(n);
    }
    return OK;
}

int db_fd(const struct db_conn *conn) {
    if (!is_pg(conn))
        return -1;
    const struct pg_conn *k = pg_of(conn);
    return k->pq->socket(k->h);
}
