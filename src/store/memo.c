/* Remembered numbers. Owns a fixed table; a number that is in the way of
 * another is forgotten. Any thread; the lock is held for a few words only.
 * Invariant: version is read before the statement runs, so that a number is
 * never older than the version it stands for; the version moves before the
 * writer answers, so that nobody misses his own write. The key is a keyed hash
 * of 128 bits over statement and values: nobody can make two meet. */
#include "store/memo.h"

#include "base/die.h"
#include "store/store.h"

#include <pthread.h>
#include <sodium.h>

#define SLOTS 256

struct slot {
    unsigned char key[crypto_shorthash_siphashx24_BYTES];
    uint64_t version; /* 0: empty */
    int64_t n;
};

struct memo {
    pthread_mutex_t lock;
    unsigned char secret[crypto_shorthash_siphashx24_KEYBYTES];
    struct slot slots[SLOTS];
};

struct memo *memo_new(struct arena *a, const unsigned char *secret) {
    struct memo *m = NEW(a, struct memo);
    memcpy(m->secret, secret, sizeof m->secret);
    if (pthread_mutex_init(&m->lock, NULL) != 0)
        die("can't make a mutex");
    return m;
}

void memo_free(struct memo *m) {
    if (m != NULL)
        pthread_mutex_destroy(&m->lock);
}

static void add_value(struct buf *b, const struct val *v) {
    buf_byte(b, (char)('A' + (int)v->type));
    switch (v->type) {
    case VAL_NULL:
        break;
    case VAL_I64:
        buf_str(b, (struct str){(const char *)&v->i, sizeof v->i});
        break;
    case VAL_F64:
        buf_str(b, (struct str){(const char *)&v->f, sizeof v->f});
        break;
    case VAL_STR:
    case VAL_BLOB:
        buf_i64(b, (int64_t)v->s.n);
        buf_byte(b, ':');
        buf_str(b, v->s);
        break;
    case VAL_IDS:
        buf_i64(b, (int64_t)v->ids.n);
        buf_byte(b, ':');
        buf_str(b, (struct str){(const char *)v->ids.p,
                                v->ids.n * sizeof *v->ids.p});
        break;
    }
}

/* False when the statement is too long to be worth it. */
static bool make_key(const struct memo *m, const struct sqlb *q, void *key) {
    struct buf b;
    buf_init(&b, q->c->arena, 64 * 1024);
    buf_str(&b, buf_view(&q->text));
    for (size_t i = 0; i < q->args.n; i++)
        add_value(&b, &q->args.p[i]);
    crypto_shorthash_siphashx24(key, (const unsigned char *)b.p, b.n,
                                m->secret);
    return buf_ok(&b);
}

enum err memo_i64(struct ctx *c, struct sqlb *b, int64_t *out) {
    struct memo *m = store_memo(c->store);
    uint64_t version = store_version(c->store);
    struct slot now = {.version = version};
    if (version == 0 || db_in_transaction(c->db) || !make_key(m, b, now.key))
        return sqlb_i64(b, 0, out);
    struct slot *slot = &m->slots[now.key[0] % SLOTS];
    pthread_mutex_lock(&m->lock);
    bool known = slot->version == version &&
                 memcmp(slot->key, now.key, sizeof now.key) == 0;
    *out = slot->n;
    pthread_mutex_unlock(&m->lock);
    if (known)
        return OK;
    TRY(sqlb_i64(b, 0, &now.n));
    pthread_mutex_lock(&m->lock);
    *slot = now;
    pthread_mutex_unlock(&m->lock);
    *out = now.n;
    return OK;
}
