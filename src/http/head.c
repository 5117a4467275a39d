/* The head of a request: target, header copies, framing checks.
 *
 * Owns nothing: all in the exchange's arena. Runs in the loop thread.
 * The library accepts more than it should (a space before the colon, several
 * Content-Lengths, both framings, folded lines, NUL in the target), which lets
 * two servers on one connection disagree about where a request ends; all of
 * that is refused here. */
#include "http/exchange.h"

#include <strings.h>

#define MAX_HEADERS 100

enum http_method head_method(const char *method) {
    static const char *const names[] = {
        [HTTP_GET] = "GET",         [HTTP_HEAD] = "HEAD",
        [HTTP_POST] = "POST",       [HTTP_PUT] = "PUT",
        [HTTP_PATCH] = "PATCH",     [HTTP_DELETE] = "DELETE",
        [HTTP_OPTIONS] = "OPTIONS",
    };
    for (int i = 0; i < (int)COUNT_OF(names); i++)
        if (strcmp(method, names[i]) == 0)
            return (enum http_method)i;
    return HTTP_OTHER;
}

/* "http://host/path" counts as "/path" (RFC 9112, 3.2.2). */
static struct str origin_form(struct str uri) {
    if (!str_starts(uri, S("http://")) && !str_starts(uri, S("https://")))
        return uri;
    size_t from = str_find(uri, S("//")) + 2;
    while (from < uri.n && uri.p[from] != '/' && uri.p[from] != '?')
        from++;
    struct str rest = str_sub(uri, from, uri.n);
    return rest.n == 0 || rest.p[0] == '?' ? S("/") : rest;
}

void head_target(struct exchange *ex, struct str uri) {
    ex->target_n = uri.n;
    struct str own = origin_form(str_dup(ex->rq.arena, uri));
    const char *q = own.n == 0 ? NULL : memchr(own.p, '?', own.n);
    size_t at = q == NULL ? own.n : (size_t)(q - own.p);
    ex->rq.path = str_sub(own, 0, at);
    ex->rq.query = q == NULL ? S("") : str_sub(own, at + 1, own.n);
}

static bool is_hex(char ch) {
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') ||
           (ch >= 'A' && ch <= 'F');
}

/* No control bytes, spaces; in the path only whole escapes, and no %00. */
static bool target_ok(const struct http_request *rq) {
    if (rq->path.n == 0 ||
        (rq->path.p[0] != '/' &&
         !(str_eq(rq->path, S("*")) && rq->method == HTTP_OPTIONS)))
        return false;
    for (size_t i = 0; i < rq->query.n; i++)
        if ((unsigned char)rq->query.p[i] <= ' ' || rq->query.p[i] == 0x7f)
            return false;
    for (size_t i = 0; i < rq->path.n; i++) {
        const char *p = rq->path.p + i;
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return false;
        if (*p == '%' && (rq->path.n - i < 3 || !is_hex(p[1]) ||
                          !is_hex(p[2]) || (p[1] == '0' && p[2] == '0')))
            return false;
    }
    return true;
}

static bool is_token(struct str s) {
    static const char extra[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool alnum = (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
                     (ch >= 'A' && ch <= 'Z');
        if (!alnum && (ch == '\0' || strchr(extra, ch) == NULL))
            return false;
    }
    return s.n > 0;
}

static bool is_field_value(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

struct copying {
    struct exchange *ex;
    size_t cap;
    bool bad;
};

static enum MHD_Result copy_header(void *cls, enum MHD_ValueKind kind,
                                   const char *key, size_t key_n,
                                   const char *value, size_t value_n) {
    struct copying *cp = cls;
    struct exchange *ex = cp->ex;
    struct str name = {key, key_n};
    struct str text =
        str_trim((struct str){value, value == NULL ? 0 : value_n});
    if (ex->n_fields == cp->cap || !is_token(name) || !is_field_value(text)) {
        cp->bad = true;
        return MHD_NO;
    }
    struct http_header *h = &ex->fields[ex->n_fields++];
    h->name = str_dup(ex->rq.arena, name);
    h->value = str_dup(ex->rq.arena, text);
    return MHD_YES;
}

static size_t count_of(const struct exchange *ex, const char *name,
                       struct str *value_out) {
    size_t n = 0;
    for (size_t i = 0; i < ex->n_fields; i++)
        if (str_eq_nocase(ex->fields[i].name, str_of(name))) {
            *value_out = ex->fields[i].value;
            n++;
        }
    return n;
}

static bool parse_length(struct str s, uint64_t *out) {
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' ||
            __builtin_mul_overflow(v, (uint64_t)10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
            return false;
    }
    *out = v;
    return s.n > 0 && v < UINT64_MAX;
}

/* Where the body ends, said once and in one way. */
static bool framing_ok(struct exchange *ex) {
    struct str length = S(""), coding = S("");
    size_t n_length = count_of(ex, "Content-Length", &length);
    size_t n_coding = count_of(ex, "Transfer-Encoding", &coding);
    ex->declared = 0;
    if (n_length > 1 || n_coding > 1 || (n_length > 0 && n_coding > 0))
        return false;
    if (n_length == 1)
        return parse_length(length, &ex->declared);
    if (n_coding == 0)
        return true;
    ex->declared = UINT64_MAX;
    return str_eq_nocase(coding, S("chunked"));
}

static bool host_ok(const struct exchange *ex, const char *version) {
    struct str host = S("");
    size_t n = count_of(ex, "Host", &host);
    return n == 1 || (n == 0 && strcmp(version, "HTTP/1.0") == 0);
}

/* The library ends lines, names and the parts of the first line by writing NUL
 * into its buffer, and a NUL, a bare LF or a folded line from the client gets
 * lost in that; a line that starts with a colon even counts as the end of the
 * headers. So the bytes themselves are looked at: behind the version there
 * must be exactly one NUL for each name and two for each line. The layout is
 * that of 0.9.75, which http_start has checked. */
static bool bytes_ok(const struct exchange *ex, const char *url,
                     const char *method, const char *version) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        ex->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    const char *p = version + strlen(version);
    const char *end = method + info->header_size;
    size_t nuls = 0, lines = ex->n_fields + 2; /* first and empty one */
    if (version != url + ex->target_n + 1 || p > end)
        return false;
    for (; p < end; p++)
        nuls += *p == '\0';
    return nuls == 2 * lines + ex->n_fields;
}

enum err head_read(struct exchange *ex, const char *url, const char *method,
                   const char *version) {
    int n = MHD_get_connection_values_n(ex->mhd, MHD_HEADER_KIND, NULL, NULL);
    struct copying cp = {.ex = ex, .cap = n > 0 ? (size_t)n : 0};
    ex->must_close = true;
    ex->declared = UINT64_MAX; /* until known: assume there is more to come */
    if (n < 0 || n > MAX_HEADERS)
        return ERR_MALFORMED;
    ex->fields = NEW_ARRAY(ex->rq.arena, struct http_header, cp.cap);
    MHD_get_connection_values_n(ex->mhd, MHD_HEADER_KIND, copy_header, &cp);
    if (cp.bad || !framing_ok(ex) || !host_ok(ex, version) ||
        (ex->server->known_layout && !bytes_ok(ex, url, method, version)))
        return ERR_MALFORMED;
    ex->must_close = false;
    return target_ok(&ex->rq) ? OK : ERR_MALFORMED;
}

struct str http_header_get(const struct http_request *rq, const char *name) {
    const struct exchange *ex = (const struct exchange *)(const void *)rq;
    for (size_t i = 0; i < ex->n_fields; i++)
        if (str_eq_nocase(ex->fields[i].name, str_of(name)))
            return ex->fields[i].value;
    return S("");
}

bool http_header_at(const struct http_request *rq, size_t i,
                    struct http_header *out) {
    const struct exchange *ex = (const struct exchange *)(const void *)rq;
    if (i >= ex->n_fields)
        return false;
    *out = ex->fields[i];
    return true;
}
