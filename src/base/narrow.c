/* Full-width forms to ASCII. Pure; no state. */
#include "base/narrow.h"

#include <string.h>

static bool is_ascii(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* The ASCII character that the sequence at p stands for, and its length; 0
 * when it is kept as it is. */
static char ascii_of(const unsigned char *p, size_t n, size_t *len_out) {
    *len_out = 3;
    if (n >= 3 && p[0] == 0xEF && p[1] == 0xBC && p[2] >= 0x81 && p[2] < 0xC0)
        return (char)(p[2] - 0x81 + '!');
    if (n >= 3 && p[0] == 0xEF && p[1] == 0xBD && p[2] >= 0x80 && p[2] <= 0x9E)
        return (char)(p[2] - 0x80 + '`');
    if (n >= 3 && p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80)
        return ' ';
    if (n >= 3 && p[0] == 0xE2 && p[1] == 0x88 && p[2] == 0x92)
        return '-';
    *len_out = 2;
    if (n >= 2 && p[0] == 0xC2 && p[1] == 0xA0)
        return ' ';
    *len_out = 1;
    return 0;
}

struct str narrow(struct str s, char *out, size_t cap) {
    if (is_ascii(s) || s.n > cap)
        return str_trim(s);
    const unsigned char *p = (const unsigned char *)s.p;
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        size_t len;
        char c = ascii_of(p + i, s.n - i, &len);
        out[n++] = c != 0 ? c : s.p[i];
        i += len;
    }
    return str_trim((struct str){out, n});
}
