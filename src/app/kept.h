/* How long a large company goes on with what an earlier grading has found of
 * everybody (models, cuts, groups, pairs) before it is found anew. */
#ifndef APP_KEPT_H
#define APP_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#define KEPT_DAYS 7
#define KEPT_PART 50 /* a fiftieth more or less */

/* Is a count that it was found of still about what it was? */
static inline bool kept_near(int64_t was, int64_t now) {
    int64_t off = now > was ? now - was : was - now;
    return off <= was / KEPT_PART;
}

#endif
