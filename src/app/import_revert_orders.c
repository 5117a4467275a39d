/* Taking back orders. An order that the import made goes with its lines; one it
 * replaced gets its former lines and head back; one that anybody has touched
 * since, or added a line to, stays as it is. Runs in a write function and may
 * run twice. Owns nothing. */
#include "app/grade.h"
#include "app/import_revert_work.h"

#include "app/order.h"
#include "base/ids.h"
#include "model/value.h"
#include "store/bulk.h"
#include "store/costs.h"
#include "store/record_write.h"
#include "store/trail.h"
#include "store/undo.h"

struct orders {
    struct revert *x;
    const struct entity_info *order, *line;
    struct scope may_delete, may_update;
    struct bulk_ids lines, gone, live, customers;
    bool first; /* chunk of the order at hand */
    bool costs; /* some went along */
};

static void may(struct ctx *c, const struct entity *e, enum action act,
                struct scope *s) {
    if (scope_make(c, e, act, s) == OK)
        return;
    fail_clear(c);
    *s = (struct scope){.e = e, .act = act, .level = LEVEL_NONE};
}

/* No older chunk has lines of the order. */
static bool is_first(const json_t *what) {
    return json_is_true(json_object_get(what, "made")) ||
           json_is_object(json_object_get(what, "taken"));
}

/* Once for an order, though several chunks have lines of it. */
static void keep(struct ctx *c, struct orders *o, int64_t id,
                 const struct record *shown, const char *reason) {
    if (!o->first)
        *VEC_PUSH(c->arena, &o->x->keeps) = id;
    revert_keep(c, o->x,
                &(struct revert_kept){
                    .e = o->order->e, .id = id, .r = shown, .reason = reason});
}

/* The numbers of the lines a chunk wrote that are live; the last number. */
static enum err lines_of(struct ctx *c, int64_t order_id, const json_t *ranges,
                         struct bulk_ids *out, int64_t *last) {
    *last = 0;
    for (size_t i = 0; i < json_array_size(ranges); i++) {
        const json_t *range = json_array_get(ranges, i);
        struct undo_line *l;
        size_t n;
        *last = json_integer_value(json_array_get(range, 1));
        TRY(undo_lines(c, order_id,
                       json_integer_value(json_array_get(range, 0)), *last, &l,
                       &n));
        for (size_t k = 0; k < n; k++)
            *VEC_PUSH(c->arena, out) = l[k].id;
    }
    return OK;
}

static enum err may_touch(struct ctx *c, const struct scope *s, int64_t id,
                          bool *out) {
    *out = s->level != LEVEL_NONE;
    if (!*out || scope_is_all(c, s))
        return OK;
    return scope_holds(c, s, id, out);
}

/* The head is as the import left it: its former values come back. */
static enum err head_back(struct ctx *c, struct orders *o, struct record *r,
                          const json_t *taken) {
    struct record *after = record_copy(c, r);
    const json_t *fields = json_object_get(taken, "fields"), *pair;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)fields, name, pair) {
        const struct field *f = info_field(r->info, str_of(name));
        struct val v;
        if (f == NULL)
            continue;
        TRY(value_from_json(c, f, json_array_get(pair, 0), &v));
        record_set(after, f->name, v);
    }
    int64_t import = json_integer_value(json_object_get(taken, "import_id"));
    record_set(after, S("import_id"), import != 0 ? V(import) : V_NULL);
    TRY(record_write_row(c, r, after));
    TRY(trail_change(c, SAVE_UPDATE, r, after));
    if (record_i64(r, S("customer_id")) != record_i64(after, S("customer_id")))
        TRY(grade_left(c, record_i64(r, S("customer_id"))));
    TRY(record_index(c, r, after));
    struct bulk_former of = {
        .e = o->line->e,
        .field = S("order_id"),
        .id = record_id(r),
        .operation = json_integer_value(json_object_get(taken, "operation"))};
    TRY(bulk_unbin(c, &of));
    revert_note(c, &o->x->restored, o->order->e,
                str_fmt(c->arena, "[{\"id\":%lld,\"fields\":" STR_FMT "}]",
                        (long long)record_id(r),
                        STR_ARG(json_compact(c->arena, fields))));
    o->x->chunk.restored++;
    return OK;
}

static enum err is_changed(struct ctx *c, const struct record *r,
                           const json_t *what, int64_t last, bool *out) {
    int64_t foreign, rev;
    bool typed;
    TRY(undo_foreign_lines(c, record_id(r), last, &foreign));
    TRY(bulk_order_rev(c, record_id(r), &rev));
    TRY(cost_typed(c, record_id(r), &typed));
    *out = foreign > 0 || typed ||
           rev != json_integer_value(json_object_get(what, "rev"));
    return OK;
}

static enum err take_order(struct ctx *c, struct orders *o, struct record *r,
                           const json_t *what) {
    const json_t *taken = json_object_get(what, "taken");
    bool made = json_is_true(json_object_get(what, "made")), in, changed;
    /* Lines of an order of this import, whichever chunk they came with. */
    bool ours = record_i64(r, S("created_at")) >= o->x->began;
    int64_t id = record_id(r), last;
    struct bulk_ids lines = {0}, used;
    TRY(may_touch(c, made ? &o->may_delete : &o->may_update, id, &in));
    if (!in) {
        keep(c, o, id, NULL, "forbidden");
        return OK;
    }
    TRY(lines_of(c, id, json_object_get(what, "lines"), &lines, &last));
    TRY(is_changed(c, r, what, last, &changed));
    TRY(bulk_used(c, o->order->e, &id, ours ? 1 : 0, o->line->e, &used));
    if (changed || used.n > 0) {
        keep(c, o, id, r, changed ? "changed" : "used");
        return OK;
    }
    for (size_t i = 0; i < lines.n; i++)
        *VEC_PUSH(c->arena, &o->lines) = lines.p[i];
    *VEC_PUSH(c->arena, &o->customers) = record_i64(r, S("customer_id"));
    *VEC_PUSH(c->arena, made ? &o->gone : &o->live) = id;
    if (json_is_object(taken))
        return head_back(c, o, r, taken);
    return made ? OK : bulk_order_raise(c, id);
}

static enum err refresh(struct ctx *c, struct orders *o) {
    for (size_t i = 0; i < o->live.n; i++)
        TRY(order_refresh(c, o->live.p[i]));
    int64_t *ids = o->customers.p;
    revert_sort(&o->customers);
    for (size_t i = 0; i < o->customers.n; i++) {
        if (i > 0 && ids[i] == ids[i - 1])
            continue;
        if (o->costs)
            TRY(stats_costs(c, ids[i]));
        TRY(customer_refresh(c, ids[i], NULL));
    }
    return OK;
}

/* The costs of orders that go, as the program counted them. */
static enum err take_costs(struct ctx *c, struct orders *o) {
    const struct entity *e = registry_find(c->registry, S("cost_entry"))->e;
    int64_t *ids;
    size_t n;
    TRY(cost_entries_with(c, o->gone.p, o->gone.n, &ids, &n));
    o->costs = n > 0;
    return bulk_bin(c, e, ids, n, o->x->operation);
}

static enum err note_gone(struct ctx *c, struct orders *o) {
    struct buf b;
    struct jw w;
    if (o->gone.n == 0)
        return OK;
    buf_init(&b, c->arena, (size_t)1024 * 1024);
    jw_init(&w, &b);
    jw_array(&w);
    for (size_t i = 0; i < o->gone.n; i++)
        jw_i64(&w, o->gone.p[i]);
    jw_array_end(&w);
    revert_note(c, &o->x->deleted, o->order->e, buf_view(&b));
    o->x->chunk.deleted += (int64_t)o->gone.n;
    return OK;
}

enum err revert_orders(struct ctx *c, struct revert *x, const json_t *list) {
    struct orders o = {.x = x,
                       .order = registry_find(c->registry, S("order")),
                       .line = registry_find(c->registry, S("order_line"))};
    struct scope all = {.e = o.order->e, .act = ACT_READ, .level = LEVEL_ALL};
    may(c, o.order->e, ACT_DELETE, &o.may_delete);
    may(c, o.order->e, ACT_UPDATE, &o.may_update);
    for (size_t i = json_array_size(list); i-- > 0;) {
        const json_t *one = json_array_get(list, i);
        struct record *r;
        int64_t id = json_integer_value(json_array_get(one, 0));
        o.first = is_first(json_array_get(one, 2));
        if (ids_have(x->kept_orders.p, x->kept_orders.n, id)) {
            if (o.first)
                *VEC_PUSH(c->arena, &x->over) = id;
            continue;
        }
        enum err e = record_load(c, &all, id, false, &r);
        if (e == ERR_NOT_FOUND) {
            fail_clear(c); /* it went with its lines */
            continue;
        }
        TRY(e);
        TRY(take_order(c, &o, r, json_array_get(one, 2)));
    }
    TRY(bulk_bin(c, o.line->e, o.lines.p, o.lines.n, x->operation));
    TRY(bulk_bin(c, o.order->e, o.gone.p, o.gone.n, x->operation));
    TRY(take_costs(c, &o));
    TRY(note_gone(c, &o));
    return refresh(c, &o);
}
