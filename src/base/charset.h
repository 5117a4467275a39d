/* Text of an unknown encoding as valid UTF-8. Detected: UTF-8 with or without
 * BOM, UTF-16 with BOM, GB18030 (which holds GBK and GB2312). */
#ifndef BASE_CHARSET_H
#define BASE_CHARSET_H

#include "base/source.h"

struct charset;

/* Decodes what `in` gives. name forces an encoding ICU knows ("gb18030",
 * "windows-1252"); empty means detect. Lives in c->arena. ERR_INVALID
 * "encoding_unknown". */
enum err charset_open(struct ctx *c, struct source *in, struct str name,
                      struct charset **out) MUST_CHECK;

/* Fills p (cap >= 64) with valid UTF-8, cut anywhere between characters; *n_out
 * 0 means the end, or that bytes follow which the encoding does not have:
 * charset_broken then. */
enum err charset_read(struct ctx *c, struct charset *t, char *p, size_t cap,
                      size_t *n_out) MUST_CHECK;

/* True while the text is the bytes of the source as they lie, behind the first
 * *skipped ones (a mark). */
bool charset_is_plain(const struct charset *t, size_t *skipped);

bool charset_broken(const struct charset *t);

/* "utf-8" (also while all has been ASCII), "utf-16le", "gb18030", … */
struct str charset_name(const struct charset *t);

#endif
