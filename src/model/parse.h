/* Definition text → structs, and every rule a definition must meet. */
#ifndef MODEL_PARSE_H
#define MODEL_PARSE_H

#include "model/model.h"

/* Reads one definition. Problems carry file, path in the JSON and rule.
 * Everything lives in c->arena. */
enum err entity_parse(struct ctx *c, struct str file, struct str json,
                      struct entity *out) MUST_CHECK;

/* Rules over all entities together: refs, parents, sidecars, names. */
enum err model_check(struct ctx *c, const struct model *m) MUST_CHECK;

#endif
