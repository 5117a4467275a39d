/* Parameters of query strings against the route's row. Pure. */
#include "api/params.h"

const struct shape *params_shape(const struct route *r) {
    return r->body == BODY_JSON ? NULL : shape_find(str_of(r->in));
}

static const struct shape_member *member(const struct shape *s,
                                         struct str name) {
    bool optional;
    for (size_t i = 0; s != NULL && i < s->n; i++)
        if (str_eq(shape_member_name(&s->members[i], &optional), name))
            return &s->members[i];
    return NULL;
}

static bool is_one_of(struct str words, struct str value) {
    struct str word;
    while (str_cut(&words, ' ', &word))
        if (str_eq(word, value))
            return true;
    return false;
}

/* Choices and yes or no; what else a value has to be, the handler says. */
static enum err check_value(struct ctx *c, const struct shape_member *m,
                            struct str name, struct str value) {
    struct str types = str_of(m->type), choices = S("");
    struct shape_type t;
    bool yes_no = false;
    while (shape_type_next(&types, &t)) {
        if (t.kind == SHAPE_NULL)
            continue;
        if (t.kind != SHAPE_ENUM && t.kind != SHAPE_BOOLEAN)
            return OK;
        yes_no = t.kind == SHAPE_BOOLEAN;
        choices = yes_no ? S("true false") : t.arg;
        if (is_one_of(choices, value))
            return OK;
    }
    return yes_no ? failv(c, ERR_INVALID, name, "not_bool", NO_ARGS)
                  : failv(c, ERR_INVALID, name, "not_option", ARGS(V(choices)));
}

/* Of the routes of every entity (record.c), described in openapi_op.c. */
static const char *generic(const struct route *r) {
    if (r->method == HTTP_POST && str_eqc(str_of(r->out), "list"))
        return "cursor";
    if (r->method == HTTP_GET && str_eqc(str_of(r->out), "record"))
        return "bin";
    if (r->method == HTTP_PUT && str_eqc(str_of(r->in), "record"))
        return "source";
    return NULL;
}

/* Names of fields, and what query_param knows besides: it looks itself. */
static bool is_list(const struct route *r) {
    return r->method == HTTP_GET && str_eqc(str_of(r->out), "list");
}

enum err params_check(struct ctx *c, const struct call *call) {
    const struct route *r = call->route;
    if (is_list(r))
        return OK;
    for (size_t i = 0; i < call->params.n; i++) {
        struct str name = call->params.p[i].name;
        const struct shape_member *m = member(params_shape(r), name);
        if (m != NULL)
            TRY(check_value(c, m, name, call->params.p[i].value));
        else if (generic(r) == NULL || !str_eqc(name, generic(r)))
            return failv(c, ERR_INVALID, name, "unknown_param", NO_ARGS);
    }
    return OK;
}
