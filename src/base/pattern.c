/* Patterns by ICU, compiled for each use: fields that have one are few, and a
 * compiled pattern would belong to one thread. Owns nothing between calls;
 * any thread. Invariant: a match takes a bounded number of steps. */
#include "base/pattern.h"

#include <unicode/uregex.h>
#include <unicode/utext.h>

/* ICU's unit is some 10,000 steps of the matcher: about a millisecond each. */
#define STEPS_MAX 50
#define STACK_MAX (1 << 20) /* bytes for going back */

static URegularExpression *compile(struct str pattern, UErrorCode *e) {
    UText text = UTEXT_INITIALIZER;
    UParseError where;
    utext_openUTF8(&text, pattern.p, (int64_t)pattern.n, e);
    URegularExpression *re = uregex_openUText(&text, 0, &where, e);
    utext_close(&text);
    return re;
}

bool pattern_good(struct str pattern) {
    UErrorCode e = U_ZERO_ERROR;
    URegularExpression *re = compile(pattern, &e);
    uregex_close(re);
    return U_SUCCESS(e);
}

bool pattern_matches(struct str pattern, struct str s) {
    UErrorCode e = U_ZERO_ERROR;
    URegularExpression *re = compile(pattern, &e);
    UText text = UTEXT_INITIALIZER;
    utext_openUTF8(&text, s.n == 0 ? "" : s.p, (int64_t)s.n, &e);
    uregex_setTimeLimit(re, STEPS_MAX, &e);
    uregex_setStackLimit(re, STACK_MAX, &e);
    uregex_setUText(re, &text, &e);
    bool match = uregex_matches(re, -1, &e);
    utext_close(&text);
    uregex_close(re);
    return U_SUCCESS(e) && match;
}
