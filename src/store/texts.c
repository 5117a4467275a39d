/* Making columns and search indexes of texts anew.
 * Owns: registry_version.text_version. Threads: the caller's, and the writer's
 * for a chunk.
 * Invariant: the version is this build's only when every row is. */
#include "store/texts.h"

#include "base/sortkey.h"
#include "store/derived.h"
#include "store/sheet.h"

#define CHUNK 500 /* rows a transaction */
#define EXTRA 3   /* columns made of one field, at most */

SQL(Q_VERSION, "SELECT min(text_version) FROM registry_version");
SQL(Q_CLAIM, "UPDATE registry_version SET text_version = $1");
SQL(Q_LOCK_PG, "SELECT pg_advisory_lock(4713202)");
SQL(Q_UNLOCK_PG, "SELECT pg_advisory_unlock(4713202)");

enum err texts_claim(struct ctx *c) {
    return db_exec(c, &Q_CLAIM, ARGS(V(text_tables_version())), NULL);
}

enum err texts_are_ours(struct ctx *c, bool *out) {
    int64_t version;
    TRY(db_i64(c, &Q_VERSION, NO_ARGS, 0, &version));
    *out = version == text_tables_version();
    return OK;
}

/* --- one entity ----------------------------------------------------------- */

/* A field of texts that something is made of. */
struct source {
    size_t place; /* among the entity's fields */
    size_t n;     /* columns made of it */
    struct str names[EXTRA];
};

struct pass {
    const struct entity_info *info;
    struct source *sources;
    size_t n_sources, n_made;
    int64_t from; /* rows up to this id are done */
    /* Of the chunk just written. */
    int64_t last, rows;
};

static void find_sources(struct ctx *c, struct pass *p) {
    const struct entity *e = p->info->e;
    p->sources = NEW_ARRAY(c->arena, struct source, e->n_fields + 1);
    for (size_t k = 0; k < e->n_fields; k++) {
        const struct field *f = p->info->fields[k];
        if (derived_count(f) == 0 && !f->search)
            continue;
        struct source *s = &p->sources[p->n_sources++];
        s->place = k;
        s->n = derived_names(c->arena, f, s->names);
        p->n_made += s->n;
    }
}

static struct sqlb question(struct ctx *c, const struct pass *p) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\"");
    for (size_t i = 0; i < p->n_sources; i++) {
        const struct source *s = &p->sources[i];
        SQLB(&b, ", ");
        sqlb_column(&b, S("t"), p->info->fields[s->place]->name);
        for (size_t x = 0; x < s->n; x++) {
            SQLB(&b, ", ");
            sqlb_column(&b, S("t"), s->names[x]);
        }
    }
    SQLB(&b, " FROM ");
    sqlb_ident(&b, p->info->e->name);
    SQLB(&b, " t WHERE t.\"id\" > ");
    sqlb_value(&b, V(p->from));
    SQLB(&b, " ORDER BY t.\"id\" LIMIT ");
    sqlb_value(&b, V(CHUNK));
    sqlb_hold(&b, S("t"));
    return b;
}

static bool same(struct val x, struct val y) {
    if (x.type != VAL_STR || y.type != VAL_STR)
        return x.type == y.type;
    return str_eq(x.s, y.s);
}

/* The rows of a chunk: records with their texts, and the columns to write. */
struct chunk {
    struct record *r[CHUNK];
    size_t n;
    struct sheet changed;
};

/* Adds the row's columns to the sheet when one of them differs. */
static void look(struct ctx *c, const struct pass *p, const struct rows *rows,
                 struct record *r, struct sheet *changed) {
    struct val *row = changed->cells + changed->rows * (p->n_made + 1);
    size_t at = 1;
    int col = 1;
    bool differs = false;
    row[0] = r->v[0];
    for (size_t i = 0; i < p->n_sources; i++) {
        const struct source *s = &p->sources[i];
        struct val *v = &r->v[s->place];
        *v = row_is_null(rows, col) ? V_NULL : V(row_str(rows, col));
        col++;
        derived_values(c->arena, p->info->fields[s->place], *v, row + at);
        for (size_t x = 0; x < s->n; x++)
            differs |= !same(row[at++], row_cell(rows, col++));
    }
    changed->rows += differs;
}

static enum err read_chunk(struct ctx *c, const struct pass *p,
                           struct chunk *k) {
    struct sqlb b = question(c, p);
    struct rows *rows;
    *k = (struct chunk){.changed = {.table = p->info->e->name}};
    k->changed.cells = NEW_ARRAY(c->arena, struct val, CHUNK * (p->n_made + 1));
    *VEC_PUSH(c->arena, &k->changed.columns) = S("id");
    for (size_t i = 0; i < p->n_sources; i++)
        for (size_t x = 0; x < p->sources[i].n; x++)
            *VEC_PUSH(c->arena, &k->changed.columns) = p->sources[i].names[x];
    TRY(sqlb_query(&b, &rows));
    for (;;) {
        bool more;
        TRY(rows_next(rows, &more));
        if (!more)
            return OK;
        struct record *r = k->r[k->n++] = record_new(c, p->info);
        r->v[0] = V(row_i64(rows, 0));
        look(c, p, rows, r, &k->changed);
    }
}

static enum err index_chunk(struct ctx *c, const struct pass *p,
                            const struct chunk *k) {
    struct db_search_row rows[CHUNK];
    struct str name = p->info->e->name;
    size_t n = 0;
    if (p->from == 0)
        TRY(db_search_empty(c, name));
    for (size_t i = 0; i < k->n; i++) {
        const struct str *tokens;
        size_t n_tokens;
        derived_tokens(c, k->r[i], &tokens, &n_tokens);
        if (n_tokens > 0)
            rows[n++] = (struct db_search_row){
                record_id(k->r[i]),
                db_search_stored(c->arena, db_of(c->db), tokens, n_tokens)};
    }
    return db_search_add(c, name, rows, n);
}

static enum err write_chunk(struct ctx *c, void *arg) {
    struct pass *p = arg;
    struct chunk *k = NEW(c->arena, struct chunk);
    TRY(read_chunk(c, p, k));
    if (k->changed.rows > 0)
        TRY(sheet_update(c, &k->changed));
    if (entity_is_searched(p->info->e))
        TRY(index_chunk(c, p, k));
    p->last = k->n > 0 ? record_id(k->r[k->n - 1]) : p->from;
    p->rows = (int64_t)k->n;
    return OK;
}

/* --- all of them ---------------------------------------------------------- */

struct following {
    db_progress progress;
    void *arg;
    int64_t done, total;
};

static enum err follow_entity(struct ctx *c, const struct entity_info *info,
                              struct following *f) {
    struct pass p = {.info = info};
    find_sources(c, &p);
    if (p.n_sources == 0)
        return OK;
    do {
        struct arena *outer = c->arena;
        c->arena = arena_new();
        enum err e = store_write(c, LANE_JOB, write_chunk, &p);
        if (e != OK)
            fail_keep(c, outer);
        arena_free(c->arena);
        c->arena = outer;
        TRY(e);
        p.from = p.last;
        f->done += p.rows;
        if (f->progress != NULL && !f->progress(f->arg, f->done, f->total))
            return fail(c, ERR_CANCELLED, "", "cancelled");
    } while (p.rows == CHUNK);
    return OK;
}

static enum err count(struct ctx *c, struct following *f) {
    struct db_counts counts;
    TRY(db_counts(c, &counts));
    for (size_t i = 0; i < counts.v.n; i++) {
        struct pass p = {.info =
                             registry_find(c->registry, counts.v.p[i].table)};
        if (p.info == NULL)
            continue;
        find_sources(c, &p);
        f->total += p.n_sources > 0 ? counts.v.p[i].rows : 0;
    }
    return OK;
}

static enum err claim(struct ctx *c, void *arg) {
    (void)arg;
    return texts_claim(c);
}

static enum err follow_all(struct ctx *c, struct following *f) {
    const struct registry *reg = c->registry;
    bool ours;
    TRY(texts_are_ours(c, &ours)); /* another server may have done it */
    if (ours)
        return OK;
    TRY(count(c, f));
    for (size_t i = 0; i < reg->model->n; i++)
        TRY(follow_entity(c, &reg->info[i], f));
    return store_write(c, LANE_JOB, claim, NULL);
}

enum err texts_follow(struct ctx *c, db_progress progress, void *arg) {
    struct following f = {.progress = progress, .arg = arg};
    bool ours, several = !store_one_writer(c->store);
    TRY(texts_are_ours(c, &ours));
    if (ours)
        return OK;
    if (several)
        TRY(db_exec(c, &Q_LOCK_PG, NO_ARGS, NULL));
    enum err e = follow_all(c, &f);
    if (several && e == OK)
        e = db_exec(c, &Q_UNLOCK_PG, NO_ARGS, NULL);
    return e;
}
