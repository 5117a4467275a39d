/* Driver for PostgreSQL 13 and later: connections and transactions.
 * Owns: the libpq connection, the cache of prepared statements, the password
 * when it came from a file of its own.
 * Threads: a connection belongs to one thread at a time.
 * Invariants: a connection lost within a transaction stays lost until the
 * caller has rolled back; every session speaks UTC and UTF-8. */
#include "db/pg.h"

#include "base/die.h"
#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>

struct pg_conn *pg_of(const struct db_conn *conn) {
    return (struct pg_conn *)(uintptr_t)conn;
}

/* --- connections -------------------------------------------------------- */

static void no_notices(void *arg, const char *message) {
}

/* What the URL says comes later in the list and wins. */
static PGconn *dial(const struct db *d) {
    static const char *const names[] = {
        "connect_timeout",
        "keepalives_idle",
        "keepalives_count",
        "keepalives_interval",
        "tcp_user_timeout",
        "fallback_application_name",
        "password",
        "dbname",
        NULL,
    };
    const struct pg_db *own = d->impl;
    const char *const values[] = {
        "5", "30", "3", "10", "30000", "guanxi", own->password, d->url, NULL,
    };
    PGconn *h = own->pq.connect(names, values, 1);
    if (h == NULL)
        die("out of memory");
    own->pq.set_notices(h, no_notices, NULL);
    return h;
}

static enum err unreachable(struct ctx *c, const struct pq_library *pq,
                            PGconn *h) {
    struct str why = str_trim(str_of(pq->message(h)));
    return engine_fail(c, ERR_UNAVAILABLE, "db_unreachable", S("db"), why,
                       NULL);
}

static enum err check_server(struct ctx *c, const struct pq_library *pq,
                             PGconn *h) {
    const char *encoding = pq->parameter(h, "server_encoding");
    if (pq->version(h) >= 130000 && str_eqc(str_of(encoding), "UTF8"))
        return OK;
    return failv(c, ERR_INVALID, S("db"), "db_server",
                 ARGS(V(pq->version(h)), V(encoding)));
}

static enum err check_url(struct ctx *c, const struct pq_library *pq,
                          const char *url) {
    char *message = NULL;
    PQconninfoOption *options = pq->parse(url, &message);
    if (options == NULL) {
        pq->free_memory(message); /* may quote the URL with its password */
        return fail(c, ERR_INVALID, "db", "db_url");
    }
    pq->free_options(options);
    return OK;
}

static enum err pg_open(struct ctx *c, struct db *d) {
    struct pg_db *own = d->impl = calloc(1, sizeof *own);
    if (own == NULL)
        die("out of memory");
    TRY(pg_library(c, &own->pq));
    TRY(check_url(c, &own->pq, d->url));
    struct str password;
    bool found;
    TRY(secret_read(c, "pg_password", &password, &found));
    if (found && (own->password = strndup(password.p, password.n)) == NULL)
        die("out of memory");
    PGconn *h = dial(d);
    enum err e = own->pq.status(h) == CONNECTION_OK
                     ? check_server(c, &own->pq, h)
                     : unreachable(c, &own->pq, h);
    own->pq.finish(h);
    return e;
}

static void pg_close(struct db *d) {
    struct pg_db *own = d->impl;
    if (own != NULL && own->password != NULL)
        explicit_bzero(own->password, strlen(own->password));
    if (own != NULL)
        free(own->password);
    free(own);
}

enum err pg_library(struct ctx *c, struct pq_library *out) {
    if (pq_library_open(out))
        return OK;
    return engine_fail(c, ERR_UNAVAILABLE, "db_unreachable", S("db"),
                       S("libpq.so.5 is not installed (package libpq5)"), NULL);
}

enum err pg_run(struct ctx *c, struct pg_conn *k, const char *text) {
    PGresult *res = k->pq->exec(k->h, text);
    ExecStatusType st = k->pq->result_status(res);
    if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK &&
        st != PGRES_EMPTY_QUERY)
        return pg_fail(c, k, res, NULL);
    k->pq->clear(res);
    return OK;
}

static enum err set_up(struct ctx *c, struct pg_conn *k) {
    k->lost = false;
    k->timeout_ms = 0;
    k->timeout_in_tx = false;
    TRY(pg_run(c, k,
               "SET TIME ZONE 'UTC';"
               "SET client_encoding = 'UTF8';"
               "SET standard_conforming_strings = on;"
               "SET extra_float_digits = 1;"
               "SET bytea_output = 'hex';"
               "SET statement_timeout = 0;"
               /* Short statements, many at a time: compiling one and sharing
                * it out cost more than they save; pages are in memory. */
               "SET jit = off;"
               "SET max_parallel_workers_per_gather = 0;"
               "SET random_page_cost = 1.1;"
               "SET idle_in_transaction_session_timeout = '10s'"));
    if (k->base.role == DB_READER)
        TRY(pg_run(c, k, "SET default_transaction_read_only = on"));
    return OK;
}

static void pg_disconnect(struct db_conn *conn) {
    struct pg_conn *k = pg_of(conn);
    k->lost = true; /* the server forgets the statements by itself */
    cache_clear(&k->cache);
    k->pq->finish(k->h);
    free(k);
}

static enum err pg_connect(struct ctx *c, struct db *d, enum db_role role,
                           struct db_conn **out) {
    const struct pg_db *own = d->impl;
    PGconn *h = dial(d);
    if (own->pq.status(h) != CONNECTION_OK) {
        enum err e = unreachable(c, &own->pq, h);
        own->pq.finish(h);
        return e;
    }
    struct pg_conn *k = calloc(1, sizeof *k);
    if (k == NULL)
        die("out of memory");
    k->base = (struct db_conn){.db = d, .drv = &pg_driver, .role = role};
    k->h = h;
    k->pq = &own->pq;
    cache_init(&k->cache, k, pg_drop);
    enum err e = set_up(c, k);
    if (e != OK) {
        pg_disconnect(&k->base);
        return e;
    }
    *out = &k->base;
    return OK;
}

enum err pg_ready(struct ctx *c, struct pg_conn *k) {
    if (!k->lost && k->pq->status(k->h) == CONNECTION_OK)
        return OK;
    if (k->base.tx != TX_NONE)
        return engine_fail(c, ERR_UNAVAILABLE, NULL, S(""),
                           S("connection lost"), NULL);
    k->lost = true;
    cache_clear(&k->cache);
    k->pq->reset(k->h);
    if (k->pq->status(k->h) != CONNECTION_OK)
        return unreachable(c, k->pq, k->h);
    pg_interrupt_renew(k);
    return set_up(c, k);
}

static void pg_flush(struct db_conn *conn) {
    cache_clear_idle(&pg_of(conn)->cache);
}

/* --- budget ------------------------------------------------------------- */

static void pg_budget(struct db_conn *conn, int ms) {
    struct pg_conn *k = pg_of(conn);
    k->budget_ms = ms > 0 ? ms : 0;
    k->spent_us = 0;
}

enum err pg_apply_budget(struct ctx *c, struct pg_conn *k) {
    if (k->budget_ms > 0 && k->spent_us >= (int64_t)k->budget_ms * 1000)
        return engine_fail(c, ERR_TOO_BROAD, NULL, S(""), S("budget spent"),
                           NULL);
    if (k->timeout_ms == k->budget_ms)
        return OK;
    char text[64];
    snprintf(text, sizeof text, "SET statement_timeout = %d", k->budget_ms);
    TRY(pg_run(c, k, text));
    k->timeout_ms = k->budget_ms;
    k->timeout_in_tx = k->base.tx != TX_NONE;
    return OK;
}

/* --- transactions ------------------------------------------------------- */

static const char *verb_text(enum db_role role, int verb) {
    switch (verb) {
    case TX_BEGIN:
        return role == DB_WRITER
                   ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                   : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    case TX_COMMIT:
        return "COMMIT";
    case TX_ROLLBACK:
        return "ROLLBACK";
    case TX_SAVEPOINT:
        return "SAVEPOINT one";
    case TX_RELEASE:
        return "RELEASE one";
    default:
        return "ROLLBACK TO one; RELEASE one";
    }
}

/* The connection went before the answer came: it may be saved or not. */
static enum err unknown(struct ctx *c) {
    fail_clear(c);
    return engine_fail(c, ERR_UNAVAILABLE, "outcome_unknown", S(""),
                       S("connection lost during COMMIT"), NULL);
}

/* COMMIT of a failed transaction succeeds and says ROLLBACK. */
static enum err commit(struct ctx *c, struct pg_conn *k) {
    PGresult *res = k->pq->exec(k->h, "COMMIT");
    if (k->pq->result_status(res) != PGRES_COMMAND_OK) {
        enum err e = pg_fail(c, k, res, NULL);
        return k->lost && k->base.role == DB_WRITER ? unknown(c) : e;
    }
    bool committed = str_eqc(str_of(k->pq->command(res)), "COMMIT");
    k->pq->clear(res);
    if (!committed)
        return engine_fail(c, k->last_error, NULL, S(""),
                           S("the transaction had failed"), NULL);
    return OK;
}

static enum err pg_tx(struct ctx *c, struct db_conn *conn, int verb) {
    struct pg_conn *k = pg_of(conn);
    TRY(pg_ready(c, k));
    if ((verb == TX_ROLLBACK || verb == TX_ROLLBACK_TO) && k->timeout_in_tx)
        k->timeout_ms = PG_TIMEOUT_UNKNOWN;
    if (verb == TX_COMMIT || verb == TX_ROLLBACK)
        k->timeout_in_tx = false;
    if (verb == TX_COMMIT)
        return commit(c, k);
    return pg_run(c, k, verb_text(conn->role, verb));
}

static bool pg_in_transaction(const struct db_conn *conn) {
    const struct pg_conn *k = pg_of(conn);
    PGTransactionStatusType t = k->pq->transaction(k->h);
    return !k->lost && (t == PQTRANS_INTRANS || t == PQTRANS_INERROR ||
                        t == PQTRANS_ACTIVE);
}

/* --- the rest ----------------------------------------------------------- */

static enum err pg_checkpoint(struct ctx *c, struct db_conn *conn,
                              int *copied) {
    *copied = 0; /* the server's own affair */
    return OK;
}

static int pg_log_pages(struct db_conn *conn) {
    return 0;
}

static enum err pg_script(struct ctx *c, struct db_conn *conn,
                          struct str text) {
    struct pg_conn *k = pg_of(conn);
    TRY(pg_ready(c, k));
    TRY(pg_apply_budget(c, k));
    return pg_run(c, k, str_cstr(c->arena, text));
}

const struct driver pg_driver = {
    .name = "postgresql",
    .open = pg_open,
    .close = pg_close,
    .connect = pg_connect,
    .disconnect = pg_disconnect,
    .flush = pg_flush,
    .start = pg_start,
    .step = pg_step,
    .finish = pg_finish,
    .tx = pg_tx,
    .in_transaction = pg_in_transaction,
    .budget = pg_budget,
    .checkpoint = pg_checkpoint,
    .log_pages = pg_log_pages,
    .backup = pg_backup,
    .snapshot = pg_snapshot,
    .script = pg_script,
};
