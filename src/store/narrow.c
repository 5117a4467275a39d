/* Few rows that an index finds: the contacts of one customer, whoever has this
 * telephone number. Walking along the order of a list until they have been met
 * reads thousands of rows for each page. Owns nothing. Threads: the
 * connection's. */
#include "store/query_parts.h"

#define FEW 500       /* rows, each of which is tested and sorted */
#define TESTS_MAX 3   /* that are tried */
#define VALUES_MAX 20 /* of a test */

/* Does an index begin with the column? */
static bool leads(const struct entity_info *i, const struct field *f) {
    const struct entity *e = info_is_side(i, f) ? i->side : i->e;
    for (size_t k = 0; k < e->n_indexes; k++)
        if (str_eq(e->indexes[k].p[0], f->name))
            return true;
    return query_is_indexed(i, f);
}

/* May the test leave few rows, and does an index know which? Options and yes or
 * no leave many. */
static bool may_narrow(const struct entity_info *i, const struct filter *f) {
    const struct field *field = f->field;
    if (f->kind != FILTER_TEST || f->n_values == 0 ||
        f->n_values > VALUES_MAX || f->values[0].type == VAL_NULL)
        return false;
    bool words = field->search && field->fill.n == 0;
    if (f->op == OP_CONTAINS)
        return words;
    if (f->op != OP_EQ && f->op != OP_IN)
        return false;
    switch (field->type) {
    case FT_ENUM:
    case FT_SET:
    case FT_BOOL:
        return false;
    case FT_TEXT:
    case FT_EMAIL:
    case FT_PHONE:
        if (words && f->op == OP_EQ)
            return true;
        /* a sortable text has its index over another column */
        return (field->index || field->unique) && !field->sortable;
    default:
        return leads(i, field);
    }
}

/* *n > FEW: too many. */
static enum err read_few(struct ctx *c, const struct query *q,
                         const struct filter *f, int64_t *ids, size_t *n) {
    struct sqlb b;
    struct rows *r;
    bool side = info_is_side(q->info, f->field);
    sqlb_init(&b, c);
    SQLB(&b, "SELECT \"id\" FROM ");
    sqlb_ident(&b, side ? q->info->side->name : q->info->e->name);
    if (side)
        SQLB(&b, " s WHERE ");
    else
        SQLB(&b, " t WHERE ");
    if (q->info->e->record && !side) /* unique indexes hold live rows only */
        SQLB(&b, "t.\"deleted_at\" IS NULL AND ");
    TRY(filter_where(c, &b, q->info, f));
    SQLB(&b, " LIMIT ");
    sqlb_value(&b, V(FEW + 1));
    TRY(sqlb_query(&b, &r));
    return rows_ids_into(r, ids, FEW + 1, n);
}

static enum err try_one(struct ctx *c, struct query *q, const struct filter *f,
                        int64_t *ids) {
    size_t n;
    TRY(read_few(c, q, f, ids, &n));
    if (n > FEW)
        return OK;
    q->ids = ids;
    q->n_ids = n;
    return OK;
}

enum err query_narrow(struct ctx *c, struct query *q) {
    const struct filter *f = q->filter;
    if (f == NULL || q->ids != NULL || q->bin || q->shape != SHAPE_AUTO)
        return OK;
    bool all = f->kind == FILTER_AND;
    size_t n = all ? f->n_kids : 1, tried = 0;
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, FEW + 1);
    for (size_t i = 0; i < n && q->ids == NULL && tried < TESTS_MAX; i++) {
        const struct filter *one = all ? f->kids[i] : f;
        if (!may_narrow(q->info, one))
            continue;
        TRY(try_one(c, q, one, ids));
        tried++;
    }
    return OK;
}
