/* Digests through libsodium. No state; these calls need no sodium_init. */
#include "base/hash.h"

#include "base/arena.h"
#include "base/die.h"

#include <assert.h>
#include <sodium.h>
#include <unistd.h>

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

void hash_sha256(struct str s, unsigned char out[HASH_SHA256_BYTES]) {
    static_assert(HASH_SHA256_BYTES == crypto_hash_sha256_BYTES, "size");
    crypto_hash_sha256(out, (const unsigned char *)s.p, s.n);
}

struct str hash_sha256_hex(struct arena *a, struct str s) {
    unsigned char digest[HASH_SHA256_BYTES];
    hash_sha256(s, digest);
    return hex_text(a, (struct str){(const char *)digest, sizeof digest});
}

bool hash_sha256_file(struct arena *a, int fd, struct str *out) {
    unsigned char digest[HASH_SHA256_BYTES], part[64 * 1024];
    crypto_hash_sha256_state st;
    off_t at = 0;
    ssize_t n;
    crypto_hash_sha256_init(&st);
    while ((n = pread(fd, part, sizeof part, at)) > 0) {
        crypto_hash_sha256_update(&st, part, (unsigned long long)n);
        at += n;
    }
    crypto_hash_sha256_final(&st, digest);
    *out = hex_text(a, (struct str){(const char *)digest, sizeof digest});
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
