/* Rules of the second step. Owns nothing; secrets in the clear live in the
 * request's arena only and are wiped there. */
#include "app/two_factor.h"

#include "app/settings.h"
#include "base/hash.h"
#include "base/totp.h"
#include "store/actor.h"
#include "store/key.h"
#include "store/session.h"
#include "store/trail.h"

#include <sodium.h>

#define RECOVERY_BYTES 10 /* 80 bits: 16 letters in four groups */
#define ISSUER "Guanxi"
#define URI_MAX 2048

static struct str purpose(struct ctx *c, int64_t user_id) {
    return str_fmt(c->arena, "two_factor|%lld", (long long)user_id);
}

static struct str recovery_hash(struct ctx *c, int64_t user_id,
                                struct str plain) {
    return hash_sha256_hex(
        c->arena,
        str_fmt(c->arena, "%lld|" STR_FMT, (long long)user_id, STR_ARG(plain)));
}

static void wipe(struct str s) {
    sodium_memzero((char *)(uintptr_t)s.p, s.n);
}

/* --- checking a code ----------------------------------------------------- */

/* Letters and digits alone, letters large: people type blanks and dashes. */
static struct str bare(struct ctx *c, struct str code) {
    char *p = arena_alloc(c->arena, code.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < code.n; i++) {
        char ch = code.p[i];
        if (ch >= 'a' && ch <= 'z')
            ch = (char)(ch - 'a' + 'A');
        if ((ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9'))
            p[n++] = ch;
    }
    return (struct str){p, n};
}

/* The step of an app's code, 0 when it is not right. */
static enum err step_of(struct ctx *c, int64_t user_id, struct str secret,
                        struct str code, int64_t *out) {
    struct str key;
    TRY(key_decrypt(c, purpose(c, user_id), secret, &key));
    *out = totp_match(c->arena, key, code, c->now_ms);
    wipe(key);
    return OK;
}

enum err two_factor_look(struct ctx *c, int64_t user_id,
                         const struct two_factor *f, struct str code,
                         struct two_factor_proof *out) {
    struct str s = bare(c, code);
    *out = (struct two_factor_proof){0};
    if (s.n == 0)
        return fail(c, ERR_UNAUTHENTICATED, "code", "code_needed");
    if (s.n != TOTP_DIGITS) {
        out->recovery = recovery_hash(c, user_id, s);
        return OK;
    }
    TRY(step_of(c, user_id, f->secret, s, &out->step));
    return out->step != 0 ? OK
                          : fail(c, ERR_UNAUTHENTICATED, "code", "code_wrong");
}

enum err two_factor_use(struct ctx *c, int64_t user_id,
                        const struct two_factor_proof *p) {
    bool good;
    if (p->recovery.n == 0) {
        TRY(two_factor_use_step(c, user_id, p->step, &good));
        return good ? OK : fail(c, ERR_UNAUTHENTICATED, "code", "code_used");
    }
    TRY(recovery_use(c, user_id, p->recovery, &good));
    if (!good)
        return fail(c, ERR_UNAUTHENTICATED, "code", "code_wrong");
    return trail_event(c, S("recovery_code"), S("user"), user_id, S("{}"));
}

/* --- setting up ---------------------------------------------------------- */

/* Percent-encoded for the otpauth address. */
static void encode(struct buf *b, struct str s) {
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        bool plain = (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
                     (ch >= 'A' && ch <= 'Z') || ch == '-' || ch == '.' ||
                     ch == '_' || ch == '~';
        if (plain) {
            buf_byte(b, (char)ch);
        } else {
            buf_byte(b, '%');
            buf_byte(b, hex[ch >> 4]);
            buf_byte(b, hex[ch & 15]);
        }
    }
}

/* otpauth://totp/Issuer:login?secret=…&issuer=… as the apps read it. */
static enum err uri_of(struct ctx *c, struct str secret, struct str *out) {
    struct str issuer;
    struct buf b;
    TRY(settings_text(c, SETTING_COMPANY_NAME, &issuer));
    if (issuer.n == 0)
        issuer = S(ISSUER);
    buf_init(&b, c->arena, URI_MAX);
    buf_cstr(&b, "otpauth://totp/");
    encode(&b, issuer);
    buf_byte(&b, ':');
    encode(&b, c->actor->login);
    buf_cstr(&b, "?secret=");
    buf_str(&b, secret);
    buf_cstr(&b, "&issuer=");
    encode(&b, issuer);
    buf_cstr(&b, "&algorithm=SHA1&digits=6&period=30");
    *out = buf_view(&b);
    return OK;
}

enum err two_factor_begin(struct ctx *c, struct str *secret_out,
                          struct str *uri_out) {
    char bytes[TOTP_KEY_BYTES];
    struct str key = {bytes, sizeof bytes}, sealed;
    c->random(bytes, sizeof bytes);
    *secret_out = base32_text(c->arena, key);
    enum err e = key_encrypt(c, purpose(c, c->actor->user_id), key, &sealed);
    sodium_memzero(bytes, sizeof bytes);
    TRY(e);
    TRY(uri_of(c, *secret_out, uri_out));
    return two_factor_put(c, c->actor->user_id, sealed);
}

/* Four groups of four letters and digits. */
static struct str new_code(struct ctx *c) {
    char bytes[RECOVERY_BYTES];
    c->random(bytes, sizeof bytes);
    struct str s = base32_text(c->arena, (struct str){bytes, sizeof bytes});
    return str_fmt(c->arena, "%.4s-%.4s-%.4s-%.4s", s.p, s.p + 4, s.p + 8,
                   s.p + 12);
}

enum err two_factor_codes(struct ctx *c, struct str codes_out[RECOVERY_CODES]) {
    struct str hashes[RECOVERY_CODES];
    int64_t user_id = c->actor->user_id;
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        codes_out[i] = new_code(c);
        hashes[i] = recovery_hash(c, user_id, bare(c, codes_out[i]));
    }
    TRY(recovery_put(c, user_id, hashes, RECOVERY_CODES));
    return trail_event(c, S("recovery_codes"), S("user"), user_id, S("{}"));
}

enum err two_factor_finish(struct ctx *c, struct str code,
                           struct str codes_out[RECOVERY_CODES]) {
    struct two_factor f;
    int64_t user_id = c->actor->user_id, step;
    bool found, fresh;
    TRY(two_factor_find(c, user_id, &f, &found));
    if (!found)
        return fail(c, ERR_CONFLICT, "", "two_factor_not_begun");
    if (f.confirmed_at != 0)
        return fail(c, ERR_CONFLICT, "", "two_factor_on");
    TRY(step_of(c, user_id, f.secret, bare(c, code), &step));
    if (step == 0)
        return fail(c, ERR_INVALID, "code", "code_wrong");
    TRY(two_factor_use_step(c, user_id, step, &fresh));
    TRY(two_factor_confirm(c, user_id));
    TRY(session_delete_user(c, user_id, c->actor->session_id));
    TRY(trail_event(c, S("two_factor_on"), S("user"), user_id, S("{}")));
    return two_factor_codes(c, codes_out);
}

enum err two_factor_drop(struct ctx *c, int64_t user_id, struct str event) {
    bool found, self = c->actor != NULL && c->actor->user_id == user_id;
    TRY(two_factor_remove(c, user_id, &found));
    if (!found)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    TRY(session_delete_user(c, user_id, self ? c->actor->session_id : 0));
    return trail_event(c, event, S("user"), user_id, S("{}"));
}
