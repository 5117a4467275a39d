/* Serving the embedded interface.
 *
 * Owns nothing: files are read-only data, what is unpacked lives in the
 * request's arena. Any thread.
 * Invariant: the page runs scripts of its own origin only; styles may be
 * inline, because the component library sets them on elements. */
#include "http/asset.h"

#include "base/die.h"
#include "http/field.h"

#include <zlib.h>

#define PAGE_POLICY                                                            \
    "default-src 'self'; script-src 'self'; "                                  \
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "           \
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; "           \
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/* What the pages never use, so that nothing put into them can. */
#define NO_DEVICES                                                             \
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "           \
    "serial=(), bluetooth=(), display-capture=(), browsing-topics=()"

void asset_security_headers(struct http_request *rq) {
    http_reply_header(rq, "X-Content-Type-Options", S("nosniff"));
    http_reply_header(rq, "Referrer-Policy", S("same-origin"));
    http_reply_header(rq, "X-Frame-Options", S("DENY"));
    http_reply_header(rq, "Permissions-Policy", S(NO_DEVICES));
    http_reply_header(rq, "Cross-Origin-Opener-Policy", S("same-origin"));
    http_reply_header(rq, "Cross-Origin-Resource-Policy", S("same-origin"));
}

static const struct asset *find(const struct asset_table *t, struct str path) {
    size_t lo = 0, hi = t->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = str_cmp(t->p[mid].path, path);
        if (order == 0)
            return &t->p[mid];
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

/* A route of the interface looks like /customers/12, a file has a dot. */
static bool is_route(struct str path) {
    for (size_t i = path.n; i > 0 && path.p[i - 1] != '/'; i--)
        if (path.p[i - 1] == '.')
            return false;
    return true;
}

static struct str unpack(struct arena *a, const struct asset *f) {
    unsigned char *out = arena_alloc(a, f->size);
    z_stream z = {
        .next_in = (unsigned char *)(uintptr_t)f->gzip.p,
        .avail_in = (uInt)f->gzip.n,
        .next_out = out,
        .avail_out = (uInt)f->size,
    };
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        die("zlib");
    int end = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    if (end != Z_STREAM_END || z.total_out != f->size)
        die("embedded file " STR_FMT " is broken", STR_ARG(f->path));
    return (struct str){(char *)out, f->size};
}

static void set_body(struct http_request *rq, const struct asset *f) {
    struct str accepts = http_header_get(rq, "Accept-Encoding");
    if (f->gzip.n > 0)
        http_reply_header(rq, "Vary", S("Accept-Encoding"));
    if (f->br.n > 0 && accept_coding(accepts, S("br"))) {
        http_reply_header(rq, "Content-Encoding", S("br"));
        rq->reply.body = f->br;
    } else if (f->gzip.n > 0 && accept_coding(accepts, S("gzip"))) {
        http_reply_header(rq, "Content-Encoding", S("gzip"));
        rq->reply.body = f->gzip;
    } else if (f->gzip.n > 0) {
        rq->reply.body = unpack(rq->arena, f);
    } else {
        rq->reply.body = f->plain;
    }
}

static void send_asset(struct http_request *rq, const struct asset *f) {
    bool same = etag_listed(http_header_get(rq, "If-None-Match"), f->etag);
    rq->reply.status = same ? 304 : 200;
    rq->reply.content_type = f->type;
    /* Weak: the same content in several codings. */
    http_reply_header(
        rq, "ETag", str_fmt(rq->arena, "W/\"" STR_FMT "\"", STR_ARG(f->etag)));
    http_reply_header(rq, "Cache-Control",
                      f->hashed ? S("public, max-age=31536000, immutable")
                                : S("no-cache"));
    set_body(rq, f); /* 304: for its length; no body is sent */
}

void asset_serve(const struct asset_table *t, struct http_request *rq) {
    asset_security_headers(rq);
    http_reply_header(rq, "Content-Security-Policy", S(PAGE_POLICY));
    if (rq->method != HTTP_GET && rq->method != HTTP_HEAD) {
        http_reply_header(rq, "Allow", S("GET, HEAD"));
        http_reply_error(rq, ERR_METHOD);
        return;
    }
    const struct asset *f = find(t, rq->path);
    if (f == NULL && is_route(rq->path))
        f = find(t, S("/index.html"));
    if (f == NULL)
        http_reply_error(rq, ERR_NOT_FOUND);
    else
        send_asset(rq, f);
}
