/* Joins entities and their sidecars. Pure; result in the given arena. */
#include "model/parse.h"
#include "model/props.h"

static void join_groups(struct arena *a, struct entity *e,
                        const struct entity *side) {
    VEC(struct option) all = {0};
    for (size_t i = 0; i < e->n_groups; i++)
        *VEC_PUSH(a, &all) = e->groups[i];
    for (size_t i = 0; i < side->n_groups; i++) {
        bool known = false;
        for (size_t j = 0; j < e->n_groups; j++)
            known = known || str_eq(e->groups[j].value, side->groups[i].value);
        if (!known)
            *VEC_PUSH(a, &all) = side->groups[i];
    }
    e->groups = all.p;
    e->n_groups = all.n;
}

static void add_sidecar(struct arena *a, struct entity *e,
                        const struct entity *side) {
    VEC(struct field) all = {0};
    for (size_t i = 0; i < e->n_fields; i++)
        if (!e->fields[i].sidecar)
            *VEC_PUSH(a, &all) = e->fields[i];
    for (size_t i = 0; i < side->n_fields; i++) {
        if (side->fields[i].system)
            continue;
        struct field *f = VEC_PUSH(a, &all);
        *f = side->fields[i];
        f->sidecar = true;
        f->readonly = true;
        f->required = false;
        f->create_only = false;
    }
    e->fields = all.p;
    e->n_fields = all.n;
    join_groups(a, e, side);
}

struct model model_link(struct arena *a, const struct model *m) {
    struct entity *out = NEW_ARRAY(a, struct entity, m->n);
    for (size_t i = 0; i < m->n; i++) {
        out[i] = m->entities[i];
        const struct entity *side = model_entity(m, out[i].sidecar);
        if (out[i].sidecar.n > 0 && side != NULL)
            add_sidecar(a, &out[i], side);
    }
    return (struct model){out, m->n};
}
