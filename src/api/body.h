/* Reading the JSON object of a hand-written route: which members there may be
 * and of what type. Problems are noted per member; one ends with fail_any. */
#ifndef API_BODY_H
#define API_BODY_H

#include "base/json.h"
#include "model/model.h"

/* Notes each member that is not among the n names. */
void body_only(struct ctx *c, const json_t *o, const char *const *names,
               size_t n);

/* A text of at most max bytes; absent, null and "" are empty, and noted when
 * required. Borrowed from the JSON value. */
struct str body_text(struct ctx *c, const json_t *o, const char *name,
                     size_t max, bool required);

/* The same for a text that goes into a field, with as many characters as that
 * takes. */
struct str body_words(struct ctx *c, const json_t *o, const char *name,
                      const struct field *f, bool required);

/* Notes a problem of a member. */
void body_note(struct ctx *c, const char *name, const char *code,
               struct args args);

/* An id (a positive whole number) or 0 when absent or null. */
int64_t body_id(struct ctx *c, const json_t *o, const char *name);

#endif
