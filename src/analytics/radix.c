/* Least significant byte first, with the counts of all bytes taken in one pass.
 * Pure: arrays in, arrays out. */
#include "analytics/radix.h"

#include <string.h>

#define BYTES 8
#define VALUES 256

uint64_t radix_rising(int64_t v) {
    return (uint64_t)v ^ (uint64_t)1 << 63;
}

uint64_t radix_falling(int64_t v) {
    return ~radix_rising(v);
}

static unsigned byte_of(uint64_t key, int byte) {
    return (unsigned)(key >> (byte * 8)) & 0xff;
}

/* By one byte; count becomes the places behind the last item of each value. */
static void step(const struct radix_item *from, struct radix_item *to, size_t n,
                 int byte, size_t count[VALUES]) {
    size_t sum = 0;
    for (size_t v = 0; v < VALUES; v++) {
        size_t have = count[v];
        count[v] = sum;
        sum += have;
    }
    for (size_t i = 0; i < n; i++)
        to[count[byte_of(from[i].key, byte)]++] = from[i];
}

struct radix_item *radix_sort(struct radix_item *p, struct radix_item *other,
                              size_t n) {
    size_t count[BYTES][VALUES];
    memset(count, 0, sizeof count);
    for (size_t i = 0; i < n; i++)
        for (int b = 0; b < BYTES; b++)
            count[b][byte_of(p[i].key, b)]++;
    for (int b = 0; n > 0 && b < BYTES; b++) {
        if (count[b][byte_of(p[0].key, b)] == n)
            continue;
        step(p, other, n, b, count[b]);
        struct radix_item *moved = other;
        other = p;
        p = moved;
    }
    return p;
}

struct radix_item *radix_order(struct arena *scratch, const int64_t *values,
                               size_t n, bool falling) {
    struct radix_item *p = NEW_ARRAY(scratch, struct radix_item, n);
    struct radix_item *other = NEW_ARRAY(scratch, struct radix_item, n);
    for (size_t i = 0; i < n; i++)
        p[i] = (struct radix_item){
            falling ? radix_falling(values[i]) : radix_rising(values[i]), i};
    return radix_sort(p, other, n);
}
