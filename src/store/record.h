/* Generic records: one row of any entity as values in field order, and what
 * one may do to it. All permissions go through a scope; every write leaves an
 * audit entry and a change_log row in the same transaction. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "base/json.h"
#include "store/registry.h"
#include "store/scope.h"

struct record {
    const struct entity_info *info;
    struct val *v; /* info->n_fields values; NULL-typed = empty */
    bool *has;     /* for input: was the field given */
    bool whole;    /* new, and its row says the same, the sidecar's too */
};

struct record *record_new(struct ctx *c, const struct entity_info *i);
struct record *record_copy(struct ctx *c, const struct record *r);

/* By field name; die when the entity has no such field. */
struct val record_get(const struct record *r, struct str field);
int64_t record_i64(const struct record *r, struct str field);
struct str record_str(const struct record *r, struct str field);
void record_set(struct record *r, struct str field, struct val v);
int64_t record_id(const struct record *r);
int64_t record_rev(const struct record *r);

/* Reads one row the actor may see (act = ACT_READ …). ERR_NOT_FOUND both for
 * absent and for out of scope; binned rows only when bin is true. */
enum err record_load(struct ctx *c, const struct scope *s, int64_t id, bool bin,
                     struct record **out) MUST_CHECK;

/* Fills r from a JSON object: unknown, read-only and secret fields are
 * problems, values are checked against the field. Several problems are
 * collected. creating: create_only fields are allowed. */
enum err record_from_json(struct ctx *c, struct record *r, json_t *obj,
                          bool creating) MUST_CHECK;

/* May the field leave the server? Not the secret and the retired ones. */
bool field_is_shown(const struct field *f);
/* Set by the program alone: system fields but owner and origin, sidecars. */
bool field_is_readonly(const struct field *f);

/* Column col of the current row as a value of field f. */
struct val row_val(const struct rows *rows, int col, const struct field *f);
/* The same, its text valid until the next row only. */
struct val row_peek(const struct rows *rows, int col, const struct field *f);

/* Appends the record as a JSON object as the actor may see it. */
void record_to_json(struct ctx *c, struct jw *w, const struct record *r);
/* All that is not secret, whoever asks: for hashes, never for an answer. */
void record_whole_json(struct ctx *c, struct jw *w, const struct record *r);

/* --- writes: inside a write function (store_write) ----------------------- */

/* Inserts. Defaults are filled, required and references checked (a reference
 * must be in the actor's read scope), the owner defaults to the actor. Sets
 * id, rev and the other system values in r. */
enum err record_create(struct ctx *c, struct record *r) MUST_CHECK;

/* Changes the fields given in r. if_rev: 0, or the rev the caller saw; a
 * different one is ERR_STALE naming the fields changed since. out: the row as
 * it is now. */
enum err record_update(struct ctx *c, const struct entity_info *i, int64_t id,
                       int64_t if_rev, const struct record *r,
                       struct record **out) MUST_CHECK;

/* Into the bin, with everything that belongs to it. */
enum err record_delete(struct ctx *c, const struct entity_info *i, int64_t id,
                       int64_t if_rev) MUST_CHECK;
enum err record_restore(struct ctx *c, const struct entity_info *i,
                        int64_t id) MUST_CHECK;

/* Holds the row until the transaction ends; see db_lock_row. */
enum err record_lock(struct ctx *c, const struct entity *e,
                     int64_t id) MUST_CHECK;

/* Sets columns the program computes (read-only or sidecar fields) without
 * rev, audit or hooks. */
enum err record_set_computed(struct ctx *c, const struct entity_info *i,
                             int64_t id, const struct record *r) MUST_CHECK;

#endif
