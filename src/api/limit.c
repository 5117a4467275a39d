/* Token buckets in a table of fixed size. Owns struct limits. Any thread, one
 * lock held for a few instructions. Invariant: a bucket that has been pushed
 * out was full, or its owner starts with a full one again: nobody is ever
 * refused because of somebody else. */
#include "api/limit.h"

#include "app/settings.h"
#include "base/die.h"
#include "store/actor.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SETS 4096 /* a power of two */
#define WAYS 4
#define FRESH_MS 2000

struct bucket {
    uint64_t key; /* 0: free */
    int64_t at_ms;
    double tokens;
};

struct rule {
    int64_t rate, burst; /* a second; rate 0: no limit */
};

struct limits {
    pthread_mutex_t lock;
    struct bucket buckets[SETS][WAYS];
    struct rule user, address;
    int64_t read_ms;
    _Atomic int64_t wait_us;
};

struct limits *limits_new(void) {
    struct limits *l = calloc(1, sizeof *l);
    if (l == NULL)
        die("out of memory");
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

void limits_free(struct limits *l) {
    if (l == NULL)
        return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

enum err limits_refresh(struct ctx *c, struct limits *l) {
    pthread_mutex_lock(&l->lock);
    bool due = c->now_ms - l->read_ms > FRESH_MS || c->now_ms < l->read_ms;
    if (due)
        l->read_ms = c->now_ms; /* others need not read it too */
    pthread_mutex_unlock(&l->lock);
    if (!due)
        return OK;
    struct rule user, address;
    int64_t wait_ms;
    TRY(settings_i64(c, SETTING_LIMIT_WAIT_MS, &wait_ms));
    atomic_store(&l->wait_us, wait_ms * 1000);
    TRY(settings_i64(c, SETTING_LIMIT_USER_RATE, &user.rate));
    TRY(settings_i64(c, SETTING_LIMIT_USER_BURST, &user.burst));
    TRY(settings_i64(c, SETTING_LIMIT_ADDRESS_RATE, &address.rate));
    TRY(settings_i64(c, SETTING_LIMIT_ADDRESS_BURST, &address.burst));
    pthread_mutex_lock(&l->lock);
    l->user = user;
    l->address = address;
    pthread_mutex_unlock(&l->lock);
    return OK;
}

int64_t limits_wait_us(const struct limits *l) {
    return atomic_load_explicit(&l->wait_us, memory_order_relaxed);
}

static uint64_t mix(uint64_t h) {
    h = (h ^ (h >> 32)) * 0xff51afd7ed558ccdu;
    h ^= h >> 29;
    return h | 1;
}

static uint64_t key_of(const struct ctx *c, struct str address) {
    if (c->actor == NULL)
        return mix(str_hash(address) ^ 0xa5a5);
    if (c->actor->token_id != 0)
        return mix((uint64_t)c->actor->token_id << 2 | 1);
    return mix((uint64_t)c->actor->user_id << 2 | 2);
}

/* The bucket of a key; in place of the one unused longest. Under the lock. */
static struct bucket *find(struct limits *l, uint64_t key, int64_t now_ms,
                           const struct rule *r) {
    struct bucket *set = l->buckets[(key >> 8) & (SETS - 1)], *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].at_ms < oldest->at_ms)
            oldest = &set[i];
    }
    *oldest = (struct bucket){key, now_ms, (double)r->burst};
    return oldest;
}

static void fill(struct bucket *b, const struct rule *r, int64_t now_ms) {
    int64_t passed = now_ms > b->at_ms ? now_ms - b->at_ms : 0;
    b->tokens += (double)passed * (double)r->rate / 1000.0;
    if (b->tokens > (double)r->burst)
        b->tokens = (double)r->burst;
    b->at_ms = now_ms;
}

enum err limits_take(struct ctx *c, struct limits *l, struct str address,
                     struct limit_state *out) {
    uint64_t key = key_of(c, address);
    pthread_mutex_lock(&l->lock);
    struct rule r = c->actor != NULL ? l->user : l->address;
    if (r.rate == 0) {
        pthread_mutex_unlock(&l->lock);
        *out = (struct limit_state){0};
        return OK;
    }
    struct bucket *b = find(l, key, c->now_ms, &r);
    fill(b, &r, c->now_ms);
    bool good = b->tokens >= 1;
    if (good)
        b->tokens -= 1;
    double left = b->tokens;
    pthread_mutex_unlock(&l->lock);
    double missing = (double)r.burst - left, rate = (double)r.rate;
    *out = (struct limit_state){
        .limited = true,
        .limit = r.burst,
        .remaining = (int64_t)left,
        .reset_s = (int64_t)(missing / rate + 0.999),
    };
    if (good)
        return OK;
    return failv(c, ERR_TOO_MANY, S(""), "rate_limited",
                 ARGS(V((int64_t)((1 - left) / rate + 1))));
}
