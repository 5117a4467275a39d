/* A value under a lock that is held for the copy alone. Owns its bytes. Any
 * thread. */
#include "store/kept.h"

#include "base/die.h"

#include <pthread.h>
#include <string.h>

struct kept {
    pthread_mutex_t lock;
    struct kept_key key;
    size_t n; /* 0: nothing yet */
    _Alignas(16) char bytes[KEPT_BYTES];
};

struct kept *kept_new(struct arena *a) {
    struct kept *k = NEW(a, struct kept);
    if (pthread_mutex_init(&k->lock, NULL) != 0)
        die("can't make a mutex");
    return k;
}

void kept_free(struct kept *k) {
    if (k != NULL)
        pthread_mutex_destroy(&k->lock);
}

bool kept_get(struct kept *k, struct kept_key key, void *out, size_t n) {
    pthread_mutex_lock(&k->lock);
    bool same = k->n == n && k->key.id == key.id && k->key.at == key.at;
    if (same)
        memcpy(out, k->bytes, n);
    pthread_mutex_unlock(&k->lock);
    return same;
}

void kept_put(struct kept *k, struct kept_key key, const void *value,
              size_t n) {
    if (n > sizeof k->bytes)
        die("%zu bytes are too many to keep", n);
    pthread_mutex_lock(&k->lock);
    k->key = key;
    k->n = n;
    memcpy(k->bytes, value, n);
    pthread_mutex_unlock(&k->lock);
}
