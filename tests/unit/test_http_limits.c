/* The server under what it must refuse: broken and hostile requests, slow
 * clients, too many of them. */
#include "http_client.h"

static struct arena *arena;
static struct http_server *server;
static _Atomic int asked;

static enum http_turn on_request(void *user, struct http_request *rq) {
    atomic_fetch_add(&asked, 1);
    http_reply_text(rq, 200, "text/plain", S("fine"));
    return HTTP_DONE;
}

static void start(struct http_config cfg) {
    struct ctx c;
    ctx_init(&c, arena);
    cfg.address = S("127.0.0.1");
    cfg.on_request = on_request;
    cfg.max_connections = 500;
    atomic_store(&asked, 0);
    CHECK_OK(http_start(&c, &cfg, &server));
}

static void stop(void) {
    http_stop(server, PATIENCE_MS);
}

static void bad_requests(void) {
#define REQUEST(lit)                                                           \
    { lit, sizeof(lit) - 1 }
    static const struct str cases[] = {
        REQUEST("GET / HTTP/1.1\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
                "Content-Length: 2\r\n\r\nhi"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        REQUEST(
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\n"
                "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\nhi"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2,2\r\n\r\nhi"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\n"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\n"
                "Content-Length: 99999999999999999999\r\n\r\n"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 2\r\n\r\nhi"),
        REQUEST("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                "\r\nzz\r\n"),
        REQUEST("GET /\0x HTTP/1.1\r\nHost: h\r\n\r\n"),
        REQUEST("GET /?a=\0x HTTP/1.1\r\nHost: h\r\n\r\n"),
        REQUEST("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
        REQUEST("GET /a\tb HTTP/1.1\r\nHost: h\r\n\r\n"),
        REQUEST("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"),
        REQUEST("GET /% HTTP/1.1\r\nHost: h\r\n\r\n"),
        REQUEST("GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n"),
        REQUEST("GET * HTTP/1.1\r\nHost: h\r\n\r\n"),
        REQUEST("GET x HTTP/1.1\r\nHost: h\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\r\n: empty\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\r\nA(b): c\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\r\nA: \x01\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\r\nN\0ame: c\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\r\n:\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\r\nA:\r\n:\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n folded\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\nHost: h\n\n"),
        REQUEST("GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n"),
    };
    start((struct http_config){0});
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct client c = dial(arena, http_port(server));
        put(&c, cases[i]);
        struct answer r = hear(&c);
        if (r.status / 100 != 4)
            printf("case %zu: status %d\n", i, r.status);
        CHECK_I64(r.status / 100, 4);
        hang_up(&c);
    }
    CHECK_I64(asked, 0);
    stop();
}

/* These get no answer at all or an error, but the server lives. */
static void garbage(void) {
    static const struct str cases[] = {
        REQUEST("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        REQUEST("GET\r\n\r\n"),
        REQUEST(" / HTTP/1.1\r\n\r\n"),
        REQUEST("GET / HTTP/9.9\r\nHost: h\r\n\r\n"),
        REQUEST("GET / FTP\r\n\r\n"),
        REQUEST("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        REQUEST("\0\0\0\0\r\n\r\n"),
        REQUEST("GET / HTTP/1.1\r\n folded: x\r\nHost: h\r\n\r\n"),
    };
    /* When text and FIN come together the library sees the FIN late (its
     * issue 7192): the deadline closes such a connection. */
    start((struct http_config){.deadline_ms = 500});
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct client c = dial(arena, http_port(server));
        put(&c, cases[i]);
        shutdown(c.fd, SHUT_WR);
        CHECK(closed(&c));
        hang_up(&c);
    }
    struct client c = dial(arena, http_port(server));
    CHECK_I64(ask(&c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    hang_up(&c);
    stop();
}

static void oversize_heads(void) {
    static const char *const starts[] = {
        "GET /", "GET / HTTP/1.1\r\nHost: h\r\nA: ", "GET /?"};
    static const char *const fills[] = {"aaaaaaaa", "aaaaaaaa", "a=b&c=d&"};
    static const int wants[] = {414, 431, 0}; /* 0: any 4xx */
    start((struct http_config){0});
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        struct client c = dial(arena, http_port(server));
        struct buf b;
        buf_init(&b, arena, 100000);
        buf_cstr(&b, starts[i]);
        while (b.n < 20000)
            buf_cstr(&b, fills[i]);
        buf_cstr(&b, " HTTP/1.1\r\nHost: h\r\n\r\n");
        put(&c, buf_view(&b));
        int status = hear(&c).status;
        CHECK(wants[i] == 0 ? status / 100 == 4 : status == wants[i]);
        hang_up(&c);
    }
    stop();
}

static void deadlines(void) {
    static const char *const starts[] = {
        "", "GET / HT", "GET / HTTP/1.1\r\nHost:",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nab"};
    start((struct http_config){.deadline_ms = 300});
    struct client c[COUNT_OF(starts)];
    int64_t began = clock_ms();
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        c[i] = dial(arena, http_port(server));
        puts_(&c[i], starts[i]);
    }
    /* A byte now and then does not keep them alive. */
    for (int n = 0; n < 6; n++) {
        poll(NULL, 0, 50);
        for (size_t i = 0; i < COUNT_OF(starts); i++)
            puts_(&c[i], "x");
    }
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        CHECK_I64(hear(&c[i]).status, 408);
        CHECK(closed(&c[i]));
        hang_up(&c[i]);
    }
    CHECK(clock_ms() - began < 10000);
    CHECK(server_reaches(http_connections, server, 0));
    stop();
}

static void connection_limits(void) {
    start((struct http_config){.max_per_ip = 3});
    struct client c[4];
    for (int i = 0; i < 3; i++) {
        c[i] = dial(arena, http_port(server));
        CHECK_I64(ask(&c[i], "GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    }
    c[3] = dial(arena, http_port(server));
    CHECK(closed(&c[3]));
    hang_up(&c[0]);
    CHECK(server_reaches(http_connections, server, 2));
    struct client again = dial(arena, http_port(server));
    CHECK_I64(ask(&again, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    hang_up(&again);
    for (int i = 1; i < 4; i++)
        hang_up(&c[i]);
    stop();
}

static void bad_addresses(void) {
    struct ctx c;
    struct http_server *s;
    start((struct http_config){0});
    struct http_config cfg = {.address = S("127.0.0.1"),
                              .port = http_port(server),
                              .on_request = on_request};
    ctx_init(&c, arena);
    CHECK_I64(http_start(&c, &cfg, &s), ERR_CONFLICT);
    CHECK_STR(c.problems.p[0].code, "listen_in_use");
    cfg.address = S("999.1.1.1");
    CHECK_I64(http_start(&c, &cfg, &s), ERR_INVALID);
    cfg.address = S("203.0.113.7"); /* not ours */
    CHECK_I64(http_start(&c, &cfg, &s), ERR_UNAVAILABLE);
    stop();
}

int main(void) {
    arena = arena_new();
    RUN(bad_requests);
    RUN(garbage);
    RUN(oversize_heads);
    RUN(deadlines);
    RUN(connection_limits);
    RUN(bad_addresses);
    arena_free(arena);
    return test_end();
}
