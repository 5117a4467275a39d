/* Rules a definition must meet: one entity in itself, and all together. Every
 * flaw is noted, with the path in the JSON. Owns nothing; any thread that owns
 * the context. */
#include "model/parse.h"
#include "model/props.h"

#define ENTITY_NAME_MAX 40
#define NEST_MAX 8 /* parents of parents */

struct place {
    struct ctx *c;
    struct spot spot;
    const struct entity *e;
};

static void note(const struct place *p, struct str path, const char *code,
                 struct str a, struct str b) {
    flaw(&p->spot, path, code, a, b);
}

static struct str field_path(const struct place *p, const struct field *f,
                             const char *prop) {
    return str_fmt(p->c->arena, "fields.%.*s.%s", STR_ARG(f->name), prop);
}

static struct str near_field(const struct place *p, struct str name) {
    struct str *words = NEW_ARRAY(p->c->arena, struct str, p->e->n_fields);
    for (size_t i = 0; i < p->e->n_fields; i++)
        words[i] = p->e->fields[i].name;
    return nearest(name, words, p->e->n_fields);
}

/* --- one entity ---------------------------------------------------------- */

static void entity_names(const struct place *p) {
    static const struct str starts[] = {S_INIT("search_"), S_INIT("sqlite_"),
                                        S_INIT("pg_")};
    if (!is_identifier(p->e->name, ENTITY_NAME_MAX))
        note(p, S("name"), "model_bad_name", p->e->name, S(""));
    if (!is_identifier(p->e->plural, ENTITY_NAME_MAX))
        note(p, S("plural"), "model_bad_name", p->e->plural, S(""));
    for (size_t i = 0; i < COUNT_OF(starts); i++)
        if (str_starts(p->e->name, starts[i]))
            note(p, S("name"), "model_reserved_prefix", p->e->name, starts[i]);
    if (p->e->on_save.n > 0 && !is_identifier(p->e->on_save, 63))
        note(p, S("on_save"), "model_bad_name", p->e->on_save, S(""));
}

static void field_names(const struct place *p) {
    size_t own = 0;
    for (size_t i = 0; i < p->e->n_fields; i++) {
        const struct field *f = &p->e->fields[i];
        own += !f->system;
        for (size_t j = 0; j < i; j++)
            if (str_eq(p->e->fields[j].name, f->name))
                note(p, field_path(p, f, "name"),
                     p->e->fields[j].system ? "model_system_field"
                                            : "model_field_twice",
                     f->name, S(""));
    }
    if (own == 0 && p->e->sidecar_of.n == 0)
        note(p, S("fields"), "model_no_fields", S(""), S(""));
}

static void title_rule(const struct place *p) {
    if (p->e->title.n == 0) {
        if (p->e->record)
            note(p, S(""), "model_missing_property", S("title"), S(""));
        return;
    }
    const struct field *f = entity_field(p->e, p->e->title);
    if (f == NULL)
        note(p, S("title"), "model_unknown_field", p->e->title,
             near_field(p, p->e->title));
    else if (f->type == FT_JSON ||
             (!type_is_text(f->type) && f->type != FT_INT &&
              f->type != FT_DATE && f->type != FT_ENUM))
        note(p, S("title"), "model_bad_title", f->name,
             str_of(field_type_name(f->type)));
}

static void parent_rule(const struct place *p) {
    bool wanted =
        p->e->scope == SCOPE_PARENT || p->e->scope == SCOPE_OWNER_OR_PARENT;
    struct str name = p->e->parent;
    if (wanted && name.n == 0)
        note(p, S(""), "model_missing_property", S("parent"), S(""));
    if (!wanted && name.n > 0)
        note(p, S("parent"), "model_parent_unused",
             str_of(scope_name(p->e->scope)), S(""));
    if (!wanted || name.n == 0)
        return;
    const struct field *f = entity_field(p->e, name);
    if (f == NULL)
        note(p, S("parent"), "model_unknown_field", name, near_field(p, name));
    else if (f->type != FT_REF)
        note(p, S("parent"), "model_parent_not_ref", name, S(""));
}

static void body_member_rule(const struct place *p) {
    if (p->e->body_member.n > 0 && p->e->scope != SCOPE_PARENT)
        note(p, S("body_member"), "model_missing_property", S("parent"), S(""));
}

static void sidecar_shape(const struct place *p) {
    if (p->e->sidecar_of.n == 0)
        return;
    if (p->e->sidecar.n > 0)
        note(p, S("sidecar"), "model_sidecar_both", S(""), S(""));
    if (p->e->record)
        note(p, S("record"), "model_sidecar_record", S(""), S(""));
}

/* A column a field gives the table: itself or a derived one. */
static bool is_column(const struct entity *e, struct str name) {
    for (size_t i = 0; i < e->n_fields; i++) {
        const struct field *f = &e->fields[i];
        struct str rest = str_sub(name, f->name.n, name.n);
        if (!str_starts(name, f->name))
            continue;
        if (rest.n == 0 || (field_has_fold(f) && str_eqc(rest, "_fold")) ||
            (field_has_sort(f) && str_eqc(rest, "_sort")) ||
            (field_has_digits(f) && str_eqc(rest, "_digits")))
            return true;
    }
    return false;
}

static void column_names(const struct place *p, struct str path,
                         struct names cols) {
    if (cols.n == 0)
        note(p, path, "model_empty_list", S(""), S(""));
    for (size_t i = 0; i < cols.n; i++) {
        if (!is_column(p->e, cols.p[i]))
            note(p, path, "model_unknown_field", cols.p[i],
                 near_field(p, cols.p[i]));
        for (size_t j = 0; j < i; j++)
            if (str_eq(cols.p[i], cols.p[j]))
                note(p, path, "model_named_twice", cols.p[i], S(""));
    }
}

static bool same_names(struct names x, struct names y) {
    if (x.n != y.n)
        return false;
    for (size_t i = 0; i < x.n; i++)
        if (!str_eq(x.p[i], y.p[i]))
            return false;
    return true;
}

static void index_rules(const struct place *p, const char *prop,
                        const struct names *lists, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct str path = str_fmt(p->c->arena, "%s[%zu]", prop, i);
        column_names(p, path, lists[i]);
        for (size_t j = 0; j < i; j++)
            if (same_names(lists[i], lists[j]))
                note(p, path, "model_index_twice", S(""), S(""));
        if (lists[i].n == 0 || lists[i].n > 2)
            continue;
        const struct field *f = entity_field(p->e, lists[i].p[0]);
        bool plain = lists[i].n == 1 || str_eqc(lists[i].p[1], "id");
        if (f != NULL && plain && (f->index || f->unique || f->sortable) &&
            !field_has_sort(f))
            note(p, path, "model_index_twice", f->name, S(""));
    }
}

/* A field that always is set, or is emptied by itself, can't be one of them. */
static void one_of_rules(const struct place *p) {
    for (size_t i = 0; i < p->e->n_one_of; i++) {
        struct names one = p->e->one_of[i];
        struct str path = str_fmt(p->c->arena, "one_of[%zu]", i);
        column_names(p, path, one);
        if (one.n == 1)
            note(p, path, "model_one_of_single", one.p[0], S(""));
        for (size_t k = 0; k < one.n; k++) {
            const struct field *f = entity_field(p->e, one.p[k]);
            if (f != NULL && (f->required || f->def.n > 0 ||
                              (f->type == FT_REF && f->on_delete == DEL_CLEAR)))
                note(p, path, "model_one_of_bound", f->name, S(""));
        }
    }
}

static void shown_names(const struct place *p, struct str path,
                        struct names names, struct names *seen) {
    for (size_t i = 0; i < names.n; i++) {
        const struct field *f = entity_field(p->e, names.p[i]);
        if (f == NULL)
            note(p, path, "model_unknown_field", names.p[i],
                 near_field(p, names.p[i]));
        else if (f->secret || f->type == FT_BLOB)
            note(p, path, "model_secret_shown", names.p[i], S(""));
        for (size_t j = 0; j < seen->n; j++)
            if (str_eq(names.p[i], seen->p[j]))
                note(p, path, "model_named_twice", names.p[i], S(""));
        ((struct str *)(uintptr_t)seen->p)[seen->n++] = names.p[i];
    }
}

/* Sidecar fields may stand in lists, but which there are is known only when
 * all entities are: see model_check. */
static void layout_rules(const struct place *p) {
    size_t n = p->e->list.n;
    for (size_t i = 0; i < p->e->n_form; i++)
        n += p->e->form[i].n;
    struct names seen = {NEW_ARRAY(p->c->arena, struct str, n), 0};
    if (p->e->sidecar.n == 0)
        shown_names(p, S("list"), p->e->list, &seen);
    seen.n = 0;
    for (size_t i = 0; i < p->e->n_form; i++)
        shown_names(p, str_fmt(p->c->arena, "form[%zu]", i), p->e->form[i],
                    &seen);
}

static void group_rules(const struct place *p) {
    for (size_t i = 0; i < p->e->n_groups; i++) {
        struct str id = p->e->groups[i].value;
        if (!is_identifier(id, ENTITY_NAME_MAX))
            note(p, S("groups"), "model_bad_name", id, S(""));
        for (size_t j = 0; j < i; j++)
            if (str_eq(id, p->e->groups[j].value))
                note(p, S("groups"), "model_option_twice", id, S(""));
    }
    for (size_t i = 0; i < p->e->n_fields; i++) {
        const struct field *f = &p->e->fields[i];
        bool known = f->group.n == 0;
        for (size_t j = 0; j < p->e->n_groups; j++)
            known = known || str_eq(f->group, p->e->groups[j].value);
        if (!known)
            note(p, field_path(p, f, "group"), "model_unknown_group", f->group,
                 S(""));
    }
}

static void only_for_rules(const struct place *p) {
    for (size_t i = 0; i < p->e->n_only_for; i++) {
        struct names one = p->e->only_for[i];
        struct str path = str_fmt(p->c->arena, "only_for[%zu]", i);
        if (one.n < ONLY_FOR_GROUPS + 1) {
            note(p, path, "model_empty_list", S(""), S(""));
            continue;
        }
        const struct field *f = entity_field(p->e, one.p[0]);
        if (f == NULL)
            note(p, path, "model_unknown_field", one.p[0],
                 near_field(p, one.p[0]));
        else if (f->type != FT_ENUM || field_option(f, one.p[1]) == NULL)
            note(p, path, "model_unknown_word", one.p[1], S(""));
        for (size_t k = ONLY_FOR_GROUPS; k < one.n; k++)
            if (!entity_has_group(p->e, one.p[k]))
                note(p, path, "model_unknown_group", one.p[k], S(""));
    }
}

static void currency_rule(const struct place *p, const struct field *f) {
    if (f->currency.n == 0 || f->type != FT_MONEY)
        return;
    const struct field *code = entity_field(p->e, f->currency);
    if (code == NULL)
        note(p, field_path(p, f, "currency"), "model_unknown_field",
             f->currency, near_field(p, f->currency));
    else if (code->type != FT_TEXT)
        note(p, field_path(p, f, "currency"), "model_bad_currency", code->name,
             S(""));
}

static void start_texts_rule(const struct place *p, const struct field *f) {
    if (f->start_texts.n > 0 && entity_field(p->e, f->start_texts) == NULL)
        note(p, field_path(p, f, "start_texts"), "model_unknown_field",
             f->start_texts, near_field(p, f->start_texts));
}

void entity_rules(const struct spot *s, const struct entity *e) {
    struct place p = {s->c, *s, e};
    entity_names(&p);
    field_names(&p);
    title_rule(&p);
    parent_rule(&p);
    body_member_rule(&p);
    sidecar_shape(&p);
    index_rules(&p, "indexes", e->indexes, e->n_indexes);
    index_rules(&p, "uniques", e->uniques, e->n_uniques);
    one_of_rules(&p);
    only_for_rules(&p);
    layout_rules(&p);
    group_rules(&p);
    for (size_t i = 0; i < e->n_fields; i++) {
        if (e->fields[i].system)
            continue;
        field_rules(s, e, &e->fields[i]);
        currency_rule(&p, &e->fields[i]);
        start_texts_rule(&p, &e->fields[i]);
    }
}

/* --- all together -------------------------------------------------------- */

static struct place place_of(struct ctx *c, const struct entity *e) {
    return (struct place){c, {c, str_cat(c->arena, e->name, S(".json"))}, e};
}

static struct str near_entity(struct ctx *c, const struct model *m,
                              struct str name) {
    struct str *words = NEW_ARRAY(c->arena, struct str, m->n);
    for (size_t i = 0; i < m->n; i++)
        words[i] = m->entities[i].name;
    return nearest(name, words, m->n);
}

static void unique_names(const struct place *p, const struct model *m) {
    for (const struct entity *o = m->entities; o < p->e; o++) {
        if (str_eq(o->name, p->e->name))
            note(p, S("name"), "model_entity_twice", p->e->name, S(""));
        if (str_eq(o->plural, p->e->plural))
            note(p, S("plural"), "model_entity_twice", p->e->plural, S(""));
    }
}

static void refs_exist(const struct place *p, const struct model *m) {
    for (size_t i = 0; i < p->e->n_fields; i++) {
        const struct field *f = &p->e->fields[i];
        if (f->type != FT_REF || f->system)
            continue;
        if (model_entity(m, f->to) == NULL)
            note(p, field_path(p, f, "to"), "model_unknown_entity", f->to,
                 near_entity(p->c, m, f->to));
    }
}

/* Following parents ends at an entity that people can see. */
static void parent_chain(const struct place *p, const struct model *m) {
    const struct entity *e = p->e;
    for (int depth = 0; e != NULL; depth++) {
        if (e->scope == SCOPE_SYSTEM && e != p->e) {
            note(p, S("parent"), "model_parent_hidden", e->name, S(""));
            return;
        }
        if (e->scope != SCOPE_PARENT)
            return;
        if (depth == NEST_MAX) {
            note(p, S("parent"), "model_parent_cycle", p->e->name, S(""));
            return;
        }
        const struct field *f = entity_field(e, e->parent);
        e = f != NULL ? model_entity(m, f->to) : NULL;
    }
}

static void sidecar_pair(const struct place *p, const struct model *m) {
    struct str name = p->e->sidecar.n > 0 ? p->e->sidecar : p->e->sidecar_of;
    struct str prop = p->e->sidecar.n > 0 ? S("sidecar") : S("sidecar_of");
    if (name.n == 0)
        return;
    const struct entity *o = model_entity(m, name);
    if (o == NULL) {
        note(p, prop, "model_unknown_entity", name, near_entity(p->c, m, name));
        return;
    }
    if (!str_eq(p->e->sidecar.n > 0 ? o->sidecar_of : o->sidecar, p->e->name))
        note(p, prop, "model_sidecar_pair", o->name, S(""));
    for (size_t i = 0; p->e->sidecar.n > 0 && i < o->n_fields; i++) {
        const struct field *f = entity_field(p->e, o->fields[i].name);
        if (f != NULL && !o->fields[i].system)
            note(p, prop, "model_sidecar_clash", f->name, S(""));
    }
}

/* The list of an entity with a sidecar may name the sidecar's fields. */
static void sidecar_list(const struct place *p, const struct model *m) {
    const struct entity *o = model_entity(m, p->e->sidecar);
    for (size_t i = 0; o != NULL && i < p->e->list.n; i++) {
        struct str name = p->e->list.p[i];
        if (entity_field(p->e, name) == NULL && entity_field(o, name) == NULL)
            note(p, S("list"), "model_unknown_field", name,
                 near_field(p, name));
        for (size_t j = 0; j < i; j++)
            if (str_eq(name, p->e->list.p[j]))
                note(p, S("list"), "model_named_twice", name, S(""));
    }
}

enum err model_check(struct ctx *c, const struct model *m) {
    enum err before = c->failed;
    c->failed = OK;
    for (size_t i = 0; i < m->n; i++) {
        const struct entity *e = &m->entities[i];
        struct place p = place_of(c, e);
        unique_names(&p, m);
        refs_exist(&p, m);
        parent_chain(&p, m);
        sidecar_pair(&p, m);
        sidecar_list(&p, m);
    }
    enum err mine = c->failed;
    if (before != OK)
        c->failed = before;
    return mine;
}

enum err model_check_product(struct ctx *c, const struct model *m) {
    enum err found = OK;
    for (size_t i = 0; i < m->n; i++) {
        const struct entity *e = &m->entities[i];
        struct place p = place_of(c, e);
        if (str_starts(e->name, S("x_"))) {
            note(&p, S("name"), "model_company_prefix", e->name, S(""));
            found = ERR_INVALID;
        }
        for (size_t j = 0; j < e->n_fields; j++) {
            if (!str_starts(e->fields[j].name, S("x_")))
                continue;
            note(&p, field_path(&p, &e->fields[j], "name"),
                 "model_company_prefix", e->fields[j].name, S(""));
            found = ERR_INVALID;
        }
    }
    return found;
}
