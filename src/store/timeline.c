/* The timeline: interactions, orders, tasks and grade moves merged by time.
 * Each source is read through its own index with its own scope, so a limited
 * user sees no event of an entity he may not read. */
#include "store/timeline.h"

#include "base/num.h"
#include "base/time.h"
#include "store/record.h"
#include "store/sight.h"

#define SOURCE_FIELDS 12
#define INSTANT_MAX 253402300799999 /* the end of the year 9999 */
#define SKIP_MAX 10000

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
      S_INIT("r_score"), S_INIT("f_score"), S_INIT("m_score"), S_INIT("as_of"),
      S_INIT("effective_grade"), S_INIT("previous_effective_grade"),
      S_INIT("source"), S_INIT("reason"), S_INIT("until")}},
};

struct event {
    int64_t at_ms, id;
    size_t
        source; /* place in sources: of one instant, the earlier comes first */
    struct str json;
};

struct events {
    VEC(struct event) v;
};

/* Where a page starts: at an instant, behind the first `skip` events of it. */
struct place {
    int64_t at_ms, skip;
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
        enum see see = sight_of(c, i, f);
        if (see != SEE_HIDDEN)
            sight_json(c, &w, f, see, false, row_val(r, 2 + k, f));
        else
            jw_null(&w);
    }
    jw_object_end(&w);
    return buf_view(&b);
}

static enum err query_source(struct ctx *c, const struct source *src,
                             const struct entity_info *i, const struct scope *s,
                             int64_t customer_id, int64_t from, int64_t limit,
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
    SQLB(&b, " <= ");
    sqlb_value(&b, V(from));
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

/* The last day that has begun at the instant. */
static int64_t day_at(int64_t ms) {
    return ms >= 0 ? ms / DAY_MS : -((DAY_MS - 1 - ms) / DAY_MS);
}

static enum err read_source(struct ctx *c, size_t source, int64_t customer_id,
                            struct place from, int64_t limit,
                            struct events *ev) {
    const struct source *src = &sources[source];
    const struct entity_info *i = registry_find(c->registry, src->entity);
    const struct field *at = info_field(i, src->at);
    struct scope s;
    struct rows *r;
    if (actor_level(c, i->e, ACT_READ) == LEVEL_NONE)
        return OK;
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(query_source(c, src, i, &s, customer_id,
                     at->type == FT_DATE ? day_at(from.at_ms) : from.at_ms,
                     limit, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        int64_t ms = row_at(at, r);
        *VEC_PUSH(c->arena, &ev->v) = (struct event){
            ms, row_i64(r, 0), source, event_json(c, i, src, r, ms)};
    }
}

static int newest_first(const void *x, const void *y) {
    const struct event *a = x, *b = y;
    if (a->at_ms != b->at_ms)
        return a->at_ms > b->at_ms ? -1 : 1;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return a->id == b->id ? 0 : a->id > b->id ? -1 : 1;
}

/* "ms.skip" */
static enum err read_place(struct ctx *c, struct str cursor,
                           struct place *out) {
    struct str at, skip = cursor;
    *out = (struct place){INSTANT_MAX, 0};
    if (cursor.n == 0)
        return OK;
    bool good = str_cut(&skip, '.', &at) &&
                num_parse(at, 0, NUM_EXACT, &out->at_ms) == NUM_OK &&
                num_parse(skip, 0, NUM_EXACT, &out->skip) == NUM_OK &&
                out->at_ms <= INSTANT_MAX && out->at_ms >= -INSTANT_MAX &&
                out->skip >= 0 && out->skip <= SKIP_MAX;
    return good ? OK : fail(c, ERR_MALFORMED, "cursor", "bad_cursor");
}

/* Behind the event at place n - 1. */
static struct str place_text(struct ctx *c, const struct events *ev, size_t n) {
    int64_t at_ms = ev->v.p[n - 1].at_ms, skip = 0;
    for (size_t i = n; i > 0 && ev->v.p[i - 1].at_ms == at_ms; i--)
        skip++;
    return str_fmt(c->arena, "%lld.%lld", (long long)at_ms, (long long)skip);
}

enum err timeline_write(struct ctx *c, int64_t customer_id, struct str cursor,
                        int limit, struct jw *w) {
    struct events ev = {0};
    struct place from;
    TRY(read_place(c, cursor, &from));
    /* What was shown of the instant is read again and passed over. */
    int64_t wanted = from.skip + limit + 1;
    for (size_t k = 0; k < COUNT_OF(sources); k++)
        TRY(read_source(c, k, customer_id, from, wanted, &ev));
    if (ev.v.n > 1)
        qsort(ev.v.p, ev.v.n, sizeof *ev.v.p, newest_first);
    size_t first = 0;
    while (first < ev.v.n && first < (size_t)from.skip &&
           ev.v.p[first].at_ms == from.at_ms)
        first++;
    size_t end = first + (size_t)limit;
    if (end > ev.v.n)
        end = ev.v.n;
    jw_key(w, S("data"));
    jw_array(w);
    for (size_t i = first; i < end; i++)
        jw_raw(w, ev.v.p[i].json);
    jw_array_end(w);
    jw_key(w, S("next"));
    if (end < ev.v.n)
        jw_str(w, place_text(c, &ev, end));
    else
        jw_null(w);
    return OK;
}
