/* The search box: candidates by the token index within the scope, verified
 * and ranked in C, so that both engines give the same order. */
#include "store/query_parts.h"

#include "base/fold.h"
#include "base/match.h"
#include "base/token.h"
#include "store/derived.h"
#include "store/sight.h"

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

/* How well the row's searched fields match. */
static enum text_rank rank_row(struct ctx *c, const struct query *q,
                               struct rows *r, struct str needle) {
    VEC(struct str) texts = {0};
    int col = 1;
    for (size_t k = 0; k < q->info->e->n_fields; k++) {
        const struct field *f = q->info->e->fields + k;
        if (!is_searched(c, q, k))
            continue;
        struct str text = row_str(r, col++);
        if (text.n > 0)
            *VEC_PUSH(c->arena, &texts) = derived_searched(c, f, text);
    }
    return text_rank(c->arena, texts.p, texts.n, needle);
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

static enum err candidates(struct ctx *c, const struct query *q,
                           const struct scope *s, struct str needle,
                           struct rows **out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\"");
    for (size_t k = 0; k < q->info->e->n_fields; k++) {
        if (!is_searched(c, q, k))
            continue;
        SQLB(&b, ", ");
        sqlb_column(&b, S("t"), q->info->e->fields[k].name);
    }
    struct query bare = *q;
    bare.n_fields = 0;
    bare.n_sort = 0;
    TRY(query_from(c, &b, &bare, s, query_needs_side(&bare)));
    SQLB(&b, " AND ");
    search_match(&b, q, needle);
    SQLB(&b, " ORDER BY t.\"id\" DESC LIMIT ");
    sqlb_value(&b, V(SEARCH_MAX));
    return sqlb_query(&b, out);
}

static int by_rank(const void *x, const void *y) {
    const struct hit *a = x, *b = y;
    if (a->rank != b->rank)
        return a->rank > b->rank ? -1 : 1;
    return a->id == b->id ? 0 : a->id > b->id ? -1 : 1;
}

enum err search_ids(struct ctx *c, const struct query *q, const struct scope *s,
                    int64_t **ids, size_t *n) {
    if (!entity_is_searched(q->info->e))
        return failv(c, ERR_INVALID, S("q"), "not_searchable", NO_ARGS);
    struct str needle = text_fold(c->arena, q->q);
    struct rows *r;
    TRY(candidates(c, q, s, needle, &r));
    VEC(struct hit) hits = {0};
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        enum text_rank rank = rank_row(c, q, r, needle);
        if (rank != RANK_NONE)
            *VEC_PUSH(c->arena, &hits) = (struct hit){row_i64(r, 0), rank};
    }
    if (hits.n > 1)
        qsort(hits.p, hits.n, sizeof *hits.p, by_rank);
    *ids = NEW_ARRAY(c->arena, int64_t, hits.n + 1);
    *n = hits.n;
    for (size_t i = 0; i < hits.n; i++)
        (*ids)[i] = hits.p[i].id;
    return OK;
}

enum err search_filter(struct ctx *c, struct query *q, const struct scope *s) {
    int64_t *ids;
    TRY(search_ids(c, q, s, &ids, &q->n_ids));
    q->ids = ids;
    return OK;
}
