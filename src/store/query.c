/* Reading a list request: names are checked against the model, amounts
 * against the limits. Nothing here touches the database. */
#include "store/query.h"

#include "base/num.h"
#include "base/time.h"
#include "store/filter.h"
#include "store/query_parts.h"
#include "store/sight.h"

void query_init(struct query *q, const struct entity_info *i) {
    *q = (struct query){.info = i, .limit = LIMIT_DEFAULT};
}

/* A field the caller may name at all. */
static enum err readable(struct ctx *c, const struct query *q, struct str name,
                         const char *code, const struct field **out) {
    const struct field *f = info_field(q->info, name);
    if (f == NULL)
        return failv(c, ERR_INVALID, name, code, NO_ARGS);
    if (!sight_field(c, q->info, f))
        return sight_need(c, q->info, f, code);
    *out = f;
    return OK;
}

static bool is_sortable(const struct field *f) {
    return f->type != FT_LONGTEXT && f->type != FT_JSON && f->type != FT_SET;
}

static enum err add_sort(struct ctx *c, struct query *q, struct str name) {
    bool desc = str_starts(name, S("-"));
    const struct field *f;
    TRY(readable(c, q, str_sub(name, desc, name.n), "unknown_sort", &f));
    TRY(sight_need(c, q->info, f, "unknown_sort"));
    if (!is_sortable(f))
        return failv(c, ERR_INVALID, f->name, "unknown_sort", NO_ARGS);
    for (size_t i = 0; i < q->n_sort; i++)
        if (q->sort[i].field == f)
            return OK;
    if (q->n_sort == SORT_MAX)
        return failv(c, ERR_INVALID, S("sort"), "too_many_values",
                     ARGS(V(SORT_MAX)));
    q->sort[q->n_sort++] = (struct sort_key){f, desc};
    return OK;
}

static enum err each(struct ctx *c, struct query *q, struct str list,
                     enum err (*add)(struct ctx *, struct query *,
                                     struct str)) {
    struct str part;
    while (str_cut(&list, ',', &part))
        TRY(add(c, q, str_trim(part)));
    return OK;
}

static enum err add_field(struct ctx *c, struct query *q, struct str name) {
    const struct field *f;
    TRY(readable(c, q, name, "unknown_field", &f));
    if (q->fields == NULL)
        q->fields =
            NEW_ARRAY(c->arena, const struct field *, q->info->n_fields + 1);
    for (size_t i = 0; i < q->n_fields; i++)
        if (q->fields[i] == f)
            return OK;
    q->fields[q->n_fields++] = f;
    return OK;
}

/* tag=3, tag[in]=3,4 */
static enum err set_tags(struct ctx *c, struct query *q, struct str list) {
    VEC(int64_t) ids = {0};
    struct str part;
    struct scope tags;
    TRY(scope_make(c, registry_find(c->registry, S("tag"))->e, ACT_READ,
                   &tags));
    while (str_cut(&list, ',', &part)) {
        int64_t id;
        if (num_parse(str_trim(part), 0, NUM_EXACT, &id) != NUM_OK || id < 1)
            return fail(c, ERR_INVALID, "tag", "not_reference");
        if (ids.n == FILTER_MAX_TESTS)
            return failv(c, ERR_INVALID, S("tag"), "too_many_values",
                         ARGS(V(FILTER_MAX_TESTS)));
        *VEC_PUSH(c->arena, &ids) = id;
    }
    q->tags = ids.p;
    q->n_tags = ids.n;
    return OK;
}

static enum err add_include(struct ctx *c, struct query *q, struct str name) {
    const struct field *f;
    if (str_eqc(name, "tags") && info_field(q->info, name) == NULL) {
        q->tags_wanted = true;
        return OK;
    }
    TRY(readable(c, q, name, "unknown_field", &f));
    if (f->type != FT_REF)
        return failv(c, ERR_INVALID, name, "not_ref", NO_ARGS);
    if (q->include == NULL)
        q->include =
            NEW_ARRAY(c->arena, const struct field *, q->info->n_fields + 1);
    for (size_t i = 0; i < q->n_include; i++)
        if (q->include[i] == f)
            return OK;
    q->include[q->n_include++] = f;
    return OK;
}

static enum err set_limit(struct ctx *c, struct query *q, struct str value) {
    int64_t n;
    if (num_parse(value, 0, NUM_EXACT, &n) != NUM_OK || n < 1 || n > LIMIT_MAX)
        return failv(c, ERR_INVALID, S("limit"), "limit_range",
                     ARGS(V(1), V(LIMIT_MAX)));
    q->limit = (int)n;
    return OK;
}

static enum err set_count(struct ctx *c, struct query *q, struct str value) {
    if (str_eqc(value, "none"))
        q->count = COUNT_NONE;
    else if (str_eqc(value, "capped"))
        q->count = COUNT_CAPPED;
    else if (str_eqc(value, "exact"))
        q->count = COUNT_EXACT;
    else
        return failv(c, ERR_INVALID, S("count"), "not_option",
                     ARGS(V("none, capped, exact")));
    return OK;
}

static enum err set_bin(struct ctx *c, struct query *q, struct str value) {
    if (!str_eqc(value, "true") && !str_eqc(value, "false"))
        return fail(c, ERR_INVALID, "bin", "not_bool");
    q->bin = str_eqc(value, "true") && q->info->e->record;
    return OK;
}

/* name or name[op] */
static enum err add_test(struct ctx *c, struct query *q, struct str name,
                         struct str value) {
    enum filter_op op = OP_EQ;
    size_t open = str_find(name, S("["));
    if (open != SIZE_MAX && str_ends(name, S("]"))) {
        struct str op_name = str_sub(name, open + 1, name.n - 1);
        name = str_sub(name, 0, open);
        TRY(filter_op_parse(c, name, op_name, &op));
    }
    if (++q->n_tests > FILTER_MAX_TESTS)
        return failv(c, ERR_INVALID, name, "filter_too_long",
                     ARGS(V(FILTER_MAX_TESTS)));
    struct filter *f;
    TRY(filter_test(c, q->info, name, op, value, &f));
    q->filter = filter_and(c, q->filter, f);
    return OK;
}

enum err query_param(struct ctx *c, struct query *q, struct str name,
                     struct str value) {
    if (str_eqc(name, "sort"))
        return each(c, q, value, add_sort);
    if (str_eqc(name, "fields"))
        return each(c, q, value, add_field);
    if (str_eqc(name, "include"))
        return each(c, q, value, add_include);
    if (str_eqc(name, "limit"))
        return set_limit(c, q, value);
    if (str_eqc(name, "count"))
        return set_count(c, q, value);
    if (str_eqc(name, "bin"))
        return set_bin(c, q, value);
    if (str_eqc(name, "cursor")) {
        q->cursor = value;
        return OK;
    }
    if (str_eqc(name, "q")) {
        q->q = str_trim(value);
        return q->q.n <= 200
                   ? OK
                   : failv(c, ERR_INVALID, name, "too_long", ARGS(V(200)));
    }
    if ((str_eqc(name, "tag") || str_eqc(name, "tag[in]")) &&
        info_field(q->info, S("tag")) == NULL)
        return set_tags(c, q, value);
    if (str_eqc(q->info->e->name, "customer") && customer_terms_name(name)) {
        bool known;
        return customer_terms_param(c, &q->who, name, value, &known);
    }
#ifdef GX_TESTING
    if (str_eqc(name, "shape")) {
        q->shape = str_eqc(value, "walk")     ? SHAPE_WALK
                   : str_eqc(value, "gather") ? SHAPE_GATHER
                                              : SHAPE_PLAIN;
        return OK;
    }
#endif
    return add_test(c, q, name, value);
}

static enum err
json_names(struct ctx *c, struct query *q, struct str name, json_t *list,
           enum err (*add)(struct ctx *, struct query *, struct str)) {
    if (!json_is_array(list))
        return failv(c, ERR_INVALID, name, "not_array", NO_ARGS);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        if (!json_is_string(one))
            return failv(c, ERR_INVALID, name, "not_string", NO_ARGS);
        TRY(add(c, q, json_str(one)));
    }
    return OK;
}

/* As it would stand in an address. */
static enum err json_scalar(struct ctx *c, struct query *q, struct str name,
                            json_t *v) {
    if (json_is_integer(v))
        return query_param(
            c, q, name,
            str_fmt(c->arena, "%lld", (long long)json_integer_value(v)));
    if (json_is_boolean(v))
        return query_param(c, q, name,
                           json_is_true(v) ? S("true") : S("false"));
    if (json_is_null(v))
        return OK;
    if (json_is_string(v))
        return query_param(c, q, name, json_str(v));
    return failv(c, ERR_INVALID, name, "not_string", NO_ARGS);
}

static enum err json_member(struct ctx *c, struct query *q, struct str name,
                            json_t *v) {
    if (str_eqc(name, "filter")) {
        if (json_is_null(v))
            return OK;
        struct filter *f;
        TRY(filter_json(c, q->info, v, &f));
        q->filter = filter_and(c, q->filter, f);
        return OK;
    }
    if (str_eqc(name, "sort"))
        return json_names(c, q, name, v, add_sort);
    if (str_eqc(name, "fields"))
        return json_names(c, q, name, v, add_field);
    if (str_eqc(name, "include"))
        return json_names(c, q, name, v, add_include);
    static const char *const scalars[] = {
        "limit", "count", "bin", "cursor", "q", "tag",
#ifdef GX_TESTING
        "shape",
#endif
    };
    bool known = customer_terms_name(name);
    for (size_t i = 0; i < COUNT_OF(scalars); i++)
        known |= str_eqc(name, scalars[i]);
    return known ? json_scalar(c, q, name, v)
                 : failv(c, ERR_INVALID, name, "unknown_field", NO_ARGS);
}

enum err query_json(struct ctx *c, struct query *q, json_t *body) {
    const char *key;
    size_t len;
    json_t *v;
    json_object_keylen_foreach(body, key, len, v)
        TRY(json_member(c, q, (struct str){key, len}, v));
    return OK;
}

void query_normalise(struct ctx *c, struct query *q) {
    /* Without an order the newest come first; id alone is always an order. */
    if (q->n_sort == 0)
        q->sort[q->n_sort++] = (struct sort_key){q->info->fields[0], true};
    if (q->fields == NULL) {
        const struct entity_info *i = q->info;
        q->fields = NEW_ARRAY(c->arena, const struct field *, i->n_fields);
        for (size_t k = 0; k < i->n_fields; k++)
            if (sight_at(c, i, k) != SEE_HIDDEN)
                q->fields[q->n_fields++] = i->fields[k];
    }
    for (size_t k = 0; k < q->n_fields; k++)
        q->mine |= sight_of(c, q->info, q->fields[k]) == SEE_LISTED;
}

const enum see *query_sees(struct ctx *c, const struct query *q) {
    enum see *sees = NEW_ARRAY(c->arena, enum see, q->n_fields + 1);
    for (size_t k = 0; k < q->n_fields; k++)
        sees[k] = sight_of(c, q->info, q->fields[k]);
    return sees;
}
