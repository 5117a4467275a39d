/* A growing byte buffer in an arena. It has a maximum from the start: what
 * does not fit sets `overflow` and is dropped, and the one who hands the bytes
 * on checks buf_ok() once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <string.h>

struct buf {
    struct arena *arena;
    char *p;
    size_t n, cap, max;
    bool overflow;
};

void buf_init(struct buf *b, struct arena *a, size_t max);
void buf_cstr(struct buf *b, const char *s);
void buf_i64(struct buf *b, int64_t v);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Makes room for n more bytes; NULL at the maximum. */
char *buf_more(struct buf *b, size_t n);

/* Room for n more bytes at the end, or NULL at the maximum; the caller writes
 * there and then calls buf_added. */
static inline char *buf_room(struct buf *b, size_t n) {
    return b->cap - b->n >= n ? b->p + b->n : buf_more(b, n);
}

static inline void buf_added(struct buf *b, size_t n) {
    b->n += n;
}

static inline void buf_byte(struct buf *b, char c) {
    char *p = buf_room(b, 1);
    if (p == NULL)
        return;
    *p = c;
    b->n++;
}

static inline void buf_str(struct buf *b, struct str s) {
    if (s.n == 0)
        return;
    char *p = buf_room(b, s.n);
    if (p == NULL)
        return;
    memcpy(p, s.p, s.n);
    b->n += s.n;
}

/* Empties it, keeping the memory. */
void buf_clear(struct buf *b);

struct str buf_view(const struct buf *b); /* valid until the next append */
bool buf_ok(const struct buf *b);

#endif
