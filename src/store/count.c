/* Counting a list, up to a cap or to the end. Owns nothing; the connection's
 * thread. */
#include "store/customer_find.h"
#include "store/memo.h"
#include "store/query_parts.h"

/* Of what belongs to somebody's records so many are counted, when they are
 * many: each one is looked up through its parents. */
#define CHILD_CAP 1000

static void limit(struct sqlb *b, int64_t n) {
    SQLB(b, " LIMIT ");
    sqlb_value(b, V(n));
}

enum err count_bin(struct ctx *c, const struct entity *e, int64_t *out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM (SELECT 1 AS one FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " WHERE \"deleted_at\" IS NOT NULL");
    limit(&b, BIN_FEW + 1);
    SQLB(&b, ") x");
    return memo_i64(c, &b, out);
}

static enum err in_scope(struct ctx *c, const struct entity *e,
                         const struct scope *s, bool bin, int64_t most,
                         int64_t *out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM (SELECT 1 AS one");
    if (bin) {
        SQLB(&b, " FROM ");
        sqlb_ident(&b, e->name);
        SQLB(&b, " t WHERE t.\"deleted_at\" IS NOT NULL AND ");
        scope_where(c, &b, s, S("t"));
    } else {
        scope_source(c, &b, s);
        SQLB(&b, " WHERE ");
        scope_source_where(c, &b, s);
    }
    if (most > 0)
        limit(&b, most);
    SQLB(&b, ") x");
    return memo_i64(c, &b, out);
}

/* All rows of a scope: counted in its index with those in the bin, which are
 * few and counted apart, so that no row is read. *done false: many are there.
 */
static enum err count_scope(struct ctx *c, const struct query *q,
                            const struct scope *s, int64_t cap, int64_t *out,
                            bool *done) {
    int64_t bin = 0, away = 0, n;
    if (q->info->e->record)
        TRY(count_bin(c, q->info->e, &bin));
    *done = bin <= BIN_FEW &&
            !(s->e->scope == SCOPE_OWNER_OR_PARENT && !scope_is_all(c, s));
    if (!*done)
        return OK;
    if (bin > 0)
        TRY(in_scope(c, q->info->e, s, true, 0, &away));
    TRY(in_scope(c, q->info->e, s, false, cap > 0 ? cap + 1 + away : 0, &n));
    *out = n - away;
    return OK;
}

enum err query_count(struct ctx *c, struct query *q, int64_t cap,
                     int64_t *out) {
    struct scope s;
    struct sqlb b;
    bool done = false, small = true; /* everybody's: an index may do */
    TRY(scope_make(c, q->info->e, ACT_READ, &s));
    TRY(scope_resolve(c, &s));
    TRY(customer_find(c, q, 0));
    struct query bare = *q;
    bare.n_fields = 0;
    bare.n_sort = 0;
    if (q->filter == NULL && q->tags == NULL && !customer_terms_any(&q->who) &&
        q->ids == NULL && !q->bin)
        TRY(count_scope(c, q, &s, cap, out, &done));
    if (done)
        return OK;
    if (!scope_is_all(c, &s))
        TRY(shape_is_small(c, &s, &small));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM (SELECT 1 AS one");
    if (small)
        TRY(shape_source(c, &b, &bare, &s, query_needs_side(&bare)));
    else
        TRY(query_from(c, &b, &bare, &s, query_needs_side(&bare)));
    if (cap > 0)
        limit(&b, cap + 1);
    SQLB(&b, ") x");
    return memo_i64(c, &b, out);
}

enum err query_count_cap(struct ctx *c, struct query *q, int64_t *out) {
    const struct entity *e = q->info->e;
    bool child = e->scope == SCOPE_PARENT || e->scope == SCOPE_OWNER_OR_PARENT;
    bool small = true;
    struct scope s;
    TRY(scope_make(c, e, ACT_READ, &s));
    if (child && !scope_is_all(c, &s)) {
        TRY(scope_resolve(c, &s));
        TRY(shape_is_small(c, &s, &small));
    }
    *out = small ? COUNT_CAP : CHILD_CAP;
    return OK;
}
