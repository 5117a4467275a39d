/* Which fields of a row the actor may see, and how: the one door through which
 * a value leaves the server. Lists, records, included titles, search, exports,
 * audit and timeline all write through sight_json or sight_text. A statistic
 * needs the right to read what it is made of (DESIGN S3). Grade and ABC class
 * are facts of the customer and need no more than the customer. */
#ifndef STORE_SIGHT_H
#define STORE_SIGHT_H

#include "base/json.h"
#include "store/rights.h"

/* Does the actor see every field in full? */
bool sight_is_whole(const struct ctx *c);

/* By the field's place in i->fields. Secret fields are SEE_HIDDEN. */
enum see sight_at(const struct ctx *c, const struct entity_info *i, size_t k);
enum see sight_of(const struct ctx *c, const struct entity_info *i,
                  const struct field *f);

/* May the field leave the server, masked or not? */
bool sight_field(const struct ctx *c, const struct entity_info *i,
                 const struct field *f);

/* ERR_INVALID unless the field may be filtered, sorted and summed by: masked
 * and hidden ones would tell their values that way. code: of a field that does
 * not exist or never leaves. */
enum err sight_need(struct ctx *c, const struct entity_info *i,
                    const struct field *f, const char *code) MUST_CHECK;

/* Sums over customers (sight_sums) that tell these fields of theirs, by name,
 * NULL-ended: ERR_INVALID unless all may be summed by. */
enum err sight_told(struct ctx *c, const char *const *fields) MUST_CHECK;

/* May the caller set the field? NULL, or the code of the refusal. */
const char *sight_refusal(const struct ctx *c, const struct entity_info *i,
                          const struct field *f, bool creating);
/* A masked value that has come back, or what stands for one. */
bool sight_is_mask(const struct ctx *c, const struct entity_info *i,
                   const struct field *f, const json_t *value, bool creating);

/* One value that may leave (not SEE_HIDDEN). others: in a list, of a record
 * that is not the caller's own. */
void sight_json(struct ctx *c, struct jw *w, const struct field *f,
                enum see see, bool others, struct val v);
/* True when the value is to be shown by its mask. */
static inline bool sight_covers(enum see see, bool others) {
    return see == SEE_MASKED || (see == SEE_LISTED && others);
}

/* ERR_FORBIDDEN unless the actor may read sums of orders wherever he may read
 * customers. */
enum err sight_sums(struct ctx *c) MUST_CHECK;
/* May figures of customers out of the actor's scope be told? */
bool sight_everybody(const struct ctx *c);

#endif
