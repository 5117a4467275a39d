/* Driver for SQLite 3.37 and later: one writer, readers beside it.
 * Owns: the handle and its prepared statements.
 * Threads: a connection belongs to one thread at a time.
 * Invariants: a reader neither writes nor checkpoints; a statement in the cache
 * that is not busy is reset. */
#include "db/sqlite.h"

#include "base/die.h"
#include "base/long_work.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Virtual machine steps between two looks at the clock: some 10 to 50 us. */
#define BUDGET_OPS 500
#define GIVE_WAY_US 2000 /* each time costs a job some of its share */

struct sq_conn *sq_of(const struct db_conn *conn) {
    return (struct sq_conn *)(uintptr_t)conn;
}

/* --- connections -------------------------------------------------------- */

static void sqlite_close(struct db *d) {
}

static void drop(void *owner, struct cached *cached) {
    struct sq_stmt *s = (struct sq_stmt *)cached;
    sqlite3_finalize(s->s);
    free(s);
}

static enum err sqlite_connect(struct ctx *c, struct db *d, enum db_role role,
                               struct db_conn **out) {
    sqlite3 *h;
    TRY(sq_open(c, d, role, &h));
    struct sq_conn *k = calloc(1, sizeof *k);
    if (k == NULL)
        die("out of memory");
    k->base = (struct db_conn){.db = d, .drv = &sqlite_driver, .role = role};
    k->h = h;
    cache_init(&k->cache, k, drop);
    sq_ids_init(k);
    if (role == DB_WRITER)
        sq_cells_init(k);
    *out = &k->base;
    return OK;
}

static void sqlite_disconnect(struct db_conn *conn) {
    struct sq_conn *k = sq_of(conn);
    cache_clear(&k->cache);
    if (k->later_arena != NULL)
        arena_free(k->later_arena);
    if (conn->role == DB_WRITER && !k->keeps_log &&
        sqlite3_get_autocommit(k->h))
        /* Best effort: leaves one whole file when nobody reads. */
        sqlite3_wal_checkpoint_v2(k->h, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
                                  NULL);
    if (sqlite3_close(k->h) != SQLITE_OK)
        die("closing the database: %s", sqlite3_errmsg(k->h));
    free(k);
}

static void sqlite_flush(struct db_conn *conn) {
    cache_clear_idle(&sq_of(conn)->cache);
}

/* --- statements --------------------------------------------------------- */

/* SQLite takes $1 for a name and numbers names by first appearance, so each
 * parameter is asked which argument it means. Returns the number of arguments
 * wanted, or -1. */
static int map_params(sqlite3_stmt *s, int nparams, uint16_t *arg_of) {
    int nargs = 0;
    for (int i = 1; i <= nparams; i++) {
        const char *name = sqlite3_bind_parameter_name(s, i);
        if (name == NULL || name[0] != '$')
            return -1;
        int64_t n = text_i64(str_of(name + 1));
        if (n < 1 || n > UINT16_MAX)
            return -1;
        arg_of[i - 1] = (uint16_t)(n - 1);
        if (n > nargs)
            nargs = (int)n;
    }
    return nargs;
}

/* See db_insert_one. */
static struct str without_returning(struct str text) {
    size_t at = str_find(text, S(" RETURNING "));
    if (at == SIZE_MAX)
        die("an INSERT whose id is wanted, without RETURNING");
    return str_sub(text, 0, at);
}

static enum err prepare(struct ctx *c, struct sq_conn *k, const struct sql *q,
                        bool new_id, uint64_t hash, struct sq_stmt **out) {
    sqlite3_stmt *raw = NULL;
    const char *tail = NULL;
    struct str text = new_id ? without_returning(q->text) : q->text;
    int rc = sqlite3_prepare_v3(k->h, text.p, (int)text.n,
                                SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    if (rc != SQLITE_OK)
        return sq_fail(c, k->h, rc, NULL, q);
    struct str rest = {tail, (size_t)(text.p + text.n - tail)};
    if (raw == NULL || str_trim(rest).n > 0) {
        sqlite3_finalize(raw);
        return engine_fail(c, ERR_INTERNAL, NULL, S(""),
                           S("not exactly one statement"), q);
    }
    int nparams = sqlite3_bind_parameter_count(raw);
    struct sq_stmt *s =
        calloc(1, sizeof *s + (size_t)nparams * sizeof s->arg_of[0]);
    if (s == NULL)
        die("out of memory");
    s->s = raw;
    s->nparams = nparams;
    s->nargs = map_params(raw, nparams, s->arg_of);
    s->readonly = sqlite3_stmt_readonly(raw) != 0;
    cache_add(&k->cache, &s->cached, q, hash);
    *out = s;
    return OK;
}

/* The list of db_ids, which looks at it while the statement is stepped. */
static int bind_ids(struct rows *r, sqlite3_stmt *s, int i, struct val v) {
    struct val *kept = NEW(r->c->arena, struct val);
    if (r->cursor && v.ids.n > 0) {
        int64_t *ids = NEW_ARRAY(r->c->arena, int64_t, v.ids.n);
        memcpy(ids, v.ids.p, v.ids.n * sizeof *ids);
        v.ids.p = ids;
    }
    *kept = v;
    return sq_ids_bind(s, i, kept);
}

/* Text is bound without a copy: args live until db_exec and db_one return, and
 * a cursor's values are copied into the arena it can't outlive. */
static int bind(struct rows *r, sqlite3_stmt *s, int i, struct val v) {
    if (v.type == VAL_IDS)
        return bind_ids(r, s, i, v);
    if ((v.type == VAL_STR || v.type == VAL_BLOB) && r->cursor)
        v.s = str_dup(r->c->arena, v.s);
    switch (v.type) {
    case VAL_I64:
        return sqlite3_bind_int64(s, i, v.i);
    case VAL_F64:
        return sqlite3_bind_double(s, i, v.f);
    case VAL_STR: /* no pointer would mean NULL */
        return sqlite3_bind_text64(s, i, v.s.n == 0 ? "" : v.s.p, v.s.n,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case VAL_BLOB:
        return sqlite3_bind_blob64(s, i, v.s.n == 0 ? "" : v.s.p, v.s.n,
                                   SQLITE_STATIC);
    default:
        return sqlite3_bind_null(s, i);
    }
}

static enum err bind_all(struct rows *r, struct sq_conn *k, struct sq_stmt *s,
                         const struct sql *q, struct args args) {
    if (s->nargs < 0 || (size_t)s->nargs != args.n)
        return engine_fail(r->c, ERR_INTERNAL, NULL, S(""),
                           S("wrong number of values, or not $1, $2 …"), q);
    if (args.n == 0)
        return OK;
    for (int i = 0; i < s->nparams; i++) {
        int rc = bind(r, s->s, i + 1, args.v[s->arg_of[i]]);
        if (rc != SQLITE_OK)
            return sq_fail(r->c, k->h, rc, NULL, q);
    }
    return OK;
}

static enum err sqlite_start(struct rows *r, const struct sql *q,
                             struct args args) {
    struct sq_conn *k = sq_of(r->conn);
    uint64_t hash = cache_hash(q);
    struct cached *found = cache_find(&k->cache, q, hash, NULL);
    while (found != NULL && found->busy)
        found = cache_find(&k->cache, q, hash, found);
    struct sq_stmt *s = (struct sq_stmt *)found;
    if (s != NULL)
        cache_touch(&k->cache, &s->cached);
    else
        TRY(prepare(r->c, k, q, r->new_id, hash, &s));
    if (s == NULL)
        die("a statement was prepared without an error and isn't there");
    if (k->waiting != 0 && sq_later_concerns(k, s, q->text)) {
        TRY(sq_later_write(r->c));
        return sqlite_start(r, q, args); /* it may have left the cache */
    }
    TRY(bind_all(r, k, s, q, args));
    s->cached.busy = true;
    r->stmt = s;
    r->ncols = r->new_id ? 1 : sqlite3_column_count(s->s);
    r->writes = !s->readonly;
    if (r->writes) {
        sq_cells_tighten(k);
        r->before = sqlite3_total_changes64(k->h);
    }
    return OK;
}

/* One look at the column, then at its value: with handles of one thread at a
 * time that is allowed and half as dear as asking the statement each time. */
static void read_cell(struct val *out, sqlite3_stmt *s, int i) {
    sqlite3_value *v = sqlite3_column_value(s, i);
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
        *out = val_i64(sqlite3_value_int64(v));
        return;
    case SQLITE_FLOAT:
        *out = val_f64(sqlite3_value_double(v));
        return;
    case SQLITE_TEXT:
        out->type = VAL_STR;
        out->s.p = (const char *)sqlite3_value_text(v);
        out->s.n = (size_t)sqlite3_value_bytes(v);
        return;
    case SQLITE_BLOB:
        out->type = VAL_BLOB;
        out->s.p = sqlite3_value_blob(v);
        out->s.n = (size_t)sqlite3_value_bytes(v);
        return;
    default:
        *out = V_NULL;
    }
}

/* sqlite3_changes keeps its number through statements that change nothing of
 * their own (DDL), so it only counts when the total has moved. */
static void count_changes(struct rows *r, struct sq_conn *k) {
    if (!r->writes)
        return;
    bool moved = sqlite3_total_changes64(k->h) != r->before;
    r->changed = moved ? sqlite3_changes64(k->h) : 0;
}

/* Where there is one processor for all, a job leaves it to whoever waits for an
 * answer: by itself a kernel looks at its ticks only, which may be 4 ms apart.
 */
static void give_way(struct sq_conn *k) {
    int64_t now = clock_us();
    if (now - k->gave_way_us < GIVE_WAY_US)
        return;
    (void)sched_yield();
    k->gave_way_us = now;
}

/* A write is never stopped: an interrupted one would roll back the whole
 * transaction. */
static int look(void *arg) {
    struct sq_conn *k = arg;
    if (k->work != NULL)
        give_way(k);
    if (!k->reading)
        return 0;
    return (k->deadline_us != 0 && clock_us() >= k->deadline_us) ||
           (k->work != NULL && atomic_load(&k->work->stop));
}

static void watch(struct sq_conn *k, bool on) {
    k->watched = on;
    sqlite3_progress_handler(k->h, on ? BUDGET_OPS : 0, on ? look : NULL, k);
}

static enum err sqlite_step(struct rows *r, bool *more) {
    struct sq_conn *k = sq_of(r->conn);
    struct sq_stmt *s = r->stmt;
    if (r->at > 0) { /* the new id was its one row */
        *more = false;
        return OK;
    }
    k->reading = s->readonly;
    k->work = r->c->work;
    if (k->work != NULL && !k->watched)
        watch(k, true);
    int rc = sqlite3_step(s->s);
    if (rc == SQLITE_ROW) {
        for (int i = 0; i < r->ncells; i++)
            read_cell(&r->cells[i], s->s, i);
        *more = true;
        return OK;
    }
    *more = false;
    if (rc == SQLITE_DONE) {
        count_changes(r, k);
        if (r->new_id && r->ncells > 0) {
            r->cells[0] = val_i64(sqlite3_last_insert_rowid(k->h));
            r->at = 1;
            *more = true;
        }
        return OK;
    }
    return sq_fail(r->c, k->h, rc, s->s, s->cached.key);
}

/* SQLite looks within prepare too, when the work may be over: each step says
 * anew whose it is. */
static void forget_work(struct sq_conn *k) {
    k->work = NULL;
    k->reading = false;
    if (k->watched && k->deadline_us == 0)
        watch(k, false);
}

static void sqlite_finish(struct rows *r) {
    struct sq_stmt *s = r->stmt;
    /* Returns the error of the last step again, which was reported. */
    sqlite3_reset(s->s);
    s->cached.busy = false;
    r->stmt = NULL;
    forget_work(sq_of(r->conn));
}

static enum err sqlite_script(struct ctx *c, struct db_conn *conn,
                              struct str text) {
    struct sq_conn *k = sq_of(conn);
    forget_work(k);
    TRY(sq_later_write(c));
    sq_cells_tighten(k);
    return sq_run(c, k->h, str_cstr(c->arena, text));
}

/* --- transactions and the rest ------------------------------------------ */

SQL(Q_BEGIN_WRITE, "BEGIN IMMEDIATE");
SQL(Q_BEGIN_READ, "BEGIN");
SQL(Q_COMMIT, "COMMIT");
SQL(Q_ROLLBACK, "ROLLBACK");
SQL(Q_SAVEPOINT, "SAVEPOINT one");
SQL(Q_RELEASE, "RELEASE one");
SQL(Q_ROLLBACK_TO, "ROLLBACK TO one");

static enum err verb(struct ctx *c, struct db_conn *conn, const struct sql *q) {
    struct rows r = {.c = c, .conn = conn};
    TRY(sqlite_start(&r, q, NO_ARGS));
    bool more;
    enum err e = sqlite_step(&r, &more);
    sqlite_finish(&r);
    return e;
}

static enum err sqlite_tx(struct ctx *c, struct db_conn *conn, int v) {
    static const struct sql *const verbs[TX_VERBS] = {
        [TX_COMMIT] = &Q_COMMIT,       [TX_ROLLBACK] = &Q_ROLLBACK,
        [TX_SAVEPOINT] = &Q_SAVEPOINT, [TX_RELEASE] = &Q_RELEASE,
        [TX_ROLLBACK_TO] = &Q_RELEASE,
    };
    struct sq_conn *k = sq_of(conn);
    if (v == TX_COMMIT || v == TX_SAVEPOINT)
        TRY(sq_later_write(c));
    if (v == TX_BEGIN || v == TX_ROLLBACK || v == TX_ROLLBACK_TO)
        sq_later_forget(k);
    if (v == TX_BEGIN || v == TX_ROLLBACK)
        k->later_lost = false;
    if (v == TX_BEGIN)
        return verb(c, conn,
                    conn->role == DB_WRITER ? &Q_BEGIN_WRITE : &Q_BEGIN_READ);
    if (v == TX_ROLLBACK_TO)
        TRY(verb(c, conn, &Q_ROLLBACK_TO));
    if (v == TX_COMMIT)
        TRY(sq_search_settle(c));
    if (v == TX_ROLLBACK)
        sq_search_forget(k);
    return verb(c, conn, verbs[v]);
}

static bool sqlite_in_transaction(const struct db_conn *conn) {
    return !sqlite3_get_autocommit(sq_of(conn)->h);
}

static void sqlite_budget(struct db_conn *conn, int ms) {
    struct sq_conn *k = sq_of(conn);
    k->deadline_us = ms > 0 ? clock_us() + (int64_t)ms * 1000 : 0;
    watch(k, ms > 0);
}

const struct driver sqlite_driver = {
    .name = "sqlite",
    .open = sq_make,
    .close = sqlite_close,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .flush = sqlite_flush,
    .start = sqlite_start,
    .step = sqlite_step,
    .finish = sqlite_finish,
    .tx = sqlite_tx,
    .in_transaction = sqlite_in_transaction,
    .budget = sqlite_budget,
    .checkpoint = sq_checkpoint,
    .log_pages = sq_log_pages,
    .keep_log = sq_keep_log,
    .cells = sq_cells,
    .later = sq_later,
    .write_later = sq_later_write,
    .backup = sq_backup,
    .snapshot = sq_snapshot,
    .script = sqlite_script,
};
