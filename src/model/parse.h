/* Definition text → structs, and every rule a definition must meet.
 * Problems are noted in the context: field is "FILE: path.in.the.json" (only
 * the path when file is empty), code is a message id starting with "model_",
 * the arguments name the offending word and what would be right. */
#ifndef MODEL_PARSE_H
#define MODEL_PARSE_H

#include "model/model.h"

#include <jansson.h>

/* Fields that several entities share: {"name","groups","fields"}. An entity
 * takes them in by {"fragment": NAME} in place of a field. */
struct fragment {
    struct str name;
    struct str file;
    json_t *fields; /* borrowed from the arena's JSON value */
    json_t *groups; /* or NULL */
};

struct fragments {
    const struct fragment *p;
    size_t n;
};

/* Reads one shared group of fields. Lives in c->arena. */
enum err fragment_parse(struct ctx *c, struct str file, struct str json,
                        struct fragment *out) MUST_CHECK;

/* Reads one definition and checks all rules that need no other entity; the
 * system fields are put first. Everything lives in c->arena. ERR_MALFORMED
 * for bad JSON, ERR_INVALID for broken rules (all of them are noted). */
enum err entity_parse(struct ctx *c, struct str file, struct str json,
                      struct entity *out) MUST_CHECK;

/* The same with fragments the definition may name. */
enum err entity_parse_with(struct ctx *c, struct str file, struct str json,
                           struct fragments fragments,
                           struct entity *out) MUST_CHECK;

/* The same for a value that is read already. */
enum err entity_parse_json(struct ctx *c, struct str file, const json_t *json,
                           struct fragments fragments,
                           struct entity *out) MUST_CHECK;

/* Reads a single field (a custom field of a built-in entity) and checks the
 * rules that concern it alone. */
enum err field_parse(struct ctx *c, struct str file, struct str json,
                     struct field *out) MUST_CHECK;

/* Rules over all entities together: names, refs, parents, sidecars, index
 * names. */
enum err model_check(struct ctx *c, const struct model *m) MUST_CHECK;

/* Rules for what the product itself defines: x_ is left to companies. */
enum err model_check_product(struct ctx *c, const struct model *m) MUST_CHECK;

#endif
