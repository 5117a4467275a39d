/* Cookies and headers of sign-in. Owns nothing. */
#include "api/identify.h"

#include "base/buf.h"
#include "http/field.h"

#define COOKIE "gx_session"
#define SECURE_COOKIE "__Host-" COOKIE

/* Did the client reach us (our proxy) over TLS? */
static bool is_secure(const struct http_request *rq, bool trusted) {
    return trusted &&
           str_eq_nocase(str_trim(http_header_get(rq, "X-Forwarded-Proto")),
                         S("https"));
}

struct str identify_cookie(const struct http_request *rq, bool trusted) {
    return http_cookie_get(rq, is_secure(rq, trusted) ? S(SECURE_COOKIE)
                                                      : S(COOKIE));
}

void identify_set_cookie(struct ctx *c, struct http_request *rq, bool trusted,
                         struct str token, int64_t max_age_s) {
    bool secure = is_secure(rq, trusted);
    struct buf b;
    buf_init(&b, c->arena, 512);
    buf_cstr(&b, secure ? SECURE_COOKIE "=" : COOKIE "=");
    buf_str(&b, token);
    buf_cstr(&b, "; Path=/; HttpOnly; SameSite=Strict; Max-Age=");
    buf_i64(&b, token.n > 0 ? max_age_s : 0);
    if (secure)
        buf_cstr(&b, "; Secure");
    http_reply_header(rq, "Set-Cookie", buf_view(&b));
}

struct str identify_address(const struct http_request *rq, bool trusted) {
    struct str list =
        trusted ? http_header_get(rq, "X-Forwarded-For") : (struct str){0};
    struct str part, last = {0};
    while (str_cut(&list, ',', &part))
        last = str_trim(part);
    return last.n > 0 && last.n <= 60 ? last : rq->peer;
}

static struct str bearer(const struct http_request *rq) {
    static const struct str scheme = S_INIT("Bearer ");
    struct str h = http_header_get(rq, "Authorization");
    if (h.n <= scheme.n || !str_eq_nocase(str_sub(h, 0, scheme.n), scheme))
        return (struct str){0};
    return str_trim(str_sub(h, scheme.n, h.n));
}

enum err identify(struct ctx *c, struct auth *a, const struct http_request *rq,
                  bool trusted, const struct actor **out) {
    struct auth_input in = {
        .session = identify_cookie(rq, trusted),
        .bearer = bearer(rq),
        .csrf = http_header_get(rq, "X-CSRF-Token"),
        .is_write = rq->method != HTTP_GET && rq->method != HTTP_HEAD,
    };
    return auth_identify(c, a, &in, out);
}
