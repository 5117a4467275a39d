/* Merging the pieces of SQLite's search indexes. Each transaction leaves one,
 * and each search looks into all there are. FTS5 would merge them by itself, in
 * leaps: one commit in thirty took 28 ms longer than the others, which
 * everybody waited for. So that is turned off, and each commit merges about as
 * much as it has written itself, in steps: what it owes beyond waits for the
 * next ones. Owns: nothing; what a transaction has written is counted in the
 * connection. Threads: the connection's. */
#include "db/sqlite.h"

#include <string.h>

#define PAGE 4000 /* bytes of a page of the index */
/* A page that is written is merged so many times until it lies in a piece that
 * is large enough to be left alone until the night. */
#define TIMES 4
/* Fewer pages are not worth a merge; they wait in the connection. */
#define FEW 16
/* Pages merged with one commit, or as many as it has written: of thick pages,
 * thousands of entries each, that is some 3 ms. With all that was owed at once
 * a commit took 10 ms longer now and then, for which everybody waited. */
#define STEP 8
#define MERGED_FROM 4       /* pieces of a size, by day */
#define MERGED_FROM_NIGHT 2 /* and by night */

/* "INSERT INTO search_x (search_x, rank) VALUES (what, value)" */
static enum err command(struct ctx *c, struct str entity, struct str what,
                        int64_t value) {
    struct sqlb b;
    struct str table = str_cat(c->arena, S("search_"), entity);
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO ");
    sqlb_ident(&b, table);
    SQLB(&b, " (");
    sqlb_ident(&b, table);
    SQLB(&b, ", rank) VALUES (");
    sqlb_value(&b, V(what));
    SQLB(&b, ", ");
    sqlb_value(&b, V(value));
    SQLB(&b, ")");
    return sqlb_exec(&b, NULL);
}

/* An option that is kept with the index; -1: never set. */
static enum err option(struct ctx *c, struct str entity, struct str name,
                       int64_t *out) {
    struct sqlb b;
    struct rows *r;
    bool found;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT v FROM ");
    sqlb_ident(&b,
               str_fmt(c->arena, "search_" STR_FMT "_config", STR_ARG(entity)));
    SQLB(&b, " WHERE k = ");
    sqlb_value(&b, V(name));
    TRY(sqlb_query(&b, &r));
    TRY(rows_next(r, &found));
    *out = found ? row_i64(r, 0) : -1;
    rows_end(r);
    return OK;
}

static enum err set_option(struct ctx *c, struct str entity, struct str name,
                           int64_t want) {
    int64_t now;
    TRY(option(c, entity, name, &now));
    return now == want ? OK : command(c, entity, name, want);
}

/* --- by day --------------------------------------------------------------- */

static struct sq_index *index_of(struct sq_conn *k, struct str entity) {
    for (int i = 0; i < k->n_searched; i++)
        if (str_eqc(entity, k->searched[i].entity))
            return &k->searched[i];
    if (k->n_searched == (int)COUNT_OF(k->searched) ||
        entity.n >= sizeof k->searched[0].entity)
        return NULL;
    struct sq_index *x = &k->searched[k->n_searched++];
    *x = (struct sq_index){.bytes = 0};
    memcpy(x->entity, entity.p, entity.n);
    return x;
}

enum err sq_search_wrote(struct ctx *c, struct str entity, size_t bytes) {
    struct sq_index *x = index_of(sq_of(c->db), entity);
    if (x != NULL)
        x->bytes += bytes;
    return OK;
}

/* A merge that finds nothing to do changes nothing but its own command's row.
 */
static enum err merge(struct ctx *c, struct sq_index *x, int64_t pages) {
    sqlite3 *h = sq_of(c->db)->h;
    int64_t before = sqlite3_total_changes64(h);
    TRY(command(c, str_of(x->entity), S("merge"), pages));
    x->merging = sqlite3_total_changes64(h) - before > 1;
    x->owed = x->merging ? x->owed - pages : 0;
    return OK;
}

static enum err settle(struct ctx *c, struct sq_index *x) {
    struct str entity = str_of(x->entity);
    int64_t pages = (int64_t)(x->bytes / PAGE) + 1;
    if (!x->known) {
        TRY(set_option(c, entity, S("automerge"), 0));
        TRY(set_option(c, entity, S("usermerge"), MERGED_FROM));
    }
    x->known = true;
    int64_t step = pages > STEP ? pages : STEP;
    x->owed += pages * TIMES;
    x->bytes = 0;
    return x->owed < (x->merging ? step : FEW * TIMES) ? OK : merge(c, x, step);
}

enum err sq_search_settle(struct ctx *c) {
    struct sq_conn *k = sq_of(c->db);
    for (int i = 0; i < k->n_searched; i++)
        if (k->searched[i].bytes > 0)
            TRY(settle(c, &k->searched[i]));
    return OK;
}

void sq_search_forget(struct sq_conn *k) {
    k->n_searched = 0;
}

/* --- by night ------------------------------------------------------------- */

/* FTS5's own record of its segments, which each merge rewrites. */
static enum err structure(struct ctx *c, struct str entity, struct str *out) {
    struct sqlb b;
    struct rows *r;
    bool found;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT block FROM ");
    sqlb_ident(&b,
               str_fmt(c->arena, "search_" STR_FMT "_data", STR_ARG(entity)));
    SQLB(&b, " WHERE id = 10");
    TRY(sqlb_query(&b, &r));
    TRY(rows_next(r, &found));
    *out = found ? row_blob(r, 0) : S("");
    rows_end(r);
    return OK;
}

enum err sq_search_merge(struct ctx *c, struct str entity, int64_t pages,
                         bool *more) {
    struct str before, after;
    struct sq_index *x = index_of(sq_of(c->db), entity);
    if (x != NULL)
        x->known = false; /* the next day's writes set it back */
    TRY(set_option(c, entity, S("usermerge"), MERGED_FROM_NIGHT));
    TRY(structure(c, entity, &before));
    TRY(command(c, entity, S("merge"), pages));
    TRY(structure(c, entity, &after));
    *more = !str_eq(before, after);
    return OK;
}
