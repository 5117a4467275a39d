/* Adding, changing and retiring custom fields. Owns nothing; any thread with a
 * connection of its own. Invariants: the row says what the columns are, or that
 * they may be in between (building, changing); a registry never holds a field
 * whose columns are not all there. SQLite: row and columns in one transaction.
 * PostgreSQL: the row first, the columns beside the work of others, then the
 * row again; custom_mend ends what died in between. */
#include "app/custom.h"

#include "base/log.h"
#include "model/emit.h"
#include "store/registry.h"
#include "store/store.h"
#include "store/trail.h"

#include <time.h>

#define DETAILS_MAX (512 * 1024)
/* Longer than any server goes on with an old registry (AUTH_FRESH_MS). */
#define FOLLOW_MS 1300

struct work {
    json_t *body;
    int64_t id;
    bool retire; /* what is asked for */
    const struct entity *e;
    struct custom_field was, now;
    bool rebuild;
    const char *action;
};

static bool at_once(const struct ctx *c) {
    return store_one_writer(c->store);
}

/* --- rows --------------------------------------------------------------- */

static void definition(struct jw *w, const struct custom_field *f) {
    if (f->id == 0) {
        jw_null(w);
        return;
    }
    struct buf b;
    buf_init(&b, w->out->arena, DETAILS_MAX);
    emit_field(&f->field, &b);
    jw_raw(w, buf_view(&b));
}

/* {"definition":[old, new]} */
static enum err audit(struct ctx *c, const struct work *k,
                      const struct custom_field *was,
                      const struct custom_field *now) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, DETAILS_MAX);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("entity"), k->now.entity);
    jw_key(&w, S("definition"));
    jw_array(&w);
    definition(&w, was);
    definition(&w, now);
    jw_array_end(&w);
    jw_object_end(&w);
    return trail_event(c, str_of(k->action), S("custom_field"), k->now.id,
                       buf_view(&b));
}

/* The row as it is to be, in force. */
static enum err put_live(struct ctx *c, struct work *k) {
    k->now.state = S("live");
    TRY(custom_field_update(c, &k->now));
    TRY(custom_field_announce(c));
    return audit(c, k, &k->was, &k->now);
}

static enum err write_live(struct ctx *c, void *arg) {
    struct work *k = arg;
    struct custom_field kept = k->now;
    enum err e = put_live(c, k);
    if (e != OK)
        k->now = kept; /* it may be run again */
    return e;
}

static enum err in_transaction(struct ctx *c, write_fn fn, struct work *k) {
    return store_write(c, LANE_INTERACTIVE, fn, k);
}

/* --- between begin and end: nobody else changes columns ------------------- */

static enum err mend_all(struct ctx *c);

static enum err begin(struct ctx *c) {
    if (at_once(c))
        return OK;
    TRY(custom_column_begin(c));
    enum err e = mend_all(c);
    if (e != OK)
        custom_column_end(c);
    return e;
}

/* The caller's registry is the new one; others follow within a second. */
static enum err end(struct ctx *c, enum err e) {
    if (!at_once(c))
        custom_column_end(c);
    TRY(e);
    return store_follow_registry(c);
}

static void wait_for_others(void) {
    struct timespec t = {FOLLOW_MS / 1000, (FOLLOW_MS % 1000) * 1000000};
    nanosleep(&t, NULL);
}

/* --- create ------------------------------------------------------------- */

static enum err write_new(struct ctx *c, void *arg) {
    struct work *k = arg;
    TRY(custom_define(c, k->body, NULL, &k->now));
    TRY(custom_entity(c, k->now.entity, &k->e));
    k->now.entity = k->e->name;
    TRY(custom_check_new(c, k->e, &k->now));
    k->now.state = at_once(c) ? S("live") : S("building");
    TRY(custom_field_insert(c, &k->now));
    if (!at_once(c))
        return OK;
    TRY(custom_column_add(c, k->e, &k->now.field));
    TRY(custom_field_announce(c));
    return audit(c, k, &(struct custom_field){0}, &k->now);
}

static enum err write_gone(struct ctx *c, void *arg) {
    struct work *k = arg;
    return custom_field_delete(c, k->now.id);
}

/* Away with what is there of it; the error that led here is what counts. */
static void undo_new(struct ctx *c, struct work *k) {
    struct ctx own = *c;
    fail_clear(&own);
    if (custom_column_drop(&own, k->e, &k->now.field) == OK &&
        in_transaction(&own, write_gone, k) == OK)
        return;
    fail_clear(&own); /* the row says building: mended later */
}

static enum err add_beside(struct ctx *c, struct work *k) {
    enum err e = custom_column_add(c, k->e, &k->now.field);
    if (e == OK)
        e = in_transaction(c, write_live, k);
    if (e != OK)
        undo_new(c, k);
    return e;
}

enum err custom_create(struct ctx *c, json_t *body, int64_t *id_out) {
    struct work k = {.body = body, .action = "create"};
    TRY(begin(c));
    enum err e = in_transaction(c, write_new, &k);
    if (e == OK && !at_once(c))
        e = add_beside(c, &k);
    *id_out = k.now.id;
    return end(c, e);
}

/* --- change ------------------------------------------------------------- */

static bool turns_unique(const struct work *k) {
    return !k->rebuild && k->was.field.unique != k->now.field.unique;
}

/* SQLite: the columns in the same transaction. */
static enum err change_columns(struct ctx *c, const struct work *k) {
    if (k->rebuild) {
        TRY(custom_column_drop(c, k->e, &k->was.field));
        return custom_column_add(c, k->e, &k->now.field);
    }
    if (turns_unique(k))
        return custom_column_unique(c, k->e, &k->now.field,
                                    k->now.field.unique);
    return OK;
}

/* PostgreSQL: hidden while its columns are made anew; an index that is to come
 * is made for the old definition, one that is to go is no longer asked for. */
static enum err write_between(struct ctx *c, struct work *k) {
    struct custom_field row = k->now;
    if (turns_unique(k))
        row.field.unique = false;
    row.state = k->rebuild ? S("building") : S("changing");
    TRY(custom_field_update(c, &row));
    k->now.rev = row.rev;
    return k->rebuild ? custom_field_announce(c) : OK;
}

static enum err write_change(struct ctx *c, void *arg) {
    struct work *k = arg;
    TRY(custom_field_find(c, k->id, &k->was));
    TRY(custom_define(c, k->body, &k->was, &k->now));
    TRY(custom_entity(c, k->was.entity, &k->e));
    TRY(custom_check_change(c, k->e, &k->was, &k->now, &k->rebuild));
    if (!at_once(c) && (k->rebuild || turns_unique(k)))
        return write_between(c, k);
    TRY(change_columns(c, k));
    return put_live(c, k);
}

static enum err rebuild_beside(struct ctx *c, struct work *k) {
    wait_for_others();
    TRY(custom_column_drop(c, k->e, &k->was.field));
    TRY(custom_column_add(c, k->e, &k->now.field));
    return in_transaction(c, write_live, k);
}

static enum err write_as_before(struct ctx *c, void *arg) {
    struct work *k = arg;
    struct custom_field row = k->was;
    row.rev = k->now.rev;
    return custom_field_update(c, &row);
}

static enum err unique_beside(struct ctx *c, struct work *k) {
    enum err e =
        custom_column_unique(c, k->e, &k->now.field, k->now.field.unique);
    if (e == OK)
        return in_transaction(c, write_live, k);
    struct ctx own = *c;
    fail_clear(&own);
    if (in_transaction(&own, write_as_before, k) != OK)
        fail_clear(&own); /* the row says changing: mended later */
    return e;
}

enum err custom_change(struct ctx *c, int64_t id, json_t *body) {
    struct work k = {.body = body, .id = id, .action = "update"};
    TRY(begin(c));
    enum err e = in_transaction(c, write_change, &k);
    if (e == OK && !at_once(c) && k.rebuild)
        e = rebuild_beside(c, &k);
    else if (e == OK && !at_once(c) && turns_unique(&k))
        e = unique_beside(c, &k);
    return end(c, e);
}

/* --- retire, restore, remove -------------------------------------------- */

static enum err write_retire(struct ctx *c, void *arg) {
    struct work *k = arg;
    int64_t empty = 0;
    TRY(custom_field_find(c, k->id, &k->was));
    TRY(custom_entity(c, k->was.entity, &k->e));
    k->now = k->was;
    if (k->retire == (k->was.retired_at != 0))
        return OK;
    k->now.retired_at = k->retire ? c->now_ms : 0;
    /* Records made meanwhile have no value: nobody was asked for one. */
    if (!k->retire && k->was.field.required)
        TRY(custom_field_count_empty(c, k->e, &k->was.field, &empty));
    if (empty > 0)
        k->now.field.required = false;
    return put_live(c, k);
}

enum err custom_retire(struct ctx *c, int64_t id, bool retired) {
    struct work k = {
        .id = id, .retire = retired, .action = retired ? "retire" : "restore"};
    TRY(begin(c));
    return end(c, in_transaction(c, write_retire, &k));
}

/* The row goes, or on PostgreSQL is hidden until its columns are gone. */
static enum err write_remove(struct ctx *c, void *arg) {
    struct work *k = arg;
    bool any;
    TRY(custom_field_find(c, k->id, &k->was));
    TRY(custom_entity(c, k->was.entity, &k->e));
    k->now = k->was;
    if (k->was.retired_at == 0)
        return fail(c, ERR_CONFLICT, "", "custom_not_retired");
    TRY(custom_field_any_value(c, k->e, &k->was.field, &any));
    if (any)
        return fail(c, ERR_CONFLICT, "", "custom_has_data");
    k->now.state = S("removing");
    if (at_once(c)) {
        TRY(custom_column_drop(c, k->e, &k->was.field));
        TRY(custom_field_delete(c, k->id));
    } else {
        TRY(custom_field_update(c, &k->now));
    }
    TRY(custom_field_announce(c));
    return audit(c, k, &k->was, &(struct custom_field){0});
}

enum err custom_remove(struct ctx *c, int64_t id) {
    struct work k = {.id = id, .action = "delete"};
    TRY(begin(c));
    enum err e = in_transaction(c, write_remove, &k);
    if (e == OK && !at_once(c)) {
        wait_for_others();
        e = custom_column_drop(c, k.e, &k.was.field);
        if (e == OK)
            e = in_transaction(c, write_gone, &k);
    }
    return end(c, e);
}

/* --- what a dead server left ---------------------------------------------- */

/* A field nobody was told of goes; one that was being made anew is made. */
static enum err mend_building(struct ctx *c, struct work *k) {
    TRY(custom_column_drop(c, k->e, &k->now.field));
    if (k->now.rev == 1 || str_eqc(k->now.state, "removing"))
        return in_transaction(c, write_gone, k);
    TRY(custom_column_add(c, k->e, &k->now.field));
    return in_transaction(c, write_live, k);
}

static enum err mend_changing(struct ctx *c, struct work *k) {
    TRY(custom_column_unique(c, k->e, &k->now.field, k->now.field.unique));
    return in_transaction(c, write_live, k);
}

static enum err mend_all(struct ctx *c) {
    struct custom_fields all;
    TRY(custom_field_all(c, &all));
    for (size_t i = 0; i < all.n; i++) {
        struct work k = {.now = all.p[i], .was = all.p[i], .action = "update"};
        if (str_eqc(k.now.state, "live"))
            continue;
        TRY(custom_entity(c, k.now.entity, &k.e));
        TRY(str_eqc(k.now.state, "changing") ? mend_changing(c, &k)
                                             : mend_building(c, &k));
    }
    return OK;
}

enum err custom_mend(struct ctx *c) {
    if (at_once(c))
        return OK;
    enum err e = begin(c);
    if (e == ERR_BUSY) { /* another server is at it, or the table in use */
        fail_clear(c);
        return OK;
    }
    TRY(e);
    return end(c, OK);
}
