/* Sorting by 64-bit keys, byte by byte: the orders that scores and ranks of
 * many customers go by. */
#ifndef ANALYTICS_RADIX_H
#define ANALYTICS_RADIX_H

#include "base/arena.h"

struct radix_item {
    uint64_t key;
    size_t at; /* what the key is of */
};

/* Sorts n items by rising keys; items of equal keys keep their order. Returns
 * p or other (both n items), whichever holds the result. Steps over bytes that
 * all keys share. */
struct radix_item *radix_sort(struct radix_item *p, struct radix_item *other,
                              size_t n);

/* Keys of integers in their order: rising, and falling. */
uint64_t radix_rising(int64_t v);
uint64_t radix_falling(int64_t v);

/* The items of n values in rising (falling) order, equal ones by place; in
 * arena scratch. */
struct radix_item *radix_order(struct arena *scratch, const int64_t *values,
                               size_t n, bool falling);

#endif
