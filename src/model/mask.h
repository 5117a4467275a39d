/* Masks: what may still be seen of a value that may not be read. One table for
 * every surface (lists, records, exports, audit, errors). Pure. */
#ifndef MODEL_MASK_H
#define MODEL_MASK_H

#include "base/json.h"
#include "model/model.h"

/* The mask of a field: its own, or that of its type. */
enum mask field_mask(const struct field *f);

/* s (in UTF-8) under the mask, in a; empty stays empty. 138****1234,
 * 010-****5678, 张*, 张*三, 欧阳**, J***, 110***********1234,
 * 622202******1234, a***@b.cn, 上海市徐汇区***, ***. */
struct str mask_text(struct arena *a, enum mask m, struct str s);

/* A value of f as a text under its mask; empty for types that have no part to
 * leave (numbers, dates, options) and for no value. */
struct str mask_value(struct arena *a, const struct field *f, struct val v);

/* The same as JSON: a text, null, or [] for sets. */
void mask_to_json(struct jw *w, const struct field *f, struct val v);

/* Can the text be nothing but a masked value of the field, come back? */
bool mask_is_masked(const struct field *f, struct str s);

#endif
