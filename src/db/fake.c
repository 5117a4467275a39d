/* Driver of scripted answers: shows what a caller does with rows and errors
 * that a real engine gives only on a bad day.
 * Owns: the script, in an arena of its own.
 * Threads: one.
 * Invariant: statements before `next` have come, those after it have not. */
#include "db/fake.h"

#include "db/driver.h"

#include "base/die.h"

#include <stdlib.h>
#include <string.h>

struct fake_step {
    struct str what;
    VEC(struct args) rows;
    int64_t changed;
    enum err error;
    struct args got;
};

struct fake {
    struct arena *arena;
    VEC(struct fake_step) steps;
    size_t next;
    bool surprised;
};

struct fake_conn {
    struct db_conn base; /* first */
    bool in_tx;
};

static struct fake *fake_of(const struct db *d) {
    if (d->drv != &fake_driver)
        die("not the fake engine");
    return d->impl;
}

static struct args copy_args(struct arena *a, struct args args) {
    struct val *v = NEW_ARRAY(a, struct val, args.n);
    for (size_t i = 0; i < args.n; i++) {
        v[i] = args.v[i];
        if (v[i].type == VAL_STR || v[i].type == VAL_BLOB) {
            v[i].s = str_dup(a, v[i].s);
        } else if (v[i].type == VAL_IDS) {
            int64_t *ids = NEW_ARRAY(a, int64_t, v[i].ids.n);
            if (v[i].ids.n > 0)
                memcpy(ids, v[i].ids.p, v[i].ids.n * sizeof *ids);
            v[i].ids.p = ids;
        }
    }
    return (struct args){v, args.n};
}

/* --- the script --------------------------------------------------------- */

static struct fake_step *last(struct fake *f) {
    if (f->steps.n == 0)
        die("fake_expect comes first");
    return &f->steps.p[f->steps.n - 1];
}

void fake_expect(struct db *d, const char *what) {
    struct fake *f = fake_of(d);
    struct fake_step *s = VEC_PUSH(f->arena, &f->steps);
    *s = (struct fake_step){.what = str_dup(f->arena, str_of(what))};
}

void fake_row(struct db *d, struct args row) {
    struct fake *f = fake_of(d);
    struct fake_step *s = last(f);
    struct args *place = VEC_PUSH(f->arena, &s->rows);
    *place = copy_args(f->arena, row);
}

void fake_changed(struct db *d, int64_t n) {
    last(fake_of(d))->changed = n;
}

void fake_error(struct db *d, enum err e) {
    last(fake_of(d))->error = e;
}

struct args fake_args(const struct db *d, size_t i) {
    const struct fake *f = fake_of(d);
    return i < f->steps.n ? f->steps.p[i].got : NO_ARGS;
}

bool fake_done(const struct db *d) {
    const struct fake *f = fake_of(d);
    return f->next == f->steps.n && !f->surprised;
}

/* --- the driver --------------------------------------------------------- */

static enum err open_script(struct ctx *c, struct db *d) {
    struct arena *a = arena_new();
    struct fake *f = NEW(a, struct fake);
    f->arena = a;
    d->impl = f;
    return OK;
}

static void close_script(struct db *d) {
    if (d->impl != NULL)
        arena_free(fake_of(d)->arena);
}

static enum err connect_script(struct ctx *c, struct db *d, enum db_role role,
                               struct db_conn **out) {
    struct fake_conn *k = calloc(1, sizeof *k);
    if (k == NULL)
        die("out of memory");
    k->base = (struct db_conn){.db = d, .drv = &fake_driver, .role = role};
    *out = &k->base;
    return OK;
}

static void disconnect_script(struct db_conn *conn) {
    free(conn);
}

static void forget_nothing(struct db_conn *conn) {
}

static bool is_next(const struct fake *f, struct str name, struct str text) {
    if (f->next >= f->steps.n)
        return false;
    struct str what = f->steps.p[f->next].what;
    return name.n > 0 ? str_eq(name, what) : str_find(text, what) != SIZE_MAX;
}

static enum err play(struct ctx *c, struct db_conn *conn, struct fake_step *s) {
    if (s->error == ERR_FULL || s->error == ERR_IO)
        ((struct fake_conn *)conn)->in_tx = false;
    if (s->error == OK)
        return OK;
    return fail(c, s->error, "", err_code(s->error));
}

static enum err start_script(struct rows *r, const struct sql *q,
                             struct args args) {
    struct fake *f = fake_of(r->conn->db);
    if (!is_next(f, str_of(q->name), q->text)) {
        f->surprised = true;
        return engine_fail(r->c, ERR_INTERNAL, NULL, S(""),
                           S("not the statement expected"), q);
    }
    struct fake_step *s = &f->steps.p[f->next++];
    s->got = copy_args(f->arena, args);
    TRY(play(r->c, r->conn, s));
    r->result = s;
    r->total = (int)s->rows.n;
    r->ncols = r->total > 0 ? (int)s->rows.p[0].n : 0;
    r->changed = s->changed;
    return OK;
}

static enum err step_script(struct rows *r, bool *more) {
    const struct fake_step *s = r->result;
    *more = r->at < r->total;
    if (!*more)
        return OK;
    struct args row = s->rows.p[r->at++];
    for (int i = 0; i < r->ncells; i++)
        r->cells[i] = (size_t)i < row.n ? row.v[i] : V_NULL;
    return OK;
}

static void finish_script(struct rows *r) {
    r->result = NULL;
}

static enum err tx_script(struct ctx *c, struct db_conn *conn, int verb) {
    static const char *const names[TX_VERBS] = {
        [TX_BEGIN] = "BEGIN",       [TX_COMMIT] = "COMMIT",
        [TX_ROLLBACK] = "ROLLBACK", [TX_SAVEPOINT] = "SAVEPOINT",
        [TX_RELEASE] = "RELEASE",   [TX_ROLLBACK_TO] = "ROLLBACK TO",
    };
    struct fake *f = fake_of(conn->db);
    if (is_next(f, str_of(names[verb]), S("")))
        TRY(play(c, conn, &f->steps.p[f->next++]));
    bool *in_tx = &((struct fake_conn *)conn)->in_tx;
    if (verb == TX_BEGIN)
        *in_tx = true;
    else if (verb == TX_COMMIT || verb == TX_ROLLBACK)
        *in_tx = false;
    return OK;
}

static bool in_transaction(const struct db_conn *conn) {
    return ((const struct fake_conn *)conn)->in_tx;
}

static void no_budget(struct db_conn *conn, int ms) {
}

static enum err no_checkpoint(struct ctx *c, struct db_conn *conn,
                              int *copied) {
    *copied = 0;
    return OK;
}

static int no_log(struct db_conn *conn) {
    return 0;
}

static enum err no_backup(struct ctx *c, struct db_conn *conn, struct str path,
                          db_progress progress, void *arg) {
    return fail(c, ERR_INVALID, "db", "no_backup");
}

static enum err run_script(struct ctx *c, struct db_conn *conn,
                           struct str text) {
    struct rows r = {.c = c, .conn = conn};
    struct sql q = {NULL, text};
    return start_script(&r, &q, NO_ARGS);
}

const struct driver fake_driver = {
    .name = "fake",
    .open = open_script,
    .close = close_script,
    .connect = connect_script,
    .disconnect = disconnect_script,
    .flush = forget_nothing,
    .start = start_script,
    .step = step_script,
    .finish = finish_script,
    .tx = tx_script,
    .in_transaction = in_transaction,
    .budget = no_budget,
    .checkpoint = no_checkpoint,
    .log_pages = no_log,
    .backup = no_backup,
    .script = run_script,
};
