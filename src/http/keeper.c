/* The keeper thread: accept, deadlines, lingering sockets, event streams.
 *
 * Owns: the listening socket, an epoll set of its own, the lingering sockets.
 * Threads: everything static here runs in the keeper thread; others only add
 * lingering sockets (under the lock) and set flags, then wake it.
 * Invariants: accepting is ours rather than the library's, because
 * MHD_quiesce_daemon of 0.9.75 can abort the process (it races with its own
 * loop for the epoll entry), and because nothing may reach the library's own
 * connection limit. A connection found in server.conns has an open descriptor
 * as long as server.lock is held. */
#include "http/keeper.h"

#include "base/die.h"
#include "base/io.h"
#include "http/exchange.h"
#include "http/local.h"
#include "http/loops.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_LINGER 64
#define LINGER_MS 2000
#define LINGER_TICK_MS 20
#define ACCEPTS_PER_TURN 64
#define EVENTS_PER_TURN 128

struct lingerer {
    int fd;
    int64_t until_ms;
    uint64_t left; /* bytes we are willing to drop */
};

struct keeper {
    struct http_server *server;
    pthread_t thread;
    bool running; /* owner's thread only */
    int epoll_fd, event_fd, listen_fd;
    int local_fd; /* -1: none */
    bool listening;
    int tick_ms;
    struct streams *streams;
    pthread_mutex_t lock; /* linger, n_linger, quiet, stop, done_quiet */
    pthread_cond_t changed;
    struct lingerer linger[MAX_LINGER];
    size_t n_linger;
    bool quiet, quiet_done, stop;
};

static void wake(const struct keeper *k) {
    uint64_t one = 1;
    (void)!write(k->event_fd, &one, sizeof one);
}

static void watch(const struct keeper *k, int op, int fd, void *tag) {
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = tag};
    if (epoll_ctl(k->epoll_fd, op, fd, &ev) != 0)
        die("epoll_ctl: %s", strerror(errno));
}

/* --- accepting ---------------------------------------------------------- */

/* Full, or out of descriptors: leave them in the backlog until the next tick.
 */
static void pause_listening(struct keeper *k) {
    watch(k, EPOLL_CTL_DEL, k->listen_fd, NULL);
    k->listening = false;
}

/* The library takes it over; closes it when it refuses (per-address limit). */
static void hand_over(struct http_server *s, int fd, const void *address,
                      socklen_t n) {
    atomic_fetch_add(&s->n_conns, 1);
    atomic_fetch_add(&s->n_new, 1);
    if (loops_add(s->loops, fd, address, n))
        return;
    atomic_fetch_sub(&s->n_conns, 1);
    atomic_fetch_sub(&s->n_new, 1);
}

static void accept_local(struct keeper *k) {
    const struct sockaddr_un from = {.sun_family = AF_UNIX};
    int fd;
    while ((fd = local_accept(k->local_fd)) >= 0)
        hand_over(k->server, fd, &from, sizeof from);
}

static bool accept_one(struct keeper *k) {
    struct http_server *s = k->server;
    struct sockaddr_storage ss;
    socklen_t n = sizeof ss;
    if (atomic_load(&s->n_conns) >= s->cfg.max_connections) {
        pause_listening(k);
        return false;
    }
    int fd = accept4(k->listen_fd, (struct sockaddr *)&ss, &n,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
            errno == ENOMEM)
            pause_listening(k);
        return errno == ECONNABORTED || errno == EINTR;
    }
    hand_over(s, fd, &ss, n);
    return true;
}

static void accept_some(struct keeper *k) {
    for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(k); i++)
        ;
}

static void stop_listening(struct keeper *k) {
    if (k->local_fd >= 0) {
        watch(k, EPOLL_CTL_DEL, k->local_fd, NULL);
        close(k->local_fd);
        k->local_fd = -1;
        unlink(k->server->cfg.socket_path);
    }
    if (k->listen_fd < 0)
        return;
    if (k->listening)
        pause_listening(k);
    close(k->listen_fd);
    k->listen_fd = -1;
}

/* --- deadlines ---------------------------------------------------------- */

/* To a client that was too slow with its request, past the library, which is
 * still waiting for the rest: the connection ends behind it. */
static void tell_too_slow(int fd) {
    static const char text[] =
        "HTTP/1.1 408 Request Timeout\r\n"
        "Connection: close\r\n"
        "Content-Type: application/problem+json\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Content-Length: 78\r\n\r\n"
        "{\"type\":\"about:blank\",\"title\":\"Request Timeout\","
        "\"status\":408,\"code\":\"timeout\"}";
    (void)!io_send(fd, text, sizeof text - 1);
}

/* The loop sees the end of the connection and cleans up as for a client that
 * left. */
static void close_overdue(struct http_server *s, int64_t now) {
    pthread_mutex_lock(&s->lock);
    for (struct conn *cn = s->conns; cn != NULL; cn = cn->next) {
        int64_t due = atomic_load_explicit(&cn->due_ms, memory_order_relaxed);
        if (due != 0 && now > due) {
            if (atomic_load_explicit(&cn->reading, memory_order_relaxed))
                tell_too_slow(cn->fd);
            shutdown(cn->fd, SHUT_RDWR);
            atomic_store_explicit(&cn->due_ms, 0, memory_order_relaxed);
        }
    }
    pthread_mutex_unlock(&s->lock);
}

/* --- lingering ---------------------------------------------------------- */

void keeper_linger(struct keeper *k, int fd) {
    shutdown(fd, SHUT_WR);
    pthread_mutex_lock(&k->lock);
    bool room = k->n_linger < MAX_LINGER && !k->stop;
    if (room)
        k->linger[k->n_linger++] = (struct lingerer){
            fd, monotonic_ms() + LINGER_MS, k->server->cfg.max_body_unread};
    pthread_mutex_unlock(&k->lock);
    if (room)
        wake(k);
    else
        close(fd);
}

/* True when the client is done with it. */
static bool drained(struct lingerer *l, int64_t now) {
    char sink[16 * 1024];
    for (;;) {
        ssize_t n = recv(l->fd, sink, sizeof sink, MSG_DONTWAIT);
        if (n < 0)
            return errno != EAGAIN || now > l->until_ms;
        if (n == 0 || (uint64_t)n > l->left)
            return true;
        l->left -= (uint64_t)n;
    }
}

/* Number of sockets still waiting. */
static size_t linger_turn(struct keeper *k, int64_t now) {
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < k->n_linger;) {
        if (!k->stop && !drained(&k->linger[i], now)) {
            i++;
            continue;
        }
        close(k->linger[i].fd);
        k->linger[i] = k->linger[--k->n_linger];
    }
    size_t n = k->n_linger;
    pthread_mutex_unlock(&k->lock);
    return n;
}

/* --- the thread --------------------------------------------------------- */

static void events(struct keeper *k, int timeout_ms) {
    struct epoll_event ev[EVENTS_PER_TURN];
    int n = epoll_wait(k->epoll_fd, ev, EVENTS_PER_TURN, timeout_ms);
    for (int i = 0; i < n; i++) {
        if (ev[i].data.ptr == &k->listen_fd) {
            accept_some(k);
        } else if (ev[i].data.ptr == &k->local_fd) {
            accept_local(k);
        } else if (ev[i].data.ptr == &k->event_fd) {
            uint64_t count;
            (void)!read(k->event_fd, &count, sizeof count);
        } else {
            streams_event(ev[i].data.ptr, ev[i].events);
        }
    }
}

/* False when it is time to end. */
static bool orders(struct keeper *k) {
    pthread_mutex_lock(&k->lock);
    bool quiet = k->quiet && !k->quiet_done, stop = k->stop;
    pthread_mutex_unlock(&k->lock);
    if (quiet) {
        stop_listening(k);
        streams_close(k->streams);
        pthread_mutex_lock(&k->lock);
        k->quiet_done = true;
        pthread_cond_broadcast(&k->changed);
        pthread_mutex_unlock(&k->lock);
    }
    return !stop;
}

/* How long to sleep when nothing happens. */
static int nap_ms(const struct keeper *k, size_t lingering) {
    if (atomic_load(&k->server->n_conns) >= LOOPS_CROWD)
        return LOOPS_NUDGE_MS;
    bool paused = k->listen_fd >= 0 && !k->listening;
    return lingering > 0 || paused ? LINGER_TICK_MS : k->tick_ms;
}

static void *keeper_main(void *arg) {
    struct keeper *k = arg;
    int64_t swept = 0, nudged = 0;
    size_t lingering = 0;
    while (orders(k)) {
        events(k, nap_ms(k, lingering));
        int64_t now = monotonic_ms();
        if (atomic_load(&k->server->n_conns) >= LOOPS_CROWD &&
            now - nudged >= LOOPS_NUDGE_MS) {
            loops_nudge(k->server->loops);
            nudged = now;
        }
        if (k->listen_fd >= 0 && !k->listening) {
            watch(k, EPOLL_CTL_ADD, k->listen_fd, &k->listen_fd);
            k->listening = true;
        }
        lingering = linger_turn(k, now);
        streams_tick(k->streams, now);
        if (now - swept >= k->tick_ms) {
            close_overdue(k->server, now);
            swept = now;
        }
    }
    stop_listening(k);
    streams_close(k->streams);
    linger_turn(k, monotonic_ms());
    return NULL;
}

/* --- start and stop ----------------------------------------------------- */

/* Often enough for the shortest time set, at most once a second. */
static int tick_of(const struct http_config *cfg) {
    int ms = cfg->deadline_ms;
    if (cfg->idle_ms < ms)
        ms = cfg->idle_ms;
    if (cfg->stream_heartbeat_ms < ms)
        ms = cfg->stream_heartbeat_ms;
    ms /= 4;
    return ms > 1000 ? 1000 : ms < 20 ? 20 : ms;
}

bool keeper_start(struct http_server *s, int listen_fd, int local_fd) {
    struct keeper *k = calloc(1, sizeof *k);
    if (k == NULL)
        die("out of memory");
    k->server = s;
    k->listen_fd = listen_fd;
    k->local_fd = local_fd;
    k->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    k->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    k->tick_ms = tick_of(&s->cfg);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->changed, NULL);
    if (k->epoll_fd < 0 || k->event_fd < 0) {
        k->listen_fd = -1;
        keeper_free(k);
        return false;
    }
    k->streams = streams_new(k->epoll_fd, k->event_fd, s);
    watch(k, EPOLL_CTL_ADD, k->event_fd, &k->event_fd);
    watch(k, EPOLL_CTL_ADD, k->listen_fd, &k->listen_fd);
    if (local_fd >= 0)
        watch(k, EPOLL_CTL_ADD, local_fd, &k->local_fd);
    k->listening = true;
    s->keeper = k; /* before the first connection can ask for it */
    if (pthread_create(&k->thread, NULL, keeper_main, k) != 0) {
        k->listen_fd = k->local_fd = -1; /* stay the caller's */
        s->keeper = NULL;
        keeper_free(k);
        return false;
    }
    k->running = true;
    return true;
}

void keeper_quiet(struct keeper *k) {
    pthread_mutex_lock(&k->lock);
    k->quiet = true;
    wake(k);
    while (!k->quiet_done)
        pthread_cond_wait(&k->changed, &k->lock);
    pthread_mutex_unlock(&k->lock);
}

void keeper_stop(struct keeper *k) {
    pthread_mutex_lock(&k->lock);
    k->stop = true;
    pthread_mutex_unlock(&k->lock);
    wake(k);
    if (k->running)
        pthread_join(k->thread, NULL);
    k->running = false;
}

void keeper_free(struct keeper *k) {
    if (k == NULL)
        return;
    streams_free(k->streams);
    if (k->epoll_fd >= 0)
        close(k->epoll_fd);
    if (k->event_fd >= 0)
        close(k->event_fd);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

struct streams *keeper_streams(struct keeper *k) {
    return k->streams;
}
