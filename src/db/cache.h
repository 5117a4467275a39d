/* Private to src/db: the prepared statements of one connection, found by the
 * address of their struct sql, or by text when sqlb built them. Least recently
 * used ones go first; a busy one (an open cursor) never goes, a second cursor
 * on the same statement gets an entry of its own. */
#ifndef DB_CACHE_H
#define DB_CACHE_H

#include "db/db.h"

#define CACHE_BUCKETS 256
/* Statements kept per connection; a prepared one is some 2 to 8 KiB. */
#define CACHE_LITERALS 256
#define CACHE_BUILT 64

/* First member of a driver's statement. */
struct cached {
    struct cached *chain;
    struct cached *newer, *older;
    const struct sql *key; /* NULL when built */
    char *text;            /* owned copy when built */
    size_t text_n;
    uint64_t hash;
    bool busy;
};

struct cache_list {
    struct cached *newest, *oldest;
    size_t n, max;
};

struct cache {
    struct cached *buckets[CACHE_BUCKETS];
    struct cache_list lists[2]; /* literals, built */
    /* Frees the driver's part and the entry itself. */
    void (*drop)(void *owner, struct cached *s);
    void *owner;
};

void cache_init(struct cache *k, void *owner,
                void (*drop)(void *owner, struct cached *s));

uint64_t cache_hash(const struct sql *q);

/* The first entry of q after `after` (NULL: from the start), busy or not. */
struct cached *cache_find(const struct cache *k, const struct sql *q,
                          uint64_t hash, struct cached *after);

/* Takes over s (made by calloc) as an entry of q, dropping the oldest idle
 * one when there are too many. */
void cache_add(struct cache *k, struct cached *s, const struct sql *q,
               uint64_t hash);

/* Marks s as used just now. */
void cache_touch(struct cache *k, struct cached *s);

/* Removes and drops one entry, or all of them (busy ones included). */
void cache_remove(struct cache *k, struct cached *s);
void cache_clear(struct cache *k);

/* Removes and drops all that are idle. */
void cache_clear_idle(struct cache *k);

#endif
