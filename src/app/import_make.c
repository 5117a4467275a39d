/* What a row of records gives, made ahead of its turn, while the rows before it
 * are written: values of its cells, what names it, extra columns, search
 * tokens, hash. Owns: two records and an arena to work in. Threads: the one
 * that reads ahead; open and close, its owner's. Invariant: of all that takes a
 * look into the database nothing is made here. */
#include "app/import_records.h"
#include "app/import_undo.h"

#include <string.h>

#define SCRATCH_BYTES ((size_t)256 * 1024)

struct import_maker {
    struct record *read, *fresh; /* the row alone; the new record it makes */
    struct arena *scratch;       /* of one row */
};

static struct import_records_state *state_of(const struct import_work *w) {
    return w->state;
}

bool import_is_late(const struct import_work *w, size_t column) {
    const struct field *f = w->im->columns.p[column].target->field;
    return f->type == FT_REF || f->type == FT_MONEY ||
           column == state_of(w)->parent;
}

bool import_has_external(const struct import_work *w, const struct record *r) {
    size_t at = state_of(w)->external;
    return at != SIZE_MAX && r->v[at].type != VAL_NULL;
}

const struct import_made *import_made_of(const struct import_row *r) {
    return r->made;
}

void import_make_open(struct ctx *c, const struct import_work *w) {
    struct import_records_state *s = state_of(w);
    struct ctx own = *c;
    own.arena = w->keep;
    s->maker = NEW(w->keep, struct import_maker);
    s->maker->read = record_new(&own, s->info);
    s->maker->fresh = record_copy(&own, s->fresh);
    s->maker->scratch = arena_new_sized(SCRATCH_BYTES);
}

void import_make_close(const struct import_work *w) {
    struct import_records_state *s = state_of(w);
    if (s->maker != NULL)
        arena_free(s->maker->scratch);
}

/* --- one row ------------------------------------------------------------- */

/* Up to the first cell that is wrong. *late: there are values left out. */
static enum err read_cells(struct ctx *c, const struct import_work *w,
                           const struct import_row *r, struct val *v,
                           struct import_made *m, bool *late) {
    m->failed = SIZE_MAX;
    for (size_t i = 0; i < w->im->columns.n; i++) {
        if (w->im->columns.p[i].target == NULL || r->cells[i].n == 0)
            continue;
        if (import_is_late(w, i)) {
            *late = true;
            continue;
        }
        enum err e = import_value(c, w->im, i, r->cells[i], &v[i]);
        if (import_reason(c, e, &m->reason)) {
            m->failed = i;
            return OK;
        }
        TRY(e);
    }
    return OK;
}

static void put(struct import_maker *k, size_t place, struct val v) {
    k->read->v[place] = k->fresh->v[place] = v;
}

/* The values of the row in both records, or what they held before. */
static void fill(const struct import_work *w, const struct import_row *r,
                 const struct val *v) {
    const struct import_records_state *s = state_of(w);
    for (size_t i = 0; i < w->im->columns.n; i++)
        if (w->im->columns.p[i].target != NULL && r->cells[i].n > 0)
            put(s->maker, s->places[i], v[i]);
    if (import_has_external(w, s->maker->read))
        put(s->maker, s->source, V(w->im->options.source));
}

static void empty(const struct import_work *w) {
    const struct import_records_state *s = state_of(w);
    struct import_maker *k = s->maker;
    for (size_t i = 0; i < w->im->columns.n; i++) {
        if (w->im->columns.p[i].target == NULL)
            continue;
        k->read->v[s->places[i]] = V_NULL;
        k->fresh->v[s->places[i]] = s->fresh->v[s->places[i]];
    }
    if (s->external != SIZE_MAX) {
        k->read->v[s->source] = V_NULL;
        k->fresh->v[s->source] = s->fresh->v[s->source];
    }
}

/* --- keeping it ---------------------------------------------------------- */

static void keep_names(struct arena *a, const struct import_name *names,
                       size_t n, struct import_made *m) {
    struct import_name *to = NEW_ARRAY(a, struct import_name, n);
    for (size_t i = 0; i < n; i++) {
        to[i] = names[i];
        to[i].column = str_dup(a, names[i].column);
        to[i].value = str_dup(a, names[i].value);
        to[i].also = str_dup(a, names[i].also);
        to[i].text = str_dup(a, names[i].text);
    }
    m->names = to;
    m->n_names = n;
}

static void keep_record(struct arena *a, const struct bulk_made *from,
                        struct bulk_made *to) {
    struct val *extra = NEW_ARRAY(a, struct val, from->n_extra);
    for (size_t i = 0; i < from->n_extra; i++) {
        extra[i] = from->extra[i];
        if (extra[i].type == VAL_STR)
            extra[i].s = str_dup(a, extra[i].s);
    }
    *to = (struct bulk_made){.extra = extra,
                             .n_extra = from->n_extra,
                             .texts = from->texts,
                             .stored = str_dup(a, from->stored)};
}

/* What takes room while it is made is made in the arena of one row. */
static void make_rest(struct ctx *c, const struct import_work *w,
                      const struct import_row *r, bool late,
                      struct import_made *m) {
    struct import_maker *k = state_of(w)->maker;
    struct ctx own = *c;
    struct import_name names[IMPORT_KEYS_MAX];
    struct bulk_made record;
    own.arena = k->scratch;
    fill(w, r, m->v);
    size_t n = import_names(&own, w, k->read, names);
    keep_names(c->arena, names, n, m);
    bulk_make(&own, k->fresh, &record);
    keep_record(c->arena, &record, &m->record);
    if (!late)
        m->hash = str_dup(c->arena, import_hash(&own, k->fresh));
    empty(w);
    arena_reset(k->scratch);
}

enum err import_make(struct ctx *c, const struct import_work *w,
                     struct import_row *r) {
    struct import_made *m = NEW(c->arena, struct import_made);
    struct val *v = NEW_ARRAY(c->arena, struct val, w->im->columns.n);
    bool late = false;
    m->v = v;
    r->made = m;
    TRY(read_cells(c, w, r, v, m, &late));
    if (m->failed == SIZE_MAX)
        make_rest(c, w, r, late, m);
    return OK;
}
