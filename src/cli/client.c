/* Requests over libcurl. Owns: the library handle and the easy handle, until
 * the arena's end. One thread. */
#include "cli/client.h"

#include "base/curl.h"

#include <unistd.h>

#define ANSWER_MAX ((size_t)16 * 1024 * 1024)
#define CONNECT_TIMEOUT_S 10L

struct client {
    struct curl_library lib;
    CURL *easy;
    struct str base, authorization;
    struct str scheme;
    struct str socket; /* of this machine's server; or empty */
};

static void client_end(void *arg) {
    struct client *k = arg;
    if (k->easy != NULL)
        k->lib.cleanup(k->easy);
}

enum err client_new(struct ctx *c, struct str url, struct str token,
                    struct client **out) {
    static const char *const tails[] = {"/", "/api/v1", "/"};
    struct client *k = NEW(c->arena, struct client);
    for (size_t i = 0; i < COUNT_OF(tails); i++)
        if (str_ends(url, str_of(tails[i])))
            url = str_sub(url, 0, url.n - str_of(tails[i]).n);
    if (!str_starts(url, S("http://")) && !str_starts(url, S("https://")))
        return failv(c, ERR_INVALID, S("server"), "client_url", ARGS(V(url)));
    arena_defer(c->arena, client_end, k);
    if (!curl_library_open(&k->lib) || (k->easy = k->lib.init()) == NULL)
        return fail(c, ERR_UNAVAILABLE, "server", "client_library");
    k->base = str_cat(c->arena, url, S("/api/v1"));
    k->authorization = str_cat(c->arena, S("Authorization: Bearer "), token);
    *out = k;
    return OK;
}

enum err client_new_local(struct ctx *c, struct str socket, struct str as,
                          struct client **out) {
    TRY(client_new(c, S("http://localhost"), S(""), out));
    (*out)->socket = socket;
    (*out)->authorization = as.n > 0 ? str_cat(c->arena, S("X-Guanxi-As: "), as)
                                     : S("X-Guanxi-As:");
    return OK;
}

struct str client_encode(struct ctx *c, struct str s) {
    static const char hex[] = "0123456789ABCDEF";
    struct buf b;
    buf_init(&b, c->arena, s.n * 3 + 1);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        bool safe = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
                    (ch >= 'a' && ch <= 'z') || ch == '.' || ch == '-' ||
                    ch == '_';
        if (safe) {
            buf_byte(&b, (char)ch);
        } else {
            buf_byte(&b, '%');
            buf_byte(&b, hex[ch >> 4]);
            buf_byte(&b, hex[ch & 15]);
        }
    }
    return buf_view(&b);
}

/* --- one request --------------------------------------------------------- */

struct answer {
    struct buf body;
    int into; /* >= 0: of good answers */
    bool failed;
    CURL *easy;
    const struct curl_library *lib;
};

static size_t on_body(char *p, size_t size, size_t n, void *arg) {
    struct answer *a = arg;
    long status = 0;
    a->lib->getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
    if (a->into < 0 || status >= 300) {
        buf_str(&a->body, (struct str){p, size * n});
        return buf_ok(&a->body) ? size * n : 0;
    }
    ssize_t wrote = write(a->into, p, size * n);
    a->failed = wrote != (ssize_t)(size * n);
    return a->failed ? 0 : size * n;
}

static size_t on_read(char *p, size_t size, size_t n, void *arg) {
    const int *fd = arg;
    ssize_t got = read(*fd, p, size * n);
    return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

static void set_body(struct client *k, const struct client_request *r,
                     struct str json) {
    struct curl_library *l = &k->lib;
    if (r->file >= 0) {
        off_t size = lseek(r->file, 0, SEEK_END);
        lseek(r->file, 0, SEEK_SET);
        l->setopt(k->easy, CURLOPT_POST, 1L);
        l->setopt(k->easy, CURLOPT_READFUNCTION, on_read);
        l->setopt(k->easy, CURLOPT_READDATA, &r->file);
        l->setopt(k->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    } else if (!str_eqc(str_of(r->method), "GET")) {
        l->setopt(k->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)json.n);
        l->setopt(k->easy, CURLOPT_POSTFIELDS, json.n > 0 ? json.p : "");
    }
    l->setopt(k->easy, CURLOPT_CUSTOMREQUEST, r->method);
}

static struct str member(const json_t *j, const char *name) {
    const json_t *v = json_object_get(j, name);
    return json_is_string(v) ? json_str(v) : S("");
}

/* In the server's words: its detail, then each field. */
static enum err refused(struct ctx *c, long status, const json_t *j) {
    struct buf b;
    buf_init(&b, c->arena, 64 * 1024);
    buf_str(&b, member(j, "detail"));
    const json_t *errors = json_object_get(j, "errors");
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *one = json_array_get(errors, i);
        struct str field = member(one, "field");
        if (field.n > 0)
            buf_fmt(&b, " [" STR_FMT "] " STR_FMT, STR_ARG(field),
                    STR_ARG(member(one, "message")));
    }
    enum err e = status == 401   ? ERR_UNAUTHENTICATED
                 : status == 403 ? ERR_FORBIDDEN
                 : status == 404 ? ERR_NOT_FOUND
                 : status == 409 ? ERR_CONFLICT
                                 : ERR_INVALID;
    return failv(c, e, S(""), "client_refused",
                 ARGS(V((int64_t)status), V(buf_view(&b))));
}

static enum err perform(struct ctx *c, struct client *k, struct answer *a,
                        json_t **out) {
    long status = 0;
    CURLcode rc = k->lib.perform(k->easy);
    if (rc != CURLE_OK || a->failed)
        return failv(c, a->failed ? ERR_IO : ERR_UNAVAILABLE, S(""),
                     a->failed ? "file_write" : "client_failed",
                     ARGS(V(k->base), V(k->lib.text(rc))));
    k->lib.getinfo(k->easy, CURLINFO_RESPONSE_CODE, &status);
    *out = NULL;
    if (a->body.n > 0 && json_read(c, buf_view(&a->body), out) != OK) {
        fail_clear(c); /* not of our making: a proxy's page */
        *out = NULL;
    }
    return status >= 200 && status < 300 ? OK : refused(c, status, *out);
}

enum err client_send(struct ctx *c, struct client *k,
                     const struct client_request *r, json_t **out) {
    struct curl_library *l = &k->lib;
    struct answer a = {.into = r->into, .easy = k->easy, .lib = l};
    struct curl_slist *headers = NULL;
    buf_init(&a.body, c->arena, ANSWER_MAX);
    headers = l->append(headers, str_cstr(c->arena, k->authorization));
    headers = l->append(headers, r->file >= 0
                                     ? "Content-Type: application/octet-stream"
                                     : "Content-Type: application/json");
    headers = l->append(headers, "Expect:");
    headers = l->append(headers, c->lang == LANG_ZH ? "Accept-Language: zh"
                                                    : "Accept-Language: en");
    l->reset(k->easy);
    l->setopt(k->easy, CURLOPT_URL,
              str_cstr(c->arena, str_cat(c->arena, k->base, r->path)));
    if (k->socket.n > 0)
        l->setopt(k->easy, CURLOPT_UNIX_SOCKET_PATH,
                  str_cstr(c->arena, k->socket));
    l->setopt(k->easy, CURLOPT_HTTPHEADER, headers);
    l->setopt(k->easy, CURLOPT_NOSIGNAL, 1L);
    l->setopt(k->easy, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    l->setopt(k->easy, CURLOPT_WRITEFUNCTION, on_body);
    l->setopt(k->easy, CURLOPT_WRITEDATA, &a);
    set_body(k, r, r->json);
    enum err e = perform(c, k, &a, out);
    l->free_all(headers);
    return e;
}
