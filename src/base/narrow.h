/* Full-width forms to ASCII, for cells that people typed with a Chinese input
 * method: １２．５０ － ： ／ and the ideographic space. */
#ifndef BASE_NARROW_H
#define BASE_NARROW_H

#include "base/str.h"

/* Writes s to out (cap bytes, not NUL-terminated) with U+FF01…U+FF5E as ASCII,
 * U+3000 and U+00A0 as a space and U+2212 as '-'; everything else is copied.
 * The result is trimmed and borrowed from out, or from s when s is plain ASCII.
 * What is longer than cap is returned unchanged. */
struct str narrow(struct str s, char *out, size_t cap);

#endif
