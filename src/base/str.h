/* Slices: a pointer and its length, passed by value, immutable, UTF-8 unless
 * said otherwise, not NUL-terminated. The memory belongs to somebody else (an
 * arena, a literal, a request). */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/compiler.h"

#include <string.h>

struct arena;

struct str {
    const char *p;
    size_t n;
};

/* A slice of a string literal; S_INIT is the form for static initialisers. */
#define S(lit) ((struct str){"" lit, sizeof("" lit) - 1})
#define S_INIT(lit)                                                            \
    { "" lit, sizeof("" lit) - 1 }

/* For printf in logs: "%.*s" with STR_ARG(s). */
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p

struct str str_of(const char *cstr); /* borrows; NULL gives an empty slice */
struct str str_dup(struct arena *a, struct str s);
const char *str_cstr(struct arena *a, struct str s); /* for system calls */
struct str str_cat(struct arena *a, struct str x, struct str y);
struct str str_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

bool str_eq(struct str x, struct str y);
/* The same bytes in the n at p and q, up to 8 of them? */
static inline bool str_same_word(const char *p, const char *q, size_t n) {
    uint64_t a = 0, b = 0;
    uint32_t c, d;
    if (n >= sizeof c) {
        memcpy(&c, p, sizeof c);
        memcpy(&d, q, sizeof d);
        a = c;
        b = d;
        memcpy(&c, p + n - sizeof c, sizeof c);
        memcpy(&d, q + n - sizeof d, sizeof d);
        return a == b && c == d;
    }
    for (size_t i = 0; i < n; i++)
        a |= (uint64_t)(p[i] != q[i]);
    return a == 0;
}
/* str_eq without a call, for short text in inner loops. */
static inline bool str_same(struct str x, struct str y) {
    uint64_t a, b;
    size_t i = 0;
    if (x.n != y.n)
        return false;
    for (; i + sizeof a <= x.n; i += sizeof a) {
        memcpy(&a, x.p + i, sizeof a);
        memcpy(&b, y.p + i, sizeof b);
        if (a != b)
            return false;
    }
    return str_same_word(x.p + i, y.p + i, x.n - i);
}
bool str_eqc(struct str x, const char *cstr);
bool str_eq_nocase(struct str x, struct str y);      /* ASCII only */
struct str str_lower(struct arena *a, struct str s); /* ASCII only */
int str_cmp(struct str x, struct str y);             /* by bytes, then length */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has_byte(struct str s, char c);

/* First place of needle in s, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle);

/* Bytes [from, to) of s; both are cut to its length. */
struct str str_sub(struct str s, size_t from, size_t to);

/* s without ASCII white space at both ends. */
struct str str_trim(struct str s);

/* Takes the part of *rest before the byte sep and moves *rest behind it;
 * false when *rest is used up. "a,b," gives "a", "b". */
bool str_cut(struct str *rest, char sep, struct str *part_out);

/* 64-bit FNV-1a: for tables, never for anything an attacker gains by. */
uint64_t str_hash(struct str s);

#endif
