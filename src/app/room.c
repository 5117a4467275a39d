/* Room of owners for tasks. Owns nothing. */
#include "app/room.h"

#include <stdlib.h>

int by_worth(const void *x, const void *y) {
    const struct policy_due *a = x, *b = y;
    if (a->sales != b->sales)
        return a->sales > b->sales ? -1 : 1;
    if (a->since_ms != b->since_ms)
        return a->since_ms < b->since_ms ? -1 : 1;
    return (a->customer_id > b->customer_id) -
           (a->customer_id < b->customer_id);
}

static int by_owner(const void *x, const void *y) {
    const struct policy_due *a = x, *b = y;
    if (a->owner_id != b->owner_id)
        return a->owner_id < b->owner_id ? -1 : 1;
    return by_worth(x, y);
}

void room_pick(int64_t limit, int64_t each, const struct policy_room *open,
               size_t n_open, struct policy_due *p, size_t *n) {
    size_t at = 0, kept = 0;
    int64_t owner = -1, room = 0;
    if (*n > 1)
        qsort(p, *n, sizeof *p, by_owner);
    for (size_t i = 0; i < *n; i++) {
        while (at < n_open && open[at].owner_id < p[i].owner_id)
            at++;
        bool has = at < n_open && open[at].owner_id == p[i].owner_id;
        if (p[i].owner_id != owner)
            room = limit - (has ? open[at].open : 0);
        owner = p[i].owner_id;
        if (limit != 0 && room <= 0)
            continue;
        room -= each;
        p[kept++] = p[i];
    }
    if (kept > 1)
        qsort(p, kept, sizeof *p, by_worth);
    *n = kept;
}
