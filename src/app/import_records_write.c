/* Writing a chunk of records: those that are new, those that change, their
 * audit. Runs in a write function and may run twice. */
#include "app/import_records.h"
#include "app/import_undo.h"

#include "store/bulk.h"

#define ENTRY_MAX ((size_t)64 * 1024 * 1024)

static struct import_records_state *state_of(const struct import_work *w) {
    return w->state;
}

/* An audit entry under way. */
struct entry_writer {
    struct buf b;
    struct jw j;
    bool open, changes; /* within the list of changed records */
    int64_t rows;       /* told by the first entry of the chunk alone */
};

static void begin_entry(struct ctx *c, const struct import_work *w,
                        struct entry_writer *x, bool changes) {
    struct str plural = state_of(w)->info->e->plural;
    buf_init(&x->b, c->arena, ENTRY_MAX);
    jw_init(&x->j, &x->b);
    jw_object(&x->j);
    jw_ki64(&x->j, S("rows"), x->rows);
    jw_ki64(&x->j, S("until_row"), w->rows);
    x->rows = 0;
    if (changes) {
        jw_key(&x->j, S("changed"));
        jw_object(&x->j);
    }
    jw_key(&x->j, plural);
    jw_array(&x->j);
    x->open = true;
    x->changes = changes;
}

static enum err end_entry(struct ctx *c, const struct import_work *w,
                          struct entry_writer *x) {
    if (!x->open)
        return OK;
    jw_array_end(&x->j);
    if (x->changes)
        jw_object_end(&x->j);
    jw_object_end(&x->j);
    x->open = false;
    if (!buf_ok(&x->b))
        return fail(c, ERR_TOO_LARGE, "", "row_too_long");
    return bulk_audit(c, w->im->id, buf_view(&x->b));
}

static enum err note_entry(struct ctx *c, const struct import_work *w,
                           struct entry_writer *x,
                           const struct import_entry *e) {
    bool changes = e->before != NULL;
    if (x->open && (x->changes != changes || x->b.n > IMPORT_ENTRY_BYTES))
        TRY(end_entry(c, w, x));
    if (!x->open)
        begin_entry(c, w, x, changes);
    if (!changes) {
        jw_array(&x->j);
        jw_i64(&x->j, record_id(e->record));
        bool hashed = e->made != NULL && e->made->hash.n > 0;
        jw_str(&x->j, hashed ? e->made->hash : import_hash(c, e->record));
        jw_array_end(&x->j);
        return OK;
    }
    jw_object(&x->j);
    jw_ki64(&x->j, S("id"), record_id(e->before));
    jw_key(&x->j, S("fields"));
    import_changes(c, &x->j, e->before, e->record);
    jw_object_end(&x->j);
    return OK;
}

static enum err write_audit(struct ctx *c, const struct import_work *w) {
    const struct import_records_state *s = state_of(w);
    struct entry_writer x = {.rows = w->chunk.n[COUNT_LINES]};
    for (int changes = 0; changes < 2; changes++)
        for (size_t i = 0; i < s->entries.n; i++)
            if ((s->entries.p[i].before != NULL) == (changes == 1))
                TRY(note_entry(c, w, &x, &s->entries.p[i]));
    return end_entry(c, w, &x);
}

enum err import_records_write(struct ctx *c, struct import_work *w) {
    const struct import_records_state *s = state_of(w);
    struct record **new = NEW_ARRAY(c->arena, struct record *, s->entries.n);
    const struct bulk_made **made =
        NEW_ARRAY(c->arena, const struct bulk_made *, s->entries.n);
    struct bulk_change *changed =
        NEW_ARRAY(c->arena, struct bulk_change, s->entries.n);
    size_t n_new = 0, n_changed = 0;
    if (s->entries.n == 0)
        return OK;
    for (size_t i = 0; i < s->entries.n; i++) {
        const struct import_entry *e = &s->entries.p[i];
        if (e->before == NULL) {
            made[n_new] = e->made != NULL ? &e->made->record : NULL;
            new[n_new++] = e->record;
        } else {
            changed[n_changed++] = (struct bulk_change){e->before, e->record};
        }
    }
    TRY(bulk_update_all(c, changed, n_changed));
    TRY(bulk_create_made(c, new, made, n_new));
    return write_audit(c, w);
}
