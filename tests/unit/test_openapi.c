/* The OpenAPI document is whole, and answers are held against it: what fits is
 * let through, everything else is named. */
#include "api/check.h"
#include "api/openapi.h"
#include "api/shapes.h"
#include "app/hooks.h"
#include "store/actor.h"
#include "test.h"

static struct arena *arena;
static struct ctx ctx;

static const struct route *route_of(const char *pattern, enum http_method m) {
    for (size_t l = 0; all_routes[l] != NULL; l++)
        for (size_t i = 0; i < all_routes[l]->n; i++)
            if (str_eqc(str_of(pattern), all_routes[l]->p[i].pattern) &&
                all_routes[l]->p[i].method == m)
                return &all_routes[l]->p[i];
    return NULL;
}

/* What is wrong with this answer of GET pattern; empty: nothing. */
static struct str verdict(const char *pattern, const char *object, int status,
                          const char *body) {
    struct http_request rq = {
        .arena = arena,
        .reply = {.status = status,
                  .content_type = status < 400 ? S("application/json")
                                               : S("application/problem+json"),
                  .body = str_of(body),
                  .file = -1}};
    struct call call = {.rq = &rq,
                        .route = route_of(pattern, HTTP_GET),
                        .path = {str_of(object)},
                        .n_path = 1};
    struct str why;
    if (check_reply(&ctx, &call, &why))
        return S("");
    return why.n > 0 ? why : S("nothing is said");
}

#define LINKS "\"links\":{\"next\":null,\"prev\":null}"
#define LIST "/api/v1/{object}"

static void list(const char *data, const char *want) {
    struct str body = str_fmt(arena, "{\"data\":[%s]," LINKS "}", data);
    CHECK_STR(verdict(LIST, "customers", 200, str_cstr(arena, body)), want);
}

static void rows_are_checked_by_their_fields(void) {
    list("", "");
    list("{\"id\":1,\"name\":\"a\",\"city\":null,\"roles\":[]}", "");
    list("{\"nope\":1}", ".data[0].nope: not declared");
    list("{\"id\":1},{\"id\":\"1\"}", ".data[1].id: not an integer");
    list("{\"name\":null}", ".data[0].name: null");
    list("{\"name\":5}", ".data[0].name: not a text");
    list("{\"kind\":\"robot\"}", ".data[0].kind: not an option");
    list("{\"roles\":[\"supplier\",\"robot\"]}",
         ".data[0].roles[1]: not an option");
    list("{\"roles\":null}", ".data[0].roles: null");
    list("{\"no_call\":0}", ".data[0].no_call: not a boolean");
    list("{\"owner_id\":0}", ".data[0].owner_id: not an id");
    list("{\"registered_capital\":1.5}",
         ".data[0].registered_capital: not an integer");
    list("{\"birth_date\":\"2023-02-29\"}", ".data[0].birth_date: not a date");
    list("{\"birth_date\":\"2024-02-29\"}", "");
    list("{\"birth_date\":\"2024/02/29\"}", ".data[0].birth_date: not a date");
    list("{\"created_at\":\"2024-02-29T01:02:03Z\"}", "");
    list("{\"created_at\":\"2024-02-29T01:02:03.456Z\"}", "");
    list("{\"created_at\":\"2024-02-29 01:02:03Z\"}",
         ".data[0].created_at: not an instant");
    list("{\"sales\":\"-12.345678\"}", "");
    list("{\"sales\":\"1.2345678\"}", ".data[0].sales: not a decimal");
    list("{\"sales\":\"1.\"}", ".data[0].sales: not a decimal");
    list("{\"sales\":12}", ".data[0].sales: not a text");
    list("{\"postal_code\":\"123456789012345678901\"}",
         ".data[0].postal_code: longer than the field's limit");
    list("7", ".data[0]: not an object");
}

static void lists_are_checked_whole(void) {
    CHECK_STR(verdict(LIST, "customers", 200, "{\"data\":[]}"),
              "without data or links");
    CHECK_STR(verdict(LIST, "customers", 200, "{\"data\":{}," LINKS "}"),
              ".data: not an array");
    CHECK_STR(
        verdict(LIST, "customers", 200, "{\"data\":[]," LINKS ",\"more\":1}"),
        ".more: not declared");
    CHECK_STR(verdict(LIST, "customers", 200,
                      "{\"data\":[]," LINKS ",\"count\":{\"value\":1}}"),
              ".count.capped: missing");
    CHECK_STR(verdict(LIST, "customers", 200,
                      "{\"data\":[]," LINKS ",\"included\":{\"users\":"
                      "{\"3\":{\"id\":4,\"name\":\"x\"}}}}"),
              ".included.users.3: not under its id");
    CHECK_STR(verdict(LIST, "customers", 200, "{\"data\":["), "not JSON");
}

static void records_are_whole(void) {
    CHECK_STR(verdict("/api/v1/{object}/{id}", "tags", 200,
                      "{\"id\":1,\"name\":\"x\"}"),
              "members are missing");
    CHECK_STR(verdict("/api/v1/{object}/{id}", "tags", 200,
                      "{\"id\":1,\"rev\":1,\"created_at\":"
                      "\"2024-01-01T00:00:00Z\",\"created_by\":null,"
                      "\"updated_at\":\"2024-01-01T00:00:00Z\","
                      "\"updated_by\":1,\"deleted_at\":null,"
                      "\"deleted_with\":null,\"source\":null,"
                      "\"external_id\":null,\"name\":\"x\",\"color\":\"red\","
                      "\"note\":null}"),
              "");
}

static void shapes_are_checked(void) {
    CHECK_STR(verdict("/healthz", "", 200, "{\"status\":\"ok\"}"), "");
    CHECK_STR(verdict("/healthz", "", 201, "{\"status\":\"ok\"}"),
              "another status than declared");
    CHECK_STR(verdict("/healthz", "", 200, "{\"status\":\"fine\"}"),
              ".status: not among the words");
    CHECK_STR(verdict("/healthz", "", 200, "{}"), ".status: missing");
    CHECK_STR(verdict("/healthz", "", 200, "[]"), "not an object");
    CHECK_STR(verdict("/api/v1/setup", "", 200, "{\"needed\":1}"),
              ".needed: not a boolean");
    CHECK_STR(verdict("/api/v1/overview", "", 200,
                      "{\"figures\":[{\"key\":\"a\",\"object\":\"b\",\"query\":"
                      "\"\",\"value\":1.5,\"capped\":false}]}"),
              ".figures[0].value: not an integer");
}

static void problems_are_checked(void) {
    static const char problem[] =
        "{\"type\":\"about:blank\",\"title\":\"x\",\"status\":404,\"code\":"
        "\"not_found\",\"detail\":\"x\",\"errors\":[],\"request_id\":\"x\"}";
    CHECK_STR(verdict("/api/v1/{object}/{id}", "customers", 404, problem), "");
    CHECK_STR(verdict(LIST, "customers", 404, problem), "");
    CHECK_STR(verdict(LIST, "customers", 409, problem),
              "this status is not declared");
    CHECK_STR(verdict("/healthz", "", 401, problem),
              "this status is not declared");
    CHECK_STR(verdict(LIST, "customers", 422, "{\"title\":\"x\"}"),
              ".type: missing");
}

/* Every type can be read, and names a shape or field that exists. */
static void check_type(struct str type) {
    struct shape_type t;
    while (shape_type_next(&type, &t)) {
        if (t.kind == SHAPE_FIELD)
            CHECK(openapi_field(&ctx, t.arg) != NULL);
        if (t.kind == SHAPE_OBJECT)
            CHECK(shape_find(t.arg) != NULL || str_eqc(t.arg, "filter"));
        if (t.kind == SHAPE_ARRAY || t.kind == SHAPE_MAP)
            check_type(t.arg);
    }
}

static void every_shape_is_sound(void) {
    for (size_t l = 0; all_shapes[l] != NULL; l++) {
        for (size_t i = 0; i < all_shapes[l]->n; i++) {
            const struct shape *s = all_shapes[l]->p[i];
            CHECK(shape_find(str_of(s->name)) == s); /* no name twice */
            for (size_t k = 0; k < s->n; k++)
                check_type(str_of(s->members[k].type));
            if (s->others != NULL)
                check_type(str_of(s->others));
        }
    }
}

static bool is_shape(const char *name) {
    struct str s = str_of(name);
    return s.n == 0 || str_has_byte(s, '/') || shape_find(s) != NULL ||
           str_eqc(s, "record") || str_eqc(s, "list");
}

static void every_route_names_what_exists(void) {
    for (size_t l = 0; all_routes[l] != NULL; l++) {
        for (size_t i = 0; i < all_routes[l]->n; i++) {
            const struct route *r = &all_routes[l]->p[i];
            bool good =
                is_shape(r->in) && is_shape(r->out) && r->doc != NULL &&
                r->auth != AUTH_UNSET &&
                (r->tag != NULL || str_starts(str_of(r->pattern), S(LIST)));
            if (!good)
                printf("%s %s %s\n", r->pattern, r->in, r->out);
            CHECK(good);
        }
    }
}

/* json_read refuses a member that is there twice. */
static void the_document_is_json(void) {
    struct buf b;
    struct jw w;
    json_t *j;
    buf_init(&b, arena, 64 << 20);
    jw_init(&w, &b);
    openapi_write(&ctx, &w);
    CHECK(buf_ok(&b));
    CHECK_OK(json_read(&ctx, buf_view(&b), &j));
    CHECK_STR(json_str(json_object_get(j, "openapi")), "3.1.0");
}

int main(void) {
    arena = arena_new();
    ctx_init(&ctx, arena);
    ctx.registry = registry_new(arena, &builtin_model, &app_hooks);
    ctx.actor = actor_console(&ctx);
    RUN(rows_are_checked_by_their_fields);
    RUN(lists_are_checked_whole);
    RUN(records_are_whole);
    RUN(shapes_are_checked);
    RUN(problems_are_checked);
    RUN(every_shape_is_sound);
    RUN(every_route_names_what_exists);
    RUN(the_document_is_json);
    arena_free(arena);
    return test_end();
}
