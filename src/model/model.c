/* Lookups in a model. Borrowed structs in, borrowed structs out; any thread.
 */
#include "model/model.h"

const struct entity *model_entity(const struct model *m, struct str name) {
    for (size_t i = 0; i < m->n; i++)
        if (str_eq(m->entities[i].name, name))
            return &m->entities[i];
    return NULL;
}

const struct entity *model_plural(const struct model *m, struct str plural) {
    for (size_t i = 0; i < m->n; i++)
        if (str_eq(m->entities[i].plural, plural))
            return &m->entities[i];
    return NULL;
}

const struct field *entity_field(const struct entity *e, struct str name) {
    for (size_t i = 0; i < e->n_fields; i++)
        if (str_eq(e->fields[i].name, name))
            return &e->fields[i];
    return NULL;
}

bool entity_has_group(const struct entity *e, struct str name) {
    for (size_t i = 0; i < e->n_groups; i++)
        if (str_eq(e->groups[i].value, name))
            return true;
    return false;
}

const struct names *entity_only_for(const struct entity *e, struct str group) {
    for (size_t i = 0; i < e->n_only_for; i++)
        for (size_t k = ONLY_FOR_GROUPS; k < e->only_for[i].n; k++)
            if (str_eq(e->only_for[i].p[k], group))
                return &e->only_for[i];
    return NULL;
}

const struct option *field_option(const struct field *f, struct str value) {
    for (size_t i = 0; i < f->n_options; i++)
        if (str_eq(f->options[i].value, value))
            return &f->options[i];
    return NULL;
}

bool field_has_fold(const struct field *f) {
    return f->search;
}

bool field_has_sort(const struct field *f) {
    return f->sortable && f->type == FT_TEXT;
}

bool field_has_digits(const struct field *f) {
    return f->type == FT_PHONE;
}

int64_t field_max_chars(const struct field *f) {
    static const int64_t usual[FT_TYPE_COUNT] = {
        [FT_TEXT] = 255, [FT_LONGTEXT] = 20000, [FT_EMAIL] = 254,
        [FT_PHONE] = 40, [FT_URL] = 2000,       [FT_JSON] = 65536,
    };
    if (f->type >= FT_TYPE_COUNT || usual[f->type] == 0)
        return 0;
    return f->max > 0 ? f->max : usual[f->type];
}
