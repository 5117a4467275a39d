/* One operation of the OpenAPI document: its name, parameters, body and
 * answers, and the components they share. Pure writers into a JSON stream. */
#include "api/openapi_parts.h"

#include "api/params.h"
#include "store/filter.h"
#include "store/record.h"
#include "store/sight.h"

static bool is_read(const struct route *r) {
    return r->method == HTTP_GET;
}

static bool out_is(const struct op *op, const char *name) {
    return str_eqc(str_of(op->route->out), name);
}

/* --- errors -------------------------------------------------------------- */

static const struct failure {
    int status;
    const char *name, *doc;
} failures[] = {
    {400, "malformed", "The request can't be read."},
    {401, "unauthenticated", "Nobody is signed in, or no longer."},
    {403, "forbidden", "The caller may not do this."},
    {404, "not_found", "There is no such record, or not for the caller."},
    {409, "conflict",
     "The state of the data does not allow it, or a request with the same "
     "Idempotency-Key is under way."},
    {410, "gone", "It is no longer there."},
    {412, "stale", "Changed since it was read; the changed fields are named."},
    {413, "too_large", "The body, or the page, is too large."},
    {415, "unsupported_media_type", "The body is of another type."},
    {422, "invalid", "A value breaks a rule; the fields are named."},
    {429, "too_many_requests", "Too many attempts; see Retry-After."},
    {503, "unavailable", "Try again later; see Retry-After."},
};

static bool fails_with(const struct route *r, int status) {
    bool has_path = str_has_byte(str_of(r->pattern), '{');
    switch (status) {
    case 400: /* a bad escape in the query, if nothing else */
        return true;
    case 401:
    case 403:
        return r->run != RUN_BARE;
    case 404:
        return has_path;
    case 409:
        return !is_read(r);
    case 410:
        return (is_read(r) && (has_path || r->in != NULL)) ||
               r->auth == AUTH_NONE;
    case 412:
        return r->method == HTTP_PATCH || r->method == HTTP_DELETE ||
               (r->method == HTTP_PUT && has_path);
    case 413:
    case 415:
        return r->body != BODY_NONE;
    case 422: /* a parameter that it does not know, if nothing else */
        return str_starts(str_of(r->pattern), S("/api/"));
    case 429:
        return r->run != RUN_BARE;
    case 503:
        return true;
    default:
        return false;
    }
}

/* What any request may meet: a method that is not there, a body too large where
 * none belongs, a failing server. */
bool openapi_may_fail(const struct route *r, int status) {
    return status == 405 || status == 413 || status >= 500 ||
           fails_with(r, status);
}

void openapi_responses(struct jw *w) {
    jw_object(w);
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        jw_key(w, str_of(failures[i].name));
        jw_object(w);
        jw_kstr(w, S("description"), str_of(failures[i].doc));
        jw_key(w, S("content"));
        jw_raw(w, S("{\"application/problem+json\":{\"schema\":"
                    "{\"$ref\":\"#/components/schemas/problem\"}}}"));
        jw_object_end(w);
    }
    jw_object_end(w);
}

void openapi_ref(struct jw *w, const char *kind, struct str name) {
    jw_kstr(w, S("$ref"),
            str_fmt(w->out->arena, "#/components/%s/" STR_FMT, kind,
                    STR_ARG(name)));
}

/* --- parameters ---------------------------------------------------------- */

static const struct {
    const char *name, *in, *schema, *doc;
} parameters[] = {
    {"limit", "query",
     "{\"type\":\"integer\",\"minimum\":1,\"maximum\":500,\"default\":50}",
     "Records per page."},
    {"cursor", "query", "{\"type\":\"string\"}",
     "Where the page starts: from `links` of another page."},
    {"sort", "query", "{\"type\":\"string\"}",
     "Fields, comma-separated, at most four; -name falls. Empty values come "
     "last."},
    {"fields", "query", "{\"type\":\"string\"}",
     "Fields to answer with, comma-separated; all when absent."},
    {"include", "query", "{\"type\":\"string\"}",
     "Ref fields whose targets' titles are added, comma-separated."},
    {"count", "query",
     "{\"type\":\"string\",\"enum\":[\"none\",\"capped\",\"exact\"],"
     "\"default\":\"capped\"}",
     "How to count; capped stops at 10,000."},
    {"bin", "query", "{\"type\":\"boolean\",\"default\":false}",
     "The deleted records instead."},
    {"q", "query", "{\"type\":\"string\",\"maxLength\":200}",
     "Search text; without sort the best hits come first."},
    {"If-Match", "header", "{\"type\":\"string\"}",
     "ETag of the record as it was read: 412 when it has changed since."},
    {"If-None-Match", "header", "{\"type\":\"string\"}",
     "ETag of a copy: 304 when it is still good."},
    {"Idempotency-Key", "header", "{\"type\":\"string\",\"maxLength\":200}",
     "Chosen by the caller: the same request with the same key within a day "
     "is done once and answered the same."},
    {"tag", "query", "{\"type\":\"string\"}",
     "Records that bear one of these tags: ids, comma-separated."},
    {"source", "query", "{\"type\":\"string\"}",
     "Whose id it is, when the field is external_id."},
    {"bought", "query",
     "{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}$\"}",
     "Customers with a sale in that month."},
};

#define N_LIST 8 /* the first ones */
#define N_IF_MATCH 8
#define N_IF_NONE 9
#define N_BIN 6
#define N_ONCE 10
#define N_TAG 11
#define N_SOURCE 12
#define N_BOUGHT 13

void openapi_parameters(struct jw *w) {
    for (size_t i = 0; i < COUNT_OF(parameters); i++) {
        jw_key(w, str_of(parameters[i].name));
        jw_object(w);
        jw_kstr(w, S("name"), str_of(parameters[i].name));
        jw_kstr(w, S("in"), str_of(parameters[i].in));
        jw_kstr(w, S("description"), str_of(parameters[i].doc));
        jw_key(w, S("schema"));
        jw_raw(w, str_of(parameters[i].schema));
        jw_object_end(w);
    }
}

static struct str filter_name(struct jw *w, const struct entity_info *i) {
    return str_cat(w->out->arena, i->e->name, S("_filter"));
}

/* ^(name|code)(\[(eq|ne|…)\])?$ */
static struct str filter_pattern(struct ctx *c, const struct entity_info *i) {
    struct buf b;
    bool first = true;
    buf_init(&b, c->arena, 64 * 1024);
    buf_cstr(&b, "^(");
    for (size_t k = 0; k < i->n_fields; k++) {
        if (!sight_field(c, i, i->fields[k]) ||
            !filter_op_allowed(i->fields[k], OP_EMPTY))
            continue;
        if (!first)
            buf_byte(&b, '|');
        first = false;
        buf_str(&b, i->fields[k]->name);
    }
    buf_cstr(&b, ")(\\[(");
    for (enum filter_op op = OP_EQ; op <= OP_HAS; op++)
        buf_fmt(&b, "%s%s", op == OP_EQ ? "" : "|", filter_op_name(op));
    buf_cstr(&b, ")\\])?$");
    return buf_view(&b);
}

void openapi_filter_parameter(struct ctx *c, struct jw *w,
                              const struct entity_info *i) {
    jw_key(w, filter_name(w, i));
    jw_object(w);
    jw_kstr(w, S("name"), S("filter"));
    jw_kstr(w, S("in"), S("query"));
    jw_kstr(w, S("description"),
            S("Tests, all of which must hold: name=value or name[op]=value, "
              "each a parameter of its own."));
    jw_kstr(w, S("style"), S("form"));
    jw_kbool(w, S("explode"), true);
    jw_key(w, S("schema"));
    jw_object(w);
    jw_kstr(w, S("type"), S("object"));
    jw_key(w, S("propertyNames"));
    jw_object(w);
    jw_kstr(w, S("pattern"), filter_pattern(c, i));
    jw_object_end(w);
    jw_key(w, S("additionalProperties"));
    jw_raw(w, S("{\"type\":\"string\"}"));
    jw_object_end(w);
    jw_object_end(w);
}

static void parameter_ref(struct jw *w, size_t i) {
    jw_object(w);
    openapi_ref(w, "parameters", str_of(parameters[i].name));
    jw_object_end(w);
}

static void path_parameters(struct jw *w, struct str path) {
    struct str part;
    while (str_cut(&path, '/', &part)) {
        if (!str_starts(part, S("{")))
            continue;
        struct str name = str_sub(part, 1, part.n - 1);
        jw_object(w);
        jw_kstr(w, S("name"), name);
        jw_kstr(w, S("in"), S("path"));
        jw_kbool(w, S("required"), true);
        jw_key(w, S("schema"));
        jw_raw(w, str_eqc(name, "id") ? S("{\"type\":\"integer\",\"format\":"
                                          "\"int64\",\"minimum\":1}")
                                      : S("{\"type\":\"string\"}"));
        jw_object_end(w);
    }
}

/* Of a route written by hand: the members of its shape. */
static void query_parameters(struct ctx *c, struct jw *w,
                             const struct route *r) {
    const struct shape *s = params_shape(r);
    for (size_t i = 0; s != NULL && i < s->n; i++) {
        bool optional;
        jw_object(w);
        jw_kstr(w, S("name"), shape_member_name(&s->members[i], &optional));
        jw_kstr(w, S("in"), S("query"));
        jw_kbool(w, S("required"), !optional);
        if (s->members[i].doc != NULL)
            jw_kstr(w, S("description"), str_of(s->members[i].doc));
        jw_key(w, S("schema"));
        openapi_type(c, w, str_of(s->members[i].type), NULL);
        jw_object_end(w);
    }
}

static void write_parameters(struct ctx *c, struct jw *w, const struct op *op) {
    bool generic = op->info != NULL;
    jw_key(w, S("parameters"));
    jw_array(w);
    path_parameters(w, op->path);
    query_parameters(c, w, op->route);
    if (generic && out_is(op, "list") && is_read(op->route)) {
        for (size_t i = 0; i < N_LIST; i++)
            parameter_ref(w, i);
        parameter_ref(w, N_IF_NONE);
        parameter_ref(w, N_TAG);
        if (str_eqc(op->info->e->name, "customer"))
            parameter_ref(w, N_BOUGHT);
        jw_object(w);
        openapi_ref(w, "parameters", filter_name(w, op->info));
        jw_object_end(w);
    }
    if (generic && out_is(op, "record") && is_read(op->route)) {
        parameter_ref(w, N_BIN);
        parameter_ref(w, N_IF_NONE);
    }
    if (generic && fails_with(op->route, 412))
        parameter_ref(w, N_IF_MATCH);
    if (generic && op->route->method == HTTP_PUT)
        parameter_ref(w, N_SOURCE);
    if (!is_read(op->route) && op->route->auth != AUTH_NONE)
        parameter_ref(w, N_ONCE);
    jw_array_end(w);
}

/* --- body ---------------------------------------------------------------- */

static struct str body_schema(struct jw *w, const struct op *op) {
    if (op->info == NULL || !str_eqc(str_of(op->route->in), "record"))
        return str_of(op->route->in);
    return str_cat(w->out->arena, op->info->e->name,
                   op->route->method == HTTP_POST ? S("_create")
                                                  : S("_change"));
}

static void content(struct jw *w, struct str media, struct str schema) {
    jw_key(w, S("content"));
    jw_object(w);
    jw_key(w, media);
    jw_object(w);
    jw_key(w, S("schema"));
    jw_object(w);
    if (schema.n > 0)
        openapi_ref(w, "schemas", schema);
    jw_object_end(w);
    jw_object_end(w);
    jw_object_end(w);
}

static void request_body(struct jw *w, const struct op *op) {
    if (op->route->body == BODY_NONE)
        return;
    jw_key(w, S("requestBody"));
    jw_object(w);
    jw_kbool(w, S("required"), true);
    if (op->route->body == BODY_JSON)
        content(w, S("application/json"), body_schema(w, op));
    else
        content(w, S("application/octet-stream"), S(""));
    jw_object_end(w);
}

/* --- answers ------------------------------------------------------------- */

static void header(struct jw *w, const char *name, const char *doc) {
    jw_key(w, str_of(name));
    jw_object(w);
    jw_kstr(w, S("description"), str_of(doc));
    jw_key(w, S("schema"));
    jw_raw(w, S("{\"type\":\"string\"}"));
    jw_object_end(w);
}

static int good_status(const struct op *op) {
    const struct shape *s = shape_find(str_of(op->route->out));
    if (op->route->out == NULL)
        return 204;
    if (s != NULL && s->status != 0)
        return s->status;
    bool creates = op->info != NULL && str_eqc(str_of(op->route->in), "record");
    return creates && op->route->method == HTTP_POST ? 201 : 200;
}

static void record_headers(struct jw *w, const struct op *op, int status) {
    if (op->info == NULL || !out_is(op, "record") || !op->info->e->record)
        return;
    jw_key(w, S("headers"));
    jw_object(w);
    header(w, "ETag", "Revision and view of the record.");
    if (status == 201)
        header(w, "Location", "URL of the new record.");
    jw_object_end(w);
}

static void good_content(struct jw *w, const struct op *op) {
    struct str out = str_of(op->route->out);
    if (str_has_byte(out, '/'))
        content(w, out, S(""));
    else if (op->info == NULL || (!out_is(op, "list") && !out_is(op, "record")))
        content(w, S("application/json"), out);
    else if (!out_is(op, "record") && !out_is(op, "list"))
        content(w, S("application/json"), out);
    else if (out_is(op, "list"))
        content(w, S("application/json"),
                str_cat(w->out->arena, op->info->e->name, S("_list")));
    else
        content(w, S("application/json"),
                str_cat(w->out->arena, op->info->e->name, S("_record")));
}

static void good_answer(struct jw *w, const struct op *op) {
    int status = good_status(op);
    jw_key(w, str_fmt(w->out->arena, "%d", status));
    jw_object(w);
    jw_kstr(w, S("description"),
            status == 204   ? S("Done.")
            : status == 201 ? S("Made.")
            : status == 202 ? S("Begun.")
                            : S("The answer."));
    record_headers(w, op, status);
    if (status != 204)
        good_content(w, op);
    jw_object_end(w);
    bool upserts = op->info != NULL && op->route->method == HTTP_PUT;
    if (upserts) {
        jw_key(w, S("201"));
        jw_object(w);
        jw_kstr(w, S("description"), S("Made."));
        record_headers(w, op, 201);
        good_content(w, op);
        jw_object_end(w);
    }
    bool kept = out_is(op, "record") || out_is(op, "list");
    if (op->info != NULL && kept && is_read(op->route)) {
        jw_key(w, S("304"));
        jw_raw(w, S("{\"description\":\"The caller's copy is still good.\"}"));
    }
}

static void answers(struct jw *w, const struct op *op) {
    jw_key(w, S("responses"));
    jw_object(w);
    good_answer(w, op);
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        if (!fails_with(op->route, failures[i].status))
            continue;
        jw_key(w, str_fmt(w->out->arena, "%d", failures[i].status));
        jw_object(w);
        openapi_ref(w, "responses", str_of(failures[i].name));
        jw_object_end(w);
    }
    jw_object_end(w);
}

/* --- the operation ------------------------------------------------------- */

static const char *method_word(enum http_method m) {
    static const char *const words[] = {
        [HTTP_GET] = "get",         [HTTP_HEAD] = "head",
        [HTTP_POST] = "post",       [HTTP_PUT] = "put",
        [HTTP_PATCH] = "patch",     [HTTP_DELETE] = "delete",
        [HTTP_OPTIONS] = "options", [HTTP_OTHER] = "other",
    };
    return words[m];
}

/* get_customers_id_why: unique because method and path are. */
static struct str operation_id(struct ctx *c, const struct op *op) {
    struct str rest = op->path, part;
    struct buf b;
    buf_init(&b, c->arena, 1024);
    buf_cstr(&b, method_word(op->route->method));
    if (str_starts(rest, S("/api/v1/")))
        rest = str_sub(rest, 8, rest.n);
    while (str_cut(&rest, '/', &part)) {
        if (part.n == 0)
            continue;
        if (part.p[0] == '{')
            part = str_sub(part, 1, part.n - 1);
        buf_byte(&b, '_');
        for (size_t i = 0; i < part.n; i++)
            buf_byte(&b, part.p[i] == '.' ? '_' : part.p[i]);
    }
    return buf_view(&b);
}

static void security(struct jw *w, const struct route *r) {
    jw_key(w, S("security"));
    if (r->auth == AUTH_NONE)
        jw_raw(w, S("[]"));
    else if (is_read(r))
        jw_raw(w, S("[{\"bearer\":[]},{\"cookie\":[]}]"));
    else
        jw_raw(w, S("[{\"bearer\":[]},{\"cookie\":[],\"csrf\":[]}]"));
}

void openapi_operation(struct ctx *c, struct jw *w, const struct op *op) {
    const struct route *r = op->route;
    jw_key(w, str_of(method_word(r->method)));
    jw_object(w);
    jw_kstr(w, S("operationId"), operation_id(c, op));
    jw_kstr(w, S("summary"),
            op->info == NULL
                ? str_of(r->doc)
                : str_fmt(c->arena, STR_FMT ": %s",
                          STR_ARG(op->info->e->label.text[LANG_EN]), r->doc));
    jw_key(w, S("tags"));
    jw_array(w);
    jw_str(w, op->info == NULL ? str_of(r->tag) : op->info->e->plural);
    jw_array_end(w);
    security(w, r);
    write_parameters(c, w, op);
    request_body(w, op);
    answers(w, op);
    jw_object_end(w);
}
