/* What the columns of a file can be read into. Owns nothing; any thread. */
#include "app/target.h"

#include "store/record.h"
#include "store/sight.h"

/* A file of orders has lines of four entities: the facts that belong there. */
static const struct {
    const char *entity, *field;
    bool required, key;
} order_targets[] = {
    {"order", "number", true, true},
    {"order", "ordered_on", true, false},
    {"order_line", "quantity", false, false},
    {"order_line", "unit_price", false, false},
    {"order_line", "amount", false, false},
    {"product", "code", false, true},
    {"product", "name", false, false},
    {"customer", "external_id", false, true},
    {"customer", "name", false, false},
    {"customer", "country", false, false},
    {"customer", "phone", false, true},
    {"customer", "owner_id", false, false},
    {"customer", "email", false, false},
    {"customer", "short_name", false, false},
    {"customer", "province", false, false},
    {"customer", "city", false, false},
    {"customer", "district", false, false},
    {"customer", "address", false, false},
    {"customer", "postal_code", false, true},
    {"product", "unit", false, false},
    {"product", "category", false, false},
    {"order", "status", false, false},
    {"order", "currency", false, false},
    {"order", "pay_method", false, false},
    {"order", "note", false, false},
    {"order_line", "note", false, false},
};

static struct str target_name(struct arena *a, const struct entity_info *i,
                              const struct field *f) {
    return str_fmt(a, STR_FMT "." STR_FMT, STR_ARG(i->e->name),
                   STR_ARG(f->name));
}

bool mapping_is_origin(const struct field *f) {
    return f->system &&
           (str_eqc(f->name, "created_at") || str_eqc(f->name, "created_by") ||
            str_eqc(f->name, "updated_at"));
}

/* May a file give this field? References only where a text can name the
 * record; the origin of a record only by who may create it for anybody. */
static bool is_open(const struct field *f, bool all) {
    if (mapping_is_origin(f))
        return all;
    if (f->readonly || !field_is_shown(f) || f->sidecar || f->type == FT_JSON)
        return false;
    if (f->type == FT_REF)
        return f->custom || str_eqc(f->name, "customer_id") ||
               str_eqc(f->name, "owner_id");
    return !f->system || str_eqc(f->name, "external_id");
}

/* What the company has added to orders and to what comes with them. */
static void add_custom(struct ctx *c, const char *entity, struct target *t,
                       size_t *n) {
    const struct entity_info *i = registry_find(c->registry, str_of(entity));
    for (size_t k = 0; k < i->e->n_fields; k++) {
        const struct field *f = i->fields[k];
        if (!f->custom || !is_open(f, false) ||
            sight_refusal(c, i, f, true) != NULL)
            continue;
        t[(*n)++] = (struct target){.info = i,
                                    .field = f,
                                    .name = target_name(c->arena, i, f),
                                    .key = f->unique || f->type == FT_PHONE};
    }
}

static void targets_of_orders(struct ctx *c, struct targets *out) {
    static const char *const added[] = {"order", "customer", "product"};
    size_t room = COUNT_OF(order_targets), n = 0;
    for (size_t i = 0; i < COUNT_OF(added); i++)
        room += registry_find(c->registry, str_of(added[i]))->e->n_fields;
    struct target *t = NEW_ARRAY(c->arena, struct target, room);
    for (; n < COUNT_OF(order_targets); n++) {
        const struct entity_info *info =
            registry_find(c->registry, str_of(order_targets[n].entity));
        const struct field *f =
            info_field(info, str_of(order_targets[n].field));
        t[n] = (struct target){.info = info,
                               .field = f,
                               .name = target_name(c->arena, info, f),
                               .required = order_targets[n].required,
                               .key = order_targets[n].key};
    }
    for (size_t i = 0; i < COUNT_OF(added); i++)
        add_custom(c, added[i], t, &n);
    out->p = t;
    out->n = n;
}

static void targets_of_records(struct ctx *c, const struct entity_info *i,
                               struct targets *out) {
    VEC(struct target) all = {0};
    struct scope s;
    bool origin =
        scope_make(c, i->e, ACT_CREATE, &s) == OK && scope_is_all(c, &s);
    fail_clear(c);
    for (size_t k = 0; k < i->e->n_fields; k++) {
        const struct field *f = i->fields[k];
        /* What the caller's role does not let him write is no target. */
        bool refused = sight_refusal(c, i, f, true) != NULL ||
                       sight_refusal(c, i, f, false) != NULL;
        if (!is_open(f, origin) || (refused && !mapping_is_origin(f)))
            continue;
        *VEC_PUSH(c->arena, &all) = (struct target){
            .info = i,
            .field = f,
            .name = target_name(c->arena, i, f),
            .required = f->required && f->def.n == 0 && !mapping_is_origin(f),
            .key = f->unique || f->type == FT_PHONE ||
                   str_eqc(f->name, "external_id") ||
                   str_eqc(f->name, "customer_id") ||
                   str_eqc(f->name, "postal_code"),
        };
    }
    out->p = all.p;
    out->n = all.n;
}

enum err targets_of(struct ctx *c, struct str entity, struct targets *out) {
    static const char *const plain[] = {"customers", "contacts", "products"};
    *out = (struct targets){.entity = entity};
    if (str_eqc(entity, "orders")) {
        targets_of_orders(c, out);
        return OK;
    }
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        if (!str_eqc(entity, plain[i]))
            continue;
        targets_of_records(c, registry_plural(c->registry, entity), out);
        return OK;
    }
    return failv(c, ERR_INVALID, S("entity"), "import_entity", ARGS(V(entity)));
}

const struct target *target_find(const struct targets *t, struct str name) {
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->p[i].name, name))
            return &t->p[i];
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->p[i].info->e->plural, t->entity) &&
            str_eq(t->p[i].field->name, name))
            return &t->p[i];
    return NULL;
}
