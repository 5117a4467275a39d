/* The titles behind references: one query per included entity and page,
 * within the actor's own read scope of that entity. */
#include "store/query_parts.h"

struct included_entity {
    const struct entity_info *info;
    VEC(int64_t) ids;
};

struct included {
    VEC(struct included_entity) of;
};

struct included *included_new(struct ctx *c, const struct query *q) {
    struct included *in = NEW(c->arena, struct included);
    for (size_t i = 0; i < q->n_include; i++) {
        const struct entity_info *to =
            registry_find(c->registry, q->include[i]->to);
        bool known = false;
        for (size_t k = 0; k < in->of.n; k++)
            known |= in->of.p[k].info == to;
        if (!known)
            VEC_PUSH(c->arena, &in->of)->info = to;
    }
    return in;
}

static void see(struct ctx *c, struct included_entity *of, int64_t id) {
    for (size_t i = 0; i < of->ids.n; i++)
        if (of->ids.p[i] == id)
            return;
    *VEC_PUSH(c->arena, &of->ids) = id;
}

void included_see(struct ctx *c, struct included *in, const struct query *q,
                  const struct rows *r) {
    if (q->n_include == 0)
        return;
    for (size_t k = 0; k < q->n_fields; k++) {
        const struct field *f = q->fields[k];
        int col = row_fields(q) + (int)k;
        bool wanted = false;
        for (size_t i = 0; i < q->n_include; i++)
            wanted |= q->include[i] == f;
        if (!wanted || row_is_null(r, col))
            continue;
        for (size_t n = 0; n < in->of.n; n++)
            if (str_eq(in->of.p[n].info->e->name, f->to))
                see(c, &in->of.p[n], row_i64(r, col));
    }
}

/* The title in English, where there is such a field that anybody may read. */
static const struct field *
english_of(struct ctx *c, const struct entity_info *i, struct str title) {
    const struct field *f = info_field(i, str_cat(c->arena, title, S("_en")));
    return f != NULL && sight_of(c, i, f) == SEE_FULL ? f : NULL;
}

static enum err write_titles(struct ctx *c, const struct included_entity *of,
                             const struct scope *s, struct jw *w) {
    const struct entity *e = of->info->e;
    struct str title = e->title.n > 0 ? e->title : S("id");
    const struct field *f = info_field(of->info, title);
    enum see see = sight_of(c, of->info, f);
    const struct field *en = english_of(c, of->info, title);
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\", ");
    sqlb_column(&b, S("t"), title);
    SQLB(&b, ", ");
    if (see == SEE_LISTED)
        scope_mine(c, &b, e, S("t"));
    else
        SQLB(&b, "1");
    if (en != NULL) {
        SQLB(&b, ", ");
        sqlb_column(&b, S("t"), en->name);
    }
    SQLB(&b, " FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " t WHERE t.\"id\"");
    sqlb_in_ids(&b, of->ids.p, of->ids.n);
    if (!scope_is_all(c, s)) {
        SQLB(&b, " AND ");
        scope_where(c, &b, s, S("t"));
    }
    SQLB(&b, " ORDER BY t.\"id\"");
    struct rows *r;
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        int64_t id = row_i64(r, 0);
        jw_key(w, str_fmt(c->arena, "%lld", (long long)id));
        jw_object(w);
        jw_ki64(w, S("id"), id);
        if (!str_eqc(title, "id") && see != SEE_HIDDEN) {
            jw_key(w, title);
            sight_json(c, w, f, see, row_i64(r, 2) == 0, row_val(r, 1, f));
        }
        if (en != NULL && !row_is_null(r, 3))
            jw_kstr(w, en->name, row_str(r, 3));
        jw_object_end(w);
    }
}

enum err included_write(struct ctx *c, struct included *in, struct jw *w) {
    if (in->of.n == 0)
        return OK;
    jw_key(w, S("included"));
    jw_object(w);
    for (size_t i = 0; i < in->of.n; i++) {
        struct scope s;
        if (in->of.p[i].ids.n == 0)
            continue;
        if (scope_make(c, in->of.p[i].info->e, ACT_READ, &s) != OK) {
            fail_clear(c);
            continue;
        }
        jw_key(w, in->of.p[i].info->e->plural);
        jw_object(w);
        TRY(write_titles(c, &in->of.p[i], &s, w));
        jw_object_end(w);
    }
    jw_object_end(w);
    return OK;
}
