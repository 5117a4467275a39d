/* Event streams: sockets that have left the request cycle, each with a small
 * queue of its own.
 *
 * Owns: struct http_stream (malloc; long-lived, shared) and its duplicated
 * socket. Threads: http_stream_* in any thread under the stream's lock; the
 * keeper thread alone takes a stream out of the list, closes its socket and
 * frees it once the application has ended it. After streams_close the
 * application's http_stream_end frees.
 * Lock order: streams.lock, then a stream's lock.
 * Invariant: the queue holds at most MAX_QUEUED bytes; a client that falls
 * behind further is dropped and comes again. */
#include "base/die.h"
#include "base/io.h"
#include "http/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_QUEUED (64 * 1024)
#define STUCK_MS (30 * 1000) /* queued, and nothing taken for so long */
#define FLUSH_MS (5 * 1000)  /* the same after http_stream_end */

struct http_stream {
    struct http_stream *prev, *next; /* under streams.lock */
    pthread_mutex_t lock;            /* all below */
    struct streams *owner;           /* NULL after streams_close */
    int fd;
    bool gone;  /* nothing more is sent */
    bool ended; /* the application has let go */
    bool wants_out;
    char *queue;
    size_t n, cap;
    int64_t born_ms, sent_ms; /* sent_ms: last progress */
};

struct streams {
    pthread_mutex_t lock;
    struct http_stream *first;
    int n;
    bool closed;
    _Atomic bool dirty; /* somebody is gone or has ended */
    int64_t looked_ms;
    int epoll_fd, event_fd;
    int max, heartbeat_ms, life_ms, tick_ms;
};

struct streams *streams_new(int epoll_fd, int event_fd,
                            const struct http_server *s) {
    struct streams *t = calloc(1, sizeof *t);
    if (t == NULL)
        die("out of memory");
    pthread_mutex_init(&t->lock, NULL);
    t->epoll_fd = epoll_fd;
    t->event_fd = event_fd;
    t->max = s->cfg.max_streams;
    t->heartbeat_ms = s->cfg.stream_heartbeat_ms;
    t->life_ms = s->cfg.stream_life_ms;
    t->tick_ms = t->heartbeat_ms < 4000 ? t->heartbeat_ms / 4 : 1000;
    return t;
}

void streams_free(struct streams *t) {
    if (t == NULL)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

int streams_count(struct streams *t) {
    pthread_mutex_lock(&t->lock);
    int n = t->n;
    pthread_mutex_unlock(&t->lock);
    return n;
}

/* --- under the stream's lock -------------------------------------------- */

static void lose(struct http_stream *s) {
    s->gone = true;
    s->n = 0;
    shutdown(s->fd, SHUT_RDWR);
}

static void want_out(struct http_stream *s, bool want) {
    if (s->wants_out == want)
        return;
    struct epoll_event ev = {
        .events = EPOLLRDHUP | (want ? (uint32_t)EPOLLOUT : 0),
        .data.ptr = s,
    };
    s->wants_out = want;
    epoll_ctl(s->owner->epoll_fd, EPOLL_CTL_MOD, s->fd, &ev);
}

/* Bytes the socket took now. */
static size_t push(struct http_stream *s, const char *p, size_t n) {
    ssize_t w = io_send(s->fd, p, n);
    if (w < 0 && errno != EAGAIN && errno != EINTR)
        lose(s);
    if (w <= 0)
        return 0;
    s->sent_ms = monotonic_ms();
    return (size_t)w;
}

static void enqueue(struct http_stream *s, const char *p, size_t n) {
    if (n > MAX_QUEUED - s->n) {
        lose(s);
        return;
    }
    if (s->n + n > s->cap) {
        size_t cap = s->cap == 0 ? 512 : s->cap;
        while (cap < s->n + n)
            cap *= 2;
        char *q = realloc(s->queue, cap);
        if (q == NULL)
            die("out of memory");
        s->queue = q;
        s->cap = cap;
    }
    memcpy(s->queue + s->n, p, n);
    s->n += n;
}

static void send_or_queue(struct http_stream *s, struct str bytes) {
    if (s->n == 0)
        s->sent_ms = monotonic_ms(); /* from now on it may be stuck */
    size_t sent = s->n == 0 ? push(s, bytes.p, bytes.n) : 0;
    if (!s->gone && sent < bytes.n)
        enqueue(s, bytes.p + sent, bytes.n - sent);
    if (!s->gone && s->n > 0)
        want_out(s, true);
}

static void flush(struct http_stream *s) {
    size_t sent = s->n == 0 ? 0 : push(s, s->queue, s->n);
    if (s->gone)
        return;
    memmove(s->queue, s->queue + sent, s->n - sent);
    s->n -= sent;
    if (s->n > 0)
        return;
    want_out(s, false);
    free(s->queue); /* an idle stream costs its struct alone */
    s->queue = NULL;
    s->cap = 0;
}

/* --- the application's side --------------------------------------------- */

static struct http_stream *stream_new(int fd) {
    struct http_stream *s = calloc(1, sizeof *s);
    if (s == NULL)
        die("out of memory");
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pthread_mutex_init(&s->lock, NULL);
    s->fd = fd;
    s->born_ms = s->sent_ms = monotonic_ms();
    return s;
}

static void stream_free(struct http_stream *s) {
    pthread_mutex_destroy(&s->lock);
    free(s->queue);
    free(s);
}

/* Into the epoll set and the list, and the head on its way; false when no more
 * are taken. */
static bool join(struct streams *t, struct http_stream *s, struct str head) {
    struct epoll_event ev = {.events = EPOLLRDHUP, .data.ptr = s};
    pthread_mutex_lock(&t->lock);
    s->owner = t;
    bool ok = !t->closed && t->n < t->max &&
              epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, s->fd, &ev) == 0;
    if (ok) {
        s->next = t->first;
        if (s->next != NULL)
            s->next->prev = s;
        t->first = s;
        t->n++;
        pthread_mutex_lock(&s->lock);
        send_or_queue(s, head);
        pthread_mutex_unlock(&s->lock);
    }
    pthread_mutex_unlock(&t->lock);
    return ok;
}

static struct str stream_head(struct http_request *rq) {
    struct buf b;
    if (rq->reply.status == 0)
        rq->reply.status = 200;
    if (rq->reply.content_type.n == 0)
        rq->reply.content_type = S("text/event-stream");
    buf_init(&b, rq->arena, MEMORY_LIMIT);
    reply_head(&b, &rq->reply);
    buf_cstr(&b, "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n\r\n");
    return buf_view(&b);
}

/* Under server.lock the connection can't be given up in between. */
static int duplicate(const struct exchange *ex) {
    int hold = atomic_load(&ex->hold);
    if ((hold != HOLD_LOOP && hold != HOLD_AWAY) ||
        atomic_load(&ex->server->ending))
        return -1;
    return fcntl(ex->conn->fd, F_DUPFD_CLOEXEC, 3);
}

struct http_stream *http_stream_open(struct http_request *rq) {
    struct exchange *ex = exchange_of(rq);
    struct http_server *server = ex->server;
    struct str head = stream_head(rq);
    if (ex->stream != NULL)
        die("second http_stream_open of one request");
    pthread_mutex_lock(&server->lock);
    int fd = duplicate(ex);
    struct http_stream *s = fd < 0 ? NULL : stream_new(fd);
    if (s != NULL && !join(keeper_streams(server->keeper), s, head)) {
        close(fd);
        stream_free(s);
        s = NULL;
    }
    ex->stream = s;
    pthread_mutex_unlock(&server->lock);
    return s;
}

bool http_stream_send(struct http_stream *s, struct str bytes) {
    pthread_mutex_lock(&s->lock);
    if (!s->gone)
        send_or_queue(s, bytes);
    bool alive = !s->gone;
    pthread_mutex_unlock(&s->lock);
    return alive;
}

bool http_stream_alive(struct http_stream *s) {
    pthread_mutex_lock(&s->lock);
    bool alive = !s->gone;
    pthread_mutex_unlock(&s->lock);
    return alive;
}

void http_stream_end(struct http_stream *s) {
    pthread_mutex_lock(&s->lock);
    bool mine = s->owner == NULL;
    s->ended = true;
    s->sent_ms = monotonic_ms();
    if (!mine) {
        atomic_store(&s->owner->dirty, true);
        uint64_t one = 1;
        (void)!write(s->owner->event_fd, &one, sizeof one);
    }
    pthread_mutex_unlock(&s->lock);
    if (mine)
        stream_free(s);
}

/* --- the keeper's side -------------------------------------------------- */

void streams_event(void *stream, uint32_t events) {
    struct http_stream *s = stream;
    pthread_mutex_lock(&s->lock);
    if (!s->gone && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        lose(s);
    if (!s->gone && (events & EPOLLOUT) != 0)
        flush(s);
    if (s->gone || s->ended)
        atomic_store(&s->owner->dirty, true);
    pthread_mutex_unlock(&s->lock);
}

/* Under streams.lock and the stream's lock. */
static void drop_socket(struct streams *t, struct http_stream *s) {
    if (s->fd < 0)
        return;
    epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
    close(s->fd);
    s->fd = -1;
}

static void leave(struct streams *t, struct http_stream *s) {
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        t->first = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    t->n--;
}

/* Heartbeat, too slow, too old. */
static void look_after(struct streams *t, struct http_stream *s, int64_t now) {
    int64_t quiet = now - s->sent_ms;
    if (s->n > 0 && quiet > (s->ended ? FLUSH_MS : STUCK_MS))
        lose(s);
    else if (s->n == 0 && !s->ended && now - s->born_ms > t->life_ms)
        lose(s);
    else if (s->n == 0 && !s->ended && quiet >= t->heartbeat_ms)
        send_or_queue(s, S(":\n\n"));
}

void streams_tick(struct streams *t, int64_t now_ms) {
    bool due = now_ms - t->looked_ms >= t->tick_ms;
    if (!atomic_exchange(&t->dirty, false) && !due)
        return;
    t->looked_ms = now_ms;
    pthread_mutex_lock(&t->lock);
    struct http_stream *next;
    for (struct http_stream *s = t->first; s != NULL; s = next) {
        next = s->next;
        pthread_mutex_lock(&s->lock);
        if (!s->gone)
            look_after(t, s, now_ms);
        bool finished = s->ended && (s->gone || s->n == 0);
        if (s->gone || finished)
            drop_socket(t, s);
        if (finished)
            leave(t, s);
        pthread_mutex_unlock(&s->lock);
        if (finished)
            stream_free(s);
    }
    pthread_mutex_unlock(&t->lock);
}

void streams_close(struct streams *t) {
    pthread_mutex_lock(&t->lock);
    t->closed = true;
    struct http_stream *next, *first = t->first;
    t->first = NULL;
    t->n = 0;
    for (struct http_stream *s = first; s != NULL; s = next) {
        next = s->next;
        pthread_mutex_lock(&s->lock);
        s->gone = true;
        drop_socket(t, s);
        s->owner = NULL;
        bool ended = s->ended;
        pthread_mutex_unlock(&s->lock);
        if (ended)
            stream_free(s);
    }
    pthread_mutex_unlock(&t->lock);
}
