/* Arena: memory of one request (or one batch). Allocation never fails: out of
 * memory aborts with a message, the supervisor restarts us (what is too large
 * for one request is refused before, by the caps of its buffers: ERR_TOO_LARGE;
 * tests make the nth block fail with the fault point alloc.block). Nothing is
 * freed one by one; arena_reset frees all and runs the deferred clean-ups in
 * reverse order. Not thread-safe: one owner at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/compiler.h"

struct arena;

/* A new, empty arena; freed by arena_free. */
struct arena *arena_new(void);

/* One whose first block, which arena_reset keeps, has so many bytes: for work
 * in batches that would else give memory back and ask for it again. */
struct arena *arena_new_sized(size_t first);

/* Runs clean-ups, returns all memory. NULL is allowed. */
void arena_free(struct arena *a);

/* Runs clean-ups and makes the arena empty, keeping its first block. */
void arena_reset(struct arena *a);

/* Zeroed memory for n bytes, aligned for any type; lives until reset. */
void *arena_alloc(struct arena *a, size_t n);

/* Grows the block p (old bytes) to n bytes: in place when it was the last
 * allocation, else a copy. The new part is zeroed. */
void *arena_grow(struct arena *a, void *p, size_t old, size_t n);

/* As arena_grow, but what is in the new part is not said: for buffers. */
void *arena_extend(struct arena *a, void *p, size_t old, size_t n);

/* Calls fn(arg) at reset, last registered first. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);

/* Bytes handed out since the last reset: what limits look at. */
size_t arena_used(const struct arena *a);

#define NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define NEW_ARRAY(a, type, n)                                                  \
    ((type *)arena_alloc_array((a), (n), sizeof(type)))

/* n elements of size bytes; aborts when the product overflows. */
void *arena_alloc_array(struct arena *a, size_t n, size_t size);

#endif
