/* Digests: SHA-256 through nettle, which uses the processor's instructions for
 * it (five times as fast as libsodium's, and files are hashed with each chunk),
 * the rest through libsodium. No state; these calls need no sodium_init. */
#include "base/hash.h"

#include "base/arena.h"
#include "base/die.h"

#include <assert.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <unistd.h>

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct hash_sum {
    struct sha256_ctx st;
};

struct hash_sum *hash_sum_new(struct arena *a) {
    struct hash_sum *h = NEW(a, struct hash_sum);
    sha256_init(&h->st);
    return h;
}

void hash_sum_add(struct hash_sum *h, struct str s) {
    if (s.n > 0)
        sha256_update(&h->st, s.n, (const uint8_t *)s.p);
}

struct str hash_sum_hex(struct arena *a, struct hash_sum *h) {
    unsigned char digest[HASH_SHA256_BYTES];
    sha256_digest(&h->st, sizeof digest, digest);
    return hex_text(a, (struct str){(const char *)digest, sizeof digest});
}

void hash_sha256(struct str s, unsigned char out[HASH_SHA256_BYTES]) {
    static_assert(HASH_SHA256_BYTES == SHA256_DIGEST_SIZE, "size");
    struct hash_sum h;
    sha256_init(&h.st);
    hash_sum_add(&h, s);
    sha256_digest(&h.st, HASH_SHA256_BYTES, out);
}

struct str hash_sha256_hex(struct arena *a, struct str s) {
    unsigned char digest[HASH_SHA256_BYTES];
    hash_sha256(s, digest);
    return hex_text(a, (struct str){(const char *)digest, sizeof digest});
}

bool hash_sha256_file(struct arena *a, int fd, struct str *out) {
    char part[64 * 1024];
    struct hash_sum h;
    off_t at = 0;
    ssize_t n;
    sha256_init(&h.st);
    while ((n = pread(fd, part, sizeof part, at)) > 0) {
        hash_sum_add(&h, (struct str){part, (size_t)n});
        at += n;
    }
    *out = hash_sum_hex(a, &h);
    return n == 0;
}

struct str hex_text(struct arena *a, struct str bytes) {
    size_t n = bytes.n * 2;
    char *out = arena_alloc(a, n + 1);
    sodium_bin2hex(out, n + 1, (const unsigned char *)bytes.p, bytes.n);
    return (struct str){out, n};
}

struct str base64url_text(struct arena *a, struct str bytes) {
    size_t n = sodium_base64_encoded_len(bytes.n, BASE64);
    char *out = arena_alloc(a, n);
    sodium_bin2base64(out, n, (const unsigned char *)bytes.p, bytes.n, BASE64);
    return (struct str){out, n - 1};
}

bool base64url_parse(struct arena *a, struct str text, struct str *out) {
    size_t max = text.n / 4 * 3 + 3, n = 0;
    unsigned char *bytes = arena_alloc(a, max);
    const char *end = NULL;
    if (sodium_base642bin(bytes, max, text.p, text.n, NULL, &n, &end, BASE64) !=
            0 ||
        end != text.p + text.n)
        return false;
    *out = (struct str){(char *)bytes, n};
    return true;
}

bool hash_same(struct str x, struct str y) {
    return x.n == y.n && (x.n == 0 || sodium_memcmp(x.p, y.p, x.n) == 0);
}
