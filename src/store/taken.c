/* Numbers in an arena of their own, sorted once all are there. Owns nothing
 * beside; threads: the caller locks. */
#include "store/taken.h"

#include "base/ids.h"

#include <stdlib.h>
#include <string.h>

static bool has(const struct taken *t, int64_t seq) {
    size_t at = t->n == 0 ? 0 : ids_from(t->seq, t->n, seq);
    return at < t->n && t->seq[at] == seq;
}

static void note(struct taken *t, int64_t seq) {
    if (t->n == t->cap) {
        if (t->arena == NULL)
            t->arena = arena_new();
        t->cap = t->cap * 2 + 64;
        int64_t *more = NEW_ARRAY(t->arena, int64_t, t->cap);
        if (t->n > 0)
            memcpy(more, t->seq, t->n * sizeof *more);
        t->seq = more;
    }
    t->seq[t->n++] = seq;
}

size_t taken_fresh(const struct taken *before, struct feed_row *rows, size_t n,
                   struct taken *next) {
    size_t fresh = 0;
    for (size_t i = 0; i < n; i++) {
        note(next, rows[i].place.seq);
        if (!has(before, rows[i].place.seq))
            rows[fresh++] = rows[i];
    }
    return fresh;
}

static int rising(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

void taken_replace(struct taken *t, struct taken *next) {
    taken_clear(t);
    if (next->n > 1)
        qsort(next->seq, next->n, sizeof *next->seq, rising);
    *t = *next;
    *next = (struct taken){0};
}

void taken_clear(struct taken *t) {
    arena_free(t->arena);
    *t = (struct taken){0};
}
