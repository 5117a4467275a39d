/* Numbers of records that took long to find, kept for a while: the pages of a
 * list do not find them anew, and go on in what the first one found. */
#ifndef STORE_KEPT_IDS_H
#define STORE_KEPT_IDS_H

#include "base/arena.h"
#include "base/str.h"

struct kept_ids;

#define KEPT_IDS_MAX 1000000 /* of all lists together */

/* Who asked for what, and a mark of all that the answer depended on. */
struct ids_key {
    struct str asked;
    uint64_t as_of;
};

struct kept_ids *kept_ids_new(struct arena *a);
void kept_ids_free(struct kept_ids *k); /* NULL allowed */

/* A copy in a of what was kept under the key within age_us, when it is at most
 * `most` long; false: find them. Any thread. */
bool kept_ids_get(struct kept_ids *k, const struct ids_key *key, int64_t age_us,
                  size_t most, struct arena *a, int64_t **ids, size_t *n);
/* Keeps a copy in place of those unused for longest. */
void kept_ids_put(struct kept_ids *k, const struct ids_key *key,
                  const int64_t *ids, size_t n);

#endif
