/* What one may do to a record over HTTP, whatever the route: the single routes
 * and POST /batch call the same functions, so rights and checks are the same.
 * All that change something run in a write function. */
#ifndef API_VERB_H
#define API_VERB_H

#include "base/json.h"
#include "store/record.h"

/* The entity of a plural; ERR_NOT_FOUND for unknown and internal ones. */
enum err verb_entity(struct ctx *c, struct str plural,
                     const struct entity_info **out) MUST_CHECK;
/* The same, ERR_METHOD for rows that only the program writes. */
enum err verb_writable(struct ctx *c, struct str plural,
                       const struct entity_info **out) MUST_CHECK;

/* Revisions of which the record must have one; none: any will do. */
#define VERB_REVS_MAX 16
struct verb_revs {
    int64_t rev[VERB_REVS_MAX];
    size_t n;
};

/* Who may not do it to the entity at all is told so whatever the body says.
 * *out is the record as it is afterwards, or as it was written where the
 * caller may write but not read it. */
enum err verb_create(struct ctx *c, const struct entity_info *i, json_t *body,
                     struct record **out) MUST_CHECK;
enum err verb_update(struct ctx *c, const struct entity_info *i, int64_t id,
                     const struct verb_revs *revs, json_t *body,
                     struct record **out) MUST_CHECK;
enum err verb_delete(struct ctx *c, const struct entity_info *i, int64_t id,
                     const struct verb_revs *revs) MUST_CHECK;
enum err verb_restore(struct ctx *c, const struct entity_info *i, int64_t id,
                      struct record **out) MUST_CHECK;

/* By a unique field and its value; by "external_id" together with source. */
struct verb_key {
    struct str field, value, source;
};
/* Changes the record that has the key, or makes it. ERR_CONFLICT when the
 * record that has it is out of the caller's sight; ERR_STALE when revs are
 * given and there is none. */
enum err verb_upsert(struct ctx *c, const struct entity_info *i,
                     const struct verb_key *key, const struct verb_revs *revs,
                     json_t *body, struct record **out,
                     bool *created_out) MUST_CHECK;

#endif
