/* Rows that wait: those of tables that most statements have nothing to do with
 * (trail, contact points, a record's row of figures) are kept until a statement
 * names their table, or might take away what they refer to, or the transaction
 * ends; then each table's are written at once. Row by row, each INSERT opens
 * all indexes of its table and walks down each from its root: half of what
 * creating a record cost, and 64 clients' creates are one transaction.
 *
 * Owns: the rows, in an arena of its own. Threads: the connection's.
 * Invariants: a row waits within a transaction only, and never over a
 * SAVEPOINT: what waits at ROLLBACK TO is all of it of what is taken back. Rows
 * of a table are written in the order they came in. When some could not be
 * written their transaction can't be committed. */
#include "db/sqlite.h"

#include <string.h>

#define MOST ((size_t)1 << 20) /* bytes of it */

/* --- what waits ---------------------------------------------------------- */

void sq_later_forget(struct sq_conn *k) {
    if (k->waiting == 0)
        return;
    k->waiting = 0;
    for (int i = 0; i < k->n_later; i++) {
        k->later[i].cells.p = NULL; /* else two of them would grow in one */
        k->later[i].cells.n = k->later[i].cells.cap = 0;
    }
    arena_reset(k->later_arena);
}

/* The place of a table, made when new; -1: there are too many. By its name: a
 * statement ends with whoever made it, and others may come to lie there. */
static int place_of(struct sq_conn *k, const struct db_later *t) {
    for (int i = 0; i < k->n_later; i++)
        if (str_eqc(t->table, k->later[i].table))
            return i;
    int i = k->n_later;
    if (i == SQ_LATER_MAX || t->table.n >= sizeof k->later[i].table)
        return -1;
    k->n_later++;
    memcpy(k->later[i].table, t->table.p, t->table.n);
    k->later[i].table[t->table.n] = '\0';
    if (k->later_arena == NULL)
        k->later_arena = arena_new();
    return i;
}

static struct val copy_of(struct arena *a, struct val v) {
    if (v.type == VAL_STR || v.type == VAL_BLOB)
        v.s = str_dup(a, v.s);
    return v;
}

enum err sq_later(struct ctx *c, const struct db_later *t, struct args row) {
    struct sq_conn *k = sq_of(c->db);
    int i = place_of(k, t);
    if (i < 0)
        return db_exec(c, t->one, row, NULL);
    struct sq_later *l = &k->later[i];
    bool others = l->cells.n > 0 && l->what.names != t->names;
    if (others || arena_used(k->later_arena) > MOST)
        TRY(sq_later_write(c));
    l->what = *t;
    for (size_t n = 0; n < row.n; n++)
        *VEC_PUSH(k->later_arena, &l->cells) =
            copy_of(k->later_arena, row.v[n]);
    k->waiting |= 1u << i;
    k->base.written++;
    return OK;
}

/* --- writing it ---------------------------------------------------------- */

static enum err write_rows(struct ctx *c, const struct sq_later *l) {
    const struct db_cells cells = {.table = l->what.table,
                                   .names = l->what.names,
                                   .v = l->cells.p,
                                   .columns = l->what.columns,
                                   .rows = l->cells.n / l->what.columns};
    if (cells.rows > 1)
        return db_insert(c, &cells);
    return db_exec(c, l->what.one, (struct args){cells.v, cells.columns}, NULL);
}

/* It is not the statement's own doing that is counted as written here. */
enum err sq_later_write(struct ctx *c) {
    struct sq_conn *k = sq_of(c->db);
    uint64_t written = k->base.written;
    if (sqlite3_get_autocommit(k->h)) { /* the engine has ended it */
        sq_later_forget(k);
        k->later_lost = false;
    }
    if (k->later_lost)
        return engine_fail(c, ERR_IO, NULL, S(""),
                           S("rows that waited could not be written"), NULL);
    unsigned waiting = k->waiting;
    if (waiting == 0)
        return OK;
    enum err e = OK;
    k->waiting = 0;
    for (int i = 0; e == OK && i < k->n_later; i++)
        if ((waiting & 1u << i) != 0)
            e = write_rows(c, &k->later[i]);
    k->waiting = waiting;
    sq_later_forget(k);
    k->base.written = written;
    k->later_lost = e != OK;
    return e;
}

/* --- who has to do with it ----------------------------------------------- */

/* Others may take a row away that one which waits refers to, or are no
 * statements of rows. */
static bool may_pass(struct str text) {
    return str_starts(text, S("SELECT ")) ||
           str_starts(text, S("INSERT INTO ")) ||
           str_starts(text, S("UPDATE "));
}

bool sq_later_concerns(const struct sq_conn *k, struct sq_stmt *s,
                       struct str text) {
    for (; s->looked_for < k->n_later; s->looked_for++)
        if (!may_pass(text) ||
            str_find(text, str_of(k->later[s->looked_for].table)) != SIZE_MAX)
            s->concerns |= 1u << s->looked_for;
    return (k->waiting & s->concerns) != 0;
}
