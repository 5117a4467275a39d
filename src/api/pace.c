/* The pace of questions. Owns nothing; any thread. */
#include "api/pace.h"

#include "base/hash.h"
#include "base/time.h"

/* What has taken long is not tried again for a while. */
#define SLOW_FOR_MS 1000
#define WARNED_FOR_MS 10000

/* Texts that are looked for take alike when they are of the same kind (letters,
 * digits, Chinese, which comes as %E4…) and length. */
static uint64_t looked_for(struct str part) {
    char first = part.n > 2 ? part.p[2] : '\0';
    int kind = first == '%' ? 0 : first >= '0' && first <= '9' ? 1 : 2;
    return part.n * 4 + (uint64_t)kind;
}

uint64_t pace_question(const struct http_request *rq) {
    struct str rest = rq->query, part;
    uint64_t h = str_hash(rq->path);
    while (str_cut(&rest, '&', &part))
        if (str_starts(part, S("q=")))
            h = h * 31 + looked_for(part);
        else if (!str_starts(part, S("cursor=")))
            h = h * 31 + str_hash(part);
    return h * 31 + str_hash(str_sub(rq->body, 0, 512));
}

bool pace_is_slow(const _Atomic int64_t *slow_until) {
    return clock_monotonic_us() <
           atomic_load_explicit(slow_until, memory_order_relaxed);
}

/* A time of the past notes the first of the two. */
void pace_note(_Atomic int64_t *slow_until, bool slow) {
    int64_t until = atomic_load_explicit(slow_until, memory_order_relaxed);
    int64_t now = clock_monotonic_us(), next = 0;
    if (slow)
        next =
            now - until < WARNED_FOR_MS * 1000 ? now + SLOW_FOR_MS * 1000 : now;
    if (next != until)
        atomic_store_explicit(slow_until, next, memory_order_relaxed);
}
