/* Slices over bytes; no function here looks for a NUL. */
#include "base/str.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct str str_of(const char *cstr) {
    return (struct str){cstr, cstr == NULL ? 0 : strlen(cstr)};
}

struct str str_dup(struct arena *a, struct str s) {
    char *p = arena_alloc(a, s.n + 1);
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

const char *str_cstr(struct arena *a, struct str s) {
    return str_dup(a, s).p;
}

struct str str_cat(struct arena *a, struct str x, struct str y) {
    char *p = arena_alloc(a, x.n + y.n + 1);
    if (x.n > 0)
        memcpy(p, x.p, x.n);
    if (y.n > 0)
        memcpy(p + x.n, y.p, y.n);
    return (struct str){p, x.n + y.n};
}

struct str str_fmt(struct arena *a, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return (struct str){p, (size_t)n};
}

bool str_eq(struct str x, struct str y) {
    return x.n == y.n && (x.n == 0 || memcmp(x.p, y.p, x.n) == 0);
}

bool str_eqc(struct str x, const char *cstr) {
    return str_eq(x, str_of(cstr));
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_eq_nocase(struct str x, struct str y) {
    if (x.n != y.n)
        return false;
    for (size_t i = 0; i < x.n; i++)
        if (lower(x.p[i]) != lower(y.p[i]))
            return false;
    return true;
}

struct str str_lower(struct arena *a, struct str s) {
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = lower(s.p[i]);
    return (struct str){p, s.n};
}

int str_cmp(struct str x, struct str y) {
    size_t n = x.n < y.n ? x.n : y.n;
    int d = n == 0 ? 0 : memcmp(x.p, y.p, n);
    if (d != 0)
        return d < 0 ? -1 : 1;
    return x.n == y.n ? 0 : x.n < y.n ? -1 : 1;
}

bool str_starts(struct str s, struct str prefix) {
    return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix) {
    return s.n >= suffix.n && str_eq(str_sub(s, s.n - suffix.n, s.n), suffix);
}

bool str_has_byte(struct str s, char c) {
    return s.n > 0 && memchr(s.p, c, s.n) != NULL;
}

size_t str_find(struct str s, struct str needle) {
    if (needle.n == 0)
        return 0;
    if (s.n < needle.n)
        return SIZE_MAX;
    const char *p = memmem(s.p, s.n, needle.p, needle.n);
    return p == NULL ? SIZE_MAX : (size_t)(p - s.p);
}

struct str str_sub(struct str s, size_t from, size_t to) {
    if (to > s.n)
        to = s.n;
    if (from > to)
        from = to;
    return (struct str){s.p == NULL ? NULL : s.p + from, to - from};
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s) {
    while (s.n > 0 && is_space(s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool str_cut(struct str *rest, char sep, struct str *part_out) {
    if (rest->n == 0)
        return false;
    const char *end = memchr(rest->p, sep, rest->n);
    size_t n = end == NULL ? rest->n : (size_t)(end - rest->p);
    *part_out = str_sub(*rest, 0, n);
    *rest = str_sub(*rest, n + 1, rest->n);
    return true;
}

uint64_t str_hash(struct str s) {
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h;
}
