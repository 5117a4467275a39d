/* Lines that come with their order. Owns nothing; runs inside the write.
 * Invariant: while they come, their hook leaves the order alone
 * (ctx.parent_at_work), which is reckoned once behind them. */
#include "app/order_lines.h"

#include "app/order.h"
#include "base/die.h"
#include "store/order_rows.h"
#include "store/query.h"
#include "store/store.h"

_Static_assert(BODY_PART_MAX <= LIMIT_MAX, "a form reads them as one page");

struct putting {
    const struct entity_info *info;
    int64_t order_id;
    struct order_line_row *there; /* before; id 0 once named */
    size_t n;
    bool touched;              /* one was made, changed or taken away */
    VEC(struct problem) wrong; /* of all lines so far */
};

static enum err to_put(struct ctx *c, const json_t *j, const char *name,
                       int64_t *out) {
    const json_t *v = json_object_get(j, name);
    *out = 0;
    if (v == NULL || json_is_null(v))
        return OK;
    *out = json_integer_value(v);
    return json_is_integer(v) && *out > 0
               ? OK
               : fail(c, ERR_INVALID, name, "wrong_type");
}

static void give(struct record *r, struct str name, struct val v) {
    record_set(r, name, v);
    r->has[info_index(r->info, info_field(r->info, name))] = true;
}

/* Its place in the array is its place in the order, unless it names one. */
static void place(struct record *r, const json_t *given, size_t k) {
    if (json_object_get(given, "position") == NULL)
        give(r, S("position"), V((int64_t)k + 1));
}

static enum err create(struct ctx *c, const struct putting *p, json_t *given,
                       size_t k) {
    struct record *r = record_new(c, p->info);
    TRY(record_from_json(c, r, given, true));
    give(r, S("order_id"), V(p->order_id));
    place(r, given, k);
    return record_create(c, r);
}

static struct order_line_row *find(const struct putting *p, int64_t id) {
    for (size_t i = 0; i < p->n; i++)
        if (p->there[i].id == id)
            return &p->there[i];
    return NULL;
}

static enum err change(struct ctx *c, struct putting *p, json_t *given,
                       size_t k, struct order_line_row named) {
    struct record *r = record_new(c, p->info), *now;
    struct order_line_row *row = find(p, named.id);
    if (row == NULL)
        return failv(c, ERR_INVALID, S("id"), "ref_missing", ARGS(V(named.id)));
    row->id = 0; /* also when it is refused: it does not go into the bin */
    TRY(record_from_json(c, r, given, false));
    place(r, given, k);
    TRY(record_update(c, p->info, named.id, named.rev, r, &now));
    p->touched |= record_rev(now) != row->rev;
    return OK;
}

static enum err put_one(struct ctx *c, struct putting *p, json_t *j, size_t k) {
    struct order_line_row named = {0};
    if (!json_is_object(j))
        return fail(c, ERR_INVALID, "", "not_object");
    TRY(to_put(c, j, "id", &named.id));
    TRY(to_put(c, j, "rev", &named.rev));
    json_t *given = json_copy_in(c, j);
    json_object_del(given, "id");
    json_object_del(given, "rev");
    if (json_object_get(given, "order_id") != NULL)
        return fail(c, ERR_INVALID, "order_id", "readonly_field");
    if (named.id != 0)
        return change(c, p, given, k, named);
    p->touched = true;
    return create(c, p, given, k);
}

/* What was noted belongs to line k; the others are still looked at. */
static void take_problems(struct ctx *c, struct putting *p, size_t k) {
    for (size_t i = 0; i < c->problems.n; i++) {
        struct problem one = c->problems.p[i];
        one.field = str_fmt(c->arena, "lines[%zu]%s" STR_FMT, k,
                            one.field.n > 0 ? "." : "", STR_ARG(one.field));
        *VEC_PUSH(c->arena, &p->wrong) = one;
    }
    fail_clear(c);
}

static enum err tell(struct ctx *c, const struct putting *p, enum err e) {
    for (size_t i = 0; i < p->wrong.n; i++) {
        struct problem *one = &p->wrong.p[i];
        enum err noted UNUSED =
            failv(c, e, one->field, str_cstr(c->arena, one->code),
                  (struct args){one->args, COUNT_OF(one->args)});
    }
    return e;
}

static enum err put_all(struct ctx *c, struct putting *p, json_t *lines) {
    for (size_t k = 0; k < json_array_size(lines); k++) {
        enum err e = put_one(c, p, json_array_get(lines, k), k);
        if (e == ERR_INVALID || e == ERR_STALE || e == ERR_CONFLICT)
            take_problems(c, p, k);
        /* The engine's own refusal stands for whatever comes behind it. */
        if (e == ERR_STALE || e == ERR_CONFLICT ||
            (e == ERR_INVALID && store_write_refused(c)))
            return tell(c, p, e);
        if (e != OK && e != ERR_INVALID)
            return e;
    }
    if (p->wrong.n > 0)
        return tell(c, p, ERR_INVALID);
    for (size_t i = 0; i < p->n; i++) {
        if (p->there[i].id == 0)
            continue;
        p->touched = true;
        TRY(record_delete(c, p->info, p->there[i].id, 0));
    }
    return OK;
}

/* Whoever waited for the lock read the order before the other's lines came. */
static enum err lock_as_read(struct ctx *c, const struct record *o) {
    struct scope all = {.e = o->info->e, .act = ACT_READ, .level = LEVEL_ALL};
    struct record *now;
    TRY(record_lock(c, o->info->e, record_id(o)));
    TRY(record_load(c, &all, record_id(o), false, &now));
    return record_rev(now) == record_rev(o) ? OK
                                            : fail(c, ERR_RETRY, "", "retry");
}

enum err order_lines_put(struct ctx *c, const struct record *o, bool is_new,
                         json_t *lines) {
    int64_t order_id = record_id(o);
    struct putting p = {.info = registry_find(c->registry, S("order_line")),
                        .order_id = order_id};
    struct order_lined was = {0};
    if (!json_is_array(lines))
        return fail(c, ERR_INVALID, "lines", "not_array");
    if (json_array_size(lines) > BODY_PART_MAX)
        return failv(c, ERR_INVALID, S("lines"), "too_many_values",
                     ARGS(V(BODY_PART_MAX)));
    TRY(lock_as_read(c, o));
    TRY(order_line_rows(c, order_id, &p.there, &p.n));
    TRY(order_was(c, order_id, &was));
    if (c->parent_at_work != 0)
        die("the lines of an order came while those of another do");
    c->parent_at_work = order_id;
    enum err e = put_all(c, &p, lines);
    c->parent_at_work = 0;
    TRY(e);
    was.changed = p.touched && !is_new;
    return order_relined(c, order_id, &was);
}
