/* HMAC-SHA-1 comes from nettle (docs/decisions/013-nettle.md), the rest is
 * RFC 4226 section 5.3. Owns nothing. Any thread. */
#include "base/totp.h"

#include "base/arena.h"
#include "base/hash.h"

#include <nettle/hmac.h>

#define WINDOW 1 /* steps before and after the current one */

int64_t totp_step(int64_t now_ms) {
    return now_ms / 1000 / TOTP_STEP_S;
}

struct str totp_code(struct arena *a, struct str key, int64_t step) {
    struct hmac_sha1_ctx hmac;
    uint8_t counter[8], mac[SHA1_DIGEST_SIZE];
    uint64_t n = (uint64_t)step;
    for (int i = 7; i >= 0; i--, n >>= 8)
        counter[i] = (uint8_t)(n & 0xff);
    hmac_sha1_set_key(&hmac, key.n, (const uint8_t *)key.p);
    hmac_sha1_update(&hmac, sizeof counter, counter);
    hmac_sha1_digest(&hmac, sizeof mac, mac);
    size_t at = mac[SHA1_DIGEST_SIZE - 1] & 0x0f;
    uint32_t v = ((uint32_t)(mac[at] & 0x7f) << 24) |
                 ((uint32_t)mac[at + 1] << 16) | ((uint32_t)mac[at + 2] << 8) |
                 (uint32_t)mac[at + 3];
    return str_fmt(a, "%0*u", TOTP_DIGITS, v % 1000000U);
}

int64_t totp_match(struct arena *a, struct str key, struct str code,
                   int64_t now_ms) {
    int64_t now = totp_step(now_ms), found = 0;
    for (int64_t step = now - WINDOW; step <= now + WINDOW; step++)
        if (hash_same(totp_code(a, key, step), code))
            found = step;
    return found;
}

struct str base32_text(struct arena *a, struct str bytes) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    size_t n = (bytes.n * 8 + 4) / 5;
    char *out = arena_alloc(a, n + 1);
    uint32_t held = 0;
    int bits = 0;
    size_t at = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        held = (held << 8) | (unsigned char)bytes.p[i];
        for (bits += 8; bits >= 5; bits -= 5)
            out[at++] = letters[(held >> (bits - 5)) & 31];
    }
    if (bits > 0)
        out[at++] = letters[(held << (5 - bits)) & 31];
    return (struct str){out, at};
}
