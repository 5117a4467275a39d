/* The search box: candidates by the token index within the scope, verified
 * and ranked in C, so that both engines give the same order. */
#include "store/query_parts.h"

#include "base/fold.h"
#include "base/match.h"
#include "base/pinyin.h"
#include "base/sortkey.h"
#include "base/token.h"
#include "store/derived.h"
#include "store/sight.h"

#define TEXTS_MAX 32 /* searched fields of an entity, custom ones too */
#define BROAD 500    /* of more than SEARCH_MAX candidates: the newest */
#define NEWEST 20000 /* records that are searched first */
#define TYPED 10     /* candidates a hit that do for one who is typing */
#define TYPED_LEAST 100
#define TYPED_MOST 200
#define INDEX_BUDGET_MS 80 /* for the others */
#define REST_BUDGET_MS 150 /* for what follows */
#define TITLES 100     /* and those in the order of titles from it on, … */
#define TITLES_A_HIT 2 /* of a short page so many */

struct hit {
    int64_t id;
    enum text_rank rank;
};

/* Is the field searched for this actor? Masked and hidden ones are not: a hit
 * would tell what is in them. Retired ones stay in the index, so that it can be
 * changed with the tokens it was made with, but nothing is found by them. */
static bool is_searched(const struct ctx *c, const struct query *q, size_t k) {
    const struct field *f = q->info->fields[k];
    return f->search && !f->retired && sight_at(c, q->info, k) >= SEE_LISTED;
}

/* The column that holds the field as the index has it. */
static struct str column_of(struct ctx *c, const struct field *f) {
    return str_cat(c->arena, f->name,
                   f->type == FT_PHONE ? S("_digits") : S("_fold"));
}

/* How well the row's searched fields match. */
static enum text_rank rank_row(struct ctx *c, const struct rows *r,
                               struct str needle) {
    struct str texts[TEXTS_MAX];
    size_t n = 0;
    for (int col = 1; col < rows_columns(r) && n < TEXTS_MAX; col++) {
        texts[n] = row_view(r, col);
        n += texts[n].n > 0;
    }
    return text_rank(c->arena, texts, n, needle);
}

/* Too short for the index: the columns themselves, under the budget. */
static void match_columns(struct sqlb *b, const struct query *q,
                          struct str needle) {
    SQLB(b, "(1=0");
    for (size_t k = 0; k < q->info->e->n_fields; k++) {
        const struct field *f = q->info->e->fields + k;
        if (!is_searched(b->c, q, k) || !field_has_fold(f))
            continue;
        SQLB(b, " OR ");
        sqlb_contains(b, S("t"), str_cat(b->c->arena, f->name, S("_fold")),
                      needle);
    }
    SQLB(b, ")");
}

void search_match(struct sqlb *b, const struct query *q, struct str needle) {
    struct token_query t;
    tokens_of_query(b->c->arena, needle, &t);
    if (t.n == 0) {
        match_columns(b, q, needle);
        return;
    }
    SQLB(b, "(");
    for (size_t i = 0; i < t.n; i++) {
        if (i > 0)
            SQLB(b, " OR ");
        db_search_match(b, q->info->e->name, S("t"), t.alt[i].p, t.alt[i].n);
    }
    SQLB(b, ")");
}

/* "SELECT id, searched fields": what rank_row reads. */
static void select_texts(struct ctx *c, struct sqlb *b, const struct query *q) {
    SQLB(b, "SELECT t.\"id\"");
    for (size_t k = 0; k < q->info->e->n_fields; k++) {
        if (!is_searched(c, q, k))
            continue;
        SQLB(b, ", ");
        sqlb_column(b, S("t"), column_of(c, q->info->e->fields + k));
    }
}

struct hits {
    VEC(struct hit) v;
};

static enum err add_hits(struct ctx *c, struct sqlb *b, struct str needle,
                         struct hits *hits) {
    struct rows *r;
    TRY(sqlb_query(b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        enum text_rank rank = rank_row(c, r, needle);
        if (rank != RANK_NONE)
            *VEC_PUSH(c->arena, &hits->v) = (struct hit){row_i64(r, 0), rank};
    }
}

/* The statement of the search's rows, with the request's filter. */
static enum err rows_of(struct ctx *c, struct sqlb *b, const struct query *q,
                        const struct scope *s, bool small) {
    struct query bare = *q;
    bare.n_fields = 0;
    bare.n_sort = 0;
    sqlb_init(b, c);
    select_texts(c, b, q);
    if (small)
        return shape_source(c, b, &bare, s, query_needs_side(&bare));
    return query_from(c, b, &bare, s, query_needs_side(&bare));
}

/* --- which rows to look at ----------------------------------------------- */

static enum err add_ids(struct ctx *c, struct sqlb *b, struct db_found *ids) {
    struct rows *r;
    TRY(sqlb_query(b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        int64_t id = row_i64(r, 0);
        bool known = false;
        for (size_t i = 0; i < ids->ids.n && !known; i++)
            known = ids->ids.p[i] == id;
        if (!known)
            *VEC_PUSH(c->arena, &ids->ids) = id;
    }
}

/* Candidates with ids in [from, to), up to `most` with those that are there.
 * *slow: it took too long, none were added. */
static enum err among(struct ctx *c, const struct query *q,
                      const struct token_query *t, int64_t from, int64_t to,
                      size_t most, struct db_found *ids, bool *slow) {
    struct str name = q->info->e->name;
    size_t kept = ids->ids.n;
    /* What takes long is begun again elsewhere, or may take long. */
    bool bound = !c->hasty && db_has_budget(c);
    *slow = false;
    if (bound)
        db_budget(c, INDEX_BUDGET_MS);
    enum err e = db_search_newest(c, name, t->alt, t->n, from, to, most, ids);
    if (!bound)
        return e;
    db_budget(c, REST_BUDGET_MS);
    if (e != ERR_TOO_BROAD)
        return e;
    fail_clear(c);
    ids->ids.n = kept;
    *slow = true;
    return OK;
}

static size_t typed_most(const struct query *q) {
    size_t most = (size_t)q->limit * TYPED;
    return most < TYPED_LEAST  ? TYPED_LEAST
           : most > TYPED_MOST ? TYPED_MOST
                               : most;
}

/* For one who is typing: the newest, among the newest records first, then,
 * unless they are enough, among the others. *cut: there may be more. */
static enum err typed(struct ctx *c, const struct query *q,
                      const struct token_query *t, int64_t from, int64_t last,
                      struct db_found *ids, bool *cut) {
    size_t most = typed_most(q);
    TRY(among(c, q, t, from, last + 1, most, ids, cut));
    if (!*cut && ids->ids.n < most && from > 0)
        TRY(among(c, q, t, 0, from, most, ids, cut));
    *cut |= ids->ids.n == most;
    return OK;
}

/* How many of the ids, which fall, are not below from. */
static size_t count_from(const struct db_found *ids, int64_t from) {
    size_t n = 0;
    while (n < ids->ids.n && ids->ids.p[n] >= from)
        n++;
    return n;
}

/* All in one pass; the newest alone where that takes too long. */
static enum err walked(struct ctx *c, const struct query *q,
                       const struct token_query *t, int64_t from, int64_t last,
                       struct db_found *ids, bool *cut) {
    bool slow;
    TRY(among(c, q, t, 0, last + 1, SEARCH_MAX + 1, ids, cut));
    if (*cut && from == 0)
        return OK;
    if (*cut)
        return among(c, q, t, from, last + 1, SEARCH_MAX + 1, ids, &slow);
    size_t new = from > 0 ? count_from(ids, from) : 0;
    if (new >= BROAD) {
        *cut = true;
        ids->ids.n = new;
    }
    return OK;
}

/* All of them. Where the newest records alone hold enough, they do; so they
 * must for a text whose parts stand in very many records, but seldom together:
 * that takes long. */
static enum err listed(struct ctx *c, const struct query *q,
                       const struct token_query *t, int64_t from, int64_t last,
                       struct db_found *ids, bool *cut) {
    size_t most = SEARCH_MAX + 1;
    if (db_search_walks(c->db))
        return walked(c, q, t, from, last, ids, cut);
    TRY(among(c, q, t, from, last + 1, most, ids, cut));
    if (*cut || from == 0)
        return OK;
    *cut = ids->ids.n >= BROAD;
    return *cut ? OK : among(c, q, t, 0, from, most, ids, cut);
}

/* By the index, newest first. */
static enum err indexed(struct ctx *c, const struct query *q,
                        const struct token_query *t, struct db_found *ids,
                        bool *cut) {
    struct sqlb b;
    int64_t last, from;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT max(\"id\") FROM ");
    sqlb_ident(&b, q->info->e->name);
    TRY(sqlb_i64(&b, 0, &last));
    from = last > NEWEST ? last - NEWEST : 0;
    if (q->count == COUNT_NONE)
        TRY(typed(c, q, t, from, last, ids, cut));
    else
        TRY(listed(c, q, t, from, last, ids, cut));
    *cut |= ids->ids.n > SEARCH_MAX;
    return OK;
}

/* Those from the key on in the order of titles. */
static enum err titles_from(struct ctx *c, const struct query *q,
                            struct str column, struct str key, int64_t most,
                            struct db_found *ids) {
    const struct entity *e = q->info->e;
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\" FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " t WHERE ");
    sqlb_column(&b, S("t"), column);
    SQLB(&b, " >= ");
    sqlb_value(&b, V(key));
    SQLB(&b, " ORDER BY ");
    sqlb_column(&b, S("t"), column);
    SQLB(&b, ", t.\"id\" LIMIT ");
    sqlb_value(&b, V(most));
    return add_ids(c, &b, ids);
}

/* Those whose title begins with the text, or reads as it says: the best hits,
 * however old. */
static enum err by_title(struct ctx *c, const struct query *q,
                         struct str needle, struct db_found *ids) {
    const struct field *f = entity_field(q->info->e, q->info->e->title);
    if (f == NULL || !field_has_sort(f))
        return OK;
    struct str column = str_cat(c->arena, f->name, S("_sort"));
    struct str letters = token_letters(c->arena, needle), read = {0};
    int64_t most = (int64_t)q->limit * TITLES_A_HIT;
    most = most < TITLES ? most : TITLES;
    if (pinyin_is_run(letters))
        read = text_sort_reading(c->arena, letters);
    TRY(titles_from(c, q, column, text_sort_key(c->arena, q->q), most, ids));
    if (read.n == 0)
        return OK;
    return titles_from(c, q, column, read, most, ids);
}

/* "t.id is one of the newest and the needle stands in its columns" */
static void match_newest(struct sqlb *b, const struct query *q,
                         struct str needle) {
    SQLB(b, "t.\"id\" > (SELECT max(n.\"id\") FROM ");
    sqlb_ident(b, q->info->e->name);
    SQLB(b, " n) - ");
    sqlb_value(b, V(SEARCH_MAX));
    SQLB(b, " AND ");
    match_columns(b, q, needle);
}

/* Too short for the index: the newest rows, one by one. */
static enum err newest(struct ctx *c, const struct query *q, struct str needle,
                       struct db_found *ids) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\" FROM ");
    sqlb_ident(&b, q->info->e->name);
    SQLB(&b, " t WHERE ");
    match_newest(&b, q, needle);
    SQLB(&b, " ORDER BY t.\"id\" DESC");
    return add_ids(c, &b, ids);
}

/* The same for who sees all records: ranked as they are found, since most of
 * them may hold so short a text, and each would be read twice. */
static enum err newest_ranked(struct ctx *c, const struct query *q,
                              const struct scope *s, struct str needle,
                              struct hits *hits) {
    struct sqlb b;
    TRY(rows_of(c, &b, q, s, false));
    SQLB(&b, " AND ");
    match_newest(&b, q, needle);
    return add_hits(c, &b, needle, hits);
}

static void leave_out_hits(struct db_found *ids, const struct hits *hits) {
    size_t n = 0;
    for (size_t i = 0; i < ids->ids.n; i++) {
        bool known = false;
        for (size_t k = 0; k < hits->v.n && !known; k++)
            known = hits->v.p[k].id == ids->ids.p[i];
        if (!known)
            ids->ids.p[n++] = ids->ids.p[i];
    }
    ids->ids.n = n;
}

static bool is_filtered(const struct query *q) {
    return q->filter != NULL || q->tags != NULL ||
           customer_terms_any(&q->who) || q->bin;
}

/* The rows worth looking at, so few that each is: those that have the tokens;
 * of very many the newest, and those that begin so. *whole: look at the whole
 * scope instead. Hits: those that were looked at here. */
static enum err pick(struct ctx *c, const struct query *q,
                     const struct scope *s, struct str needle,
                     struct db_found *ids, struct hits *hits, bool *whole,
                     bool *cut) {
    struct token_query t;
    bool limited = !scope_is_all(c, s);
    tokens_of_query(c->arena, needle, &t);
    *whole = false;
    *cut = t.n == 0;
    if (t.n > 0)
        TRY(indexed(c, q, &t, ids, cut));
    if (!*cut)
        return OK;
    if (limited)
        TRY(shape_is_small(c, s, whole));
    *cut = !*whole;
    if (*whole || is_filtered(q))
        return OK;
    if (ids->ids.n > BROAD)
        ids->ids.n = BROAD;
    if (t.n == 0)
        TRY(limited ? newest(c, q, needle, ids)
                    : newest_ranked(c, q, s, needle, hits));
    TRY(by_title(c, q, needle, ids));
    leave_out_hits(ids, hits);
    return OK;
}

static int by_rank(const void *x, const void *y) {
    const struct hit *a = x, *b = y;
    if (a->rank != b->rank)
        return a->rank > b->rank ? -1 : 1;
    return a->id == b->id ? 0 : a->id > b->id ? -1 : 1;
}

/* A filter or the bin, with a text that very many records hold: one statement
 * for all of it, under the budget. */
static enum err filtered(struct ctx *c, const struct query *q,
                         const struct scope *s, struct str needle,
                         struct hits *hits) {
    struct sqlb b;
    TRY(rows_of(c, &b, q, s, false));
    SQLB(&b, " AND ");
    search_match(&b, q, needle);
    SQLB(&b, " ORDER BY t.\"id\" DESC LIMIT ");
    sqlb_value(&b, V(SEARCH_MAX));
    return add_hits(c, &b, needle, hits);
}

static enum err look(struct ctx *c, const struct query *q,
                     const struct scope *s, struct str needle,
                     struct hits *hits, bool *cut) {
    struct db_found ids = {0};
    struct sqlb b;
    bool whole;
    TRY(pick(c, q, s, needle, &ids, hits, &whole, cut));
    if (*cut && is_filtered(q)) {
        TRY(filtered(c, q, s, needle, hits));
        *cut = hits->v.n >= SEARCH_MAX;
        return OK;
    }
    struct query some = *q;
    if (!whole) {
        some.ids = ids.ids.p;
        some.n_ids = ids.ids.n;
        if (ids.ids.n == 0)
            return OK;
    }
    TRY(rows_of(c, &b, &some, s, whole));
    return add_hits(c, &b, needle, hits);
}

enum err search_ids(struct ctx *c, const struct query *q, const struct scope *s,
                    int64_t **ids, size_t *n, bool *cut) {
    if (!entity_is_searched(q->info->e))
        return failv(c, ERR_INVALID, S("q"), "not_searchable", NO_ARGS);
    struct str needle = text_fold(c->arena, q->q);
    struct hits hits = {0};
    TRY(look(c, q, s, needle, &hits, cut));
    if (hits.v.n > 1)
        qsort(hits.v.p, hits.v.n, sizeof *hits.v.p, by_rank);
    *ids = NEW_ARRAY(c->arena, int64_t, hits.v.n + 1);
    *n = hits.v.n;
    for (size_t i = 0; i < hits.v.n; i++)
        (*ids)[i] = hits.v.p[i].id;
    return OK;
}

enum err search_filter(struct ctx *c, struct query *q, const struct scope *s) {
    int64_t *ids;
    TRY(search_ids(c, q, s, &ids, &q->n_ids, &q->cut));
    q->ids = ids;
    return OK;
}
