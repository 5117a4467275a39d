/* Private to the PostgreSQL driver: its connection, shared by pg.c
 * (connections, transactions), pg_query.c (statements) and pg_error.c. */
#ifndef DB_PG_H
#define DB_PG_H

#include "db/cache.h"
#include "db/driver.h"
#include "db/pq.h"

#define PG_TIMEOUT_UNKNOWN (-1)

struct pg_conn {
    struct db_conn base; /* first */
    PGconn *h;
    const struct pq_library *pq; /* the database's */
    struct cache cache;
    unsigned next_name; /* of prepared statements */
    bool lost;          /* to be connected anew at the next use */
    enum err last_error;
    int budget_ms;
    int64_t spent_us;
    int timeout_ms;     /* statement_timeout as the server has it */
    bool timeout_in_tx; /* set in this transaction: a rollback undoes it */
    struct db_interrupt *interrupt; /* NULL: nobody ends its statements */
};

/* What a struct db of this driver points to. */
struct pg_db {
    struct pq_library pq;
    char *password; /* from a file of its own, or NULL */
};

struct pg_conn *pg_of(const struct db_conn *conn);

/* ERR_UNAVAILABLE when it is not installed. */
enum err pg_library(struct ctx *c, struct pq_library *out) MUST_CHECK;

/* A connection that can be used: connects anew when the old one was lost
 * outside a transaction. ERR_UNAVAILABLE. */
enum err pg_ready(struct ctx *c, struct pg_conn *k) MUST_CHECK;

/* Sets the server's statement_timeout to the budget; ERR_TOO_BROAD when the
 * budget is spent. */
enum err pg_apply_budget(struct ctx *c, struct pg_conn *k) MUST_CHECK;

/* Notes what went wrong, clears res (may be NULL) and returns the error. */
enum err pg_fail(struct ctx *c, struct pg_conn *k, PGresult *res,
                 const struct sql *q) MUST_CHECK;

/* The result's SQLSTATE, empty when there is none. */
const char *pg_state(const struct pg_conn *k, const PGresult *res);

/* Runs text of ours without values. */
enum err pg_run(struct ctx *c, struct pg_conn *k, const char *text) MUST_CHECK;

/* wake.c: the connection has another backend now. */
void pg_interrupt_renew(struct pg_conn *k);

/* pg_backup.c */
enum err pg_backup(struct ctx *c, struct db_conn *conn, struct str path,
                   db_progress progress, void *arg);
enum err pg_snapshot(struct ctx *c, struct db_conn *conn, struct str path);

void pg_drop(void *owner, struct cached *s);
enum err pg_start(struct rows *r, const struct sql *q, struct args args);
enum err pg_step(struct rows *r, bool *more);
void pg_finish(struct rows *r);

#endif
