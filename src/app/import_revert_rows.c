/* Taking back records: those made go, those changed get their values back.
 * Runs in a write function and may run twice. Owns nothing. */
#include "app/import_revert_work.h"

#include "app/import_undo.h"
#include "app/import_work.h"
#include "base/ids.h"
#include "model/value.h"
#include "store/bulk.h"
#include "store/lookup.h"
#include "store/sight.h"

#include <stdlib.h>

#define LINE_BYTES ((size_t)1024 * 1024)

/* As the one who takes it back may see it. */
static void show(struct ctx *c, struct jw *w, const struct entity_info *i,
                 const struct field *f, struct val v) {
    enum see see = sight_of(c, i, f);
    if (see == SEE_HIDDEN)
        jw_null(w);
    else
        sight_json(c, w, f, see, true, v);
}

void revert_keep(struct ctx *c, struct revert *x, const struct revert_kept *k) {
    struct jw w;
    struct str title = k->e->title;
    jw_init(&w, &x->kept);
    jw_object(&w);
    jw_kstr(&w, S("entity"), k->e->plural);
    jw_ki64(&w, S("id"), k->id);
    jw_key(&w, S("title"));
    if (k->r != NULL && title.n > 0 && info_field(k->r->info, title) != NULL)
        show(c, &w, k->r->info, info_field(k->r->info, title),
             record_get(k->r, title));
    else
        jw_null(&w);
    jw_kstr(&w, S("reason"), str_of(k->reason));
    if (k->message.n > 0)
        jw_kstr(&w, S("message"), k->message);
    jw_key(&w, S("fields"));
    if (k->fields.n > 0)
        jw_raw(&w, k->fields);
    else
        jw_null(&w);
    jw_object_end(&w);
    buf_byte(&x->kept, '\n');
    x->chunk.kept++;
}

void revert_note(struct ctx *c, struct buf *b, const struct entity *e,
                 struct str json) {
    buf_byte(b, b->n > 0 ? ',' : '{');
    buf_byte(b, '"');
    buf_str(b, e->plural);
    buf_cstr(b, "\":");
    buf_str(b, json);
}

/* Is there a live one, whoever may see it? */
static enum err is_live(struct ctx *c, const struct entity *e, int64_t id,
                        bool *out) {
    struct scope all = {.e = e, .act = ACT_READ, .level = LEVEL_ALL};
    struct record *r;
    enum err err = record_load(c, &all, id, false, &r);
    *out = err == OK;
    if (err == ERR_NOT_FOUND)
        fail_clear(c);
    return err == ERR_NOT_FOUND ? OK : err;
}

/* *out NULL: not there, or not the actor's; told in the kept file unless it is
 * one that was to go and is gone. */
static enum err load(struct ctx *c, struct revert *x, const struct scope *s,
                     int64_t id, struct record **out) {
    bool live;
    *out = NULL;
    if (s->level != LEVEL_NONE) {
        enum err e = record_load(c, s, id, false, out);
        if (e != ERR_NOT_FOUND)
            return e;
        fail_clear(c);
        *out = NULL;
    }
    TRY(is_live(c, s->e, id, &live));
    struct revert_kept k = {
        .e = s->e, .id = id, .reason = live ? "forbidden" : "gone"};
    if (live || s->act != ACT_DELETE)
        revert_keep(c, x, &k);
    return OK;
}

static void may(struct ctx *c, const struct entity *e, enum action act,
                struct scope *s) {
    if (scope_make(c, e, act, s) == OK)
        return;
    fail_clear(c);
    *s = (struct scope){.e = e, .act = act, .level = LEVEL_NONE};
}

/* --- records made -------------------------------------------------------- */

struct going {
    VEC(struct record *) records;
    struct bulk_ids ids;
};

static enum err take_out(struct ctx *c, struct revert *x,
                         const struct entity_info *info,
                         const struct bulk_ids *ids) {
    struct buf b;
    struct jw w;
    if (ids->n == 0)
        return OK;
    if (info->on_save == NULL)
        TRY(bulk_bin(c, info->e, ids->p, ids->n, x->operation));
    else
        for (size_t i = 0; i < ids->n; i++)
            TRY(record_delete(c, info, ids->p[i], 0));
    buf_init(&b, c->arena, LINE_BYTES);
    jw_init(&w, &b);
    jw_array(&w);
    for (size_t i = 0; i < ids->n; i++)
        jw_i64(&w, ids->p[i]);
    jw_array_end(&w);
    revert_note(c, &x->deleted, info->e, buf_view(&b));
    x->chunk.deleted += (int64_t)ids->n;
    return OK;
}

static int by_id(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void revert_sort(struct bulk_ids *ids) {
    if (ids->n > 0)
        qsort(ids->p, ids->n, sizeof *ids->p, by_id);
}

enum err revert_created(struct ctx *c, struct revert *x,
                        const struct entity_info *info, const json_t *list) {
    struct going go = {0};
    struct bulk_ids used, ids = {0};
    struct scope s;
    may(c, info->e, ACT_DELETE, &s);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        int64_t id = json_integer_value(json_array_get(pair, 0));
        struct record *r;
        TRY(load(c, x, &s, id, &r));
        if (r == NULL)
            continue;
        if (!str_eq(import_hash(c, r), json_str(json_array_get(pair, 1)))) {
            revert_keep(
                c, x,
                &(struct revert_kept){
                    .e = info->e, .id = id, .r = r, .reason = "changed"});
            continue;
        }
        *VEC_PUSH(c->arena, &go.records) = r;
        *VEC_PUSH(c->arena, &go.ids) = id;
    }
    TRY(bulk_used(c, info->e, go.ids.p, go.ids.n, NULL, &used));
    revert_sort(&used);
    for (size_t i = 0; i < go.ids.n; i++) {
        int64_t id = go.ids.p[i];
        if (!ids_have(used.p, used.n, id))
            *VEC_PUSH(c->arena, &ids) = id;
        else
            revert_keep(c, x,
                        &(struct revert_kept){.e = info->e,
                                              .id = id,
                                              .r = go.records.p[i],
                                              .reason = "used"});
    }
    return take_out(c, x, info, &ids);
}

/* --- records changed ----------------------------------------------------- */

static bool same(struct val a, struct val b) {
    bool no_a = a.type == VAL_NULL || (a.type == VAL_STR && a.s.n == 0);
    bool no_b = b.type == VAL_NULL || (b.type == VAL_STR && b.s.n == 0);
    if (no_a || no_b)
        return no_a && no_b;
    return a.type == VAL_STR ? str_eq(a.s, b.s) : a.i == b.i;
}

/* A record on its way back. */
struct back {
    const struct record *before;
    struct record *after;
    struct jw w; /* of the fields that stay */
    struct buf fields;
    const char *reason; /* NULL: all of it goes back */
    bool differs;
};

static void stay(struct ctx *c, struct back *b, const struct field *f,
                 json_t *pair, const char *reason) {
    size_t k = info_index(b->before->info, f);
    if (b->reason == NULL) {
        buf_init(&b->fields, c->arena, LINE_BYTES);
        jw_init(&b->w, &b->fields);
        jw_object(&b->w);
    }
    b->reason = reason;
    jw_key(&b->w, f->name);
    jw_array(&b->w);
    for (size_t i = 0; i < 2; i++) {
        struct val v = V_NULL;
        if (value_from_json(c, f, json_array_get(pair, i), &v) != OK)
            fail_clear(c);
        show(c, &b->w, b->before->info, f, v);
    }
    show(c, &b->w, b->before->info, f, b->before->v[k]);
    jw_array_end(&b->w);
}

/* Has another live record the value that is to come back? */
static enum err is_taken(struct ctx *c, const struct record *r,
                         const struct field *f, struct val v, bool *out) {
    const struct lookup_key key = {f->name, v};
    int64_t id = 0;
    if (f->unique && v.type != VAL_NULL)
        TRY(lookup_record(c, r->info->e, &key, 1, &id));
    else if (str_eqc(f->name, "external_id") && v.type == VAL_STR)
        TRY(lookup_external(c, r->info->e, record_str(r, S("source")), v.s,
                            &id));
    *out = id != 0 && id != record_id(r);
    return OK;
}

static enum err field_back(struct ctx *c, struct back *b, const struct field *f,
                           json_t *pair) {
    size_t k = info_index(b->before->info, f);
    struct val old, new;
    bool taken = false;
    enum err e = value_from_json(c, f, json_array_get(pair, 0), &old);
    if (e == OK)
        e = value_from_json(c, f, json_array_get(pair, 1), &new);
    if (e != OK) { /* the field is another by now */
        fail_clear(c);
        stay(c, b, f, pair, "changed");
        return OK;
    }
    if (same(b->before->v[k], old))
        return OK;
    if (!same(b->before->v[k], new)) {
        stay(c, b, f, pair, "changed");
        return OK;
    }
    if (!f->system && sight_refusal(c, b->before->info, f, false) != NULL) {
        stay(c, b, f, pair, "forbidden");
        return OK;
    }
    TRY(is_taken(c, b->after, f, old, &taken));
    if (taken) {
        stay(c, b, f, pair, "taken");
        return OK;
    }
    b->after->v[k] = old;
    b->differs = true;
    return OK;
}

static enum err record_back(struct ctx *c, struct revert *x, struct back *b,
                            json_t *fields) {
    const char *name;
    json_t *pair;
    json_object_foreach(fields, name, pair) {
        const struct field *f = info_field(b->before->info, str_of(name));
        if (f != NULL && import_is_hashed(f))
            TRY(field_back(c, b, f, pair));
    }
    if (b->reason == NULL)
        return OK;
    jw_object_end(&b->w);
    revert_keep(c, x,
                &(struct revert_kept){.e = b->before->info->e,
                                      .id = record_id(b->before),
                                      .r = b->before,
                                      .reason = b->reason,
                                      .fields = buf_view(&b->fields)});
    return OK;
}

static void note_restored(struct ctx *c, struct revert *x,
                          const struct entity *e, const struct bulk_change *p,
                          size_t n) {
    struct buf b;
    struct jw w;
    if (n == 0)
        return;
    buf_init(&b, c->arena, (size_t)64 * 1024 * 1024);
    jw_init(&w, &b);
    jw_array(&w);
    for (size_t i = 0; i < n; i++) {
        jw_object(&w);
        jw_ki64(&w, S("id"), record_id(p[i].before));
        jw_key(&w, S("fields"));
        import_changes(c, &w, p[i].before, p[i].after);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    revert_note(c, &x->restored, e, buf_view(&b));
    x->chunk.restored += (int64_t)n;
}

/* A rule of today refuses the record's former values. */
static void keep_refused(struct ctx *c, struct revert *x,
                         const struct bulk_change *p, struct str why) {
    struct back b = {.before = p->before};
    struct jw *w = &b.w;
    buf_init(&b.fields, c->arena, LINE_BYTES);
    jw_init(w, &b.fields);
    jw_object(w);
    for (size_t k = 0; k < p->before->info->n_fields; k++) {
        const struct field *f = p->before->info->fields[k];
        if (!import_is_hashed(f) || same(p->before->v[k], p->after->v[k]))
            continue;
        jw_key(w, f->name);
        jw_array(w);
        show(c, w, p->before->info, f, p->after->v[k]);
        show(c, w, p->before->info, f, p->before->v[k]);
        show(c, w, p->before->info, f, p->before->v[k]);
        jw_array_end(w);
    }
    jw_object_end(w);
    revert_keep(c, x,
                &(struct revert_kept){.e = p->before->info->e,
                                      .id = record_id(p->before),
                                      .r = p->before,
                                      .reason = "refused",
                                      .message = why,
                                      .fields = buf_view(&b.fields)});
}

/* *wrote false: a rule refuses one of them, *why tells it, and none is
 * written. */
static enum err try_write(struct ctx *c, const struct bulk_change *p, size_t n,
                          bool *wrote, struct str *why) {
    struct aside_reason reason;
    TRY(db_savepoint(c));
    enum err e = bulk_update_all(c, p, n);
    *wrote = e == OK;
    if (e != OK && !import_reason(c, e, &reason))
        return e;
    if (e != OK)
        *why = reason.text;
    return e == OK ? db_release(c) : db_rollback_to(c);
}

/* All at once; where one is refused, one by one. *n and p are then those that
 * went back. */
static enum err write_back(struct ctx *c, struct revert *x,
                           struct bulk_change *p, size_t *n) {
    size_t back = 0;
    struct str why;
    bool wrote;
    TRY(try_write(c, p, *n, &wrote, &why));
    if (wrote)
        return OK;
    for (size_t i = 0; i < *n; i++) {
        TRY(try_write(c, &p[i], 1, &wrote, &why));
        if (wrote)
            p[back++] = p[i];
        else
            keep_refused(c, x, &p[i], why);
    }
    *n = back;
    return OK;
}

enum err revert_changed(struct ctx *c, struct revert *x,
                        const struct entity_info *info, const json_t *list) {
    VEC(struct bulk_change) changes = {0};
    struct scope s;
    may(c, info->e, ACT_UPDATE, &s);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct record *r;
        TRY(load(c, x, &s, json_integer_value(json_object_get(one, "id")), &r));
        if (r == NULL)
            continue;
        struct back b = {.before = r, .after = record_copy(c, r)};
        TRY(record_back(c, x, &b, json_object_get(one, "fields")));
        if (b.differs)
            *VEC_PUSH(c->arena, &changes) =
                (struct bulk_change){b.before, b.after};
    }
    TRY(write_back(c, x, changes.p, &changes.n));
    note_restored(c, x, info->e, changes.p, changes.n);
    return OK;
}
