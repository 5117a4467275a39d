/* One place decides which text goes into which extra column. */
#include "store/derived.h"

#include "base/fold.h"
#include "base/sortkey.h"
#include "base/token.h"

static struct val or_null(struct str s) {
    return s.n == 0 ? V_NULL : V(s);
}

size_t derived_count(const struct field *f) {
    return (size_t)field_has_fold(f) + (size_t)field_has_sort(f) +
           (size_t)field_has_digits(f);
}

size_t derived_names(struct arena *a, const struct field *f,
                     struct str out[3]) {
    size_t n = 0;
    if (field_has_fold(f))
        out[n++] = str_cat(a, f->name, S("_fold"));
    if (field_has_sort(f))
        out[n++] = str_cat(a, f->name, S("_sort"));
    if (field_has_digits(f))
        out[n++] = str_cat(a, f->name, S("_digits"));
    return n;
}

size_t derived_values(struct arena *a, const struct field *f, struct val v,
                      struct val out[3]) {
    struct str s = v.type == VAL_STR ? v.s : (struct str){0};
    size_t n = 0;
    if (field_has_fold(f))
        out[n++] = or_null(s.n == 0 ? s : text_fold(a, s));
    if (field_has_sort(f))
        out[n++] = or_null(s.n == 0 ? s : text_sort_key(a, s));
    if (field_has_digits(f))
        out[n++] = or_null(s.n == 0 ? s : text_digits(a, s));
    return n;
}

size_t derived_columns(struct ctx *c, const struct field *f, struct val v,
                       struct derived out[3]) {
    struct str names[3];
    struct val values[3];
    size_t n = derived_names(c->arena, f, names);
    derived_values(c->arena, f, v, values);
    for (size_t x = 0; x < n; x++)
        out[x] = (struct derived){names[x], values[x]};
    return n;
}

bool entity_is_searched(const struct entity *e) {
    for (size_t i = 0; i < e->n_fields; i++)
        if (e->fields[i].search)
            return true;
    return false;
}

/* What rows older than a custom field's column hold is in no index: nobody
 * looked at those rows, and it would find them all. */
static bool is_fill(struct ctx *c, const struct field *f, struct str s) {
    return f->fill.n > 0 && str_eq(field_fill_text(c->arena, f), s);
}

/* What of the field goes into the index, in the form queries have. */
struct str derived_searched(struct ctx *c, const struct field *f,
                            struct str s) {
    return f->type == FT_PHONE ? text_digits(c->arena, s)
                               : text_fold(c->arena, s);
}

void derived_tokens(struct ctx *c, const struct record *r,
                    const struct str **out, size_t *n) {
    VEC(struct str) texts = {0};
    for (size_t k = 0; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        if (f->search && r->v[k].type == VAL_STR && !is_fill(c, f, r->v[k].s))
            *VEC_PUSH(c->arena, &texts) = derived_searched(c, f, r->v[k].s);
    }
    struct tokens t = tokens_of_fields(c->arena, texts.p, texts.n);
    *out = t.p;
    *n = t.n;
}
