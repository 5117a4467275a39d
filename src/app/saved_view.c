/* Views are checked when they are given, not when they are kept: a field that
 * was retired since must not stand in the way of renaming, sharing or deleting
 * the view. Pure but for the transaction. */
#include "app/saved_view.h"

#include "store/query.h"
#include "store/record.h"

static enum err list_of(struct ctx *c, struct str entity,
                        const struct entity_info **out) {
    const struct entity_info *i = registry_find(c->registry, entity);
    struct scope s;
    enum err e = ERR_NOT_FOUND;
    if (i != NULL && i->e->scope != SCOPE_SYSTEM && str_eq(i->e->name, entity))
        e = scope_make(c, i->e, ACT_READ, &s);
    *out = i;
    if (e != ERR_NOT_FOUND && e != ERR_FORBIDDEN)
        return e;
    fail_clear(c);
    return failv(c, ERR_INVALID, S("entity"), "unknown_object",
                 ARGS(V(entity)));
}

/* A list's answer has fields, a view of it columns. */
static enum err as_search(struct ctx *c, json_t *query) {
    json_t *columns = json_object_get(query, "columns");
    if (columns == NULL)
        return OK;
    if (json_object_get(query, "fields") != NULL)
        return fail(c, ERR_INVALID, "fields", "unknown_field");
    json_object_set(query, "fields", columns);
    json_object_del(query, "columns");
    return OK;
}

/* What is no field of a list: pages keep it among the tests of fields. */
static bool is_term(const struct entity_info *i, struct str name) {
    if (info_field(i, name) != NULL)
        return false;
    return str_eqc(name, "tag") ||
           (str_eqc(i->e->name, "customer") && customer_terms_name(name));
}

static enum err check_term(struct ctx *c, struct query *q, struct str name,
                           json_t *value) {
    json_t *one = json_object();
    json_object_setn(one, name.p, name.n, value);
    enum err e = query_json(c, q, one);
    json_decref(one);
    return e;
}

/* Takes the tests that are no field's out of filter's "and". */
static enum err take_terms(struct ctx *c, struct query *q, json_t *filter) {
    json_t *all = json_object_get(filter, "and");
    for (size_t k = 0; k < json_array_size(all);) {
        json_t *leaf = json_array_get(all, k);
        struct str name = json_str(json_object_get(leaf, "field"));
        json_t *value = json_object_get(leaf, "value");
        if (name.p == NULL || value == NULL || !is_term(q->info, name)) {
            k++;
            continue;
        }
        if (!json_is_array(value))
            TRY(check_term(c, q, name, value));
        for (size_t v = 0; v < json_array_size(value); v++)
            TRY(check_term(c, q, name, json_array_get(value, v)));
        json_array_remove(all, k);
    }
    return OK;
}

static enum err check_query(struct ctx *c, const struct entity_info *i,
                            json_t *search) {
    struct query q;
    if (!json_is_object(search))
        return fail(c, ERR_INVALID, "", "not_object");
    query_init(&q, i);
    TRY(as_search(c, search));
    TRY(take_terms(c, &q, json_object_get(search, "filter")));
    return query_json(c, &q, search);
}

/* What was noted belongs to the view's field. */
static void place(struct ctx *c) {
    for (size_t k = 0; k < c->problems.n; k++) {
        struct problem *p = &c->problems.p[k];
        p->field = str_cat(c->arena, p->field.n > 0 ? S("query.") : S("query"),
                           p->field);
    }
}

static bool is_as_before(const struct record *before,
                         const struct record *after) {
    return before != NULL &&
           str_eq(record_str(before, S("entity")),
                  record_str(after, S("entity"))) &&
           str_eq(record_str(before, S("query")),
                  record_str(after, S("query")));
}

enum err saved_view_save(struct ctx *c, enum save_op op,
                         const struct record *before,
                         const struct record *after) {
    const struct entity_info *i;
    json_t *query;
    if ((op != SAVE_CREATE && op != SAVE_UPDATE) || is_as_before(before, after))
        return OK;
    TRY(list_of(c, record_str(after, S("entity")), &i));
    TRY(json_read(c, record_str(after, S("query")), &query));
    enum err e = check_query(c, i, query);
    if (e == ERR_FORBIDDEN)
        e = c->failed = ERR_INVALID;
    place(c);
    return e;
}
