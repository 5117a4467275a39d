/* A raw-socket HTTP client and a small application for the server tests. */
#ifndef TESTS_HTTP_CLIENT_H
#define TESTS_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/die.h"
#include "http/server.h"
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 20000

struct answer {
    int status; /* 0: the connection was closed without one */
    struct str head, body;
};

/* One connection. Bytes read but not used stay in `in`. */
struct client {
    struct arena *a;
    int fd;
    struct buf in;
    size_t used;
};

static inline struct client dial(struct arena *a, uint16_t port) {
    struct client c = {.a = a, .fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in sa = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval tv = {.tv_sec = PATIENCE_MS / 1000};
    setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
    if (connect(c.fd, (struct sockaddr *)&sa, sizeof sa) != 0) {
        close(c.fd);
        c.fd = -1;
    }
    buf_init(&c.in, a, 64 * 1024 * 1024);
    return c;
}

static inline void hang_up(struct client *c) {
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

/* RST instead of FIN. */
static inline void hang_up_hard(struct client *c) {
    struct linger l = {.l_onoff = 1};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    hang_up(c);
}

/* False when the server does not take it any more. */
static inline bool put(struct client *c, struct str s) {
    while (s.n > 0) {
        ssize_t n = send(c->fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        s = str_sub(s, (size_t)n, s.n);
    }
    return true;
}

static inline bool puts_(struct client *c, const char *s) {
    return put(c, str_of(s));
}

static inline struct str unread(const struct client *c) {
    return str_sub(buf_view(&c->in), c->used, c->in.n);
}

/* False at the end or when nothing comes for PATIENCE_MS. */
static inline bool more(struct client *c) {
    char *p = buf_room(&c->in, 64 * 1024);
    if (p == NULL)
        return false;
    ssize_t n = recv(c->fd, p, 64 * 1024, 0);
    if (n <= 0)
        return false;
    buf_added(&c->in, (size_t)n);
    return true;
}

/* Reads until text is there and takes all up to its end. */
static inline bool wait_text(struct client *c, const char *text) {
    size_t at;
    while ((at = str_find(unread(c), str_of(text))) == SIZE_MAX)
        if (!more(c))
            return false;
    c->used += at + str_of(text).n;
    return true;
}

/* True when the server has closed its side, whatever came before. */
static inline bool closed(struct client *c) {
    char sink[4096];
    ssize_t n;
    while ((n = recv(c->fd, sink, sizeof sink, 0)) > 0)
        ;
    return n == 0 || errno == ECONNRESET;
}

static inline struct str header_of(struct str head, const char *name) {
    struct str line, key;
    while (str_cut(&head, '\n', &line))
        if (str_cut(&line, ':', &key) && str_eq_nocase(key, str_of(name)))
            return str_trim(line);
    return S("");
}

static inline struct answer hear_for(struct client *c, bool head_only) {
    struct answer r = {0};
    size_t at;
    while ((at = str_find(unread(c), S("\r\n\r\n"))) == SIZE_MAX)
        if (!more(c))
            return r;
    r.head = str_dup(c->a, str_sub(unread(c), 0, at + 2));
    c->used += at + 4;
    size_t n =
        (size_t)atoll(str_cstr(c->a, header_of(r.head, "Content-Length")));
    while (!head_only && unread(c).n < n)
        if (!more(c))
            return r;
    if (!head_only) {
        r.body = str_dup(c->a, str_sub(unread(c), 0, n));
        c->used += n;
    }
    if (r.head.n > 12)
        r.status = atoi(str_cstr(c->a, str_sub(r.head, 9, 12)));
    return r;
}

static inline struct answer hear(struct client *c) {
    return hear_for(c, false);
}

static inline struct answer ask(struct client *c, const char *request) {
    puts_(c, request);
    return hear(c);
}

/* Until *n reaches want, or patience ends: for counters other threads move. */
static inline bool reaches(_Atomic int *n, int want) {
    for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
        if (atomic_load(n) == want)
            return true;
        poll(NULL, 0, 5);
    }
    return atomic_load(n) == want;
}

static inline bool server_reaches(int (*count)(const struct http_server *),
                                  const struct http_server *s, int want) {
    for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
        if (count(s) == want)
            return true;
        poll(NULL, 0, 5);
    }
    return false;
}

static inline int64_t clock_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

#endif
