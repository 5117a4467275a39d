/* Routes of custom fields: administrators only; everybody else meets them as
 * fields of their entity. Not in write functions: a column takes several
 * transactions on PostgreSQL. */
#include "api/routes.h"

#include "app/custom.h"

static enum err answer(struct ctx *c, struct call *call, int64_t id) {
    return custom_read(c, id, &call->w);
}

static enum err list_h(struct ctx *c, struct call *call) {
    bool given;
    struct str entity = url_get(&call->params, S("entity"), &given);
    jw_object(&call->w);
    jw_key(&call->w, S("data"));
    TRY(custom_list(c, given ? entity : S(""), &call->w));
    jw_object_end(&call->w);
    return OK;
}

static enum err read_h(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    return answer(c, call, id);
}

static enum err create_h(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(custom_create(c, call->json, &id));
    call->status = 201;
    return answer(c, call, id);
}

static enum err change_h(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(custom_change(c, id, call->json));
    return answer(c, call, id);
}

static enum err retire(struct ctx *c, struct call *call, bool retired) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(custom_retire(c, id, retired));
    return answer(c, call, id);
}

static enum err retire_h(struct ctx *c, struct call *call) {
    return retire(c, call, true);
}

static enum err restore_h(struct ctx *c, struct call *call) {
    return retire(c, call, false);
}

static enum err remove_h(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(custom_remove(c, id));
    call->status = 204;
    return OK;
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/custom_fields", list_h, AUTH_ADMIN, RUN_SLOW, BODY_NONE,
     0, "The fields the company has added, retired ones too.", "custom fields",
     "custom_fields_query", "custom_fields"},
    {HTTP_POST, "/api/v1/custom_fields", create_h, AUTH_ADMIN, RUN_FREE,
     BODY_JSON, 0, "Add a field to an entity: at once in every record.",
     "custom fields", "custom_field_new", "custom_field_made"},
    {HTTP_GET, "/api/v1/custom_fields/{id}", read_h, AUTH_ADMIN, RUN_SLOW,
     BODY_NONE, 0, "One custom field.", "custom fields", NULL, "custom_field"},
    {HTTP_PATCH, "/api/v1/custom_fields/{id}", change_h, AUTH_ADMIN, RUN_FREE,
     BODY_JSON, 0,
     "Change labels, options and rules; the type only while no record has a "
     "value.",
     "custom fields", "custom_field_change", "custom_field"},
    {HTTP_POST, "/api/v1/custom_fields/{id}/retire", retire_h, AUTH_ADMIN,
     RUN_FREE, BODY_NONE, 0, "Hide a field everywhere; its values are kept.",
     "custom fields", NULL, "custom_field"},
    {HTTP_POST, "/api/v1/custom_fields/{id}/restore", restore_h, AUTH_ADMIN,
     RUN_FREE, BODY_NONE, 0, "Bring a retired field back with its values.",
     "custom fields", NULL, "custom_field"},
    {HTTP_DELETE, "/api/v1/custom_fields/{id}", remove_h, AUTH_ADMIN, RUN_FREE,
     BODY_NONE, 0, "Remove a retired field that no record has a value of.",
     "custom fields", NULL, NULL},
};

const struct route_list custom_field_routes = {routes, COUNT_OF(routes)};
