/* Encryption at rest: XChaCha20-Poly1305, random nonce, purpose as associated
 * data, keys derived from the master key by BLAKE2b. Owns nothing: the key is
 * the store's. Any thread. */
#include "store/key.h"

#include "base/hash.h"
#include "base/secret.h"
#include "store/store.h"

#include <sodium.h>
#include <string.h>

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

enum err key_load(struct ctx *c, struct str db_path, bool make,
                  unsigned char out[KEY_BYTES], bool *found) {
    struct str text;
    TRY(secret_read(c, "master_key", &text, found));
    if (*found)
        return secret_key(c, text, out);
    if (db_path.n == 0)
        return OK;
    return secret_key_file(c, str_cat(c->arena, db_path, S(".key")), make, out,
                           found);
}

static void derive(const unsigned char *key, struct str purpose,
                   unsigned char out[KEY_BYTES]) {
    crypto_generichash(out, KEY_BYTES, (const unsigned char *)purpose.p,
                       purpose.n, key, KEY_BYTES);
}

enum err key_encrypt(struct ctx *c, struct str purpose, struct str plain,
                     struct str *out) {
    unsigned char own[KEY_BYTES];
    const unsigned char *key = store_key(c->store);
    unsigned long long n;
    if (key == NULL)
        return fail(c, ERR_CONFLICT, "", "no_master_key");
    unsigned char *p = arena_alloc(c->arena, NONCE + plain.n + TAG);
    derive(key, S("encrypt"), own);
    c->random(p, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        p + NONCE, &n, (const unsigned char *)plain.p, plain.n,
        (const unsigned char *)purpose.p, purpose.n, NULL, p, own);
    sodium_memzero(own, sizeof own);
    *out = base64url_text(c->arena, (struct str){(char *)p, NONCE + (size_t)n});
    return OK;
}

enum err key_decrypt(struct ctx *c, struct str purpose, struct str text,
                     struct str *out) {
    unsigned char own[KEY_BYTES];
    const unsigned char *key = store_key(c->store);
    unsigned long long n;
    struct str sealed;
    if (key == NULL)
        return fail(c, ERR_CONFLICT, "", "no_master_key");
    if (!base64url_parse(c->arena, text, &sealed) || sealed.n < NONCE + TAG)
        return fail(c, ERR_CONFLICT, "", "wrong_master_key");
    unsigned char *p = arena_alloc(c->arena, sealed.n);
    const unsigned char *s = (const unsigned char *)sealed.p;
    derive(key, S("encrypt"), own);
    int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
        p, &n, NULL, s + NONCE, sealed.n - NONCE,
        (const unsigned char *)purpose.p, purpose.n, s, own);
    sodium_memzero(own, sizeof own);
    if (bad != 0)
        return fail(c, ERR_CONFLICT, "", "wrong_master_key");
    *out = (struct str){(char *)p, (size_t)n};
    return OK;
}

struct str key_mac(struct ctx *c, struct str purpose, struct str text) {
    unsigned char own[KEY_BYTES], mac[KEY_BYTES];
    const unsigned char *key = store_key(c->store);
    if (key == NULL)
        return (struct str){0};
    derive(key, purpose, own);
    crypto_generichash(mac, sizeof mac, (const unsigned char *)text.p, text.n,
                       own, sizeof own);
    sodium_memzero(own, sizeof own);
    return hex_text(c->arena, (struct str){(char *)mac, sizeof mac});
}
