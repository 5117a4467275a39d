/* The verbs of records. Owns nothing; called by the routes of single records
 * and by POST /batch. */
#include "api/verb.h"

#include "model/value.h"
#include "store/lookup.h"
#include "store/sight.h"

enum err verb_entity(struct ctx *c, struct str plural,
                     const struct entity_info **out) {
    const struct entity_info *i = registry_plural(c->registry, plural);
    if (i == NULL || i->e->scope == SCOPE_SYSTEM)
        return failv(c, ERR_NOT_FOUND, S(""), "unknown_object",
                     ARGS(V(plural)));
    *out = i;
    return OK;
}

/* Entities without a life of their own (rows the program writes) are read
 * only: no revision, no bin. */
enum err verb_writable(struct ctx *c, struct str plural,
                       const struct entity_info **out) {
    TRY(verb_entity(c, plural, out));
    if (!(*out)->e->record || (*out)->e->append_only)
        return fail(c, ERR_METHOD, "", "read_only_object");
    return OK;
}

/* The record as it is now (hooks may have computed more than was given), or as
 * it was written where the caller may write but not read it, or has handed it
 * over out of his own sight. */
static enum err read_written(struct ctx *c, const struct entity_info *i,
                             struct record *written, struct record **out) {
    struct scope s;
    enum err e = scope_make(c, i->e, ACT_READ, &s);
    *out = written;
    if (e == OK && written->whole && scope_is_all(c, &s))
        return OK;
    if (e == OK)
        e = record_load(c, &s, record_id(written), false, out);
    if (e != ERR_FORBIDDEN && e != ERR_NOT_FOUND)
        return e;
    fail_clear(c);
    *out = written;
    return OK;
}

/* The one of several revisions that the record has, else the first. */
static enum err choose_rev(struct ctx *c, const struct entity_info *i,
                           int64_t id, const struct verb_revs *revs,
                           int64_t *out) {
    struct scope s;
    struct record *now;
    *out = revs->n > 0 ? revs->rev[0] : 0;
    if (revs->n < 2)
        return OK;
    TRY(scope_make(c, i->e, ACT_UPDATE, &s));
    TRY(record_load(c, &s, id, false, &now));
    for (size_t k = 0; k < revs->n; k++)
        if (revs->rev[k] == record_rev(now))
            *out = revs->rev[k];
    return OK;
}

/* The records below it that come in the body are taken out of that, which is
 * left as it is, for the function may be run again with it. */
static json_t *take_part(struct ctx *c, const struct entity_info *i,
                         json_t **body) {
    if (i->part == NULL)
        return NULL;
    struct str name = i->part->e->body_member;
    json_t *part = json_object_getn(*body, name.p, name.n);
    if (part == NULL)
        return NULL;
    *body = json_copy_in(c, *body);
    json_object_deln(*body, name.p, name.n);
    return part;
}

static enum err put_part(struct ctx *c, const struct record *r, bool is_new,
                         json_t *part) {
    return part == NULL ? OK : r->info->part->on_put(c, r, is_new, part);
}

enum err verb_create(struct ctx *c, const struct entity_info *i, json_t *body,
                     struct record **out) {
    struct record *r = record_new(c, i);
    json_t *part = take_part(c, i, &body);
    struct scope may;
    TRY(scope_make(c, i->e, ACT_CREATE, &may));
    TRY(record_from_json(c, r, body, true));
    TRY(record_create(c, r));
    TRY(put_part(c, r, true, part));
    return read_written(c, i, r, out);
}

enum err verb_update(struct ctx *c, const struct entity_info *i, int64_t id,
                     const struct verb_revs *revs, json_t *body,
                     struct record **out) {
    struct record *r = record_new(c, i), *now;
    json_t *part = take_part(c, i, &body);
    struct scope may;
    int64_t rev;
    TRY(scope_make(c, i->e, ACT_UPDATE, &may));
    TRY(record_from_json(c, r, body, false));
    TRY(choose_rev(c, i, id, revs, &rev));
    TRY(record_update(c, i, id, rev, r, &now));
    TRY(put_part(c, now, false, part));
    return read_written(c, i, now, out);
}

enum err verb_delete(struct ctx *c, const struct entity_info *i, int64_t id,
                     const struct verb_revs *revs) {
    int64_t rev;
    TRY(choose_rev(c, i, id, revs, &rev));
    return record_delete(c, i, id, rev);
}

enum err verb_restore(struct ctx *c, const struct entity_info *i, int64_t id,
                      struct record **out) {
    struct scope s;
    TRY(record_restore(c, i, id));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    return record_load(c, &s, id, false, out);
}

/* --- upsert -------------------------------------------------------------- */

struct found_key {
    const struct field *f, *source; /* source: NULL but for external_id */
    struct val value, source_value;
};

static enum err read_key(struct ctx *c, const struct entity_info *i,
                         const struct verb_key *key, struct found_key *out) {
    const struct field *f = entity_field(i->e, key->field);
    bool external = str_eqc(key->field, "external_id");
    if (f == NULL || (!f->unique && !external))
        return failv(c, ERR_INVALID, S("by"), "not_a_key", ARGS(V(key->field)));
    TRY(sight_need(c, i, f, "not_a_key"));
    *out = (struct found_key){.f = f};
    if (external) {
        out->source = entity_field(i->e, S("source"));
        if (key->source.n == 0)
            return fail(c, ERR_INVALID, "source", "required");
        TRY(sight_need(c, i, out->source, "not_a_key"));
        TRY(value_from_text(c, out->source, key->source, &out->source_value));
    }
    TRY(value_from_text(c, f, key->value, &out->value));
    if (out->value.type == VAL_NULL)
        return failv(c, ERR_INVALID, f->name, "required", NO_ARGS);
    return OK;
}

static enum err find_key(struct ctx *c, const struct entity_info *i,
                         const struct verb_key *key, const struct found_key *k,
                         int64_t *id) {
    struct lookup_key by = {k->f->name, k->value};
    TRY(db_lock_key(
        c, str_fmt(c->arena, "key:" STR_FMT ":" STR_FMT ":" STR_FMT ":" STR_FMT,
                   STR_ARG(i->e->name), STR_ARG(key->field),
                   STR_ARG(key->value), STR_ARG(key->source))));
    if (k->source != NULL)
        return lookup_external(c, i->e, key->source, key->value, id);
    return lookup_record(c, i->e, &by, 1, id);
}

static bool same(struct val a, struct val b) {
    if (a.type != b.type)
        return false;
    return a.type == VAL_STR ? str_eq(a.s, b.s) : a.i == b.i;
}

/* The body may name the key too, then with the same value. */
static enum err take_member(struct ctx *c, json_t *body, const struct field *f,
                            struct str value) {
    json_t *j = json_object_getn(body, f->name.p, f->name.n);
    struct val given, wanted;
    if (j == NULL)
        return OK;
    TRY(value_from_json(c, f, j, &given));
    TRY(value_from_text(c, f, value, &wanted));
    if (!same(given, wanted))
        return failv(c, ERR_INVALID, f->name, "key_differs", NO_ARGS);
    json_object_deln(body, f->name.p, f->name.n);
    return OK;
}

/* Whoever sends the same whole record each time also sends what is fixed once
 * it is made: that is no change as long as it is the same. */
static enum err take_fixed(struct ctx *c, const struct entity_info *i,
                           int64_t id, json_t *body) {
    struct scope s;
    struct record *now;
    TRY(scope_make(c, i->e, ACT_UPDATE, &s));
    TRY(record_load(c, &s, id, false, &now));
    for (size_t k = 0; k < i->e->n_fields; k++) {
        const struct field *f = i->fields[k];
        json_t *j = json_object_getn(body, f->name.p, f->name.n);
        struct val given;
        if (!f->create_only || j == NULL || sight_of(c, i, f) != SEE_FULL)
            continue;
        TRY(value_from_json(c, f, j, &given));
        if (same(given, now->v[k]))
            json_object_deln(body, f->name.p, f->name.n);
    }
    return OK;
}

/* A key in the address is set as if it stood in the body. */
static enum err check_key_right(struct ctx *c, const struct entity_info *i,
                                const struct field *f) {
    const char *code = f == NULL ? NULL : sight_refusal(c, i, f, true);
    return code == NULL ? OK : failv(c, ERR_INVALID, f->name, code, NO_ARGS);
}

static enum err create_with(struct ctx *c, const struct entity_info *i,
                            const struct verb_key *key,
                            const struct found_key *k, json_t *body,
                            struct record **out) {
    struct record *r = record_new(c, i);
    json_t *part = take_part(c, i, &body);
    TRY(check_key_right(c, i, k->f));
    TRY(check_key_right(c, i, k->source));
    TRY(record_from_json(c, r, body, true));
    record_set(r, k->f->name, k->value);
    r->has[info_index(i, k->f)] = true;
    if (k->source != NULL) {
        record_set(r, k->source->name, k->source_value);
        r->has[info_index(i, k->source)] = true;
    }
    TRY(record_create(c, r));
    TRY(put_part(c, r, true, part));
    return read_written(c, i, r, out);
}

enum err verb_upsert(struct ctx *c, const struct entity_info *i,
                     const struct verb_key *key, const struct verb_revs *revs,
                     json_t *body, struct record **out, bool *created_out) {
    struct found_key k;
    int64_t id;
    /* A copy: the function may be run again with the same body. */
    json_t *rest = json_copy_in(c, body);
    TRY(read_key(c, i, key, &k));
    TRY(take_member(c, rest, k.f, key->value));
    if (k.source != NULL)
        TRY(take_member(c, rest, k.source, key->source));
    TRY(find_key(c, i, key, &k, &id));
    *created_out = id == 0;
    if (id == 0 && revs->n > 0)
        return fail(c, ERR_STALE, "If-Match", "stale_record");
    if (id == 0)
        return create_with(c, i, key, &k, rest, out);
    enum err e = take_fixed(c, i, id, rest);
    if (e == OK)
        e = verb_update(c, i, id, revs, rest, out);
    if (e != ERR_NOT_FOUND)
        return e;
    fail_clear(c);
    return failv(c, ERR_CONFLICT, k.f->name, "duplicate_value", NO_ARGS);
}
