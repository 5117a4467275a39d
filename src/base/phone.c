/* One form of a phone number, for whoever compares two. Pure. */
#include "base/phone.h"

#include "base/fold.h"

#define MOBILE 11 /* digits within China */

struct str phone_form(struct arena *a, struct str typed) {
    struct str s = text_digits(a, typed);
    if (str_starts(s, S("0086")))
        s = str_sub(s, 2, s.n);
    if (s.n == MOBILE + 2 && str_starts(s, S("86")))
        s = str_sub(s, 2, s.n);
    return s;
}

size_t phone_ways(struct arena *a, struct str form,
                  struct str out[PHONE_WAYS]) {
    static const struct str before[PHONE_WAYS] = {S_INIT(""), S_INIT("86"),
                                                  S_INIT("00"), S_INIT("0086")};
    size_t n = 0;
    for (size_t i = 0; i < PHONE_WAYS; i++) {
        struct str way = str_cat(a, before[i], form);
        if (str_eq(phone_form(a, way), form))
            out[n++] = way;
    }
    return n;
}
