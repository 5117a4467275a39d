/* Regular expressions that a company states for a field. ICU's syntax; the
 * whole value must match. Owns nothing; any thread. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "base/str.h"

/* Can it be read? */
bool pattern_good(struct str pattern);

/* Does the whole of s match? False too for what takes too long: a pattern of
 * nested repeats must not hold a thread. */
bool pattern_matches(struct str pattern, struct str s);

#endif
