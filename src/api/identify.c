/* Cookies and headers of sign-in. Pure. */
#include "api/identify.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "http/field.h"

#define COOKIE "gx_session"
#define SECURE_COOKIE "__Host-" COOKIE

bool identify_secure(const struct http_request *rq, bool trusted) {
    return trusted &&
           str_eq_nocase(str_trim(http_header_get(rq, "X-Forwarded-Proto")),
                         S("https"));
}

struct str identify_cookie(const struct http_request *rq, bool secure) {
    return http_cookie_get(rq, secure ? S(SECURE_COOKIE) : S(COOKIE));
}

void identify_set_cookie(struct ctx *c, struct http_request *rq, bool secure,
                         struct str token, int64_t max_age_s) {
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

/* Proxies add a line of their own or add to the client's: the last entry of the
 * last line is the one our proxy wrote. */
struct str identify_address(const struct http_request *rq, bool trusted) {
    struct str part, last = {0};
    struct http_header h;
    for (size_t i = 0; trusted && http_header_at(rq, i, &h); i++)
        if (str_eq_nocase(h.name, S("X-Forwarded-For")))
            while (str_cut(&h.value, ',', &part))
                last = str_trim(part);
    bool good = last.n > 0 && last.n <= 60 && utf8_valid(last);
    return good ? last : rq->peer;
}

struct str identify_bearer(const struct http_request *rq) {
    struct str v = http_header_get(rq, "Authorization");
    if (v.n > 7 && str_eq_nocase(str_sub(v, 0, 7), S("Bearer ")))
        return str_trim(str_sub(v, 7, v.n));
    return (struct str){0};
}
