/* The interface of db.h over the drivers: URLs, statements, transactions.
 * Owns: struct db.
 * Threads: a connection belongs to one thread at a time; struct db is read
 * only after db_open.
 * Invariant: conn->tx is what the caller believes; when the engine has ended a
 * transaction by itself it is TX_BROKEN until the caller rolls back. */
#include "db/driver.h"

#include "base/die.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t clock_us(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct str sql_name(const struct sql *q) {
    if (q == NULL)
        return S("");
    return q->name != NULL ? str_of(q->name) : S("built");
}

enum err engine_fail(struct ctx *c, enum err e, const char *code,
                     struct str field, struct str message,
                     const struct sql *q) {
    return failv(c, e, field, code != NULL ? code : err_code(e),
                 ARGS(V(message), V(sql_name(q))));
}

/* --- databases and connections ------------------------------------------ */

static const struct driver *driver_of(struct str url, struct str *rest) {
    static const struct {
        struct str scheme;
        const struct driver *drv;
    } schemes[] = {
        {S_INIT("sqlite:"), &sqlite_driver},
        {S_INIT("sqlite-copy:"), &sqlite_driver},
        {S_INIT("postgresql://"), &pg_driver},
        {S_INIT("postgres://"), &pg_driver},
        {S_INIT("fake:"), &fake_driver},
    };
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        if (!str_starts(url, schemes[i].scheme))
            continue;
        *rest = str_sub(url, schemes[i].scheme.n, url.n);
        return schemes[i].drv;
    }
    return NULL;
}

enum err db_open(struct ctx *c, struct str url, struct db **out) {
    struct str rest;
    const struct driver *drv = driver_of(url, &rest);
    if (drv == NULL || str_has_byte(url, '\0') ||
        (drv == &sqlite_driver && rest.n == 0))
        return fail(c, ERR_INVALID, "db", "db_url");
    struct db *d = calloc(1, sizeof *d);
    char *copy = malloc(url.n + 1);
    if (d == NULL || copy == NULL)
        die("out of memory");
    memcpy(copy, url.p, url.n);
    copy[url.n] = '\0';
    d->drv = drv;
    d->url = copy;
    d->path = drv == &sqlite_driver ? copy + (url.n - rest.n) : copy + url.n;
    d->copy = str_starts(url, S("sqlite-copy:"));
    enum err e = drv->open(c, d);
    if (e != OK) {
        db_close(d);
        return e;
    }
    *out = d;
    return OK;
}

void db_close(struct db *d) {
    if (d == NULL)
        return;
    d->drv->close(d);
    free(d->url);
    free(d);
}

const char *db_engine(const struct db *d) {
    return d->drv->name;
}

struct str db_path(const struct db *d) {
    return str_of(d->path);
}

struct db *db_of(const struct db_conn *conn) {
    return conn->db;
}

enum err db_connect(struct ctx *c, struct db *d, enum db_role role,
                    struct db_conn **out) {
    return d->drv->connect(c, d, role, out);
}

void db_disconnect(struct db_conn *conn) {
    if (conn == NULL)
        return;
    scopes_detach(conn);
    conn->drv->disconnect(conn);
}

void db_flush_statements(struct db_conn *conn) {
    conn->drv->flush(conn);
}

/* --- statements --------------------------------------------------------- */

/* After an error: has the engine ended the transaction by itself? */
static enum err note_error(struct db_conn *conn, enum err e) {
    conn->failed |= e != OK;
    if (e != OK && conn->tx == TX_OPEN && !conn->drv->in_transaction(conn)) {
        conn->tx = TX_BROKEN;
        conn->tx_error = e;
    }
    return e;
}

/* r: empty, but for what is wanted of it. */
static enum err start(struct rows *r, struct ctx *c, const struct sql *q,
                      struct args args) {
    struct db_conn *conn = c->db;
    if (conn == NULL)
        die("statement %s without a connection", q->name);
    r->c = c;
    r->conn = conn;
    if (conn->tx == TX_BROKEN)
        return engine_fail(c, conn->tx_error, NULL, S(""),
                           S("the transaction has ended"), q);
    /* Before the engine sees it: PostgreSQL runs the statement at once. */
    if (FAULT("db.step"))
        return fail(c, ERR_IO, "", "io");
    enum err e = conn->drv->start(r, q, args);
    if (e != OK)
        return note_error(conn, e);
    r->open = true;
    return OK;
}

/* What fails takes its own changes back, but for many rows at once: see
 * insert.c. */
static enum err step(struct rows *r, bool *more) {
    *more = false;
    enum err e = r->conn->drv->step(r, more);
    if (e == OK && r->writes)
        r->conn->written++;
    return note_error(r->conn, e);
}

enum err db_exec(struct ctx *c, const struct sql *q, struct args args,
                 int64_t *changed_out) {
    struct rows r = {0};
    TRY(start(&r, c, q, args));
    bool more = true;
    enum err e = OK;
    while (e == OK && more)
        e = step(&r, &more);
    rows_end(&r);
    if (e == OK && changed_out != NULL)
        *changed_out = r.changed;
    return e;
}

enum err db_query(struct ctx *c, const struct sql *q, struct args args,
                  struct rows **out) {
    struct rows *r = NEW(c->arena, struct rows);
    r->cursor = true;
    TRY(start(r, c, q, args));
    r->ncells = r->ncols;
    r->cells = NEW_ARRAY(c->arena, struct val, (size_t)r->ncols);
    struct scope *s = r->scope = scope_of(c, r->conn);
    r->next = s->open;
    if (r->next != NULL)
        r->next->prev = r;
    s->open = r;
    *out = r;
    return OK;
}

enum err db_query_held(struct ctx *c, const struct sql_held *q,
                       struct args args, struct rows **out) {
    bool shared = c->db->drv == &pg_driver;
    return db_query(c, shared ? &q->held : &q->plain, args, out);
}

enum err rows_next(struct rows *r, bool *more) {
    *more = false;
    if (!r->open)
        return OK;
    enum err e =
        FAULT("db.step") ? fail(r->c, ERR_IO, "", "io") : step(r, more);
    r->has_row = e == OK && *more;
    if (!r->has_row)
        rows_end(r);
    return e;
}

static bool is_bytes(const struct val *v) {
    return v->type == VAL_STR || v->type == VAL_BLOB;
}

/* Copies the current row out of the engine's memory. */
static void keep(struct rows *r) {
    size_t total = 0;
    for (int i = 0; i < r->ncells; i++)
        if (is_bytes(&r->cells[i]))
            total += r->cells[i].s.n;
    char *p = arena_extend(r->c->arena, NULL, 0, total);
    for (int i = 0; i < r->ncells; i++) {
        struct str *s = &r->cells[i].s;
        if (!is_bytes(&r->cells[i]))
            continue;
        if (s->n > 0)
            memcpy(p, s->p, s->n);
        s->p = p;
        p += s->n;
    }
}

/* A statement that writes has to run to its end. */
static enum err drain(struct rows *r) {
    int ncells = r->ncells;
    r->ncells = 0; /* keeps the first row */
    bool more = r->writes;
    enum err e = OK;
    while (e == OK && more)
        e = step(r, &more);
    r->ncells = ncells;
    return e;
}

enum err db_one(struct ctx *c, const struct sql *q, struct args args,
                struct rows **out, bool *found) {
    struct rows tmp = {0};
    *found = false;
    TRY(start(&tmp, c, q, args));
    size_t cells = (size_t)tmp.ncols * sizeof(struct val);
    struct rows *r = arena_alloc(c->arena, sizeof *r + cells);
    *r = tmp;
    r->ncells = r->ncols;
    r->cells = (struct val *)(r + 1);
    enum err e = step(r, found);
    if (e == OK && *found) {
        keep(r);
        e = drain(r);
    }
    rows_end(r);
    r->has_row = e == OK && *found;
    *out = r;
    return e;
}

static enum err first_i64(struct rows *r, struct ctx *c, const struct sql *q,
                          struct args args, int64_t fallback, int64_t *out) {
    struct val first = V_NULL;
    TRY(start(r, c, q, args));
    r->cells = &first;
    r->ncells = r->ncols > 0 ? 1 : 0;
    bool more;
    enum err e = step(r, &more);
    if (e == OK && more) {
        r->has_row = true;
        *out = row_is_null(r, 0) ? fallback : row_i64(r, 0);
        e = drain(r);
    } else if (e == OK) {
        *out = fallback;
    }
    rows_end(r);
    return e;
}

enum err db_i64(struct ctx *c, const struct sql *q, struct args args,
                int64_t fallback, int64_t *out) {
    struct rows r = {0};
    return first_i64(&r, c, q, args, fallback, out);
}

enum err db_insert_one(struct ctx *c, const struct sql *q, struct args args,
                       int64_t *id) {
    struct rows r = {.new_id = true};
    return first_i64(&r, c, q, args, 0, id);
}

enum err db_script(struct ctx *c, struct str text) {
    struct db_conn *conn = c->db;
    conn->written++;
    if (conn->tx == TX_BROKEN)
        return engine_fail(c, conn->tx_error, NULL, S(""),
                           S("the transaction has ended"), NULL);
    return note_error(conn, conn->drv->script(c, conn, text));
}

/* --- transactions ------------------------------------------------------- */

enum err db_begin(struct ctx *c) {
    struct db_conn *conn = c->db;
    if (conn->tx == TX_OPEN)
        die("a transaction within a transaction");
    conn->tx = TX_NONE;
    conn->failed = false;
    if (FAULT("db.begin"))
        return fail(c, ERR_IO, "", "io");
    TRY(conn->drv->tx(c, conn, TX_BEGIN));
    conn->tx = TX_OPEN;
    return OK;
}

void db_rollback(struct ctx *c) {
    struct db_conn *conn = c->db;
    if (conn->tx == TX_NONE)
        return;
    if (conn->drv->in_transaction(conn)) {
        /* A rollback that fails has lost its connection: nothing is left. */
        enum err e = conn->drv->tx(c, conn, TX_ROLLBACK);
        (void)e;
    }
    conn->tx = TX_NONE;
}

enum err db_commit(struct ctx *c) {
    struct db_conn *conn = c->db;
    if (conn->tx == TX_NONE)
        die("commit without a transaction");
    enum err e;
    if (conn->tx == TX_BROKEN)
        e = engine_fail(c, conn->tx_error, NULL, S(""),
                        S("the transaction has ended"), NULL);
    else if (FAULT("db.commit"))
        e = fail(c, ERR_IO, "", "io");
    else
        e = conn->drv->tx(c, conn, TX_COMMIT);
    if (e != OK)
        db_rollback(c);
    else
        conn->tx = TX_NONE;
    return e;
}

static enum err in_tx(struct ctx *c, enum tx_verb verb) {
    struct db_conn *conn = c->db;
    if (conn->tx == TX_NONE)
        die("savepoint without a transaction");
    if (conn->tx == TX_BROKEN)
        return engine_fail(c, conn->tx_error, NULL, S(""),
                           S("the transaction has ended"), NULL);
    TRY(note_error(conn, conn->drv->tx(c, conn, (int)verb)));
    if (verb == TX_ROLLBACK_TO)
        conn->failed = false;
    return OK;
}

enum err db_savepoint(struct ctx *c) {
    return in_tx(c, TX_SAVEPOINT);
}

enum err db_release(struct ctx *c) {
    return in_tx(c, TX_RELEASE);
}

enum err db_rollback_to(struct ctx *c) {
    return in_tx(c, TX_ROLLBACK_TO);
}

bool db_in_transaction(const struct db_conn *conn) {
    return conn->tx == TX_OPEN && conn->drv->in_transaction(conn);
}

bool db_failed(const struct db_conn *conn) {
    return conn->tx != TX_NONE && conn->failed;
}

uint64_t db_written(const struct db_conn *conn) {
    return conn->written;
}

/* NO KEY: rows that refer to it may be added meanwhile; two of those that then
 * want to lock it would wait for each other. */
enum err db_lock_rows(struct ctx *c, struct str table, const int64_t *ids,
                      size_t n) {
    struct sqlb b;
    if (c->db->drv != &pg_driver)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT id FROM ");
    sqlb_ident(&b, table);
    SQLB(&b, " WHERE id");
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " ORDER BY id FOR NO KEY UPDATE");
    return sqlb_exec(&b, NULL);
}

enum err db_lock_row(struct ctx *c, struct str table, int64_t id) {
    return db_lock_rows(c, table, &id, 1);
}

void db_budget(struct ctx *c, int ms) {
    c->db->budget_ms = ms;
    c->db->drv->budget(c->db, ms);
}

int db_budget_lift(struct ctx *c) {
    int ms = c->db->budget_ms;
    db_budget(c, 0);
    return ms;
}

bool db_has_budget(const struct ctx *c) {
    return c->db->budget_ms > 0;
}

enum err db_checkpoint(struct ctx *c, int *copied) {
    return c->db->drv->checkpoint(c, c->db, copied);
}

void db_keep_log(struct db_conn *conn) {
    if (conn->drv->keep_log != NULL)
        conn->drv->keep_log(conn);
}

int db_log_pages(struct db_conn *conn) {
    return conn->drv->log_pages(conn);
}
