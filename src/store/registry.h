/* The entities in force: an immutable snapshot, made at start and again when a
 * custom field has changed (store_follow_registry). Holds the SQL text that is
 * the same for each request, so that statements are prepared once per
 * connection. */
#ifndef STORE_REGISTRY_H
#define STORE_REGISTRY_H

#include "base/ctx.h"
#include "base/json.h"
#include "db/db.h"
#include "model/model.h"

struct record;

/* Records that come in the body of their parent: at most so many. */
#define BODY_PART_MAX 500

enum save_op { SAVE_CREATE, SAVE_UPDATE, SAVE_DELETE, SAVE_RESTORE };

/* What can be told to be wrong before anything is written: ERR_INVALID. before
 * is NULL of a new record. The hook of saving asks it too. */
typedef enum err (*check_hook)(struct ctx *c, const struct record *before,
                               const struct record *after);
/* Called inside the write transaction after the row is written. before is
 * NULL on create. Named in the entity's "on_save". */
typedef enum err (*save_hook)(struct ctx *c, enum save_op op,
                              const struct record *before,
                              const struct record *after);
/* The same for many new records of one entity. */
typedef enum err (*made_hook)(struct ctx *c, struct record *const *r, size_t n);
/* Fills in what was left empty, before anything is checked or written: r is
 * what the record is to be, r->has what was given. before is NULL of a new
 * one. Not for records of files. */
typedef enum err (*fill_hook)(struct ctx *c, const struct record *before,
                              struct record *r);
/* Makes the records below parent those of the array, which came in its body
 * ("body_member"): parent is written already, is_new: just made. */
typedef enum err (*put_hook)(struct ctx *c, const struct record *parent,
                             bool is_new, json_t *all);
struct hook_entry {
    const char *name;
    save_hook fn;
    made_hook all;    /* NULL: fn for each */
    check_hook check; /* or NULL */
    fill_hook fill;   /* or NULL */
    put_hook put;     /* only of an entity with a body_member */
};

/* Customers that a test asks for which rests on rules above the store: their
 * ids, in c->arena. With ids NULL it only tells whether one may ask so. */
typedef enum err (*who_hook)(struct ctx *c, struct str name, struct str value,
                             int64_t **ids, size_t *n);

struct hooks {
    const struct hook_entry *p;
    size_t n;
    who_hook who; /* may be NULL: there are no such tests */
};

/* Per entity, by its place in the model. */
struct entity_info {
    const struct entity *e;
    const struct entity *side;   /* sidecar entity or NULL */
    const struct field **fields; /* own fields, then the sidecar's */
    size_t n_fields;
    size_t first; /* place of its first field among those of all entities */
    /* Fields by the hash of their name: their place + 1, 0 is free. */
    uint16_t *by_name;
    size_t n_slots;          /* a power of two */
    struct str *json_keys;   /* per field: ,"name": */
    struct str *json_blanks; /* per field without a value: ,"name":null */
    struct val *defaults;    /* per field, read once; NULL: none, or no such */
    /* Connections know these by their address, which is never used again. */
    const struct sql *select_one; /* $1 = id; all fields, live and binned */
    const struct sql *insert; /* own fields but id, then their extra columns */
    size_t n_insert;          /* parameters of insert */
    const struct sql *insert_side; /* $1 = id */
    save_hook on_save;             /* or NULL */
    made_hook on_made;             /* or NULL: on_save for each */
    check_hook on_check;           /* or NULL */
    fill_hook on_fill;             /* or NULL */
    put_hook on_put;               /* or NULL */
    /* The entity whose records come in the body of this one's; or NULL. */
    const struct entity_info *part;
};

struct registry {
    const struct model *model;
    struct entity_info *info; /* model->n */
    size_t n_places;          /* fields of all of them */
    int64_t version;
    who_hook who; /* or NULL */
};

/* Builds the snapshot in the arena a, which lives as long as it. Dies when an
 * entity names a hook that is not in hooks (a programming error). */
struct registry *registry_new(struct arena *a, const struct model *m,
                              const struct hooks *hooks);

/* The same after a change: statements that stay as they were in before (may be
 * NULL) are taken over, new ones live in statements, which outlives every
 * connection. */
struct registry *registry_next(struct arena *a, struct arena *statements,
                               const struct model *m, const struct hooks *hooks,
                               const struct registry *before);

const struct entity_info *registry_info(const struct registry *r,
                                        const struct entity *e);
/* By name ("customer") or plural ("customers"); NULL when unknown. */
const struct entity_info *registry_find(const struct registry *r,
                                        struct str name);
const struct entity_info *registry_plural(const struct registry *r,
                                          struct str plural);
/* Field of the entity or of its sidecar; NULL when unknown. A record that an
 * import is making has no room for the sidecar's: a hook that runs when
 * something is saved may not ask it for figures (app/import_records.c). */
const struct field *info_field(const struct entity_info *i, struct str name);
/* Place of the field in fields. */
size_t info_index(const struct entity_info *i, const struct field *f);
/* Does the field live in the sidecar's table (alias s), not in its own (t)? */
bool info_is_side(const struct entity_info *i, const struct field *f);
/* Refs from other entities to this one. */
bool field_refers_to(const struct field *f, const struct entity *e);

#endif
