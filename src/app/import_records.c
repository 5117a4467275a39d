/* Files with one record a row: customers, contacts, products. What a row is a
 * duplicate of says import_match.c. Owns nothing but its state in the job's
 * arena. Threads: the runner's. */
#include "app/import_records.h"

#include "app/reentry.h"
#include "store/lookup.h"
#include "store/record_write.h"

#define DRY_KEYS_MAX 200000

static struct import_records_state *state_of(const struct import_work *w) {
    return w->state;
}

static enum err open_parent(struct ctx *c, struct import_records_state *s,
                            const struct scope *may_create) {
    scope_of_parent(c, may_create, &s->may_add_to);
    if (s->updates)
        scope_of_parent(c, &s->may_update, &s->may_change_of);
    return scope_make(c, s->may_add_to.e, ACT_READ, &s->may_read_parent);
}

static void choose_key(const struct import_work *w,
                       struct import_records_state *s) {
    struct str key = w->im->options.key;
    s->key_external = str_eqc(key, "external_id");
    if (key.n > 0 && !s->key_external)
        s->key = info_field(s->info, key);
}

static void find_places(const struct import_work *w,
                        struct import_records_state *s) {
    s->places = NEW_ARRAY(w->keep, size_t, w->im->columns.n + 1);
    for (size_t i = 0; i < w->im->columns.n; i++) {
        const struct target *t = w->im->columns.p[i].target;
        if (t != NULL)
            s->places[i] = info_index(s->info, t->field);
    }
}

static size_t place_of(const struct entity_info *i, struct str name) {
    const struct field *f = info_field(i, name);
    return f == NULL ? SIZE_MAX : info_index(i, f);
}

static void set_options(const struct import_work *w, struct record *n) {
    struct str name = n->info->e->name;
    if (str_eqc(name, "customer"))
        record_set(n, S("kind"), V(w->im->options.kind));
    if (str_eqc(name, "product"))
        record_set(n, S("currency"), V(w->im->options.currency));
}

/* A file gives no figures, and a new record has none: some thousand records
 * without room for them are half as large. */
static const struct entity_info *own_fields(struct arena *a,
                                            const struct entity_info *info) {
    struct entity_info *own = NEW(a, struct entity_info);
    *own = *info;
    own->n_fields = info->e->n_fields;
    return own;
}

static enum err open_records(struct ctx *c, struct import_work *w) {
    struct import_records_state *s = NEW(w->keep, struct import_records_state);
    struct scope may_create;
    struct arena *outer = c->arena;
    w->state = s;
    s->info = registry_plural(c->registry, w->im->entity);
    s->own = own_fields(w->keep, s->info);
    TRY(scope_make(c, s->info->e, ACT_CREATE, &may_create));
    s->updates = scope_make(c, s->info->e, ACT_UPDATE, &s->may_update) == OK;
    fail_clear(c);
    s->all = scope_is_all(c, &may_create);
    choose_key(w, s);
    find_places(w, s);
    s->external = place_of(s->info, S("external_id"));
    s->source = place_of(s->info, S("source"));
    s->parent = import_column(w->im, "contact.customer_id");
    if (s->parent != SIZE_MAX)
        TRY(open_parent(c, s, &may_create));
    c->arena = w->keep;
    s->fresh = record_new(c, s->info);
    enum err e = record_fill_defaults(c, s->fresh);
    c->arena = outer;
    if (info_field(s->info, S("import_id")) != NULL)
        record_set(s->fresh, S("import_id"), V(w->im->id));
    set_options(w, s->fresh);
    import_make_open(c, w);
    return e;
}

static void close_records(struct import_work *w) {
    import_make_close(w);
    w->state = NULL;
}

static void begin_records(struct ctx *c, struct import_work *w) {
    struct import_records_state *s = state_of(w);
    s->candidates.p = NULL;
    s->candidates.n = s->candidates.cap = 0;
    s->entries.p = NULL;
    s->entries.n = s->entries.cap = 0;
    s->bars = str_eqc(s->info->e->name, "customer") && reentry_any(c);
    /* A dry run writes nothing that a later chunk could find. */
    if (!w->dry)
        map_init(&s->keys, c->arena);
    else if (s->keys.arena == NULL || s->keys.n > DRY_KEYS_MAX)
        map_init(&s->keys, w->keep);
}

static void forget_records(struct import_work *w) {
}

/* --- values -------------------------------------------------------------- */

/* A contact's customer is named by external id, number or name. */
static enum err parent_value(struct ctx *c, struct import_work *w,
                             struct str text, struct val *out) {
    struct import_records_state *s = state_of(w);
    const struct entity *e = s->may_read_parent.e;
    const struct lookup_key code = {S("code"), V(text)};
    int64_t id;
    bool in = true;
    TRY(lookup_external(c, e, w->im->options.source, text, &id));
    if (id == 0)
        TRY(lookup_record(c, e, &code, 1, &id));
    if (id == 0)
        TRY(lookup_name(c, e, text, &id));
    if (id != 0 && !scope_is_all(c, &s->may_read_parent))
        TRY(scope_holds(c, &s->may_read_parent, id, &in));
    if (id == 0 || !in)
        return failv(c, ERR_INVALID, S("customer_id"), "import_no_parent",
                     ARGS(V(text)));
    *out = V(id);
    return OK;
}

/* Only who sees everything may hand new records to somebody else. */
static enum err owner_value(struct ctx *c, const struct import_work *w,
                            size_t column, struct str cell, struct val *out) {
    TRY(import_value(c, w->im, column, cell, out));
    if (!state_of(w)->all && out->type == VAL_I64 &&
        out->i != c->actor->user_id)
        return fail(c, ERR_INVALID, "owner_id", "outside_scope");
    return OK;
}

static enum err cell_value(struct ctx *c, struct import_work *w, size_t column,
                           struct str cell, struct val *out) {
    struct str name = w->im->columns.p[column].target->field->name;
    if (column == state_of(w)->parent)
        return parent_value(c, w, import_key(w->im, column, cell), out);
    if (str_eqc(name, "owner_id"))
        return owner_value(c, w, column, cell, out);
    return import_value(c, w->im, column, cell, out);
}

/* The record a row gives: only what has something in it. *failed: set aside.
 */
static enum err read_row(struct ctx *c, struct import_work *w,
                         const struct import_row *r, struct record *into,
                         bool *failed) {
    const struct import_made *made = import_made_of(r);
    for (size_t i = 0; i < w->im->columns.n; i++) {
        const struct target *t = w->im->columns.p[i].target;
        struct val v;
        if (t == NULL || r->cells[i].n == 0)
            continue;
        *failed = i == made->failed;
        if (*failed)
            import_wrong(c, w, r, i, made->reason);
        if (*failed)
            return OK;
        v = made->v[i];
        if (import_is_late(w, i)) {
            enum err e = cell_value(c, w, i, r->cells[i], &v);
            *failed = import_row_failed(c, w, r, i, e);
            if (*failed)
                return OK;
            TRY(e);
        }
        size_t k = state_of(w)->places[i];
        into->v[k] = v;
        into->has[k] = true;
    }
    if (import_has_external(w, into))
        record_set(into, S("source"), V(w->im->options.source));
    return OK;
}

/* --- new ones ------------------------------------------------------------ */

/* From now on the entry has these names. */
static void take_names(struct import_work *w, const struct import_name *names,
                       size_t n, size_t entry) {
    for (size_t i = 0; i < n; i++) {
        struct str key = names[i].text;
        if (w->dry)
            key = str_dup(w->keep, key);
        *map_put(&state_of(w)->keys, key) = (void *)(uintptr_t)entry;
    }
}

static void remember(struct ctx *c, struct import_work *w,
                     const struct record *r, size_t entry) {
    struct import_name names[IMPORT_KEYS_MAX];
    size_t n = import_names(c, w, r, names);
    take_names(w, names, n, entry);
}

/* What a row is hung under must be open to what the row does: reading the
 * customer is not enough. *failed: set aside. */
static enum err check_parent(struct ctx *c, struct import_work *w,
                             const struct import_row *r,
                             const struct record *read, const struct scope *may,
                             bool *failed) {
    size_t column = state_of(w)->parent;
    bool in;
    *failed = false;
    if (column == SIZE_MAX || scope_is_all(c, may))
        return OK;
    int64_t id = record_i64(read, S("customer_id"));
    if (id == 0)
        return OK; /* a change that names none leaves it where it is */
    TRY(scope_holds(c, may, id, &in));
    if (!in)
        import_error(c, w, r, column, "import_customer_scope", NO_ARGS);
    *failed = !in;
    return OK;
}

/* What the entity's own rules say against it, before a whole chunk is refused
 * for it. *failed: set aside. */
static enum err check_rules(struct ctx *c, struct import_work *w,
                            const struct import_row *r,
                            const struct record *before,
                            const struct record *after, bool *failed) {
    check_hook check = state_of(w)->info->on_check;
    enum err e = check == NULL ? OK : check(c, before, after);
    *failed = import_row_failed(c, w, r, SIZE_MAX, e);
    return *failed ? OK : e;
}

/* The row's record becomes the new one: what it does not give is as always. */
static enum err add_new(struct ctx *c, struct import_work *w,
                        const struct import_candidate *k) {
    struct import_records_state *s = state_of(w);
    struct record *n = k->read;
    bool failed;
    TRY(check_parent(c, w, k->row, n, &s->may_add_to, &failed));
    if (failed)
        return OK;
    for (size_t i = 1; i < s->info->e->n_fields; i++)
        if (!n->has[i])
            n->v[i] = s->fresh->v[i];
    enum err e = record_check_required(c, n);
    if (e == OK && s->bars) /* a dry run meets no save hook */
        e = reentry_check_all(c, &n, 1);
    if (import_row_failed(c, w, k->row, SIZE_MAX, e))
        return OK;
    TRY(e);
    TRY(check_rules(c, w, k->row, NULL, n, &failed));
    if (failed)
        return OK;
    const struct import_made *made = import_made_of(k->row);
    *VEC_PUSH(c->arena, &s->entries) =
        (struct import_entry){.record = n, .made = made};
    take_names(w, made->names, made->n_names, s->entries.n);
    w->chunk.n[COUNT_CREATED]++;
    return OK;
}

/* --- those that are there ------------------------------------------------ */

static bool is_empty(struct val v) {
    return v.type == VAL_NULL || (v.type == VAL_STR && v.s.n == 0);
}

/* What kind new customers are is an option of the import, for files without
 * such a column: it says nothing of those that are there. */
static bool is_supposed(const struct import_work *w, const struct field *f,
                        size_t place) {
    const struct import_records_state *s = state_of(w);
    if (!str_eqc(s->info->e->name, "customer") || !str_eqc(f->name, "kind"))
        return false;
    for (size_t i = 0; i < w->im->columns.n; i++)
        if (s->places[i] == place)
            return false;
    return true;
}

/* What the file gives; whether anything is another value now. */
static bool take_over(const struct import_work *w, struct record *to,
                      const struct record *from) {
    bool fill = w->im->options.on_duplicate == DUPLICATE_FILL, differs = false;
    for (size_t k = 1; k < from->info->e->n_fields; k++) {
        const struct field *f = from->info->fields[k];
        if (!from->has[k] || f->create_only || mapping_is_origin(f) ||
            is_supposed(w, f, k) || (fill && !is_empty(to->v[k])))
            continue;
        differs |= to->v[k].type != from->v[k].type ||
                   (to->v[k].type == VAL_STR ? !str_eq(to->v[k].s, from->v[k].s)
                                             : to->v[k].i != from->v[k].i);
        to->v[k] = from->v[k];
        to->has[k] = true;
    }
    return differs;
}

/* The record a row changes, when the actor may change it. */
static enum err load_former(struct ctx *c, struct import_work *w, int64_t id,
                            struct record **out) {
    struct import_records_state *s = state_of(w);
    *out = NULL;
    if (!s->updates)
        return OK;
    enum err e = record_load(c, &s->may_update, id, false, out);
    if (e != ERR_NOT_FOUND)
        return e;
    fail_clear(c);
    *out = NULL;
    return OK;
}

/* A record that is only shared with the actor stays where it is. */
static enum err check_handover(struct ctx *c, struct import_work *w,
                               const struct import_row *r,
                               const struct record *before,
                               const struct record *after, bool *failed) {
    enum err e =
        record_check_handover(c, &state_of(w)->may_update, before, after);
    *failed = e == ERR_FORBIDDEN;
    if (!*failed)
        return e;
    import_refused(c, w, r);
    return OK;
}

static enum err change(struct ctx *c, struct import_work *w,
                       const struct import_row *r, const struct record *read,
                       int64_t id) {
    struct import_records_state *s = state_of(w);
    struct record *before;
    bool failed;
    TRY(load_former(c, w, id, &before));
    if (before == NULL) {
        import_error(c, w, r, SIZE_MAX, "duplicate_value", NO_ARGS);
        return OK;
    }
    TRY(check_parent(c, w, r, read, &s->may_change_of, &failed));
    if (failed)
        return OK;
    struct record *after = record_copy(c, before);
    bool differs = take_over(w, after, read);
    TRY(check_handover(c, w, r, before, after, &failed));
    if (!failed && differs)
        TRY(check_rules(c, w, r, before, after, &failed));
    if (failed)
        return OK;
    w->chunk.n[COUNT_UPDATED]++;
    if (!differs)
        return OK;
    *VEC_PUSH(c->arena, &s->entries) =
        (struct import_entry){after, before, NULL};
    struct str text =
        str_fmt(w->dry ? w->keep : c->arena, "i:%lld", (long long)id);
    *map_put(&s->keys, text) = (void *)(uintptr_t)s->entries.n;
    remember(c, w, after, s->entries.n);
    return OK;
}

/* Over a record of this chunk, or in a dry run of an earlier one. */
static enum err change_entry(struct ctx *c, struct import_work *w,
                             const struct import_row *r,
                             const struct record *read, size_t entry) {
    struct import_records_state *s = state_of(w);
    bool failed;
    TRY(check_parent(c, w, r, read, &s->may_add_to, &failed));
    if (failed)
        return OK;
    if (!w->dry) {
        struct import_entry *at = &s->entries.p[entry - 1];
        struct record *to = record_copy(c, at->record);
        take_over(w, to, read);
        if (at->before != NULL)
            TRY(check_handover(c, w, r, at->before, to, &failed));
        if (failed)
            return OK;
        at->record = to;
        at->made = NULL;
        remember(c, w, to, entry);
    }
    w->chunk.n[COUNT_UPDATED]++;
    return OK;
}

/* --- rows ---------------------------------------------------------------- */

static enum err row_records(struct ctx *c, struct import_work *w,
                            const struct import_row *r) {
    struct import_records_state *s = state_of(w);
    struct record *read = record_new(c, s->own);
    bool failed = false;
    TRY(read_row(c, w, r, read, &failed));
    if (failed)
        return OK;
    struct import_candidate *k = VEC_PUSH(c->arena, &s->candidates);
    k->row = r;
    k->read = read;
    return OK;
}

static size_t column_of(const struct import_work *w, const struct field *f) {
    for (size_t i = 0; i < w->im->columns.n; i++) {
        const struct target *t = w->im->columns.p[i].target;
        if (t != NULL && t->field == f)
            return i;
    }
    return SIZE_MAX;
}

static enum err decide(struct ctx *c, struct import_work *w,
                       const struct import_candidate *k) {
    const struct import_made *made = import_made_of(k->row);
    struct import_match m;
    import_find_match(w, made, &m);
    bool there = m.id != 0 || m.entry != 0;
    enum on_duplicate policy = w->im->options.on_duplicate;
    if (m.ambiguous) {
        import_error(c, w, k->row, SIZE_MAX, "import_ambiguous", NO_ARGS);
        return OK;
    }
    if (there && policy == DUPLICATE_SKIP) {
        w->chunk.n[COUNT_SKIPPED]++;
        return OK;
    }
    if (policy == DUPLICATE_CREATE) /* a unique value can't be had twice */
        for (size_t i = 0; there && m.clash == NULL && i < made->n_names; i++)
            if (made->names[i].unique && made->names[i].decides)
                m.clash = &made->names[i];
    if (m.clash != NULL || (there && policy == DUPLICATE_ERROR)) {
        size_t at = m.clash != NULL ? column_of(w, m.clash->field) : SIZE_MAX;
        import_error(c, w, k->row, at, "duplicate_value", NO_ARGS);
        return OK;
    }
    if (!there || policy == DUPLICATE_CREATE)
        return add_new(c, w, k);
    return m.entry == 0 ? change(c, w, k->row, k->read, m.id)
                        : change_entry(c, w, k->row, k->read, m.entry);
}

static enum err decide_all(struct ctx *c, struct import_work *w) {
    const struct import_records_state *s = state_of(w);
    TRY(import_look_up(c, w));
    for (size_t i = 0; i < s->candidates.n; i++)
        TRY(decide(c, w, &s->candidates.p[i]));
    return OK;
}

static void accept_records(struct import_work *w) {
}

const struct import_kind import_records = {
    .chunk = 4000,
    .open = open_records,
    .close = close_records,
    .make = import_make,
    .begin = begin_records,
    .row = row_records,
    .rows_end = decide_all,
    .write = import_records_write,
    .accept = accept_records,
    .forget = forget_records,
};
