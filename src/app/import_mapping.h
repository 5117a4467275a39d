/* Mappings that people keep under a name, for themselves or for all: which
 * header is which field, and the options that go with it. */
#ifndef APP_IMPORT_MAPPING_H
#define APP_IMPORT_MAPPING_H

#include "app/import.h"
#include "store/registry.h"

/* Appends [{"id","name","shared"},…]: those whose headers the file all has. */
enum err import_mappings_json(struct ctx *c, struct jw *w,
                              const struct import *im) MUST_CHECK;

/* Takes over a kept mapping and its options. What the file has no column for,
 * or is no field any more, is left. ERR_INVALID mapping_id when there is none
 * that the actor may see for files of this kind. */
enum err import_mapping_use(struct ctx *c, struct import *im,
                            int64_t id) MUST_CHECK;

/* The newest one that names exactly the headers of the file. *found: it has
 * been taken over. */
enum err import_mapping_suggest(struct ctx *c, struct import *im,
                                bool *found) MUST_CHECK;

/* The save hook of import_mapping. ERR_INVALID import_entity, not_object. */
enum err import_mapping_save(struct ctx *c, enum save_op op,
                             const struct record *before,
                             const struct record *after) MUST_CHECK;

#endif
