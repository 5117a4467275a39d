/* The library's daemons: one thread and one epoll set each.
 *
 * Owns: the daemons and an event descriptor in the epoll set of each.
 * Threads: start and stop by the server's owner, add and nudge by the keeper.
 * Invariants: the library's own connection limit is never reached, since
 * 0.9.75 forgets a lock there for sockets added from outside; the keeper stops
 * accepting first. When exactly 128 connections are ready at once, 0.9.75 waits
 * for a further event before it looks at them: loops_nudge is that event. */
#include "http/loops.h"

#include "base/die.h"
#include "http/exchange.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LIMIT_MARGIN 256 /* above what we let in ourselves */
#define GIVEN_UP "Application reported internal error"

struct loop {
    struct MHD_Daemon *daemon;
    int event_fd;
};

struct loops {
    size_t n;
    struct loop loop[];
};

/* Paths and queries reach us undecoded: url.c decodes, strictly. */
static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *s) {
    return strlen(s);
}

__attribute__((format(printf, 2, 0))) static void
on_log(void *cls, const char *fmt, va_list ap) {
    struct http_server *s = cls;
    if (s->cfg.on_log == NULL)
        return;
    char line[512];
    int n = vsnprintf(line, sizeof line, fmt, ap);
    if (n < 0)
        return;
    if ((size_t)n >= sizeof line)
        n = (int)sizeof line - 1;
    while (n > 0 && line[n - 1] == '\n')
        line[--n] = '\0';
    /* How the library calls a connection we take over (streams) or end early:
     * ours, and no complaint. */
    if (strncmp(line, GIVEN_UP, sizeof GIVEN_UP - 1) != 0)
        s->cfg.on_log(s->cfg.user, line);
}

static struct MHD_Daemon *daemon_start(struct http_server *s) {
    unsigned limit = (unsigned)s->cfg.max_connections + LIMIT_MARGIN;
    /* Behind our own deadlines, which answer before they close. */
    unsigned idle_s =
        ((unsigned)s->cfg.idle_ms + (unsigned)s->cfg.deadline_ms + 1999) / 1000;
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO |
            MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            MHD_USE_NO_LISTEN_SOCKET,
        0, NULL, NULL, exchange_step, s,       /* */
        MHD_OPTION_EXTERNAL_LOGGER, on_log, s, /* first: later ones may log */
        MHD_OPTION_CONNECTION_LIMIT, limit,    /* */
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_LIMIT,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_s, /* */
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)s->cfg.max_per_ip,
        MHD_OPTION_STRICT_FOR_CLIENT, 0, /* head.c is stricter */
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, s,
        MHD_OPTION_NOTIFY_CONNECTION, server_conn, s, /* */
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, s, MHD_OPTION_END);
}

/* The library skips events that carry no pointer. Each write is one event. */
static bool nudge_open(struct loop *l) {
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct epoll_event ev = {.events = EPOLLIN | EPOLLET};
    l->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return info != NULL && l->event_fd >= 0 &&
           epoll_ctl(info->epoll_fd, EPOLL_CTL_ADD, l->event_fd, &ev) == 0;
}

struct loops *loops_start(struct http_server *s) {
    size_t n = (size_t)s->cfg.loops;
    struct loops *ls = calloc(1, sizeof *ls + n * sizeof ls->loop[0]);
    if (ls == NULL)
        die("out of memory");
    while (ls->n < n) {
        struct loop *l = &ls->loop[ls->n];
        l->daemon = daemon_start(s);
        if (l->daemon == NULL)
            break;
        ls->n++;
        if (!nudge_open(l))
            break;
        if (ls->n == n)
            return ls;
    }
    loops_stop(ls);
    return NULL;
}

bool loops_add(struct loops *ls, int fd, const void *address, socklen_t n) {
    struct loop *l = &ls->loop[(size_t)fd % ls->n];
    return MHD_add_connection(l->daemon, fd, address, n) == MHD_YES;
}

void loops_nudge(const struct loops *ls) {
    uint64_t one = 1;
    for (size_t i = 0; i < ls->n; i++)
        (void)!write(ls->loop[i].event_fd, &one, sizeof one);
}

void loops_stop(struct loops *ls) {
    if (ls == NULL)
        return;
    for (size_t i = 0; i < ls->n; i++) {
        MHD_stop_daemon(ls->loop[i].daemon);
        if (ls->loop[i].event_fd >= 0)
            close(ls->loop[i].event_fd);
    }
    free(ls);
}
