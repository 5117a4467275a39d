/* Builds the per-entity tables and the fixed SQL text of one snapshot. Owns
 * nothing outside its arenas; read by all threads without a lock. */
#include "store/registry.h"

#include "base/die.h"
#include "model/value.h"

static struct hook_entry find_hook(const struct entity *e,
                                   const struct hooks *hooks) {
    if (e->on_save.n == 0)
        return (struct hook_entry){0};
    for (size_t i = 0; i < hooks->n; i++)
        if (str_eqc(e->on_save, hooks->p[i].name))
            return hooks->p[i];
    die("entity " STR_FMT ": no hook " STR_FMT, STR_ARG(e->name),
        STR_ARG(e->on_save));
}

/* What comes in the body of another is known to that one. */
static void join_parts(struct registry *r) {
    for (size_t i = 0; i < r->model->n; i++) {
        const struct entity_info *part = &r->info[i];
        if (part->e->body_member.n == 0)
            continue;
        const struct field *f = entity_field(part->e, part->e->parent);
        const struct entity *whole = model_entity(r->model, f->to);
        if (part->on_put == NULL)
            die("entity " STR_FMT ": its hook can't take it out of a body",
                STR_ARG(part->e->name));
        r->info[whole - r->model->entities].part = part;
    }
}

static void add_fields(struct entity_info *info, const struct entity *e,
                       bool side) {
    for (size_t i = 0; i < e->n_fields; i++)
        if (!side || !str_eqc(e->fields[i].name, "id"))
            info->fields[info->n_fields++] = &e->fields[i];
}

/* Two fields of one name, of the entity and its sidecar: the first counts. */
static uint16_t *slot_of(const struct entity_info *info, struct str name) {
    size_t i = (size_t)str_hash(name) & (info->n_slots - 1);
    while (info->by_name[i] != 0 &&
           !str_eq(info->fields[info->by_name[i] - 1]->name, name))
        i = (i + 1) & (info->n_slots - 1);
    return &info->by_name[i];
}

/* At most a quarter full: nearly every name is found where it should be. */
static void add_names(struct arena *a, struct entity_info *info) {
    info->n_slots = 16;
    while (info->n_slots < 4 * info->n_fields)
        info->n_slots *= 2;
    if (info->n_slots > UINT16_MAX)
        die("entity " STR_FMT ": too many fields", STR_ARG(info->e->name));
    info->by_name = NEW_ARRAY(a, uint16_t, info->n_slots);
    for (size_t i = 0; i < info->n_fields; i++) {
        uint16_t *slot = slot_of(info, info->fields[i]->name);
        if (*slot == 0)
            *slot = (uint16_t)(i + 1);
    }
}

/* What value_to_json writes for NULL, made once: most fields are empty. */
static void make_json(struct ctx *c, struct arena *a,
                      struct entity_info *info) {
    info->json_keys = NEW_ARRAY(a, struct str, info->n_fields);
    info->json_blanks = NEW_ARRAY(a, struct str, info->n_fields);
    for (size_t i = 0; i < info->n_fields; i++) {
        struct buf b;
        struct jw w;
        info->json_keys[i] = jw_made_key(a, info->fields[i]->name);
        buf_init(&b, a, 4096);
        jw_init(&w, &b);
        buf_str(&b, info->json_keys[i]);
        value_to_json(c, &w, info->fields[i], V_NULL);
        info->json_blanks[i] = buf_view(&b);
    }
}

/* What a moment is depends on the company's zone: that is read each time. */
static void make_defaults(struct ctx *c, struct arena *a,
                          struct entity_info *info) {
    info->defaults = NEW_ARRAY(a, struct val, info->n_fields);
    for (size_t i = 0; i < info->n_fields; i++) {
        const struct field *f = info->fields[i];
        json_t *j;
        info->defaults[i] = V_NULL;
        if (f->def.n == 0 || f->type == FT_INSTANT)
            continue;
        if (json_read(c, f->def, &j) != OK ||
            value_from_json(c, f, j, &info->defaults[i]) != OK) {
            fail_clear(c);
            info->defaults[i] = V_NULL;
        }
    }
}

static void append_quoted(struct buf *b, struct str alias, struct str name) {
    buf_str(b, alias);
    buf_cstr(b, ".\"");
    buf_str(b, name);
    buf_byte(b, '"');
}

/* SELECT t."id", …, s."sales" FROM "customer" t LEFT JOIN "customer_stats" s
 * ON s."id" = t."id" WHERE t."id" = $1 */
static struct str make_select(struct arena *a, struct entity_info *info) {
    struct buf b;
    buf_init(&b, a, 64 * 1024);
    buf_cstr(&b, "SELECT ");
    for (size_t i = 0; i < info->n_fields; i++) {
        if (i > 0)
            buf_cstr(&b, ", ");
        bool side = i >= info->e->n_fields;
        append_quoted(&b, side ? S("s") : S("t"), info->fields[i]->name);
    }
    buf_fmt(&b, " FROM \"" STR_FMT "\" t", STR_ARG(info->e->name));
    if (info->side != NULL)
        buf_fmt(&b, " LEFT JOIN \"" STR_FMT "\" s ON s.\"id\" = t.\"id\"",
                STR_ARG(info->side->name));
    buf_cstr(&b, " WHERE t.\"id\" = $1");
    return buf_view(&b);
}

static void add_insert_column(struct entity_info *info, struct buf *b,
                              struct buf *values, struct str name,
                              const char *suffix) {
    if (info->n_insert++ > 0) {
        buf_cstr(b, ", ");
        buf_cstr(values, ", ");
    }
    buf_fmt(b, "\"" STR_FMT "%s\"", STR_ARG(name), suffix);
    buf_fmt(values, "$%zu", info->n_insert);
}

/* INSERT INTO "customer" ("rev", …, "name_fold", …) VALUES ($1, …) RETURNING
 * "id". The order of the extra columns is that of derived_columns. */
static struct str make_insert(struct arena *a, struct entity_info *info) {
    struct buf b, values;
    buf_init(&b, a, 64 * 1024);
    buf_init(&values, a, 64 * 1024);
    buf_fmt(&b, "INSERT INTO \"" STR_FMT "\" (", STR_ARG(info->e->name));
    const struct entity *e = info->e;
    for (size_t i = 1; i < e->n_fields; i++)
        add_insert_column(info, &b, &values, e->fields[i].name, "");
    for (size_t i = 1; i < e->n_fields; i++) {
        const struct field *f = &e->fields[i];
        if (field_has_fold(f))
            add_insert_column(info, &b, &values, f->name, "_fold");
        if (field_has_sort(f))
            add_insert_column(info, &b, &values, f->name, "_sort");
        if (field_has_digits(f))
            add_insert_column(info, &b, &values, f->name, "_digits");
    }
    buf_cstr(&b, ") VALUES (");
    buf_str(&b, buf_view(&values));
    buf_cstr(&b, ") RETURNING \"id\"");
    return buf_view(&b);
}

static struct str make_insert_side(struct arena *a, const struct entity *side) {
    return str_fmt(a, "INSERT INTO \"" STR_FMT "\" (\"id\") VALUES ($1)",
                   STR_ARG(side->name));
}

/* The statement of before when the text is the same. */
static const struct sql *statement(struct arena *a, const char *name,
                                   struct str text, const struct sql *before) {
    if (before != NULL && str_eq(before->text, text))
        return before;
    struct sql *s = NEW(a, struct sql);
    *s = (struct sql){name, str_dup(a, text)};
    return s;
}

static void make_statements(struct arena *a, struct arena *keep,
                            struct entity_info *info,
                            const struct entity_info *before) {
    static const struct entity_info none;
    if (before == NULL)
        before = &none;
    info->select_one =
        statement(keep, "select_one", make_select(a, info), before->select_one);
    info->insert =
        statement(keep, "insert", make_insert(a, info), before->insert);
    if (info->side != NULL)
        info->insert_side =
            statement(keep, "insert_side", make_insert_side(a, info->side),
                      before->insert_side);
}

struct registry *registry_new(struct arena *a, const struct model *m,
                              const struct hooks *hooks) {
    return registry_next(a, a, m, hooks, NULL);
}

struct registry *registry_next(struct arena *a, struct arena *statements,
                               const struct model *m, const struct hooks *hooks,
                               const struct registry *before) {
    struct registry *r = NEW(a, struct registry);
    struct ctx c;
    ctx_init(&c, a);
    r->model = m;
    r->who = hooks->who;
    r->info = NEW_ARRAY(a, struct entity_info, m->n);
    for (size_t i = 0; i < m->n; i++) {
        const struct entity *e = &m->entities[i];
        struct entity_info *info = &r->info[i];
        info->e = e;
        info->side = e->sidecar.n > 0 ? model_entity(m, e->sidecar) : NULL;
        size_t n = e->n_fields + (info->side ? info->side->n_fields : 0);
        info->fields = NEW_ARRAY(a, const struct field *, n);
        add_fields(info, e, false);
        if (info->side != NULL)
            add_fields(info, info->side, true);
        add_names(a, info);
        info->first = r->n_places;
        r->n_places += info->n_fields;
        make_json(&c, a, info);
        make_defaults(&c, a, info);
        make_statements(a, statements, info,
                        before != NULL ? &before->info[i] : NULL);
        struct hook_entry hook = find_hook(e, hooks);
        info->on_save = hook.fn;
        info->on_made = hook.all;
        info->on_check = hook.check;
        info->on_fill = hook.fill;
        info->on_put = hook.put;
    }
    join_parts(r);
    return r;
}

const struct entity_info *registry_info(const struct registry *r,
                                        const struct entity *e) {
    return &r->info[e - r->model->entities];
}

const struct entity_info *registry_find(const struct registry *r,
                                        struct str name) {
    const struct entity *e = model_entity(r->model, name);
    if (e == NULL)
        e = model_plural(r->model, name);
    return e == NULL ? NULL : registry_info(r, e);
}

const struct entity_info *registry_plural(const struct registry *r,
                                          struct str plural) {
    const struct entity *e = model_plural(r->model, plural);
    return e == NULL ? NULL : registry_info(r, e);
}

const struct field *info_field(const struct entity_info *i, struct str name) {
    uint16_t at = *slot_of(i, name);
    return at == 0 ? NULL : i->fields[at - 1];
}

/* Where f is if the fields stand as the model has them. */
static size_t likely_place(const struct entity_info *i, const struct field *f) {
    uintptr_t at = (uintptr_t)f, own = (uintptr_t)i->e->fields;
    if (at >= own && at < own + i->e->n_fields * sizeof *f)
        return (at - own) / sizeof *f;
    /* The sidecar's id is its first field and not shown a second time. */
    uintptr_t side = i->side == NULL ? 0 : (uintptr_t)i->side->fields;
    return i->e->n_fields + (at - side) / sizeof *f - 1;
}

size_t info_index(const struct entity_info *i, const struct field *f) {
    size_t likely = likely_place(i, f);
    if (likely < i->n_fields && i->fields[likely] == f)
        return likely;
    for (size_t k = 0; k < i->n_fields; k++)
        if (i->fields[k] == f)
            return k;
    die("field " STR_FMT " is not of entity " STR_FMT, STR_ARG(f->name),
        STR_ARG(i->e->name));
}

bool info_is_side(const struct entity_info *i, const struct field *f) {
    return info_index(i, f) >= i->e->n_fields;
}

bool field_refers_to(const struct field *f, const struct entity *e) {
    return f->type == FT_REF && str_eq(f->to, e->name);
}
