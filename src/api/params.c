/* Parameters of query strings against the route's row. Pure. */
#include "api/params.h"

const struct shape *params_shape(const struct route *r) {
    return r->body == BODY_JSON ? NULL : shape_find(str_of(r->in));
}

static bool in_shape(const struct shape *s, struct str name) {
    bool optional;
    for (size_t i = 0; s != NULL && i < s->n; i++)
        if (str_eq(shape_member_name(&s->members[i], &optional), name))
            return true;
    return false;
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
        if (!str_eq(name, str_of(generic(r))) &&
            !in_shape(params_shape(r), name))
            return failv(c, ERR_INVALID, name, "unknown_param", NO_ARGS);
    }
    return OK;
}
