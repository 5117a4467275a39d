/* Which record a row means. A record is named by (source, external id), by each
 * of its unique fields, by the key chosen for the import, and, when nothing
 * else names it, by its name and phone. Owns nothing. Threads: the runner's.
 * Invariant: every unique value of a row is looked up, whatever key was chosen,
 * so that no row makes the database refuse its chunk. */
#include "app/import_records.h"

#include "base/fold.h"
#include "base/sortkey.h"
#include "store/lookup.h"
#include "store/record.h"

#include <stdio.h>

static struct import_records_state *state_of(const struct import_work *w) {
    return w->state;
}

/* --- names --------------------------------------------------------------- */

static struct import_name field_name(struct ctx *c, const struct field *f,
                                     struct str value) {
    struct import_name n = {
        .column = f->name, .value = value, .field = f, .unique = f->unique};
    if (field_has_digits(f)) {
        n.column = str_cat(c->arena, f->name, S("_digits"));
        n.value = text_digits(c->arena, value);
    }
    n.text = str_fmt(c->arena, "u:" STR_FMT ":" STR_FMT, STR_ARG(f->name),
                     STR_ARG(n.value));
    return n;
}

static size_t person_name(struct ctx *c, const struct record *r,
                          struct import_name *out) {
    if (info_field(r->info, S("phone")) == NULL)
        return 0;
    struct str digits = text_digits(c->arena, record_str(r, S("phone")));
    struct str name = text_sort_key(c->arena, record_str(r, S("name")));
    if (digits.n == 0 || name.n == 0)
        return 0;
    *out =
        (struct import_name){.column = S("phone_digits"),
                             .value = digits,
                             .also = name,
                             .text = str_fmt(c->arena, "p:" STR_FMT ":" STR_FMT,
                                             STR_ARG(digits), STR_ARG(name)),
                             .decides = true};
    return 1;
}

size_t import_names(struct ctx *c, const struct import_work *w,
                    const struct record *r, struct import_name *out) {
    const struct import_records_state *s = state_of(w);
    bool chosen = s->key != NULL || s->key_external;
    size_t n = 0;
    struct str external = record_str(r, S("external_id"));
    if (external.n > 0)
        out[n++] =
            (struct import_name){.value = external,
                                 .text = str_cat(c->arena, S("e:"), external),
                                 .field = info_field(r->info, S("external_id")),
                                 .decides = !chosen || s->key_external,
                                 .unique = true};
    for (size_t k = 0; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        bool wanted = f->unique || f == s->key;
        if (!wanted || n == IMPORT_KEYS_MAX - 1 || r->v[k].type != VAL_STR ||
            r->v[k].s.n == 0)
            continue;
        out[n] = field_name(c, f, r->v[k].s);
        out[n].decides = !chosen || f == s->key;
        n += out[n].value.n > 0;
    }
    if (n == 0 && !chosen)
        n += person_name(c, r, out);
    return n;
}

/* --- looking up ---------------------------------------------------------- */

/* All names that are looked up in one column. */
struct question {
    struct str column;
    VEC(const struct import_name *) names;
};

struct questions {
    VEC(struct question) all;
};

static struct question *question_of(struct ctx *c, struct questions *q,
                                    const struct import_name *n) {
    for (size_t i = 0; i < q->all.n; i++)
        if (str_eq(q->all.p[i].column, n->column))
            return &q->all.p[i];
    struct question *new = VEC_PUSH(c->arena, &q->all);
    new->column = n->column;
    return new;
}

static void note_hit(struct ctx *c, struct import_records_state *s,
                     struct str text, int64_t id) {
    void **place = map_put(&s->hits, text);
    struct import_hit *h = *place;
    if (h == NULL) {
        h = NEW(c->arena, struct import_hit);
        *place = h;
    }
    h->several |= h->id != 0 && h->id != id;
    if (h->id == 0 || id < h->id)
        h->id = id;
}

/* The names with this value: several rows, or several names with one phone. */
static void note_found(struct ctx *c, struct import_work *w,
                       const struct question *q,
                       const struct lookup_found *found, const struct map *by) {
    size_t at = (size_t)(uintptr_t)map_get(by, found->value);
    if (at == 0)
        return;
    const struct import_name *n = q->names.p[at - 1];
    struct str text = n->text;
    if (n->also.n > 0)
        text = str_fmt(c->arena, "p:" STR_FMT ":" STR_FMT,
                       STR_ARG(found->value), STR_ARG(found->also));
    note_hit(c, state_of(w), text, found->id);
}

static enum err ask(struct ctx *c, struct import_work *w,
                    const struct question *q) {
    const struct entity *e = state_of(w)->info->e;
    struct str *values = NEW_ARRAY(c->arena, struct str, q->names.n);
    struct lookup_found *found;
    struct map by;
    size_t n = 0, n_found;
    map_init(&by, c->arena);
    for (size_t i = 0; i < q->names.n; i++) {
        void **place = map_put(&by, q->names.p[i]->value);
        if (*place == NULL)
            values[n++] = q->names.p[i]->value;
        *place = (void *)(uintptr_t)(i + 1);
    }
    struct lookup_many what = {.column = q->column,
                               .source = w->im->options.source,
                               .values = values,
                               .n = n};
    if (q->names.p[0]->also.n > 0)
        what.also = S("name_sort");
    TRY(lookup_many(c, e, &what, &found, &n_found));
    for (size_t i = 0; i < n_found; i++)
        note_found(c, w, q, &found[i], &by);
    return OK;
}

enum err import_look_up(struct ctx *c, struct import_work *w) {
    struct import_records_state *s = state_of(w);
    struct questions q = {0};
    map_init(&s->hits, c->arena);
    for (size_t i = 0; i < s->candidates.n; i++) {
        const struct import_made *k = import_made_of(s->candidates.p[i].row);
        for (size_t n = 0; n < k->n_names; n++)
            *VEC_PUSH(c->arena, &question_of(c, &q, &k->names[n])->names) =
                &k->names[n];
    }
    for (size_t i = 0; i < q.all.n; i++)
        TRY(ask(c, w, &q.all.p[i]));
    return OK;
}

/* --- deciding ----------------------------------------------------------- */

static struct str entry_text(char buf[32], int64_t id) {
    int n = snprintf(buf, 32, "i:%lld", (long long)id);
    return (struct str){buf, (size_t)n};
}

/* An entry of this chunk stands for the record it changes. */
static void lead(const struct import_work *w, const struct import_name *n,
                 int64_t *id, size_t *entry, bool *several) {
    const struct import_records_state *s = state_of(w);
    char buf[32];
    *id = 0;
    *several = false;
    *entry = (size_t)(uintptr_t)map_get(&s->keys, n->text);
    if (*entry != 0)
        return;
    const struct import_hit *h = map_get(&s->hits, n->text);
    if (h == NULL)
        return;
    *entry = (size_t)(uintptr_t)map_get(&s->keys, entry_text(buf, h->id));
    *id = *entry == 0 ? h->id : 0;
    *several = h->several;
}

void import_find_match(const struct import_work *w, const struct import_made *k,
                       struct import_match *out) {
    *out = (struct import_match){.id = 0};
    for (size_t i = 0; i < k->n_names; i++) {
        int64_t id;
        size_t entry;
        bool several;
        if (!k->names[i].decides)
            continue;
        lead(w, &k->names[i], &id, &entry, &several);
        if (id == 0 && entry == 0)
            continue;
        bool other = (out->id != 0 || out->entry != 0) &&
                     (out->id != id || out->entry != entry);
        /* The oldest of those with the same name and phone is meant. */
        out->ambiguous |= other || (several && k->names[i].also.n == 0);
        out->id = id;
        out->entry = entry;
    }
    for (size_t i = 0; i < k->n_names && out->clash == NULL; i++) {
        int64_t id;
        size_t entry;
        bool several;
        if (!k->names[i].unique)
            continue;
        lead(w, &k->names[i], &id, &entry, &several);
        if ((id != 0 || entry != 0) && (id != out->id || entry != out->entry))
            out->clash = &k->names[i];
    }
}
