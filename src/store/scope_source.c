/* The scope from its own side: for lists of few rows out of many. The same
 * conditions as scope_where, in the order in which indexes answer them. */
#include "store/memo.h"
#include "store/scope.h"

#define SHARES_MAX 1000 /* more stay a subquery */
#define CHILDREN 8      /* at least so many are guessed below each record */

static bool owns(const struct entity *e) {
    return e->scope == SCOPE_OWNER || e->scope == SCOPE_OWNER_OR_PARENT;
}

static bool has_parent(const struct entity *e) {
    return e->scope == SCOPE_PARENT || e->scope == SCOPE_OWNER_OR_PARENT;
}

/* By owners at all: neither nothing nor, whatever its secrecy, everything. */
static bool is_limited(const struct scope *s) {
    return s->level != LEVEL_NONE && s->level != LEVEL_ALL;
}

static enum err read_shares(struct ctx *c, const struct scope *s,
                            struct scope_shares *out, bool *all) {
    struct sqlb b;
    struct rows *r;
    int64_t *ids;
    size_t n;
    sqlb_init(&b, c);
    scope_shares_query(c, &b, s);
    SQLB(&b, " LIMIT ");
    sqlb_value(&b, V(SHARES_MAX + 1));
    TRY(sqlb_query(&b, &r));
    TRY(rows_ids(r, &ids, &n));
    *out = (struct scope_shares){s->e, ids, n};
    *all = n <= SHARES_MAX;
    return OK;
}

enum err scope_resolve(struct ctx *c, struct scope *s) {
    VEC(struct scope_shares) v = {0};
    struct scope at = *s;
    while (is_limited(&at)) {
        struct scope_shares one;
        bool all = false;
        if (owns(at.e))
            TRY(read_shares(c, &at, &one, &all));
        if (all)
            *VEC_PUSH(c->arena, &v) = one;
        if (!has_parent(at.e))
            break;
        struct scope up;
        scope_of_parent(c, &at, &up);
        at = up;
    }
    s->shares = v.p;
    s->n_shares = v.n;
    return OK;
}

void scope_unshared(struct ctx *c, struct scope *s) {
    VEC(struct scope_shares) v = {0};
    struct scope at = *s;
    while (is_limited(&at)) {
        if (owns(at.e))
            *VEC_PUSH(c->arena, &v) = (struct scope_shares){.e = at.e};
        if (!has_parent(at.e))
            break;
        struct scope up;
        scope_of_parent(c, &at, &up);
        at = up;
    }
    s->shares = v.p;
    s->n_shares = v.n;
}

/* Through its parent alone, so that the parents can be walked first. */
static bool is_child(const struct scope *s) {
    return s->e->scope == SCOPE_PARENT && is_limited(s);
}

/* t, its parent u, the parent's parent v … */
static struct str above(struct str alias) {
    static const struct str names[] = {S_INIT("t"), S_INIT("u"), S_INIT("v"),
                                       S_INIT("w")};
    for (size_t i = 0; i + 1 < COUNT_OF(names); i++)
        if (str_eq(alias, names[i]))
            return names[i + 1];
    return names[0];
}

static void source(struct ctx *c, struct sqlb *b, const struct scope *s,
                   struct str alias) {
    if (is_child(s)) {
        struct scope up;
        scope_of_parent(c, s, &up);
        source(c, b, &up, above(alias));
        SQLB(b, " CROSS JOIN ");
    }
    sqlb_ident(b, s->e->name);
    SQLB(b, " ");
    sqlb_literal(b, alias);
}

void scope_source(struct ctx *c, struct sqlb *b, const struct scope *s) {
    SQLB(b, " FROM ");
    source(c, b, s, S("t"));
}

/* " FROM … WHERE …": the rows x below the parents in scope. */
static void children(struct ctx *c, struct sqlb *b, const struct scope *s,
                     const struct scope *up) {
    SQLB(b, " FROM ");
    source(c, b, up, S("u"));
    SQLB(b, " CROSS JOIN ");
    sqlb_ident(b, s->e->name);
    SQLB(b, " x WHERE ");
    sqlb_column(b, S("x"), s->e->parent);
    SQLB(b, " = u.\"id\" AND ");
    scope_where(c, b, up, S("u"));
}

/* Owned or below a parent in scope: two lists of ids, each by its index. */
static void either(struct ctx *c, struct sqlb *b, const struct scope *s) {
    struct scope up;
    scope_of_parent(c, s, &up);
    SQLB(b, "t.\"id\" IN (SELECT x.\"id\" FROM ");
    sqlb_ident(b, s->e->name);
    SQLB(b, " x WHERE ");
    scope_where_owned(c, b, s, S("x"));
    if (up.level != LEVEL_NONE) {
        SQLB(b, " UNION SELECT x.\"id\"");
        children(c, b, s, &up);
    }
    SQLB(b, ")");
    if (!scope_screens(c, s->e))
        return;
    SQLB(b, " AND "); /* its secrecy too */
    scope_where(c, b, s, S("t"));
}

static void source_where(struct ctx *c, struct sqlb *b, const struct scope *s,
                         struct str alias) {
    if (!is_child(s)) {
        scope_where(c, b, s, alias);
        return;
    }
    const struct field *f = entity_field(s->e, s->e->parent);
    struct scope up;
    scope_of_parent(c, s, &up);
    source_where(c, b, &up, above(alias));
    SQLB(b, " AND ");
    sqlb_column(b, alias, f->name);
    SQLB(b, " = ");
    sqlb_column(b, above(alias), S("id"));
    if (!c->actor->screened)
        return;
    SQLB(b, " AND "); /* its own secrecy too */
    scope_where(c, b, s, alias);
}

static bool is_either(const struct scope *s) {
    return s->e->scope == SCOPE_OWNER_OR_PARENT && is_limited(s);
}

void scope_source_where(struct ctx *c, struct sqlb *b, const struct scope *s) {
    SQLB(b, "(");
    if (is_either(s))
        either(c, b, s);
    else
        source_where(c, b, s, S("t"));
    SQLB(b, ")");
}

bool scope_is_child(const struct scope *s) {
    return is_child(s);
}

void scope_where_listed(struct ctx *c, struct sqlb *b, const struct scope *s) {
    struct scope up;
    scope_of_parent(c, s, &up);
    SQLB(b, "t.");
    sqlb_ident(b, s->e->parent);
    SQLB(b, " IN (SELECT u.\"id\" FROM ");
    source(c, b, &up, S("u"));
    SQLB(b, " WHERE ");
    source_where(c, b, &up, S("u"));
    SQLB(b, ")");
    if (!scope_screens(c, s->e))
        return;
    SQLB(b, " AND "); /* its secrecy too */
    scope_where(c, b, s, S("t"));
}

static enum err count_up_to(struct sqlb *b, int64_t most, int64_t *out) {
    SQLB(b, " LIMIT ");
    sqlb_value(b, V(most));
    SQLB(b, ") x");
    return memo_i64(b->c, b, out);
}

/* The records at the top, on whose owners all below depends. */
static enum err count_top(struct ctx *c, const struct scope *s, int64_t most,
                          int64_t *out) {
    struct scope up;
    struct sqlb b;
    scope_of_parent(c, s, &up);
    if (is_child(&up))
        return count_top(c, &up, most, out);
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM (SELECT 1 AS one");
    scope_source(c, &b, &up);
    SQLB(&b, " WHERE ");
    scope_source_where(c, &b, &up);
    return count_up_to(&b, most, out);
}

enum err scope_count(struct ctx *c, const struct scope *s, int64_t most,
                     int64_t *out) {
    struct sqlb b;
    if (has_parent(s->e) && is_limited(s)) {
        TRY(count_top(c, s, most / CHILDREN + 2, out));
        if (*out > most / CHILDREN + 1) {
            *out = most;
            return OK;
        }
    }
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM (SELECT 1 AS one");
    if (!is_either(s)) {
        scope_source(c, &b, s);
        SQLB(&b, " WHERE ");
        scope_source_where(c, &b, s);
        return count_up_to(&b, most, out);
    }
    SQLB(&b, " FROM ");
    sqlb_ident(&b, s->e->name);
    SQLB(&b, " x WHERE ");
    scope_where_owned(c, &b, s, S("x"));
    TRY(count_up_to(&b, most, out));
    struct scope up;
    scope_of_parent(c, s, &up);
    if (*out == most || up.level == LEVEL_NONE)
        return OK;
    int64_t below;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM (SELECT 1 AS one");
    children(c, &b, s, &up);
    TRY(count_up_to(&b, most - *out, &below));
    *out += below;
    return OK;
}
