/* The timeline: interactions, orders, tasks and grade moves merged by time.
 * Each source is read through its own index with its own scope, so a limited
 * user sees no event of an entity he may not read. */
#include "store/timeline.h"

#include "base/time.h"
#include "model/value.h"
#include "store/record.h"

#define DAY_MS 86400000
#define SOURCE_FIELDS 8

/* Where events come from: entity, the field that dates them, what is shown. */
struct source {
    struct str entity, at, fields[SOURCE_FIELDS];
};

static const struct source sources[] = {
    {S_INIT("interaction"),
     S_INIT("happened_at"),
     {S_INIT("channel"), S_INIT("direction"), S_INIT("content"),
      S_INIT("outcome"), S_INIT("objection"), S_INIT("next_on"),
      S_INIT("user_id"), S_INIT("contact_id")}},
    {S_INIT("order"),
     S_INIT("ordered_on"),
     {S_INIT("number"), S_INIT("kind"), S_INIT("status"), S_INIT("amount"),
      S_INIT("currency"), S_INIT("sales")}},
    {S_INIT("task"),
     S_INIT("created_at"),
     {S_INIT("title"), S_INIT("due_on"), S_INIT("done"), S_INIT("priority"),
      S_INIT("owner_id")}},
    {S_INIT("grade_history"),
     S_INIT("at"),
     {S_INIT("grade"), S_INIT("previous_grade"), S_INIT("abc_class"),
      S_INIT("r_score"), S_INIT("f_score"), S_INIT("m_score"),
      S_INIT("as_of")}},
};

struct event {
    int64_t at_ms, id;
    struct str json;
};

struct events {
    VEC(struct event) v;
};

static int64_t row_at(const struct field *f, const struct rows *r) {
    int64_t at = row_i64(r, 1);
    return f->type == FT_DATE ? at * DAY_MS : at;
}

static struct str event_json(struct ctx *c, const struct entity_info *i,
                             const struct source *src, const struct rows *r,
                             int64_t at_ms) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 256 * 1024);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("entity"), i->e->name);
    jw_ki64(&w, S("id"), row_i64(r, 0));
    jw_kstr(&w, S("at"), instant_text(c->arena, at_ms));
    for (int k = 0; k < SOURCE_FIELDS && src->fields[k].n > 0; k++) {
        const struct field *f = info_field(i, src->fields[k]);
        jw_key(&w, f->name);
        value_to_json(c, &w, f, row_val(r, 2 + k, f));
    }
    jw_object_end(&w);
    return buf_view(&b);
}

static enum err query_source(struct ctx *c, const struct source *src,
                             const struct entity_info *i, const struct scope *s,
                             int64_t customer_id, int64_t before, int limit,
                             struct rows **out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\", ");
    sqlb_column(&b, S("t"), src->at);
    for (int k = 0; k < SOURCE_FIELDS && src->fields[k].n > 0; k++) {
        SQLB(&b, ", ");
        sqlb_column(&b, S("t"), src->fields[k]);
    }
    SQLB(&b, " FROM ");
    sqlb_ident(&b, i->e->name);
    SQLB(&b, " t WHERE t.\"customer_id\" = ");
    sqlb_value(&b, V(customer_id));
    SQLB(&b, " AND ");
    sqlb_column(&b, S("t"), src->at);
    SQLB(&b, " < ");
    sqlb_value(&b, V(before));
    if (i->e->record)
        SQLB(&b, " AND t.\"deleted_at\" IS NULL");
    SQLB(&b, " AND ");
    scope_where(c, &b, s, S("t"));
    SQLB(&b, " ORDER BY ");
    sqlb_column(&b, S("t"), src->at);
    SQLB(&b, " DESC, t.\"id\" DESC LIMIT ");
    sqlb_value(&b, V(limit));
    return sqlb_query(&b, out);
}

static enum err read_source(struct ctx *c, const struct source *src,
                            int64_t customer_id, int64_t before_ms, int limit,
                            struct events *ev) {
    const struct entity_info *i = registry_find(c->registry, src->entity);
    const struct field *at = info_field(i, src->at);
    struct scope s;
    struct rows *r;
    if (actor_level(c, i->e, ACT_READ) == LEVEL_NONE)
        return OK;
    TRY(scope_make(c, i->e, ACT_READ, &s));
    int64_t before = before_ms;
    if (at->type == FT_DATE && before_ms != INT64_MAX)
        before = (before_ms + DAY_MS - 1) / DAY_MS;
    else if (at->type == FT_DATE)
        before = INT32_MAX;
    TRY(query_source(c, src, i, &s, customer_id, before, limit, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        int64_t ms = row_at(at, r);
        *VEC_PUSH(c->arena, &ev->v) =
            (struct event){ms, row_i64(r, 0), event_json(c, i, src, r, ms)};
    }
}

static int newest_first(const void *x, const void *y) {
    const struct event *a = x, *b = y;
    if (a->at_ms != b->at_ms)
        return a->at_ms > b->at_ms ? -1 : 1;
    return a->id == b->id ? 0 : a->id > b->id ? -1 : 1;
}

enum err timeline_write(struct ctx *c, int64_t customer_id, int64_t before_ms,
                        int limit, struct jw *w) {
    struct events ev = {0};
    for (size_t k = 0; k < COUNT_OF(sources); k++)
        TRY(read_source(c, &sources[k], customer_id, before_ms, limit, &ev));
    if (ev.v.n > 1)
        qsort(ev.v.p, ev.v.n, sizeof *ev.v.p, newest_first);
    /* A page ends between two instants, so that the next one can start at one:
     * events of the same instant stay together. */
    size_t n = ev.v.n;
    if (n > (size_t)limit) {
        n = (size_t)limit;
        while (n < ev.v.n && ev.v.p[n].at_ms == ev.v.p[n - 1].at_ms)
            n++;
    }
    jw_key(w, S("data"));
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        jw_raw(w, ev.v.p[i].json);
    jw_array_end(w);
    jw_key(w, S("next"));
    if (n < ev.v.n || (n > 0 && ev.v.n >= (size_t)limit))
        jw_str(w, str_fmt(c->arena, "%lld", (long long)ev.v.p[n - 1].at_ms));
    else
        jw_null(w);
    return OK;
}
