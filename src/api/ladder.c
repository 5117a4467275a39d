/* The ladder over HTTP. */
#include "api/routes.h"

#include "app/ladder.h"
#include "app/ladder_figures.h"
#include "base/time.h"
#include "store/record.h"

#include <math.h>

static void put_number(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    if (isnan(v))
        jw_null(w);
    else
        jw_f64(w, v);
}

static void put_rungs(struct jw *w, const struct ladder_figures *f) {
    jw_key(w, S("rungs"));
    jw_array(w);
    for (int r = 0; r < RUNG_COUNT; r++) {
        const struct rung_figures *g = &f->rungs[r];
        bool top = r + 1 == RUNG_COUNT;
        jw_object(w);
        jw_kstr(w, S("ladder_rung"), rung_name((enum rung)r));
        jw_ki64(w, S("customers"), g->customers);
        jw_ki64(w, S("reached"), g->reached);
        jw_ki64(w, S("moved"), g->moved);
        put_number(w, S("conversion"),
                   top || g->reached == 0
                       ? NAN
                       : (double)g->moved / (double)g->reached);
        jw_ki64(w, S("dated"), g->dated);
        put_number(w, S("moved_days"), g->moved_days);
        put_number(w, S("dwell_days"), g->dwell_days);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_counts(struct jw *w, struct str key, struct str field,
                       const struct option_count *v, size_t n) {
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_kstr(w, field, v[i].value);
        jw_ki64(w, S("customers"), v[i].customers);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static enum err figures_h(struct ctx *c, struct call *call) {
    struct ladder_figures f;
    struct ladder_limits l;
    struct jw *w = &call->w;
    TRY(ladder_limits(c, &l));
    TRY(ladder_figures(c, &f));
    jw_object(w);
    jw_kstr(w, S("as_of"), day_text(c->arena, l.today));
    jw_ki64(w, S("customers"), f.customers);
    ladder_put_limits(w, &l);
    put_rungs(w, &f);
    put_counts(w, S("classes"), S("relation_class"), f.relations,
               f.n_relations);
    put_counts(w, S("stages"), S("lifecycle_stage"), f.stages, f.n_stages);
    if (f.n_levels > 0)
        put_counts(w, S("levels"), S("relation_level"), f.levels, f.n_levels);
    if (f.n_bonds > 0)
        put_counts(w, S("bonds"), S("bond"), f.bonds, f.n_bonds);
    jw_object_end(w);
    return OK;
}

static enum err why_h(struct ctx *c, struct call *call) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct scope s;
    struct record *r;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(record_load(c, &s, id, false, &r));
    return ladder_why(c, r, &call->w);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/ladder",
     .fn = figures_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Who stands on which rung, who came how far, and in what time.",
     .tag = "value",
     .out = "ladder"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/customers/{id}/ladder",
     .fn = why_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "Where a customer stands, the facts and rules behind it, and what "
            "comes next.",
     .tag = "value",
     .out = "ladder_why"},
};

const struct route_list ladder_routes = {routes, COUNT_OF(routes)};
