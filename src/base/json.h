/* JSON: requests are read with jansson (exact 64-bit integers, UTF-8 checked,
 * duplicate keys refused), answers are written by a streaming writer of our
 * own. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/ctx.h"

#include <jansson.h>

#define JSON_MAX_DEPTH 32

/* Reads a whole text. ERR_MALFORMED with line and column for bad JSON, more
 * than JSON_MAX_DEPTH levels, duplicate keys or U+0000. The value is released
 * with the context's arena. */
enum err json_read(struct ctx *c, struct str text, json_t **out) MUST_CHECK;

/* A copy of an object that shares its values: members may be taken out of it.
 * Released with the context's arena. */
json_t *json_copy_in(struct ctx *c, json_t *object);

/* Slices of jansson's own memory: live as long as the value. */
struct str json_str(const json_t *v);

/* Compact text of a value, in the arena; empty when it can't be written. */
struct str json_compact(struct arena *a, const json_t *v);

/* The writer. It places the commas itself; keys are plain ASCII literals. */
struct jw {
    struct buf *out;
    bool comma;
};

void jw_init(struct jw *w, struct buf *out);
void jw_object(struct jw *w);
void jw_object_end(struct jw *w);
void jw_array(struct jw *w);
void jw_array_end(struct jw *w);
void jw_key(struct jw *w, struct str key);
void jw_str(struct jw *w, struct str s); /* escapes; invalid UTF-8 as U+FFFD */
void jw_i64(struct jw *w, int64_t v);
void jw_f64(struct jw *w, double v); /* shortest that reads back; no nan */
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, struct str json); /* a value that is JSON already */
void jw_val(struct jw *w, struct val v);

/* Parts of objects written over and over are made once, with the comma before
 * them: the key, to be followed by a value, or a whole member. */
struct str jw_made_key(struct arena *a, struct str key); /* ,"name": */
void jw_key_made(struct jw *w, struct str text);
void jw_member_made(struct jw *w, struct str text);

/* jw_key and the value in one line: jw_kstr(w, S("name"), s). */
void jw_kstr(struct jw *w, struct str key, struct str s);
void jw_ki64(struct jw *w, struct str key, int64_t v);
void jw_kbool(struct jw *w, struct str key, bool v);

/* {"key":n,…}, in the arena. */
struct json_count {
    const char *key;
    int64_t n;
};
struct str json_counts(struct arena *a, const struct json_count *p, size_t n);
#define JSON_COUNTS(a, ...)                                                    \
    json_counts((a), (const struct json_count[]){__VA_ARGS__},                 \
                COUNT_OF(((const struct json_count[]){__VA_ARGS__})))

#endif
