/* Files with one record a row: customers, contacts, products. A row is a
 * duplicate when a live record has its (source, external id), one of its
 * unique values, or its name and phone. Owns nothing but its state in the
 * job's arena. Threads: decoding on the runner's, writing on the writer's. */
#include "app/import_work.h"

#include "base/fold.h"
#include "base/sortkey.h"
#include "store/bulk.h"
#include "store/lookup.h"
#include "store/record_write.h"

#define AUDIT_MAX ((size_t)4 * 1024 * 1024)
#define KEYS_MAX 8
#define DRY_KEYS_MAX 200000

/* One record to be written. */
struct entry {
    struct record *record; /* new, or the changes of `id` */
    int64_t id;            /* 0: new */
};

struct records_state {
    const struct entity_info *info;
    struct record *fresh; /* with defaults */
    struct scope may_update;
    bool updates;  /* may change records at all */
    size_t parent; /* column of contact.customer_id, or SIZE_MAX */
    /* Customers to be found, to get new contacts, to have theirs changed. */
    struct scope may_read_parent, may_add_to, may_change_of;
    /* the chunk */
    VEC(struct entry) entries;
    struct map keys; /* of its new records → struct entry index + 1 */
};

static struct records_state *state_of(const struct import_work *w) {
    return w->state;
}

static enum err open_parent(struct ctx *c, struct records_state *s,
                            const struct scope *may_create) {
    scope_of_parent(c, may_create, &s->may_add_to);
    if (s->updates)
        scope_of_parent(c, &s->may_update, &s->may_change_of);
    return scope_make(c, s->may_add_to.e, ACT_READ, &s->may_read_parent);
}

static enum err open_records(struct ctx *c, struct import_work *w) {
    struct records_state *s = NEW(w->keep, struct records_state);
    struct scope may_create;
    struct arena *outer = c->arena;
    w->state = s;
    s->info = registry_plural(c->registry, w->im->entity);
    TRY(scope_make(c, s->info->e, ACT_CREATE, &may_create));
    s->updates = scope_make(c, s->info->e, ACT_UPDATE, &s->may_update) == OK;
    fail_clear(c);
    s->parent = import_column(w->im, "contact.customer_id");
    if (s->parent != SIZE_MAX)
        TRY(open_parent(c, s, &may_create));
    c->arena = w->keep;
    s->fresh = record_new(c, s->info);
    enum err e = record_fill_defaults(c, s->fresh);
    c->arena = outer;
    if (info_field(s->info, S("import_id")) != NULL)
        record_set(s->fresh, S("import_id"), V(w->im->id));
    return e;
}

static void close_records(struct import_work *w) {
    w->state = NULL;
}

static void begin_records(struct ctx *c, struct import_work *w) {
    struct records_state *s = state_of(w);
    s->entries.p = NULL;
    s->entries.n = s->entries.cap = 0;
    /* A dry run writes nothing that a later chunk could find. */
    if (!w->dry)
        map_init(&s->keys, c->arena);
    else if (s->keys.arena == NULL || s->keys.n > DRY_KEYS_MAX)
        map_init(&s->keys, w->keep);
}

static void forget_records(struct import_work *w) {
}

/* --- values
 * ----------------------------------------------------------------------- */

/* A contact's customer is named by external id, number or name. */
static enum err parent_value(struct ctx *c, struct import_work *w,
                             struct str text, struct val *out) {
    struct records_state *s = state_of(w);
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
    struct scope s;
    TRY(import_value(c, w->im, column, cell, out));
    TRY(scope_make(c, state_of(w)->info->e, ACT_CREATE, &s));
    if (!scope_is_all(c, &s) && out->type == VAL_I64 &&
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
    for (size_t i = 0; i < w->im->columns.n; i++) {
        const struct target *t = w->im->columns.p[i].target;
        struct val v;
        if (t == NULL || r->cells[i].n == 0)
            continue;
        enum err e = cell_value(c, w, i, r->cells[i], &v);
        *failed = import_row_failed(c, w, r, i, e);
        if (*failed)
            return OK;
        TRY(e);
        record_set(into, t->field->name, v);
    }
    if (record_get(into, S("external_id")).type != VAL_NULL)
        record_set(into, S("source"), V(w->im->options.source));
    return OK;
}

/* --- duplicates
 * ------------------------------------------------------------------- */

/* What names the record: at most one of the kinds below a field each. */
struct name_key {
    struct str text;           /* within the chunk */
    const struct field *field; /* unique field; NULL: the others */
    bool external;
    struct str digits; /* with the name: phone */
};

static size_t keys_of(struct ctx *c, const struct records_state *s,
                      const struct record *r, struct name_key *out,
                      size_t max) {
    size_t n = 0;
    struct str external = record_str(r, S("external_id"));
    if (external.n > 0)
        out[n++] = (struct name_key){
            .text = str_cat(c->arena, S("e:"), external), .external = true};
    for (size_t k = 0; k < s->info->e->n_fields && n < max - 1; k++) {
        const struct field *f = s->info->fields[k];
        if (f->unique && r->v[k].type == VAL_STR)
            out[n++] = (struct name_key){
                .text = str_fmt(c->arena, "u:" STR_FMT ":" STR_FMT,
                                STR_ARG(f->name), STR_ARG(r->v[k].s)),
                .field = f};
    }
    if (n > 0 || info_field(s->info, S("phone")) == NULL)
        return n; /* name and phone tell only who has no number */
    struct str digits = text_digits(c->arena, record_str(r, S("phone")));
    struct str name = text_sort_key(c->arena, record_str(r, S("name")));
    if (digits.n > 0 && name.n > 0)
        out[n++] = (struct name_key){
            .text = str_fmt(c->arena, "p:" STR_FMT ":" STR_FMT, STR_ARG(digits),
                            STR_ARG(name)),
            .digits = digits};
    return n;
}

static enum err look_up(struct ctx *c, const struct import_work *w,
                        const struct record *r, const struct name_key *k,
                        int64_t *id) {
    const struct entity *e = r->info->e;
    if (k->external)
        return lookup_external(c, e, w->im->options.source,
                               record_str(r, S("external_id")), id);
    if (k->field != NULL) {
        const struct lookup_key key = {k->field->name,
                                       record_get(r, k->field->name)};
        return lookup_record(c, e, &key, 1, id);
    }
    const struct lookup_key both[] = {
        {S("phone_digits"), V(k->digits)},
        {S("name_sort"), V(text_sort_key(c->arena, record_str(r, S("name"))))},
    };
    return lookup_record(c, e, both, COUNT_OF(both), id);
}

/* What a row is a duplicate of: a record there, or an entry of this chunk (from
 * 1). ambiguous: its keys belong to different records. */
struct match {
    int64_t id;
    size_t entry;
    bool ambiguous;
};

static enum err find_duplicate(struct ctx *c, struct import_work *w,
                               const struct record *r, struct match *m) {
    struct name_key keys[KEYS_MAX];
    size_t n = keys_of(c, state_of(w), r, keys, COUNT_OF(keys));
    *m = (struct match){.id = 0};
    for (size_t i = 0; i < n; i++) {
        int64_t id = 0;
        size_t entry =
            (size_t)(uintptr_t)map_get(&state_of(w)->keys, keys[i].text);
        if (entry == 0)
            TRY(look_up(c, w, r, &keys[i], &id));
        if (id == 0 && entry == 0)
            continue;
        bool other =
            (m->id != 0 || m->entry != 0) && (m->id != id || m->entry != entry);
        m->ambiguous |= other;
        m->id = id;
        m->entry = entry;
    }
    return OK;
}

static void remember(struct ctx *c, struct import_work *w,
                     const struct record *r, size_t entry) {
    struct name_key keys[KEYS_MAX];
    size_t n = keys_of(c, state_of(w), r, keys, COUNT_OF(keys));
    for (size_t i = 0; i < n; i++) {
        struct str key = keys[i].text;
        if (w->dry)
            key = str_dup(w->keep, key);
        *map_put(&state_of(w)->keys, key) = (void *)(uintptr_t)entry;
    }
}

/* --- rows
 * ------------------------------------------------------------------------ */

static void take_over(struct record *to, const struct record *from) {
    for (size_t k = 1; k < from->info->e->n_fields; k++) {
        if (!from->has[k] || from->info->fields[k]->create_only)
            continue;
        to->v[k] = from->v[k];
        to->has[k] = true;
    }
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

static enum err add_new(struct ctx *c, struct import_work *w,
                        const struct import_row *r, const struct record *read) {
    struct records_state *s = state_of(w);
    bool failed;
    TRY(check_parent(c, w, r, read, &s->may_add_to, &failed));
    if (failed)
        return OK;
    struct record *n = record_copy(c, s->fresh);
    if (info_field(s->info, S("kind")) != NULL &&
        str_eqc(s->info->e->name, "customer"))
        record_set(n, S("kind"), V(w->im->options.kind));
    if (str_eqc(s->info->e->name, "product"))
        record_set(n, S("currency"), V(w->im->options.currency));
    for (size_t k = 1; k < s->info->e->n_fields; k++) {
        if (!read->has[k])
            continue;
        n->v[k] = read->v[k];
        n->has[k] = true;
    }
    enum err e = record_check_required(c, n);
    if (import_row_failed(c, w, r, SIZE_MAX, e))
        return OK;
    TRY(e);
    *VEC_PUSH(c->arena, &s->entries) = (struct entry){.record = n};
    remember(c, w, n, s->entries.n);
    w->chunk.n[COUNT_CREATED]++;
    return OK;
}

static enum err change(struct ctx *c, struct import_work *w,
                       const struct import_row *r, const struct record *read,
                       int64_t id) {
    struct records_state *s = state_of(w);
    bool in = s->updates;
    if (in && !scope_is_all(c, &s->may_update))
        TRY(scope_holds(c, &s->may_update, id, &in));
    if (!in) {
        import_error(c, w, r, SIZE_MAX, "duplicate_value", NO_ARGS);
        return OK;
    }
    bool failed;
    TRY(check_parent(c, w, r, read, &s->may_change_of, &failed));
    if (failed)
        return OK;
    struct record *n = record_new(c, s->info);
    take_over(n, read);
    *VEC_PUSH(c->arena, &s->entries) = (struct entry){n, id};
    w->chunk.n[COUNT_UPDATED]++;
    return OK;
}

/* Over a record of this chunk, or in a dry run of an earlier one. */
static enum err change_new(struct ctx *c, struct import_work *w,
                           const struct import_row *r,
                           const struct record *read, size_t entry) {
    struct records_state *s = state_of(w);
    bool failed;
    TRY(check_parent(c, w, r, read, &s->may_add_to, &failed));
    if (failed)
        return OK;
    if (!w->dry)
        take_over(s->entries.p[entry - 1].record, read);
    w->chunk.n[COUNT_UPDATED]++;
    return OK;
}

static enum err row_records(struct ctx *c, struct import_work *w,
                            const struct import_row *r) {
    struct records_state *s = state_of(w);
    struct record *read = record_new(c, s->info);
    struct match m;
    bool failed = false;
    TRY(read_row(c, w, r, read, &failed));
    if (failed)
        return OK;
    TRY(find_duplicate(c, w, read, &m));
    if (m.ambiguous) {
        import_error(c, w, r, SIZE_MAX, "import_ambiguous", NO_ARGS);
        return OK;
    }
    if (m.id == 0 && m.entry == 0)
        return add_new(c, w, r, read);
    switch (w->im->options.on_duplicate) {
    case DUPLICATE_SKIP:
        w->chunk.n[COUNT_SKIPPED]++;
        return OK;
    case DUPLICATE_ERROR:
        import_error(c, w, r, SIZE_MAX, "duplicate_value", NO_ARGS);
        return OK;
    case DUPLICATE_UPDATE:
        break;
    }
    return m.entry == 0 ? change(c, w, r, read, m.id)
                        : change_new(c, w, r, read, m.entry);
}

/* --- writing
 * --------------------------------------------------------------------- */

/* What people read of the record, as the audit hashes it. */
static struct str content(struct ctx *c, const struct record *r) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 1024 * 1024);
    jw_init(&w, &b);
    record_to_json(c, &w, r);
    return buf_view(&b);
}

static enum err write_entry(struct ctx *c, struct entry *e, struct jw *w) {
    struct record *now;
    if (e->id != 0)
        return record_update(c, e->record->info, e->id, 0, e->record, &now);
    if (e->record->info->on_save != NULL)
        return record_create(c, e->record);
    TRY(bulk_create(c, e->record));
    jw_array(w);
    jw_i64(w, record_id(e->record));
    jw_str(w, bulk_hash(c, S(""), content(c, e->record)));
    jw_array_end(w);
    return OK;
}

static enum err write_records(struct ctx *c, struct import_work *w) {
    struct records_state *s = state_of(w);
    struct buf b;
    struct jw j;
    if (s->entries.n == 0)
        return OK;
    buf_init(&b, c->arena, AUDIT_MAX);
    jw_init(&j, &b);
    jw_object(&j);
    jw_ki64(&j, S("rows"), w->chunk.n[COUNT_LINES]);
    jw_ki64(&j, S("until_row"), w->rows);
    jw_key(&j, s->info->e->plural);
    jw_array(&j);
    for (size_t i = 0; i < s->entries.n; i++)
        TRY(write_entry(c, &s->entries.p[i], &j));
    jw_array_end(&j);
    jw_object_end(&j);
    return bulk_audit(c, w->im->id, buf_view(&b));
}

static void accept_records(struct import_work *w) {
}

const struct import_kind import_records = {
    .chunk = 500,
    .open = open_records,
    .close = close_records,
    .begin = begin_records,
    .row = row_records,
    .write = write_records,
    .accept = accept_records,
    .forget = forget_records,
};
