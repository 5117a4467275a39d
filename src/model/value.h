/* One value of a field: from JSON, from a cell of text, to JSON, to text.
 * Pure. Stored forms: integers for numbers, dates (days) and instants (ms),
 * slices for text, ",a,b," for sets, compact JSON text for FT_JSON. Empty
 * text is NULL. */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include "base/json.h"
#include "model/model.h"

/* Checks type, range, length, options. JSON null gives NULL. The problem is
 * noted with the field's name. */
enum err value_from_json(struct ctx *c, const struct field *f, json_t *j,
                         struct val *out) MUST_CHECK;

/* From a cell or a query parameter: forgiving where unambiguous (1,234.50;
 * 2026/3/21; 是, yes, true; an option's label in either language). */
enum err value_from_text(struct ctx *c, const struct field *f, struct str s,
                         struct val *out) MUST_CHECK;

/* The field's own limits; *out is v. */
enum err value_in_range(struct ctx *c, const struct field *f, int64_t v,
                        struct val *out) MUST_CHECK;

void value_to_json(struct ctx *c, struct jw *w, const struct field *f,
                   struct val v);

/* For CSV, .xlsx, messages: money in major units with its decimals, dates,
 * labels of options in the context's language. */
struct str value_to_text(struct ctx *c, const struct field *f, struct val v,
                         int money_digits);

/* True for types stored as text. */
bool field_is_text(const struct field *f);

#endif
