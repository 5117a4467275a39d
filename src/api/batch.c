/* POST /batch: up to 500 operations on records in one transaction. Each goes
 * through the verb its single route calls. Atomic: all or none. Else each has a
 * savepoint of its own, and what fails leaves the others alone.
 * Owns nothing; runs in a write function, perhaps twice. */
#include "api/body.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/verb.h"
#include "store/tags.h"

#define OPERATIONS_MAX 500
#define PARTS_MAX 2000 /* lines of orders, in all operations together */
#define BODY_MAX (8 * 1024 * 1024)
#define RESULTS_MAX (48 * 1024 * 1024)
#define UNDONE 424 /* failed dependency: another operation failed */

struct operation {
    const struct entity_info *i;
    int64_t id, tag;
    struct verb_revs revs;
    struct verb_key key;
    json_t *data;
};

/* What an operation did; now is NULL for delete and tags. */
struct outcome {
    int status;
    int64_t id;
    struct record *now;
};

typedef enum err (*op_fn)(struct ctx *c, const struct operation *o,
                          struct outcome *out);

static enum err op_create(struct ctx *c, const struct operation *o,
                          struct outcome *out) {
    out->status = 201;
    return verb_create(c, o->i, o->data, &out->now);
}

static enum err op_update(struct ctx *c, const struct operation *o,
                          struct outcome *out) {
    return verb_update(c, o->i, o->id, &o->revs, o->data, &out->now);
}

static enum err op_delete(struct ctx *c, const struct operation *o,
                          struct outcome *out) {
    out->status = 204;
    return verb_delete(c, o->i, o->id, &o->revs);
}

static enum err op_restore(struct ctx *c, const struct operation *o,
                           struct outcome *out) {
    return verb_restore(c, o->i, o->id, &out->now);
}

static enum err op_upsert(struct ctx *c, const struct operation *o,
                          struct outcome *out) {
    bool created;
    TRY(verb_upsert(c, o->i, &o->key, &o->revs, o->data, &out->now, &created));
    out->status = created ? 201 : 200;
    return OK;
}

static enum err op_tag(struct ctx *c, const struct operation *o,
                       struct outcome *out) {
    out->status = 204;
    return tags_put(c, o->i, o->id, o->tag);
}

static enum err op_untag(struct ctx *c, const struct operation *o,
                         struct outcome *out) {
    out->status = 204;
    return tags_take(c, o->i, o->id, o->tag);
}

static const struct verb {
    const char *name;
    op_fn fn;
    bool id, data, key, tag; /* members it needs */
} verbs[] = {
    {"create", op_create, .data = true},
    {"update", op_update, .id = true, .data = true},
    {"delete", op_delete, .id = true},
    {"restore", op_restore, .id = true},
    {"upsert", op_upsert, .data = true, .key = true},
    {"tag", op_tag, .id = true, .tag = true},
    {"untag", op_untag, .id = true, .tag = true},
};

/* --- reading ------------------------------------------------------------- */

static const struct verb *find_verb(struct str name) {
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (str_eqc(name, verbs[i].name))
            return &verbs[i];
    return NULL;
}

static void need_id(struct ctx *c, const json_t *j, const char *name,
                    int64_t *out) {
    *out = body_id(c, j, name);
    if (*out == 0 && fail_any(c) == OK) {
        enum err noted UNUSED = fail(c, ERR_INVALID, name, "required");
    }
}

static enum err read_operation(struct ctx *c, const json_t *j,
                               const struct verb **verb,
                               struct operation *out) {
    static const char *const names[] = {
        "op", "object", "id", "rev", "field", "value", "source", "data", "tag"};
    if (!json_is_object(j))
        return fail(c, ERR_INVALID, "", "not_object");
    body_only(c, j, names, COUNT_OF(names));
    *verb = find_verb(body_text(c, j, "op", 20, true));
    if (*verb == NULL)
        return failv(c, ERR_INVALID, S("op"), "not_option",
                     ARGS(V("create, update, delete, restore, upsert, tag, "
                            "untag")));
    struct str object = body_text(c, j, "object", 60, true);
    int64_t rev = body_id(c, j, "rev");
    out->revs.n = rev > 0;
    out->revs.rev[0] = rev;
    out->data = json_object_get(j, "data");
    if ((*verb)->data && !json_is_object(out->data)) {
        enum err noted UNUSED = fail(c, ERR_INVALID, "data", "not_object");
    }
    if ((*verb)->id)
        need_id(c, j, "id", &out->id);
    if ((*verb)->tag)
        need_id(c, j, "tag", &out->tag);
    if ((*verb)->key)
        out->key = (struct verb_key){body_text(c, j, "field", 60, true),
                                     body_text(c, j, "value", 400, true),
                                     body_text(c, j, "source", 400, false)};
    TRY(fail_any(c));
    return verb_writable(c, object, &out->i);
}

static enum err run_operation(struct ctx *c, const json_t *j,
                              struct outcome *out) {
    struct operation o = {0};
    const struct verb *verb = NULL;
    *out = (struct outcome){.status = 200};
    TRY(read_operation(c, j, &verb, &o));
    out->id = o.id;
    TRY(verb->fn(c, &o, out));
    if (out->now != NULL)
        out->id = record_id(out->now);
    return OK;
}

/* --- answering ----------------------------------------------------------- */

static void write_outcome(struct ctx *c, struct jw *w, const struct outcome *o,
                          bool records) {
    jw_object(w);
    jw_ki64(w, S("status"), o->status);
    jw_ki64(w, S("id"), o->id);
    if (o->now != NULL)
        jw_ki64(w, S("rev"), record_rev(o->now));
    if (o->now != NULL && records) {
        jw_key(w, S("record"));
        record_to_json(c, w, o->now);
    }
    jw_object_end(w);
}

static void write_failure(struct ctx *c, struct jw *w, enum err e) {
    jw_object(w);
    jw_ki64(w, S("status"), err_status(e));
    jw_key(w, S("problem"));
    reply_write_problem(c, w, e);
    jw_object_end(w);
}

static void write_undone(struct jw *w) {
    jw_object(w);
    jw_ki64(w, S("status"), UNDONE);
    jw_object_end(w);
}

/* What concerns the one operation, not the whole: a refusal. */
static bool is_refusal(enum err e) {
    return err_status(e) < 500 && e != ERR_TOO_BROAD;
}

/* --- running ------------------------------------------------------------- */

struct batch {
    json_t *list;
    bool atomic, records;
    struct jw *w;
    int64_t done, failed;
};

static enum err run_each(struct ctx *c, struct batch *b) {
    for (size_t k = 0; k < json_array_size(b->list); k++) {
        struct outcome o;
        TRY(db_savepoint(c));
        enum err e = run_operation(c, json_array_get(b->list, k), &o);
        if (e != OK && !is_refusal(e))
            return e;
        TRY(e == OK ? db_release(c) : db_rollback_to(c));
        if (e == OK) {
            b->done++;
            write_outcome(c, b->w, &o, b->records);
        } else {
            b->failed++;
            write_failure(c, b->w, e);
            fail_clear(c);
        }
    }
    return OK;
}

/* The answer of a batch that is undone: a status for each all the same. */
static enum err refuse(struct ctx *c, struct call *call, size_t n, size_t at,
                       enum err e) {
    struct buf results;
    struct jw w;
    buf_init(&results, c->arena, RESULTS_MAX);
    jw_init(&w, &results);
    jw_array(&w);
    for (size_t k = 0; k < n; k++) {
        if (k == at)
            write_failure(c, &w, e);
        else
            write_undone(&w);
    }
    jw_array_end(&w);
    call->problem_results = buf_view(&results);
    fail_clear(c);
    return failv(c, ERR_INVALID, str_fmt(c->arena, "operations[%zu]", at),
                 "batch_undone", ARGS(V((int64_t)at)));
}

static enum err run_atomic(struct ctx *c, struct call *call, struct batch *b) {
    size_t n = json_array_size(b->list);
    for (size_t k = 0; k < n; k++) {
        struct outcome o;
        enum err e = run_operation(c, json_array_get(b->list, k), &o);
        if (e != OK)
            return is_refusal(e) ? refuse(c, call, n, k, e) : e;
        b->done++;
        write_outcome(c, b->w, &o, b->records);
    }
    return OK;
}

static bool read_flag(struct ctx *c, const json_t *j, const char *name,
                      bool fallback) {
    const json_t *v = json_object_get(j, name);
    if (v == NULL)
        return fallback;
    if (!json_is_boolean(v)) {
        enum err noted UNUSED = fail(c, ERR_INVALID, name, "not_bool");
    }
    return json_is_true(v);
}

/* How many records come in the body of an operation's own. */
static size_t parts_of(const struct ctx *c, const json_t *operation) {
    const json_t *object = json_object_get(operation, "object");
    const json_t *data = json_object_get(operation, "data");
    const struct entity_info *i =
        json_is_string(object) ? registry_plural(c->registry, json_str(object))
                               : NULL;
    if (i == NULL || i->part == NULL)
        return 0;
    struct str name = i->part->e->body_member;
    return json_array_size(json_object_getn(data, name.p, name.n));
}

/* All are written in one transaction, for which others wait. */
static enum err check_parts(struct ctx *c, const json_t *list) {
    size_t n = 0;
    for (size_t k = 0; k < json_array_size(list); k++)
        n += parts_of(c, json_array_get(list, k));
    return n <= PARTS_MAX
               ? OK
               : failv(c, ERR_INVALID, S("operations"), "batch_parts",
                       ARGS(V(PARTS_MAX), V((int64_t)n)));
}

static enum err read_batch(struct ctx *c, json_t *body, struct batch *b) {
    static const char *const names[] = {"atomic", "operations", "records"};
    body_only(c, body, names, COUNT_OF(names));
    b->atomic = read_flag(c, body, "atomic", true);
    b->records = read_flag(c, body, "records", false);
    b->list = json_object_get(body, "operations");
    if (!json_is_array(b->list) || json_array_size(b->list) == 0)
        return fail(c, ERR_INVALID, "operations", "not_array");
    if (json_array_size(b->list) > OPERATIONS_MAX)
        return failv(c, ERR_INVALID, S("operations"), "too_many_values",
                     ARGS(V(OPERATIONS_MAX)));
    TRY(check_parts(c, b->list));
    return fail_any(c);
}

static enum err batch_h(struct ctx *c, struct call *call) {
    struct batch b = {.w = &call->w};
    TRY(read_batch(c, call->json, &b));
    jw_object(b.w);
    jw_kbool(b.w, S("atomic"), b.atomic);
    jw_key(b.w, S("results"));
    jw_array(b.w);
    TRY(b.atomic ? run_atomic(c, call, &b) : run_each(c, &b));
    jw_array_end(b.w);
    jw_ki64(b.w, S("done"), b.done);
    jw_ki64(b.w, S("failed"), b.failed);
    jw_object_end(b.w);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_POST,
     .pattern = "/api/v1/batch",
     .fn = batch_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .max_body = BODY_MAX,
     .doc = "Several writes at once: all or none, or each for itself.",
     .tag = "records",
     .in = "batch",
     .out = "batch_results"},
};

const struct route_list batch_routes = {routes, COUNT_OF(routes)};
