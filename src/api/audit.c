/* Route of the audit trail's seals; the entries are a generic list. */
#include "api/routes.h"

#include "base/time.h"
#include "store/audit_seal.h"
#include "store/registry.h"
#include "store/scope.h"

static enum err may_read(struct ctx *c) {
    struct scope s;
    const struct entity *e = model_entity(c->registry->model, S("audit_entry"));
    return scope_make(c, e, ACT_READ, &s);
}

static enum err audit_state(struct ctx *c, struct call *call) {
    struct seal_state s;
    struct jw *w = &call->w;
    TRY(may_read(c));
    TRY(seal_state(c, &s));
    jw_object(w);
    jw_ki64(w, S("seals"), s.seals);
    jw_ki64(w, S("sealed"), s.sealed);
    jw_ki64(w, S("unsealed"), s.unsealed);
    jw_key(w, S("sealed_at"));
    if (s.at == 0)
        jw_null(w);
    else
        jw_str(w, instant_text(c->arena, s.at));
    jw_key(w, S("hash"));
    if (s.hash.n == 0)
        jw_null(w);
    else
        jw_str(w, s.hash);
    jw_kbool(w, S("keyed"), store_key(c->store) != NULL);
    jw_object_end(w);
    return OK;
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/audit/state", audit_state, AUTH_USER, RUN_SLOW,
     BODY_NONE, 0, "How far the audit trail is sealed.", "audit", NULL,
     "audit_state"},
};

const struct route_list audit_routes = {routes, COUNT_OF(routes)};
