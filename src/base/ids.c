/* Looking by halves. Pure; any thread. */
#include "base/ids.h"

size_t ids_from_of(const void *structs, size_t size, size_t n, int64_t id) {
    const char *p = structs;
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const int64_t *at = (const void *)(p + mid * size);
        if (*at < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t ids_from(const int64_t *ids, size_t n, int64_t id) {
    return ids_from_of(ids, sizeof *ids, n, id);
}

bool ids_have(const int64_t *ids, size_t n, int64_t id) {
    size_t at = ids_from(ids, n, id);
    return at < n && ids[at] == id;
}
