/* Growth in an arena: the last allocation grows in place, so a buffer that is
 * appended to without a break is one block. */
#include "base/buf.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void buf_init(struct buf *b, struct arena *a, size_t max) {
    *b = (struct buf){.arena = a, .max = max};
}

char *buf_more(struct buf *b, size_t n) {
    if (n > b->max || b->n > b->max - n) {
        b->overflow = true;
        return NULL;
    }
    size_t cap = b->cap == 0 ? 256 : b->cap * 2;
    if (cap < b->n + n)
        cap = b->n + n;
    b->p = arena_extend(b->arena, b->p, b->cap, cap);
    b->cap = cap;
    return b->p + b->n;
}

void buf_cstr(struct buf *b, const char *s) {
    buf_str(b, str_of(s));
}

void buf_i64(struct buf *b, int64_t v) {
    char tmp[24];
    char *end = tmp + sizeof tmp, *p = end;
    uint64_t u = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + u % 10);
    while ((u /= 10) != 0);
    if (v < 0)
        *--p = '-';
    buf_str(b, (struct str){p, (size_t)(end - p)});
}

void buf_fmt(struct buf *b, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = buf_room(b, (size_t)n + 1);
    if (p != NULL) {
        vsnprintf(p, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void buf_clear(struct buf *b) {
    b->n = 0;
    b->overflow = false;
}

struct str buf_view(const struct buf *b) {
    return (struct str){b->p, b->n};
}

bool buf_ok(const struct buf *b) {
    return !b->overflow;
}
