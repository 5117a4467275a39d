/* The server over real sockets: requests, bodies, replies, files. */
#include "http/asset.h"
#include "http/field.h"
#include "http_client.h"

#include <fcntl.h>
#include <zlib.h>

#define MAX_BODY 5000

static struct arena *arena;
static struct http_server *server;

/* What the application saw. */
struct app {
    _Atomic int seen, done;
};
static struct app app;

static const struct asset_table *table; /* of the asset tests */

static bool on_headers(void *user, struct http_request *rq,
                       struct http_accept *out) {
    atomic_fetch_add(&app.seen, 1);
    out->max_body = MAX_BODY;
    if (str_eq(rq->path, S("/spool"))) {
        out->max_body = UINT64_MAX;
        out->spool = true;
    }
    if (str_eq(rq->path, S("/no"))) {
        http_reply_error(rq, ERR_UNAUTHENTICATED);
        return false;
    }
    return true;
}

static void reply_spool(struct http_request *rq) {
    uint32_t sum = (uint32_t)crc32(0, NULL, 0);
    unsigned char part[8192];
    uint64_t total = 0;
    ssize_t n;
    while ((n = read(rq->spool, part, sizeof part)) > 0) {
        sum = (uint32_t)crc32(sum, part, (uInt)n);
        total += (uint64_t)n;
    }
    http_reply_text(rq, 200, "text/plain",
                    str_fmt(rq->arena, "%llu %08x %d",
                            (unsigned long long)total, sum,
                            total == rq->spool_size));
}

static void reply_file(struct http_request *rq) {
    rq->reply.status = 200;
    rq->reply.file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    rq->reply.file_size = 100000;
}

static enum http_turn on_request(void *user, struct http_request *rq) {
    if (str_starts(rq->path, S("/web"))) {
        rq->path = str_sub(rq->path, 4, rq->path.n);
        asset_serve(table, rq);
    } else if (str_eq(rq->path, S("/spool"))) {
        reply_spool(rq);
    } else if (str_eq(rq->path, S("/file"))) {
        reply_file(rq);
    } else if (str_eq(rq->path, S("/forgot"))) {
        rq->reply.status = 0;
    } else if (str_eq(rq->path, S("/inject"))) {
        http_reply_header(rq, "X-Name", S("a\r\nX-Evil: 1\tb\x7f"));
        http_reply_text(rq, 200, "text/plain", S("x"));
    } else if (str_eq(rq->path, S("/cookie"))) {
        http_reply_text(rq, 200, "text/plain",
                        http_cookie_get(rq, S("gx_session")));
    } else if (rq->body.n > 0) {
        http_reply_text(rq, 200, "text/plain", rq->body);
    } else {
        http_reply_text(rq, 200, "text/plain",
                        str_fmt(rq->arena, "%d " STR_FMT "?" STR_FMT " %s",
                                (int)rq->method, STR_ARG(rq->path),
                                STR_ARG(rq->query),
                                str_cstr(rq->arena, rq->peer)));
    }
    return HTTP_DONE;
}

static void on_done(void *user, struct http_request *rq) {
    atomic_fetch_add(&app.done, 1);
}

static void start(struct http_config cfg) {
    struct ctx c;
    ctx_init(&c, arena);
    cfg.address = S("127.0.0.1");
    cfg.on_headers = on_headers;
    cfg.on_request = on_request;
    cfg.on_done = on_done;
    cfg.max_connections = 500;
    app = (struct app){0};
    CHECK_OK(http_start(&c, &cfg, &server));
}

static void stop(void) {
    http_stop(server, PATIENCE_MS);
    CHECK_I64(app.done, app.seen);
}

static void keep_alive(void) {
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    for (int i = 0; i < 3; i++) {
        struct answer r =
            ask(&c, "GET /a%20b?x=%31 HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK_I64(r.status, 200);
        CHECK_STR(r.body, "0 /a%20b?x=%31 127.0.0.1");
        CHECK_STR(header_of(r.head, "Content-Type"), "text/plain");
        CHECK(header_of(r.head, "Date").n > 20);
        CHECK_STR(header_of(r.head, "Server"), "");
    }
    struct answer r = ask(&c, "GET http://h:1/y?q HTTP/1.1\r\nHost: h\r\n"
                              "Connection: close\r\n\r\n");
    CHECK_STR(r.body, "0 /y?q 127.0.0.1");
    CHECK(closed(&c));
    hang_up(&c);
    stop();
}

static void pipelining(void) {
    enum { N = 50 };
    struct buf b;
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    buf_init(&b, arena, 100000);
    for (int i = 0; i < N; i++)
        if (i % 3 == 0)
            buf_fmt(&b,
                    "POST /p HTTP/1.1\r\nHost: h\r\n"
                    "Content-Length: 3\r\n\r\n%03d",
                    i);
        else
            buf_fmt(&b, "GET /%03d HTTP/1.1\r\nHost: h\r\n\r\n", i);
    put(&c, buf_view(&b));
    for (int i = 0; i < N; i++) {
        struct str want = i % 3 == 0 ? str_fmt(arena, "%03d", i)
                                     : str_fmt(arena, "0 /%03d? 127.0.0.1", i);
        CHECK_STR(hear(&c).body, str_cstr(arena, want));
    }
    hang_up(&c);
    stop();
}

static void byte_by_byte(void) {
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    struct str text = S("POST /p HTTP/1.1\r\nHost: h\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n"
                        "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n");
    for (size_t i = 0; i < text.n; i++)
        put(&c, str_sub(text, i, i + 1));
    CHECK_STR(hear(&c).body, "abcde");
    CHECK_STR(ask(&c, "PUT / HTTP/1.1\r\nHost: h\r\nEmpty:\r\n\r\n").body,
              "3 /? 127.0.0.1");
    hang_up(&c);
    stop();
}

static void head_method_has_no_body(void) {
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    puts_(&c, "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
    struct answer r = hear_for(&c, true);
    CHECK_I64(r.status, 200);
    CHECK_STR(header_of(r.head, "Content-Length"), "15");
    CHECK_STR(ask(&c, "GET /y HTTP/1.1\r\nHost: h\r\n\r\n").body,
              "0 /y? 127.0.0.1");
    hang_up(&c);
    stop();
}

static void early_answers_keep_the_connection(void) {
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    CHECK_I64(ask(&c, "GET /no HTTP/1.1\r\nHost: h\r\n\r\n").status, 401);
    CHECK_I64(ask(&c, "POST /no HTTP/1.1\r\nHost: h\r\n"
                      "Content-Length: 5\r\n\r\nhello")
                  .status,
              401);
    struct answer r = ask(&c, "GET /forgot HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK_I64(r.status, 500);
    CHECK(str_find(r.body, S("\"code\":\"internal\"")) != SIZE_MAX);
    CHECK_STR(ask(&c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").body,
              "0 /? 127.0.0.1");
    hang_up(&c);
    stop();
}

/* Short enough to be read: the connection lives on. */
static void too_large_short(void) {
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    char *body = arena_alloc(arena, 8000);
    memset(body, 'x', 8000);
    for (int chunked = 0; chunked < 2; chunked++) {
        puts_(&c, chunked ? "POST / HTTP/1.1\r\nHost: h\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n1f40\r\n"
                          : "POST / HTTP/1.1\r\nHost: h\r\n"
                            "Content-Length: 8000\r\n\r\n");
        put(&c, (struct str){body, 8000});
        if (chunked)
            puts_(&c, "\r\n0\r\n\r\n");
        struct answer r = hear(&c);
        CHECK_I64(r.status, 413);
        CHECK(str_find(r.body, S("\"code\":\"too_large\"")) != SIZE_MAX);
    }
    CHECK_I64(ask(&c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    hang_up(&c);
    stop();
}

/* Gigabytes are refused while the client is still sending. */
static void too_large_endless(void) {
    static const char *const heads[] = {
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "fffffffff\r\n",
    };
    start((struct http_config){.max_body_unread = 100000});
    char *part = arena_alloc(arena, 50000);
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct client c = dial(arena, http_port(server));
        puts_(&c, heads[i]);
        for (int n = 0; n < 3; n++) /* more than it is willing to read */
            put(&c, (struct str){part, 50000});
        struct answer r = hear(&c);
        CHECK_I64(r.status, 413);
        CHECK_STR(header_of(r.head, "Connection"), "close");
        CHECK(closed(&c));
        hang_up(&c);
    }
    stop();
}

static void expect_continue(void) {
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    puts_(&c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
              "Expect: 100-continue\r\n\r\n");
    CHECK(wait_text(&c, "HTTP/1.1 100 Continue\r\n\r\n"));
    CHECK_STR(ask(&c, "ok").body, "ok");
    CHECK_I64(ask(&c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8000\r\n"
                      "Expect: 100-continue\r\n\r\n")
                  .status,
              413);
    CHECK(closed(&c));
    hang_up(&c);
    stop();
}

static void spooled(void) {
    enum { N = 3 * 1024 * 1024 };
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    unsigned char *p = arena_alloc(arena, N);
    for (size_t i = 0; i < N; i++)
        p[i] = (unsigned char)(i * 31 + i / 997);
    struct str want = str_fmt(arena, "%d %08x 1", N,
                              (unsigned)crc32(crc32(0, NULL, 0), p, N));
    puts_(&c, "POST /spool HTTP/1.1\r\nHost: h\r\n"
              "Content-Length: 3145728\r\n\r\n");
    put(&c, (struct str){(char *)p, N});
    CHECK_STR(hear(&c).body, str_cstr(arena, want));
    CHECK_STR(ask(&c, "POST /spool HTTP/1.1\r\nHost: h\r\n\r\n").body,
              "0 00000000 1");
    hang_up(&c);
    stop();
}

static void spool_without_a_place(void) {
    start((struct http_config){.spool_dir = "/nonexistent"});
    struct client c = dial(arena, http_port(server));
    CHECK_I64(ask(&c, "POST /spool HTTP/1.1\r\nHost: h\r\n"
                      "Content-Length: 2\r\n\r\nhi")
                  .status,
              500);
    CHECK_I64(ask(&c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    hang_up(&c);
    stop();
}

static void file_reply(void) {
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    struct answer r = ask(&c, "GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK_I64(r.body.n, 100000);
    CHECK(str_starts(r.body, S("\x7f"
                               "ELF")));
    puts_(&c, "HEAD /file HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK_STR(header_of(hear_for(&c, true).head, "Content-Length"), "100000");
    CHECK_I64(ask(&c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    hang_up(&c);
    stop();
}

static void reply_headers_cannot_break_out(void) {
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    struct answer r = ask(&c, "GET /inject HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK_STR(header_of(r.head, "X-Name"), "a  X-Evil: 1 b");
    CHECK_STR(header_of(r.head, "X-Evil"), "");
    CHECK_STR(ask(&c, "GET /cookie HTTP/1.1\r\nHost: h\r\n"
                      "Cookie: a=b\r\nCookie: gx_session=s3\r\n\r\n")
                  .body,
              "s3");
    hang_up(&c);
    stop();
}

/* --- embedded files ----------------------------------------------------- */

static struct str gzip(struct str s) {
    z_stream z = {0};
    char *p = arena_alloc(arena, s.n + 100);
    CHECK_I64(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, 0), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)s.p;
    z.avail_in = (uInt)s.n;
    z.next_out = (unsigned char *)p;
    z.avail_out = (uInt)s.n + 100;
    CHECK_I64(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return (struct str){p, z.total_out};
}

#define GET(path, more) "GET /web" path " HTTP/1.1\r\nHost: h\r\n" more "\r\n"

static void assets(void) {
    struct str page = S("<html>page page page page page page page</html>");
    struct asset files[] = {
        {.path = S("/assets/a-12345678.js"),
         .type = S("text/javascript"),
         .etag = S("e1"),
         .gzip = gzip(page),
         .br = S("BROTLI"),
         .size = page.n,
         .hashed = true},
        {.path = S("/index.html"),
         .type = S("text/html"),
         .etag = S("e2"),
         .plain = page,
         .size = page.n},
    };
    struct asset_table t = {files, COUNT_OF(files)};
    table = &t;
    start((struct http_config){0});
    struct client c = dial(arena, http_port(server));
    struct answer r = ask(&c, GET("/", ""));
    CHECK_I64(r.status, 200);
    CHECK(str_eq(r.body, page));
    CHECK_STR(header_of(r.head, "Cache-Control"), "no-cache");
    CHECK_STR(header_of(r.head, "X-Content-Type-Options"), "nosniff");
    struct str policy = header_of(r.head, "Content-Security-Policy");
    CHECK(str_find(policy, S("script-src 'self';")) != SIZE_MAX);
    CHECK(str_find(policy, S("frame-ancestors 'none'")) != SIZE_MAX);
    CHECK(str_eq(ask(&c, GET("/customers/12?x=1", "")).body, page));
    CHECK_I64(ask(&c, GET("/missing.js", "")).status, 404);
    r = ask(&c, GET("/assets/a-12345678.js", "Accept-Encoding: gzip, br\r\n"));
    CHECK_STR(r.body, "BROTLI");
    CHECK_STR(header_of(r.head, "Content-Encoding"), "br");
    CHECK(str_find(r.head, S("immutable")) != SIZE_MAX);
    r = ask(&c, GET("/assets/a-12345678.js", "Accept-Encoding: gzip\r\n"));
    CHECK(str_eq(r.body, files[0].gzip));
    r = ask(&c, GET("/assets/a-12345678.js", ""));
    CHECK(str_eq(r.body, page));
    CHECK_STR(header_of(r.head, "Content-Encoding"), "");
    struct str etag = header_of(r.head, "ETag");
    CHECK_STR(etag, "W/\"e1\"");
    puts_(&c, GET("/assets/a-12345678.js", "If-None-Match: W/\"e1\"\r\n"));
    CHECK_I64(hear_for(&c, true).status, 304);
    r = ask(&c, "POST /web/ HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK_I64(r.status, 405);
    CHECK_STR(header_of(r.head, "Allow"), "GET, HEAD");
    hang_up(&c);
    stop();
}

int main(void) {
    arena = arena_new();
    RUN(keep_alive);
    RUN(pipelining);
    RUN(byte_by_byte);
    RUN(head_method_has_no_body);
    RUN(early_answers_keep_the_connection);
    RUN(too_large_short);
    RUN(too_large_endless);
    RUN(expect_continue);
    RUN(spooled);
    RUN(spool_without_a_place);
    RUN(file_reply);
    RUN(reply_headers_cannot_break_out);
    RUN(assets);
    arena_free(arena);
    return test_end();
}
