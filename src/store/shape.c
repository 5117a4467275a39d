/* How the rows of a page are found (DESIGN S2). A list asks for a few rows in
 * an order, out of many: along the sort index, testing each row against scope
 * and filter, it is quick where many rows pass; from the scope's side, sorting
 * what it holds, where it holds few. The engines guess between the two and
 * guess wrong by a factor of a thousand, so it is decided here: small scopes
 * gather; others walk so many rows and gather when that was not enough.
 * Owns nothing. Threads: the connection's. */
#include "store/query_parts.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define WALK_FIRST 10    /* times the rows wanted: a dense scope ends here */
#define WALK_MAX 20000   /* rows */
#define LISTED_MAX 40000 /* of which each costs half */
#define SMALL_MAX 5000   /* a scope of so many rows is gathered at once */
#define SMALL_CHILDREN 40000 /* of narrower rows */
#define LISTED_LEAST 1000    /* rows of a scope that are not gathered as soon */
#define FEW_OWNERS 50        /* ask first whether the scope is small */
#define WINDOW 16 /* owners gathered at first when they are the order */

bool query_is_indexed(const struct entity_info *i, const struct field *f) {
    const struct entity *e = info_is_side(i, f) ? i->side : i->e;
    if (f == i->fields[0] || f->index || f->sortable || f->unique)
        return true;
    for (size_t k = 0; k < e->n_indexes; k++)
        if (e->indexes[k].n == 2 && str_eq(e->indexes[k].p[0], f->name))
            return true;
    return false;
}

bool shape_is_plain(struct ctx *c, const struct query *q,
                    const struct scope *s) {
    if (q->shape != SHAPE_AUTO)
        return q->shape == SHAPE_PLAIN;
    if (q->bin || q->ids != NULL)
        return false;
    bool free =
        q->filter == NULL && q->tags == NULL && !customer_terms_any(&q->who);
    return scope_is_all(c, s) &&
           (free || !query_is_indexed(q->info, q->sort[0].field));
}

/* --- from the scope's side ---------------------------------------------- */

/* Not in the bin. While that holds few rows they are named, from an index of
 * their own, and the rows of the scope need not be read for it. */
static enum err live(struct ctx *c, struct sqlb *b, const struct query *q) {
    int64_t bin;
    TRY(count_bin(c, q->info->e, &bin));
    if (bin > BIN_FEW) {
        SQLB(b, " AND t.\"deleted_at\" IS NULL");
        return OK;
    }
    SQLB(b, " AND t.\"id\" NOT IN (SELECT d.\"id\" FROM ");
    sqlb_ident(b, q->info->e->name);
    SQLB(b, " d WHERE d.\"deleted_at\" IS NOT NULL)");
    return OK;
}

enum err shape_source(struct ctx *c, struct sqlb *b, const struct query *q,
                      const struct scope *s, bool with_side) {
    scope_source(c, b, s);
    if (with_side) {
        SQLB(b, " JOIN ");
        sqlb_ident(b, q->info->side->name);
        SQLB(b, " s ON s.\"id\" = t.\"id\"");
    }
    SQLB(b, " WHERE ");
    scope_source_where(c, b, s);
    if (q->info->e->record && q->bin)
        SQLB(b, " AND t.\"deleted_at\" IS NOT NULL");
    else if (q->info->e->record)
        TRY(live(c, b, q));
    return query_tests(c, b, q);
}

static enum err read_ids(struct ctx *c, struct sqlb *b, int n, int64_t **ids,
                         size_t *n_out) {
    struct rows *r;
    *ids = NEW_ARRAY(c->arena, int64_t, (size_t)n + 1);
    TRY(sqlb_query(b, &r));
    return rows_ids_into(r, *ids, (size_t)n + 1, n_out);
}

/* All rows of scope, filter and phase as a table of id and sort values, from
 * which the first are taken: no index of the sort field can tempt the engine.
 * For SQLite the plus does the same, and it keeps no more than the first. */
static enum err gather(struct ctx *c, const struct query *q,
                       const struct scope *s, const struct walk *w, int n,
                       int64_t **ids, size_t *n_out) {
    static const struct str names[SORT_MAX] = {S_INIT("k0"), S_INIT("k1"),
                                               S_INIT("k2"), S_INIT("k3")};
    struct sqlb b, phase;
    struct walk made = *w;
    made.made = true;
    bool plus = store_one_writer(c->store);
    sqlb_init(&b, c);
    SQLB(&b, "WITH m AS ");
    if (plus)
        SQLB(&b, "NOT ");
    SQLB(&b, "MATERIALIZED (SELECT t.\"id\" AS \"id\"");
    for (size_t k = 0; k < q->n_sort; k++) {
        SQLB(&b, ", ");
        if (plus)
            SQLB(&b, "+");
        walk_key(c, &b, w, k);
        SQLB(&b, " AS ");
        sqlb_ident(&b, names[k]);
    }
    struct query bare = *q;
    bare.n_fields = 0;
    TRY(shape_source(c, &b, q, s, query_needs_side(&bare)));
    SQLB(&b, ") SELECT m.\"id\" FROM m WHERE 1=1");
    sqlb_init(&phase, c);
    walk_where(c, &phase, &made);
    sqlb_append(&b, &phase);
    walk_order(c, &b, &made);
    SQLB(&b, " LIMIT ");
    sqlb_value(&b, V(n));
    return read_ids(c, &b, n, ids, n_out);
}

enum err shape_is_small(struct ctx *c, const struct scope *s, bool *out) {
    bool child = s->e->scope != SCOPE_OWNER;
    int64_t n, most = child ? SMALL_CHILDREN : SMALL_MAX;
    TRY(scope_count(c, s, most + 1, &n));
    *out = n <= most;
    return OK;
}

/* Under an order by owner the scope is as good as sorted: some owners at a
 * time, as the order has them. Records shared, by name or with everybody,
 * belong to others, so there must be none. */
static bool is_by_owner(const struct query *q, const struct scope *s) {
    bool alone = s->n_shares == 1 && s->shares[0].n == 0 &&
                 entity_field(q->info->e, S("shared")) == NULL;
    return q->info->e->scope == SCOPE_OWNER && s->level < LEVEL_ALL && alone &&
           str_eqc(q->sort[0].field->name, "owner_id");
}

static bool has_windows(const struct query *q, const struct scope *s,
                        const struct walk *w) {
    return is_by_owner(q, s) && !w->tail;
}

/* The tail of that order is the pool, which not everybody sees. */
static bool is_ownerless(const struct ctx *c, const struct query *q,
                         const struct scope *s, const struct walk *w) {
    bool pool = c->actor->pool && s->act == ACT_READ;
    return is_by_owner(q, s) && w->tail && !pool;
}

static int ascending(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return a == b ? 0 : a < b ? -1 : 1;
}

/* The owners from where the page starts on, in the order of the statement. */
static size_t owners_on(struct ctx *c, const struct scope *s,
                        const struct walk *w, int64_t **out) {
    const int64_t *ids;
    size_t n, kept = 0;
    bool falls = w->q->sort[0].desc != w->backward;
    scope_owners(c, s, &ids, &n);
    int64_t *v = NEW_ARRAY(c->arena, int64_t, n + 1);
    memcpy(v, ids, n * sizeof *v);
    qsort(v, n, sizeof *v, ascending);
    for (size_t i = 0; i < n; i++) {
        int64_t id = v[falls ? n - 1 - i : i];
        (*out)[kept] = id;
        bool before = w->from->set && (falls ? id > w->from->keys[0].i
                                             : id < w->from->keys[0].i);
        kept += !before;
    }
    return kept;
}

static enum err gather_windows(struct ctx *c, const struct query *q,
                               const struct scope *s, const struct walk *w,
                               int n, int64_t **ids, size_t *n_out) {
    const int64_t *all;
    size_t n_all, size = WINDOW, got = 0;
    scope_owners(c, s, &all, &n_all);
    int64_t *owners = NEW_ARRAY(c->arena, int64_t, n_all + 1);
    int64_t *v = NEW_ARRAY(c->arena, int64_t, (size_t)n + 1);
    size_t n_owners = owners_on(c, s, w, &owners);
    for (size_t at = 0; at < n_owners && got < (size_t)n; at += size) {
        struct scope some = *s;
        int64_t *found;
        size_t n_found;
        size = at == 0 ? WINDOW : size * 2;
        some.owners = owners + at;
        some.n_owners = n_owners - at < size ? n_owners - at : size;
        TRY(gather(c, q, &some, w, n - (int)got, &found, &n_found));
        memcpy(v + got, found, n_found * sizeof *v);
        got += n_found;
    }
    *ids = v;
    *n_out = got;
    return OK;
}

/* --- along the sort index ----------------------------------------------- */

static void tested_join(struct sqlb *b, const struct query *q, bool with_side) {
    const struct entity_info *i = q->info;
    bool side_first = walk_is_side(q);
    SQLB(b, " FROM ");
    sqlb_ident(b, side_first ? i->side->name : i->e->name);
    if (side_first)
        SQLB(b, " s CROSS JOIN ");
    else
        SQLB(b, " t");
    if (side_first) {
        sqlb_ident(b, i->e->name);
        SQLB(b, " t WHERE t.\"id\" = s.\"id\"");
    } else if (with_side) {
        SQLB(b, " CROSS JOIN ");
        sqlb_ident(b, i->side->name);
        SQLB(b, " s WHERE s.\"id\" = t.\"id\"");
    } else {
        SQLB(b, " WHERE 1=1");
    }
}

static enum err walk_sql(struct ctx *c, struct sqlb *b, const struct query *q,
                         const struct scope *s, const struct walk *w) {
    struct query bare = *q;
    const char *bin = q->bin ? "NOT " : "";
    bare.n_fields = 0;
    SQLB(b, "SELECT t.\"id\", CASE WHEN 1=1");
    if (q->info->e->record) {
        SQLB(b, " AND t.\"deleted_at\" IS ");
        sqlb_literal(b, str_of(bin));
        SQLB(b, "NULL");
    }
    SQLB(b, " AND ");
    if (w->listed)
        scope_where_listed(c, b, s);
    else
        scope_where(c, b, s, S("t"));
    TRY(query_tests(c, b, q));
    SQLB(b, " THEN 1 ELSE 0 END");
    tested_join(b, q, query_needs_side(&bare));
    /* Its index holds live rows only. */
    if (q->sort[0].field->unique && q->info->e->record && !q->bin)
        SQLB(b, " AND t.\"deleted_at\" IS NULL");
    walk_where(c, b, w);
    walk_order(c, b, w);
    return OK;
}

/* Reads rows until n have passed the test or `most` are read. *done: the page
 * is full, or the phase at its end. */
static enum err walk_rows(struct ctx *c, const struct query *q,
                          const struct scope *s, const struct walk *w, int n,
                          int64_t most, int64_t **ids, size_t *n_out,
                          bool *done) {
    struct sqlb b;
    struct rows *r;
    int64_t *v = NEW_ARRAY(c->arena, int64_t, (size_t)n + 1), read = 0;
    size_t got = 0;
    bool more = true;
    sqlb_init(&b, c);
    TRY(walk_sql(c, &b, q, s, w));
    SQLB(&b, " LIMIT ");
    sqlb_value(&b, V(most));
    TRY(sqlb_query(&b, &r));
    while (got < (size_t)n) {
        TRY(rows_next(r, &more));
        if (!more)
            break;
        read++;
        if (row_i64(r, 1) == 1)
            v[got++] = row_i64(r, 0);
    }
    if (more)
        rows_end(r);
    *ids = v;
    *n_out = got;
    *done = got == (size_t)n || read < most;
    return OK;
}

/* --- the choice ---------------------------------------------------------- */

static bool few_owners(const struct ctx *c, const struct scope *s) {
    return s->level == LEVEL_OWN ||
           (s->level == LEVEL_TEAM && c->actor->n_team_users <= FEW_OWNERS) ||
           (s->level == LEVEL_TREE && c->actor->n_tree_users <= FEW_OWNERS);
}

/* Rows of the table itself, in its own order, are read many times faster than
 * those of an index, and tested as fast when the parents in scope stand in a
 * list. Does a page end within the bound, if the scope lies spread out? Only
 * SQLite lists for certain. */
static enum err walks_listed(struct ctx *c, const struct query *q,
                             const struct scope *s, int n, bool *out) {
    struct sqlb b;
    int64_t rows, last;
    *out = store_one_writer(c->store) && scope_is_child(s) &&
           q->sort[0].field == q->info->fields[0];
    if (!*out)
        return OK;
    TRY(scope_count(c, s, SMALL_CHILDREN + 1, &rows));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT max(\"id\") FROM ");
    sqlb_ident(&b, q->info->e->name);
    TRY(sqlb_i64(&b, 0, &last));
    *out = rows > LISTED_LEAST && last / rows * n < WALK_MAX;
    return OK;
}

/* Of a small scope: *done when a page was found without gathering it. */
static enum err walk_small(struct ctx *c, const struct query *q,
                           const struct scope *s, const struct walk *w, int n,
                           int64_t **ids, size_t *n_out, bool *done) {
    struct walk listed = *w;
    TRY(walks_listed(c, q, s, n, &listed.listed));
    if (listed.listed)
        return walk_rows(c, q, s, &listed, n, LISTED_MAX, ids, n_out, done);
    /* There are mostly none without a value: soon seen. */
    *done = false;
    return w->tail ? walk_rows(c, q, s, w, n, (int64_t)n * WALK_FIRST, ids,
                               n_out, done)
                   : OK;
}

static enum err decide(struct ctx *c, const struct query *q,
                       const struct scope *s, const struct walk *w, int n,
                       int64_t **ids, size_t *n_out) {
    bool all = scope_is_all(c, s), asked = false, small = false, done = false;
    if (!all && is_ownerless(c, q, s, w)) {
        *n_out = 0;
        return OK;
    }
    if (!all && has_windows(q, s, w) && q->ids == NULL)
        return gather_windows(c, q, s, w, n, ids, n_out);
    if (q->bin || q->ids != NULL ||
        !query_is_indexed(q->info, q->sort[0].field))
        return gather(c, q, s, w, n, ids, n_out);
    if (!all && few_owners(c, s)) {
        TRY(shape_is_small(c, s, &small));
        asked = true;
    }
    if (small)
        TRY(walk_small(c, q, s, w, n, ids, n_out, &done));
    else
        TRY(walk_rows(c, q, s, w, n, (int64_t)n * WALK_FIRST, ids, n_out,
                      &done));
    if (done)
        return OK;
    if (!all && !asked)
        TRY(shape_is_small(c, s, &small));
    if (!small)
        TRY(walk_rows(c, q, s, w, n, WALK_MAX, ids, n_out, &done));
    return done ? OK : gather(c, q, s, w, n, ids, n_out);
}

enum err shape_ids(struct ctx *c, const struct query *q, const struct scope *s,
                   const struct walk *w, int n, int64_t **ids, size_t *n_out) {
    bool done;
    switch (q->shape) {
    case SHAPE_WALK:
        return walk_rows(c, q, s, w, n, INT64_MAX, ids, n_out, &done);
    case SHAPE_GATHER:
        return gather(c, q, s, w, n, ids, n_out);
    default:
        return decide(c, q, s, w, n, ids, n_out);
    }
}
