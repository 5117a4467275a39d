/* The filter language: a tree of tests, checked against the model, compiled
 * to a condition. Texts of requests are only ever bound, never SQL. */
#include "store/filter.h"

#include "model/value.h"
#include "store/sight.h"

static const struct {
    const char *name;
    enum filter_op op;
} op_names[] = {
    {"eq", OP_EQ},         {"ne", OP_NE},         {"gt", OP_GT},
    {"gte", OP_GTE},       {"lt", OP_LT},         {"lte", OP_LTE},
    {"in", OP_IN},         {"not_in", OP_NOT_IN}, {"contains", OP_CONTAINS},
    {"starts", OP_STARTS}, {"empty", OP_EMPTY},   {"has", OP_HAS},
};

static bool is_number_like(const struct field *f) {
    return !field_is_text(f) && f->type != FT_BLOB && f->type != FT_BOOL;
}

bool filter_op_allowed(const struct field *f, enum filter_op op) {
    if (f->secret || f->type == FT_BLOB || f->type == FT_JSON)
        return false;
    switch (op) {
    case OP_EQ:
    case OP_NE:
    case OP_IN:
    case OP_NOT_IN:
        return f->type != FT_LONGTEXT && f->type != FT_SET;
    case OP_GT:
    case OP_GTE:
    case OP_LT:
    case OP_LTE:
        return is_number_like(f) && f->type != FT_REF;
    case OP_CONTAINS:
        return field_is_text(f) && f->type != FT_SET && f->type != FT_ENUM;
    case OP_STARTS:
        return field_is_text(f) && f->type != FT_SET && f->type != FT_ENUM &&
               f->type != FT_LONGTEXT;
    case OP_HAS:
        return f->type == FT_SET;
    case OP_EMPTY:
        return true;
    }
    return false;
}

enum err filter_op_parse(struct ctx *c, struct str field, struct str name,
                         enum filter_op *out) {
    for (size_t i = 0; i < COUNT_OF(op_names); i++) {
        if (str_eqc(name, op_names[i].name)) {
            *out = op_names[i].op;
            return OK;
        }
    }
    return failv(c, ERR_INVALID, field, "unknown_filter_op", ARGS(V(name)));
}

const char *filter_op_name(enum filter_op op) {
    for (size_t i = 0; i < COUNT_OF(op_names); i++)
        if (op_names[i].op == op)
            return op_names[i].name;
    return "";
}

static struct filter *node(struct ctx *c, enum filter_kind kind, size_t n) {
    struct filter *f = NEW(c->arena, struct filter);
    f->kind = kind;
    f->kids = NEW_ARRAY(c->arena, struct filter *, n);
    f->n_kids = n;
    return f;
}

static struct filter *test_i64(struct ctx *c, const struct field *field,
                               enum filter_op op, int64_t v) {
    struct filter *f = node(c, FILTER_TEST, 0);
    f->field = field;
    f->op = op;
    f->values = NEW(c->arena, struct val);
    f->values[0] = V(v);
    f->n_values = 1;
    return f;
}

/* A day, a month … on a date or an instant is a span [from, to). */
static struct filter *span_test(struct ctx *c, const struct field *field,
                                enum filter_op op, struct span s) {
    if (op == OP_GT || op == OP_GTE)
        return test_i64(c, field, OP_GTE, op == OP_GT ? s.to : s.from);
    if (op == OP_LT || op == OP_LTE)
        return test_i64(c, field, OP_LT, op == OP_LT ? s.from : s.to);
    struct filter *both = node(c, FILTER_AND, 2);
    both->kids[0] = test_i64(c, field, OP_GTE, s.from);
    both->kids[1] = test_i64(c, field, OP_LT, s.to);
    if (op == OP_EQ)
        return both;
    struct filter *no = node(c, FILTER_NOT, 1);
    no->kids[0] = both;
    return no;
}

static enum err one_value(struct ctx *c, const struct field *f,
                          enum filter_op op, struct str text, struct val *out) {
    if (op == OP_CONTAINS || op == OP_STARTS) {
        *out = V(text);
        return OK;
    }
    if (f->type == FT_REF && str_eqc(f->to, "user") && str_eqc(text, "me")) {
        *out = V(c->actor->user_id);
        return OK;
    }
    TRY(value_from_text(c, f, text, out));
    if (f->type == FT_SET && out->type == VAL_STR && out->s.n > 2)
        *out = V(str_sub(out->s, 1, out->s.n - 1));
    return OK;
}

static enum err my_team(struct ctx *c, struct filter *t) {
    const struct actor *a = c->actor;
    t->op = t->op == OP_NE || t->op == OP_NOT_IN ? OP_NOT_IN : OP_IN;
    t->n_values = a->n_team_users;
    t->values = NEW_ARRAY(c->arena, struct val, a->n_team_users);
    for (size_t i = 0; i < a->n_team_users; i++)
        t->values[i] = V(a->team_users[i]);
    return OK;
}

#define IN_MAX 1000

static enum err list_values(struct ctx *c, struct filter *t, struct str text) {
    VEC(struct val) v = {0};
    struct str part;
    while (str_cut(&text, ',', &part)) {
        struct val one;
        TRY(one_value(c, t->field, t->op, str_trim(part), &one));
        *VEC_PUSH(c->arena, &v) = one;
        if (v.n > IN_MAX)
            return failv(c, ERR_INVALID, t->field->name, "too_many_values",
                         ARGS(V(IN_MAX)));
    }
    t->values = v.p;
    t->n_values = v.n;
    return OK;
}

enum err filter_test(struct ctx *c, const struct entity_info *i,
                     struct str name, enum filter_op op, struct str text,
                     struct filter **out) {
    const struct field *f = info_field(i, name);
    if (f == NULL)
        return failv(c, ERR_INVALID, name, "unknown_field", NO_ARGS);
    TRY(sight_need(c, i, f, "unknown_field"));
    if (!filter_op_allowed(f, op))
        return failv(c, ERR_INVALID, name, "filter_op_not_allowed",
                     ARGS(V(filter_op_name(op))));
    struct filter *t = node(c, FILTER_TEST, 0);
    t->field = f;
    t->op = op;
    *out = t;
    struct span s;
    bool is_span = false;
    if (op == OP_EMPTY) {
        if (!str_eqc(text, "true") && !str_eqc(text, "false"))
            return failv(c, ERR_INVALID, name, "not_bool", NO_ARGS);
        t->values = NEW(c->arena, struct val);
        t->values[0] = V(str_eqc(text, "true"));
        t->n_values = 1;
        return OK;
    }
    if (f->type == FT_REF && str_eqc(f->to, "user") && str_eqc(text, "my_team"))
        return my_team(c, t);
    if (op == OP_IN || op == OP_NOT_IN)
        return list_values(c, t, text);
    TRY(span_parse(c, f, text, &s, &is_span));
    if (is_span) {
        *out = span_test(c, f, op, s);
        return OK;
    }
    t->values = NEW(c->arena, struct val);
    t->n_values = 1;
    return one_value(c, f, op, text, &t->values[0]);
}

/* --- JSON form ------------------------------------------------------------ */

static enum err json_text(struct ctx *c, struct str field, const json_t *v,
                          struct str *out) {
    if (json_is_string(v)) {
        *out = json_str(v);
    } else if (json_is_integer(v)) {
        *out = str_fmt(c->arena, "%lld", (long long)json_integer_value(v));
    } else if (json_is_boolean(v)) {
        *out = json_is_true(v) ? S("true") : S("false");
    } else if (json_is_null(v)) {
        *out = S("");
    } else {
        return failv(c, ERR_INVALID, field, "bad_filter_value", NO_ARGS);
    }
    return OK;
}

/* {"value":["a","b"]} in the tree is a comma list in the query string; values
 * with commas are kept whole here. */
static enum err json_list(struct ctx *c, struct filter *t, json_t *list) {
    size_t n = json_array_size(list);
    if (n > IN_MAX)
        return failv(c, ERR_INVALID, t->field->name, "too_many_values",
                     ARGS(V(IN_MAX)));
    t->values = NEW_ARRAY(c->arena, struct val, n);
    t->n_values = n;
    for (size_t k = 0; k < n; k++) {
        struct str text;
        TRY(json_text(c, t->field->name, json_array_get(list, k), &text));
        TRY(one_value(c, t->field, t->op, text, &t->values[k]));
    }
    return OK;
}

static enum err json_test(struct ctx *c, const struct entity_info *i, json_t *j,
                          struct filter **out) {
    struct str field = json_str(json_object_get(j, "field"));
    struct str op_name = json_str(json_object_get(j, "op"));
    json_t *op_word = json_object_get(j, "op");
    json_t *value = json_object_get(j, "value");
    size_t known = 1u + (op_word != NULL) + (value != NULL);
    if (field.p == NULL || json_object_size(j) != known ||
        (op_word != NULL && op_name.p == NULL))
        return fail(c, ERR_INVALID, "filter", "bad_filter");
    enum filter_op op = OP_EQ;
    if (op_name.p != NULL)
        TRY(filter_op_parse(c, field, op_name, &op));
    if (value == NULL)
        return failv(c, ERR_INVALID, field, "bad_filter_value", NO_ARGS);
    if (json_is_array(value) && (op == OP_IN || op == OP_NOT_IN)) {
        TRY(filter_test(c, i, field, op, S(""), out));
        return json_list(c, *out, value);
    }
    struct str text;
    TRY(json_text(c, field, value, &text));
    if (json_is_null(value))
        return filter_test(c, i, field, OP_EMPTY,
                           op == OP_NE ? S("false") : S("true"), out);
    return filter_test(c, i, field, op, text, out);
}

static enum err json_group(struct ctx *c, const struct entity_info *i,
                           enum filter_kind kind, json_t *list, int *budget,
                           struct filter **out);

static enum err json_node(struct ctx *c, const struct entity_info *i, json_t *j,
                          int *budget, struct filter **out) {
    if (--*budget < 0)
        return failv(c, ERR_INVALID, S("filter"), "filter_too_long",
                     ARGS(V(FILTER_MAX_TESTS)));
    if (!json_is_object(j))
        return fail(c, ERR_INVALID, "filter", "bad_filter");
    json_t *and = json_object_get(j, "and"), * or = json_object_get(j, "or");
    json_t *not = json_object_get(j, "not");
    bool group = and != NULL || or != NULL || not != NULL;
    if (group && json_object_size(j) != 1)
        return fail(c, ERR_INVALID, "filter", "bad_filter");
    if (and != NULL)
        return json_group(c, i, FILTER_AND, and, budget, out);
    if (or != NULL)
        return json_group(c, i, FILTER_OR, or, budget, out);
    if (not != NULL) {
        *out = node(c, FILTER_NOT, 1);
        return json_node(c, i, not, budget, &(*out)->kids[0]);
    }
    return json_test(c, i, j, out);
}

static enum err json_group(struct ctx *c, const struct entity_info *i,
                           enum filter_kind kind, json_t *list, int *budget,
                           struct filter **out) {
    if (!json_is_array(list))
        return fail(c, ERR_INVALID, "filter", "bad_filter");
    *out = node(c, kind, json_array_size(list));
    for (size_t k = 0; k < (*out)->n_kids; k++)
        TRY(json_node(c, i, json_array_get(list, k), budget, &(*out)->kids[k]));
    return OK;
}

enum err filter_json(struct ctx *c, const struct entity_info *i, json_t *j,
                     struct filter **out) {
    int budget = FILTER_MAX_TESTS;
    return json_node(c, i, j, &budget, out);
}

struct filter *filter_and(struct ctx *c, struct filter *a, struct filter *b) {
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    struct filter *f = node(c, FILTER_AND, 2);
    f->kids[0] = a;
    f->kids[1] = b;
    return f;
}

bool filter_uses_side(const struct entity_info *i, const struct filter *f) {
    if (f == NULL)
        return false;
    if (f->kind == FILTER_TEST)
        return info_is_side(i, f->field);
    for (size_t k = 0; k < f->n_kids; k++)
        if (filter_uses_side(i, f->kids[k]))
            return true;
    return false;
}
