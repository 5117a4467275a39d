/* Answers to list requests: rows as JSON, links to the neighbours, a count
 * that is capped unless asked otherwise. */
#include "base/long_work.h"
#include "store/customer_find.h"
#include "store/query_parts.h"
#include "store/tags.h"
#include "store/trail_sight.h"

#define PAGE_MAX (16 * 1024 * 1024)
#define CURSOR_LAST "last" /* no cursor of ours: too short for a signature */

/* The rows of a page as JSON slices, in the order they were fetched. */
struct page {
    const struct query *q;
    const size_t *places; /* of q's fields among those of the entity */
    const enum see *sees; /* of q->fields */
    struct buf text;
    VEC(size_t) ends;
    VEC(struct position) where;
    struct included *included;
};

static enum err add_row(struct ctx *c, void *arg, struct rows *r,
                        const struct position *here) {
    struct page *p = arg;
    struct jw w;
    bool others = row_others(p->q, r);
    jw_init(&w, &p->text);
    jw_object(&w);
    for (size_t k = 0; k < p->q->n_fields; k++) {
        const struct field *f = p->q->fields[k];
        struct val v = row_peek(r, row_fields(p->q) + (int)k, f);
        size_t at = p->places[k];
        if (v.type == VAL_NULL) {
            jw_member_made(&w, p->q->info->json_blanks[at]);
            continue;
        }
        if (trail_is_cut(c, p->q->info, f))
            TRY(trail_shown(c, row_i64(r, 0), &v.s));
        jw_key_made(&w, p->q->info->json_keys[at]);
        sight_json(c, &w, f, p->sees[k], others, v);
    }
    jw_object_end(&w);
    if (!buf_ok(&p->text))
        return fail(c, ERR_TOO_LARGE, "limit", "page_too_large");
    *VEC_PUSH(c->arena, &p->ends) = p->text.n;
    *VEC_PUSH(c->arena, &p->where) = *here;
    included_see(c, p->included, p->q, r);
    return OK;
}

static struct str row_text(const struct page *p, size_t i) {
    size_t from = i == 0 ? 0 : p->ends.p[i - 1];
    return str_sub(buf_view(&p->text), from, p->ends.p[i]);
}

static void write_rows(struct jw *w, const struct page *p, size_t n,
                       bool reverse) {
    jw_key(w, S("data"));
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        jw_raw(w, row_text(p, reverse ? n - 1 - i : i));
    jw_array_end(w);
}

/* path?…&cursor=…, keeping the other parameters as they came. */
static void write_link(struct jw *w, struct str key, struct str path,
                       struct str cursor) {
    jw_key(w, key);
    if (cursor.n == 0) {
        jw_null(w);
        return;
    }
    char sep = str_has_byte(path, '?') ? '&' : '?';
    struct buf *b = w->out;
    buf_byte(b, '"');
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] != '"' && path.p[i] != '\\' &&
            (unsigned char)path.p[i] >= ' ')
            buf_byte(b, path.p[i]);
    buf_byte(b, sep);
    buf_cstr(b, "cursor=");
    buf_str(b, cursor);
    buf_byte(b, '"');
    w->comma = true;
}

static void write_links(struct jw *w, struct str path, struct str next,
                        struct str prev) {
    jw_key(w, S("links"));
    jw_object(w);
    write_link(w, S("next"), path, next);
    write_link(w, S("prev"), path, prev);
    jw_object_end(w);
}

static void put_count(struct jw *w, int64_t n, bool capped) {
    jw_key(w, S("count"));
    jw_object(w);
    jw_ki64(w, S("value"), n);
    jw_kbool(w, S("capped"), capped);
    jw_object_end(w);
}

/* Within this more, an exact count that took too long is answered capped (S4).
 */
#define CAPPED_BUDGET_MS 40

/* at_least rows are known already: what is told when even counting up to the
 * cap takes too long. */
static enum err write_count(struct ctx *c, struct query *q, int64_t at_least,
                            struct jw *w) {
    if (q->count == COUNT_NONE)
        return OK;
    int64_t n;
    if (q->count == COUNT_EXACT) {
        enum err e = query_count(c, q, 0, &n);
        if (e == OK) {
            put_count(w, n, q->cut);
            return OK;
        }
        if (e != ERR_TOO_BROAD || c->hasty)
            return e;
        fail_clear(c);
        db_budget(c, CAPPED_BUDGET_MS);
    }
    int64_t cap = COUNT_CAP;
    enum err e = query_count_cap(c, q, &cap);
    if (e == OK)
        e = query_count(c, q, cap, &n);
    if (e == ERR_TOO_BROAD && !c->hasty) {
        fail_clear(c);
        put_count(w, at_least, true);
        return OK;
    }
    TRY(e);
    put_count(w, n > cap ? cap : n, n > cap || q->cut);
    return OK;
}

static void page_init(struct ctx *c, struct page *p, const struct query *q) {
    *p = (struct page){
        .q = q, .sees = query_sees(c, q), .included = included_new(c, q)};
    size_t *places = NEW_ARRAY(c->arena, size_t, q->n_fields);
    for (size_t k = 0; k < q->n_fields; k++)
        places[k] = info_index(q->info, q->fields[k]);
    p->places = places;
    buf_init(&p->text, c->arena, PAGE_MAX);
}

/* "tags":{"17":[…]} of the rows of the page. */
static enum err write_tags(struct ctx *c, const struct page *p, struct jw *w) {
    if (!p->q->tags_wanted)
        return OK;
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, p->where.n);
    for (size_t i = 0; i < p->where.n; i++)
        ids[i] = p->where.p[i].id;
    jw_key(w, S("tags"));
    return tags_of_all(c, p->q->info, ids, p->where.n, w);
}

/* --- by search text: ranked, paged by offset ---------------------------- */

static size_t row_of(const struct page *p, int64_t id) {
    for (size_t i = 0; i < p->where.n; i++)
        if (p->where.p[i].id == id)
            return i;
    return SIZE_MAX;
}

static struct str offset_cursor(struct ctx *c, const struct query *q,
                                int64_t offset) {
    struct position p = {.set = true, .offset = offset};
    return cursor_print(c, q, &p);
}

static enum err run_ranked(struct ctx *c, struct query *q,
                           const struct scope *s, struct str path,
                           struct jw *w) {
    struct position at = {0};
    bool last = str_eqc(q->cursor, CURSOR_LAST);
    if (q->cursor.n > 0 && !last)
        TRY(cursor_parse(c, q, q->cursor, &at));
    int64_t *ids;
    size_t n;
    TRY(search_ids(c, q, s, &ids, &n, &q->cut));
    if (last && n > (size_t)q->limit)
        at.offset = (int64_t)n - q->limit;
    size_t from = (size_t)at.offset < n ? (size_t)at.offset : n;
    size_t count = n - from;
    if (count > (size_t)q->limit)
        count = (size_t)q->limit;
    struct page p;
    page_init(c, &p, q);
    TRY(rows_by_ids(c, q, s, ids + from, count, add_row, &p));
    jw_key(w, S("data"));
    jw_array(w);
    for (size_t i = 0; i < count; i++) {
        size_t k = row_of(&p, ids[from + i]);
        if (k != SIZE_MAX)
            jw_raw(w, row_text(&p, k));
    }
    jw_array_end(w);
    struct str next = {0}, prev = {0};
    if (from + count < n)
        next = offset_cursor(c, q, (int64_t)(from + count));
    if (from > 0)
        prev = offset_cursor(
            c, q,
            (int64_t)(from > (size_t)q->limit ? from - (size_t)q->limit : 0));
    write_links(w, path, next, prev);
    if (q->count != COUNT_NONE)
        put_count(w, (int64_t)n, q->cut);
    TRY(write_tags(c, &p, w));
    return included_write(c, p.included, w);
}

/* --- by order ----------------------------------------------------------- */

static struct str neighbour(struct ctx *c, const struct query *q,
                            const struct page *p, size_t i, bool backward) {
    struct position at = p->where.p[i];
    at.backward = backward;
    return cursor_print(c, q, &at);
}

static enum err run_ordered(struct ctx *c, struct query *q,
                            const struct scope *s, struct str path,
                            struct jw *w) {
    struct position at = {0};
    if (str_eqc(q->cursor, CURSOR_LAST))
        at.backward = true;
    else if (q->cursor.n > 0)
        TRY(cursor_parse(c, q, q->cursor, &at));
    struct page p;
    page_init(c, &p, q);
    TRY(page_fetch(c, q, s, &at, q->limit + 1, add_row, &p));
    bool more = p.ends.n > (size_t)q->limit;
    size_t n = more ? (size_t)q->limit : p.ends.n;
    bool back = at.backward;
    write_rows(w, &p, n, back);
    struct str next = {0}, prev = {0};
    if (n > 0) {
        size_t first = back ? n - 1 : 0, last = back ? 0 : n - 1;
        if (back ? at.set : more)
            next = neighbour(c, q, &p, last, false);
        if (back ? more : at.set)
            prev = neighbour(c, q, &p, first, true);
    }
    write_links(w, path, next, prev);
    TRY(write_count(c, q, (int64_t)p.ends.n, w));
    TRY(write_tags(c, &p, w));
    return included_write(c, p.included, w);
}

static const struct field *unindexed(const struct query *q,
                                     const struct filter *f) {
    if (f == NULL)
        return NULL;
    if (f->kind == FILTER_TEST)
        return query_is_indexed(q->info, f->field) ? NULL : f->field;
    for (size_t i = 0; i < f->n_kids; i++) {
        const struct field *found = unindexed(q, f->kids[i]);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* What of the request takes so long: a filter no index answers, else the
 * search, else the order. */
static enum err name_broad(struct ctx *c, const struct query *q, enum err e) {
    if (e != ERR_TOO_BROAD || c->hasty)
        return e;
    const struct field *f = unindexed(q, q->filter);
    bool unfound = q->who.named.n > 0 && q->who.ids == NULL;
    struct str name = unfound         ? q->who.named
                      : f != NULL     ? f->name
                      : q->q.n > 0    ? S("q")
                      : q->n_sort > 0 ? S("sort")
                                      : S("");
    fail_clear(c);
    return failv(c, e, name, "query_too_broad", NO_ARGS);
}

static enum err run(struct ctx *c, struct query *q, struct str path,
                    struct jw *w) {
    struct scope s;
    TRY(scope_make(c, q->info->e, ACT_READ, &s));
    TRY(scope_resolve(c, &s));
    TRY(customer_find(c, q, cursor_as_of(c, q)));
    bool ranked = q->q.n > 0 && q->n_sort == 0;
    if (q->q.n > 0 && !ranked)
        TRY(search_filter(c, q, &s));
    if (q->q.n == 0)
        TRY(query_narrow(c, q));
    query_normalise(c, q);
    return ranked ? run_ranked(c, q, &s, path, w)
                  : run_ordered(c, q, &s, path, w);
}

enum err query_run(struct ctx *c, struct query *q, struct str path,
                   struct jw *w) {
    return name_broad(c, q, run(c, q, path, w));
}

/* --- all rows ------------------------------------------------------------ */

struct walker {
    const struct query *q;
    enum err (*fn)(struct ctx *c, void *arg, const struct query *q,
                   struct rows *r);
    void *arg;
    struct position last;
    int n;
};

static enum err walk_row(struct ctx *c, void *arg, struct rows *r,
                         const struct position *here) {
    struct walker *k = arg;
    k->n++;
    k->last = *here;
    if (long_work_stops(c))
        return fail(c, ERR_CANCELLED, "", "cancelled");
    return k->fn(c, k->arg, k->q, r);
}

/* The last position outlives the batch's arena. */
static void keep_position(struct position *p, struct arena *a, size_t n_keys) {
    for (size_t k = 0; k < n_keys; k++)
        if (p->keys[k].type == VAL_STR)
            p->keys[k].s = str_dup(a, p->keys[k].s);
}

enum err query_walk(struct ctx *c, struct query *q, enum action act,
                    enum err (*fn)(struct ctx *c, void *arg,
                                   const struct query *q, struct rows *r),
                    void *arg) {
    struct scope s;
    TRY(scope_make(c, q->info->e, act, &s));
    TRY(customer_find(c, q, 0));
    q->shape = SHAPE_PLAIN; /* each row is wanted: nothing to bound */
    if (q->q.n > 0)
        TRY(search_filter(c, q, &s));
    query_normalise(c, q);
    struct walker k = {.q = q, .fn = fn, .arg = arg};
    struct arena *outer = c->arena, *batch = arena_new(), *next = arena_new();
    enum err e = OK;
    do {
        struct position from = k.last;
        k.n = 0;
        c->arena = batch;
        e = page_fetch(c, q, &s, &from, LIMIT_MAX, walk_row, &k);
        keep_position(&k.last, next, q->n_sort);
        arena_reset(batch);
        struct arena *swap = batch;
        batch = next;
        next = swap;
    } while (e == OK && k.n == LIMIT_MAX);
    c->arena = outer;
    fail_keep(c, outer);
    arena_free(batch);
    arena_free(next);
    return e;
}
