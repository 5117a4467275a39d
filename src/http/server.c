/* The server object: listening socket, connections as they come and go, start
 * and stop.
 *
 * Owns: struct http_server (long-lived, malloc) and one struct conn per open
 * connection. Threads: http_start and http_stop by the owner; server_conn in
 * the loop threads; the keeper thread reads the list under the lock.
 * Invariant: the loops are stopped only when nothing is suspended. */
#include "http/server.h"

#include "base/die.h"
#include "http/exchange.h"
#include "http/local.h"
#include "http/loops.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024
#define SPARE_FDS 128 /* for databases, spools, logs */
#define FLUSH_MS 500  /* for the 503s at the end */

int64_t monotonic_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint16_t http_port(const struct http_server *s) {
    return s->port;
}

int http_connections(const struct http_server *s) {
    return atomic_load(&s->n_conns);
}

int64_t http_unread_ms(const struct http_request *rq) {
    const struct exchange *ex = (const struct exchange *)(const void *)rq;
    struct tcp_info info;
    socklen_t n = sizeof info;
    if (getsockopt(ex->conn->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
        return 0;
    return info.tcpi_last_data_recv;
}

int http_streams(const struct http_server *s) {
    return streams_count(keeper_streams(s->keeper));
}

/* --- listening ---------------------------------------------------------- */

static enum err parse_address(struct ctx *c, const struct http_config *cfg,
                              struct sockaddr_storage *ss, socklen_t *n) {
    struct str text = cfg->address;
    if (str_eq(text, S("localhost")))
        text = S("127.0.0.1");
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)cfg->port);
    if (text.n == 0 || str_has_byte(text, '\0') ||
        getaddrinfo(str_cstr(c->arena, text), port, &hints, &found) != 0)
        return failv(c, ERR_INVALID, S("listen"), "listen_address_invalid",
                     ARGS(V(cfg->address)));
    *ss = (struct sockaddr_storage){0};
    memcpy(ss, found->ai_addr, found->ai_addrlen);
    *n = found->ai_addrlen;
    freeaddrinfo(found);
    return OK;
}

static enum err listen_error(struct ctx *c, const struct http_config *cfg,
                             int fd) {
    int why = errno;
    if (fd >= 0)
        close(fd);
    int port = cfg->port;
    if (why == EADDRINUSE)
        return failv(c, ERR_CONFLICT, S("listen"), "listen_in_use",
                     ARGS(V(cfg->address), V(port)));
    if (why == EACCES || why == EPERM)
        return failv(c, ERR_FORBIDDEN, S("listen"), "listen_forbidden",
                     ARGS(V(cfg->address), V(port)));
    return failv(c, ERR_UNAVAILABLE, S("listen"), "listen_failed",
                 ARGS(V(cfg->address), V(port), V(strerror(why))));
}

static uint16_t bound_port(int fd) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } u;
    socklen_t n = sizeof u;
    if (getsockname(fd, &u.any, &n) != 0)
        return 0;
    return ntohs(u.any.sa_family == AF_INET6 ? u.v6.sin6_port : u.v4.sin_port);
}

static enum err listen_on(struct ctx *c, const struct http_config *cfg,
                          int *fd_out, uint16_t *port_out) {
    struct sockaddr_storage ss;
    socklen_t n = 0;
    TRY(parse_address(c, cfg, &ss, &n));
    int fd =
        socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return listen_error(c, cfg, fd);
    int on = 1, off = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (ss.ss_family == AF_INET6) /* "::" serves IPv4 too */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, (struct sockaddr *)&ss, n) != 0 || listen(fd, BACKLOG) != 0)
        return listen_error(c, cfg, fd);
    *port_out = bound_port(fd);
    *fd_out = fd;
    return OK;
}

/* --- connections -------------------------------------------------------- */

static void set_peer(struct conn *cn, struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL)
        return;
    const void *sa = info->client_addr;
    if (info->client_addr->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = sa;
        inet_ntop(AF_INET, &v4->sin_addr, cn->peer, sizeof cn->peer);
    } else if (info->client_addr->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = sa;
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
            inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], cn->peer,
                      sizeof cn->peer);
        else
            inet_ntop(AF_INET6, &v6->sin6_addr, cn->peer, sizeof cn->peer);
    } else if (info->client_addr->sa_family == AF_UNIX) {
        memcpy(cn->peer, HTTP_LOCAL_PEER, sizeof HTTP_LOCAL_PEER);
    }
}

static void conn_open(struct http_server *s, struct MHD_Connection *mhd,
                      void **slot) {
    struct conn *cn = calloc(1, sizeof *cn);
    if (cn == NULL)
        die("out of memory");
    cn->server = s;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    cn->fd = info == NULL ? -1 : info->connect_fd;
    set_peer(cn, mhd);
    atomic_store(&cn->due_ms, monotonic_ms() + head_ms(s));
    atomic_store(&cn->reading, true);
    pthread_mutex_lock(&s->lock);
    cn->next = s->conns;
    if (cn->next != NULL)
        cn->next->prev = cn;
    s->conns = cn;
    pthread_mutex_unlock(&s->lock);
    *slot = cn;
}

/* The descriptor is closed by the library right after this, so the keeper
 * must not find it any more. */
static void conn_close(struct http_server *s, struct conn *cn) {
    pthread_mutex_lock(&s->lock);
    if (cn->prev != NULL)
        cn->prev->next = cn->next;
    else
        s->conns = cn->next;
    if (cn->next != NULL)
        cn->next->prev = cn->prev;
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_sub(&s->n_conns, 1);
    free(cn);
}

void server_conn(void *cls, struct MHD_Connection *mhd, void **slot,
                 enum MHD_ConnectionNotificationCode code) {
    struct http_server *s = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        conn_open(s, mhd, slot);
        atomic_fetch_sub(&s->n_new, 1);
    } else if (*slot != NULL) {
        conn_close(s, *slot);
        *slot = NULL;
    }
}

/* --- start -------------------------------------------------------------- */

static void fill_defaults(struct http_config *cfg) {
    if (cfg->loops <= 0)
        cfg->loops = 1;
    if (cfg->deadline_ms <= 0)
        cfg->deadline_ms = 60 * 1000;
    if (cfg->max_body_unread == 0)
        cfg->max_body_unread = 1024 * 1024;
    if (cfg->idle_ms <= 0)
        cfg->idle_ms = 30 * 1000;
    if (cfg->max_connections <= 0)
        cfg->max_connections = 20 * 1000;
    if (cfg->max_streams <= 0)
        cfg->max_streams = 12 * 1000;
    if (cfg->stream_heartbeat_ms <= 0)
        cfg->stream_heartbeat_ms = 15 * 1000;
    if (cfg->stream_life_ms <= 0)
        cfg->stream_life_ms = 60 * 60 * 1000;
    if (cfg->spool_dir == NULL)
        cfg->spool_dir = getenv("TMPDIR");
    if (cfg->spool_dir == NULL || cfg->spool_dir[0] == '\0')
        cfg->spool_dir = "/tmp";
}

/* Descriptors for all connections, or fewer connections. */
static void fit_files(struct http_config *cfg) {
    struct rlimit rl;
    rlim_t want =
        (rlim_t)cfg->max_connections + (rlim_t)cfg->max_streams + SPARE_FDS;
    if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
        return;
    if (rl.rlim_cur < want) {
        rl.rlim_cur = rl.rlim_max < want ? rl.rlim_max : want;
        setrlimit(RLIMIT_NOFILE, &rl);
        getrlimit(RLIMIT_NOFILE, &rl);
    }
    want = (rlim_t)cfg->max_connections + SPARE_FDS;
    if (rl.rlim_cur < want && rl.rlim_cur > 2 * SPARE_FDS)
        cfg->max_connections = (int)(rl.rlim_cur - SPARE_FDS);
}

/* Commands find no server then and say so; people still do. */
static int listen_locally(struct http_server *s) {
    if (s->cfg.socket_path == NULL)
        return -1;
    int fd = local_listen(s->cfg.socket_path);
    s->has_socket = fd >= 0;
    if (fd < 0 && s->cfg.on_log != NULL)
        s->cfg.on_log(s->cfg.user, strerror(errno));
    return fd;
}

bool http_has_socket(const struct http_server *s) {
    return s->has_socket;
}

enum err http_start(struct ctx *c, const struct http_config *cfg,
                    struct http_server **out) {
    int fd = -1;
    uint16_t port = 0;
    TRY(listen_on(c, cfg, &fd, &port));
    struct http_server *s = calloc(1, sizeof *s);
    if (s == NULL)
        die("out of memory");
    s->cfg = *cfg;
    s->port = port;
    fill_defaults(&s->cfg);
    fit_files(&s->cfg);
    pthread_mutex_init(&s->lock, NULL);
    atomic_store(&s->refs, 1);
    s->known_layout = strcmp(MHD_get_version(), "0.9.75") == 0;
    s->loops = loops_start(s);
    *out = s; /* before the first request can ask for it */
    int local = listen_locally(s);
    if (s->loops == NULL || !keeper_start(s, fd, local)) {
        if (local >= 0)
            close(local);
        loops_stop(s->loops);
        close(fd);
        *out = NULL;
        server_unref(s);
        return failv(c, ERR_UNAVAILABLE, S("listen"), "listen_failed",
                     ARGS(V(cfg->address), V((int)port), V("no thread")));
    }
    return OK;
}

/* --- stop --------------------------------------------------------------- */

static void wait_zero(_Atomic int *count, int ms) {
    int64_t until = monotonic_ms() + ms;
    struct timespec nap = {.tv_nsec = 2 * 1000 * 1000};
    while (atomic_load(count) > 0 && monotonic_ms() < until)
        nanosleep(&nap, NULL);
}

void http_stop(struct http_server *s, int grace_ms) {
    if (s == NULL)
        return;
    keeper_quiet(s->keeper);
    wait_zero(&s->active, grace_ms);
    hold_abandon_all(s);
    wait_zero(&s->active, FLUSH_MS);
    keeper_stop(s->keeper);
    wait_zero(&s->n_new, FLUSH_MS); /* the loops own all connections now */
    loops_stop(s->loops);
    s->loops = NULL;
    server_unref(s); /* late holders of requests keep the rest alive */
}
