/* Fetching a page by key. Empty values of the first sort field come last in
 * both directions, as a phase of its own, so that an index serves each phase
 * (DESIGN M4). */
#include "store/query_parts.h"

#include "store/filter.h"

static struct str sort_column(struct ctx *c, const struct field *f) {
    return field_has_sort(f) ? str_cat(c->arena, f->name, S("_sort")) : f->name;
}

static struct str alias_of(const struct query *q, const struct field *f) {
    return info_is_side(q->info, f) ? S("s") : S("t");
}

bool query_needs_side(const struct query *q) {
    if (q->info->side == NULL)
        return false;
    for (size_t i = 0; i < q->n_fields; i++)
        if (info_is_side(q->info, q->fields[i]))
            return true;
    for (size_t i = 0; i < q->n_sort; i++)
        if (info_is_side(q->info, q->sort[i].field))
            return true;
    return filter_uses_side(q->info, q->filter);
}

enum err query_tests(struct ctx *c, struct sqlb *b, const struct query *q) {
    if (q->ids != NULL) {
        SQLB(b, " AND t.\"id\"");
        sqlb_in_ids(b, q->ids, q->n_ids);
    }
    if (q->tags != NULL) {
        SQLB(b, " AND t.\"id\" IN (SELECT rt.record_id FROM record_tag rt"
                " WHERE rt.entity = ");
        sqlb_value(b, V(q->info->e->name));
        SQLB(b, " AND rt.tag_id");
        sqlb_in_ids(b, q->tags, q->n_tags);
        SQLB(b, ")");
    }
    customer_terms_where(c, b, &q->who);
    if (q->filter != NULL) {
        SQLB(b, " AND ");
        TRY(filter_where(c, b, q->info, q->filter));
    }
    return OK;
}

enum err query_from(struct ctx *c, struct sqlb *b, const struct query *q,
                    const struct scope *s, bool with_side) {
    SQLB(b, " FROM ");
    if (with_side && walk_is_side(q) && q->ids == NULL) {
        /* CROSS JOIN: SQLite keeps the order of the tables. */
        sqlb_ident(b, q->info->side->name);
        SQLB(b, " s CROSS JOIN ");
        sqlb_ident(b, q->info->e->name);
        SQLB(b, " t WHERE t.\"id\" = s.\"id\" AND ");
    } else {
        sqlb_ident(b, q->info->e->name);
        SQLB(b, " t");
        if (with_side) {
            SQLB(b, " JOIN ");
            sqlb_ident(b, q->info->side->name);
            SQLB(b, " s ON s.\"id\" = t.\"id\"");
        }
        SQLB(b, " WHERE ");
    }
    if (q->info->e->record && q->bin)
        SQLB(b, "t.\"deleted_at\" IS NOT NULL");
    else if (q->info->e->record)
        SQLB(b, "t.\"deleted_at\" IS NULL");
    else
        SQLB(b, "1=1");
    if (!scope_is_all(c, s)) {
        SQLB(b, " AND ");
        scope_where(c, b, s, S("t"));
    }
    return query_tests(c, b, q);
}

static void sort_expr(struct ctx *c, struct sqlb *b, const struct query *q,
                      size_t k) {
    const struct field *f = q->sort[k].field;
    sqlb_column(b, alias_of(q, f), sort_column(c, f));
}

/* Select list: id, sort values, fields. */
static void select_list(struct ctx *c, struct sqlb *b, const struct query *q) {
    SQLB(b, "SELECT t.\"id\"");
    for (size_t k = 0; k < q->n_sort; k++) {
        SQLB(b, ", ");
        sort_expr(c, b, q, k);
    }
    for (size_t k = 0; k < q->n_fields; k++) {
        SQLB(b, ", ");
        sqlb_column(b, alias_of(q, q->fields[k]), q->fields[k]->name);
    }
    if (q->mine) {
        SQLB(b, ", ");
        scope_mine(c, b, q->info->e, S("t"));
    }
}

bool walk_is_side(const struct query *q) {
    return q->n_sort > 0 && info_is_side(q->info, q->sort[0].field);
}

void walk_key(struct ctx *c, struct sqlb *b, const struct walk *w, size_t k) {
    static const struct str made[SORT_MAX] = {S_INIT("k0"), S_INIT("k1"),
                                              S_INIT("k2"), S_INIT("k3")};
    if (w->made)
        sqlb_column(b, S("m"), made[k]);
    else
        sort_expr(c, b, w->q, k);
}

/* The id beside the first sort value: in the same index. */
static void walk_id(struct sqlb *b, const struct walk *w) {
    sqlb_column(b,
                w->made              ? S("m")
                : walk_is_side(w->q) ? S("s")
                                     : S("t"),
                S("id"));
}

/* Descending in the statement? */
static bool falls(const struct walk *w, size_t k) {
    return w->q->sort[k].desc != w->backward;
}

static bool id_falls(const struct walk *w) {
    return falls(w, 0);
}

/* Strictly behind the position from sort key k on. Empty last: behind a value
 * come greater ones and the empty, behind the empty only the empty. */
static void behind(struct ctx *c, struct sqlb *b, const struct walk *w,
                   size_t k) {
    const struct position *p = w->from;
    if (k == w->q->n_sort) {
        walk_id(b, w);
        if (id_falls(w))
            SQLB(b, " < ");
        else
            SQLB(b, " > ");
        sqlb_value(b, V(p->id));
        return;
    }
    bool null = p->keys[k].type == VAL_NULL;
    SQLB(b, "(");
    if (!null) {
        walk_key(c, b, w, k);
        if (falls(w, k))
            SQLB(b, " < ");
        else
            SQLB(b, " > ");
        sqlb_value(b, p->keys[k]);
        if (k > 0 && !w->backward) {
            SQLB(b, " OR ");
            walk_key(c, b, w, k);
            SQLB(b, " IS NULL");
        }
        SQLB(b, " OR ");
    } else if (w->backward && k > 0) {
        walk_key(c, b, w, k);
        SQLB(b, " IS NOT NULL OR ");
    }
    SQLB(b, "(");
    walk_key(c, b, w, k);
    if (null) {
        SQLB(b, " IS NULL");
    } else {
        SQLB(b, " = ");
        sqlb_value(b, p->keys[k]);
    }
    SQLB(b, " AND ");
    behind(c, b, w, k + 1);
    SQLB(b, "))");
}

void walk_where(struct ctx *c, struct sqlb *b, const struct walk *w) {
    if (w->q->sort[0].field != w->q->info->fields[0]) {
        SQLB(b, " AND ");
        walk_key(c, b, w, 0);
        if (w->tail)
            SQLB(b, " IS NULL");
        else
            SQLB(b, " IS NOT NULL");
    }
    if (!w->from->set)
        return;
    bool from_tail = w->from->keys[0].type == VAL_NULL;
    if (from_tail != w->tail)
        return; /* the other phase: all of it is behind the position */
    /* A plain bound that every engine turns into an index range. */
    if (!w->tail) {
        SQLB(b, " AND ");
        walk_key(c, b, w, 0);
        if (falls(w, 0))
            SQLB(b, " <= ");
        else
            SQLB(b, " >= ");
        sqlb_value(b, w->from->keys[0]);
    }
    SQLB(b, " AND ");
    behind(c, b, w, 0);
}

void walk_order(struct ctx *c, struct sqlb *b, const struct walk *w) {
    SQLB(b, " ORDER BY ");
    for (size_t k = 0; k < w->q->n_sort; k++) {
        if (k == 0 && w->tail)
            continue;
        if (k > 0) {
            SQLB(b, "(CASE WHEN ");
            walk_key(c, b, w, k);
            if (w->backward)
                SQLB(b, " IS NULL THEN 0 ELSE 1 END), ");
            else
                SQLB(b, " IS NULL THEN 1 ELSE 0 END), ");
        }
        walk_key(c, b, w, k);
        if (falls(w, k))
            SQLB(b, " DESC");
        SQLB(b, ", ");
    }
    walk_id(b, w);
    if (id_falls(w))
        SQLB(b, " DESC");
}

static void read_position(const struct query *q, const struct rows *r,
                          struct position *p) {
    p->set = true;
    p->id = row_i64(r, 0);
    for (size_t k = 0; k < q->n_sort; k++) {
        const struct field *f = q->sort[k].field;
        p->keys[k] = row_val(r, ROW_KEYS + (int)k, f);
    }
}

static enum err run(struct ctx *c, const struct query *q, struct sqlb *b,
                    row_fn fn, void *arg, int *n) {
    struct rows *r;
    TRY(sqlb_query(b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        (*n)++;
        struct position here = {0};
        read_position(q, r, &here);
        enum err e = fn(c, arg, r, &here);
        if (e != OK) {
            rows_end(r);
            return e;
        }
    }
}

static enum err fetch_phase(struct ctx *c, const struct query *q,
                            const struct scope *s, const struct walk *w, int n,
                            row_fn fn, void *arg, int *got) {
    struct sqlb b;
    bool plain = shape_is_plain(c, q, s);
    struct query few = *q; /* those rows, whatever found them */
    if (!plain) {
        int64_t *ids;
        TRY(shape_ids(c, q, s, w, n - *got, &ids, &few.n_ids));
        if (few.n_ids == 0)
            return OK;
        few.ids = ids;
        few.filter = NULL;
        few.tags = NULL;
        few.who = (struct customer_terms){.n_bought = 0};
    }
    sqlb_init(&b, c);
    select_list(c, &b, q);
    TRY(query_from(c, &b, &few, s, query_needs_side(q)));
    if (plain)
        walk_where(c, &b, w);
    walk_order(c, &b, w);
    SQLB(&b, " LIMIT ");
    sqlb_value(&b, V(n - *got));
    return run(c, q, &b, fn, arg, got);
}

/* Forward: values, then the empty. Backward: the empty first, if we start
 * there. A required or key field has no empty phase. */
enum err page_fetch(struct ctx *c, const struct query *q, const struct scope *s,
                    const struct position *from, int n, row_fn fn, void *arg) {
    const struct field *first = q->sort[0].field;
    bool has_tail = first != q->info->fields[0] && !first->required;
    bool back = from->backward;
    bool in_tail =
        from->set ? from->keys[0].type == VAL_NULL : back && has_tail;
    struct walk w = {.q = q, .from = from, .backward = back};
    int got = 0;
    for (int phase = 0; phase < 2 && got < n; phase++) {
        w.tail = back ? phase == 0 : phase == 1;
        if (w.tail ? !has_tail || (back && !in_tail) : in_tail && !back)
            continue;
        TRY(fetch_phase(c, q, s, &w, n, fn, arg, &got));
    }
    return OK;
}

enum err rows_by_ids(struct ctx *c, const struct query *q,
                     const struct scope *s, const int64_t *ids, size_t n,
                     row_fn fn, void *arg) {
    struct sqlb b;
    sqlb_init(&b, c);
    select_list(c, &b, q);
    TRY(query_from(c, &b, q, s, query_needs_side(q)));
    SQLB(&b, " AND t.\"id\"");
    sqlb_in_ids(&b, ids, n);
    int got = 0;
    return run(c, q, &b, fn, arg, &got);
}
