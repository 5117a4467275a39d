/* One request from its first line to the last byte of its reply, as the
 * library's callbacks tell it.
 *
 * Owns: the exchange and its arena while hold is HOLD_LOOP; spare exchanges
 * are kept for the next requests. Threads: all callbacks run in the loop
 * thread of the connection. Between HTTP_PENDING and the call after
 * http_resume nothing here touches the exchange.
 * Invariant: conn.ex is the exchange of the request under way, or NULL. */
#include "http/exchange.h"

#include "base/die.h"

#include <fcntl.h>
#include <unistd.h>

#define MAX_SPARE 256
#define FIRST_BODY (64 * 1024) /* reserved before any byte has come */

/* --- begin and end ------------------------------------------------------ */

static struct exchange *exchange_take(struct http_server *s, struct conn *cn) {
    pthread_mutex_lock(&s->lock);
    struct exchange *ex = s->spare;
    if (ex != NULL) {
        s->spare = ex->next_free;
        s->n_spare--;
    }
    pthread_mutex_unlock(&s->lock);
    struct arena *a = ex == NULL ? arena_new() : ex->rq.arena;
    if (ex == NULL)
        ex = malloc(sizeof *ex);
    if (ex == NULL)
        die("out of memory");
    *ex = (struct exchange){
        .rq = {.arena = a, .spool = -1, .reply = {.file = -1}},
        .server = s,
        .conn = cn,
        .linger_fd = -1,
        .started_ms = monotonic_ms(),
    };
    pthread_mutex_lock(&s->lock);
    cn->ex = ex;
    pthread_mutex_unlock(&s->lock);
    return ex;
}

static void exchange_free(struct exchange *ex) {
    arena_free(ex->rq.arena);
    free(ex);
}

void exchange_finish(struct exchange *ex) {
    struct http_server *s = ex->server;
    if (ex->seen && s->cfg.on_done != NULL)
        s->cfg.on_done(s->cfg.user, &ex->rq);
    if (ex->rq.spool >= 0)
        close(ex->rq.spool);
    if (ex->rq.reply.file >= 0) /* set, but never handed over */
        close(ex->rq.reply.file);
    arena_reset(ex->rq.arena);
    pthread_mutex_lock(&s->lock);
    bool keep = s->n_spare < MAX_SPARE;
    if (keep) {
        ex->next_free = s->spare;
        s->spare = ex;
        s->n_spare++;
    }
    pthread_mutex_unlock(&s->lock);
    if (!keep)
        exchange_free(ex);
}

void exchange_drain(struct http_server *s) {
    while (s->spare != NULL) {
        struct exchange *ex = s->spare;
        s->spare = ex->next_free;
        exchange_free(ex);
    }
    s->n_spare = 0;
}

/* We have a copy of the target. The library would now take memory of the
 * connection for each parameter of the query, and when that is used up it hangs
 * instead of answering: it gets an empty query. Its buffer is ours to write in
 * as long as the layout is the one we know. */
static void empty_query(const struct http_server *s, const char *uri) {
    char *q = strchr(uri, '?');
    if (s->known_layout && q != NULL)
        q[1] = '\0';
}

void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *mhd) {
    struct http_server *s = cls;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct conn *cn = info->socket_context;
    struct exchange *ex = exchange_take(s, cn);
    ex->mhd = mhd;
    ex->rq.peer = str_dup(ex->rq.arena, str_of(cn->peer));
    head_target(ex, str_of(uri));
    empty_query(s, uri);
    atomic_fetch_add(&s->active, 1);
    atomic_store_explicit(&cn->due_ms, ex->started_ms + head_ms(s),
                          memory_order_relaxed);
    atomic_store_explicit(&cn->reading, true, memory_order_relaxed);
    return ex;
}

void exchange_completed(void *cls, struct MHD_Connection *mhd, void **con_cls,
                        enum MHD_RequestTerminationCode code) {
    struct http_server *s = cls;
    struct exchange *ex = *con_cls;
    if (ex == NULL)
        return;
    *con_cls = NULL;
    atomic_store_explicit(&ex->conn->reading, false, memory_order_relaxed);
    atomic_store_explicit(&ex->conn->due_ms, monotonic_ms() + s->cfg.idle_ms,
                          memory_order_relaxed);
    pthread_mutex_lock(&s->lock);
    ex->conn->ex = NULL;
    pthread_mutex_unlock(&s->lock);
    if (ex->linger_fd >= 0)
        keeper_linger(s->keeper, ex->linger_fd);
    ex->linger_fd = -1;
    if (!hold_orphan(ex))
        exchange_finish(ex);
    atomic_fetch_sub(&s->active, 1);
}

/* --- refusing ----------------------------------------------------------- */

/* Closing a socket with unread bytes resets it, and the client may lose the
 * answer with it: a duplicate keeps it open (keeper_linger). Holds because
 * MHD_USE_TURBO closes without shutdown. */
static void keep_for_reading(struct exchange *ex) {
    if (ex->linger_fd < 0)
        ex->linger_fd = fcntl(ex->conn->fd, F_DUPFD_CLOEXEC, 3);
}

static bool expects_continue(const struct exchange *ex) {
    return str_eq_nocase(http_header_get(&ex->rq, "Expect"), S("100-continue"));
}

/* The reply is set before the body has come: read a short body to keep the
 * connection, else answer at once and close. */
static enum MHD_Result refuse(struct exchange *ex) {
    bool body = ex->declared > 0;
    if (ex->must_close ||
        (body && (ex->declared > ex->server->cfg.max_body_unread ||
                  expects_continue(ex)))) {
        keep_for_reading(ex);
        return reply_queue(ex);
    }
    ex->phase = PHASE_DROP;
    return MHD_YES;
}

static enum MHD_Result refuse_error(struct exchange *ex, enum err e) {
    reply_set_error(ex, e);
    return refuse(ex);
}

/* --- the steps ---------------------------------------------------------- */

static enum MHD_Result step_head(struct exchange *ex, const char *url,
                                 const char *method, const char *version) {
    struct http_server *s = ex->server;
    ex->rq.method = head_method(method);
    enum err e = head_read(ex, url, method, version);
    if (e != OK)
        return refuse_error(ex, e);
    if (atomic_load_explicit(&s->ending, memory_order_relaxed))
        return refuse_error(ex, ERR_UNAVAILABLE);
    atomic_store_explicit(&ex->conn->due_ms,
                          ex->started_ms + s->cfg.deadline_ms,
                          memory_order_relaxed);
    ex->accept.max_body = DEFAULT_MAX_BODY;
    ex->seen = s->cfg.on_headers != NULL;
    if (s->cfg.on_headers != NULL &&
        !s->cfg.on_headers(s->cfg.user, &ex->rq, &ex->accept))
        return refuse(ex);
    if (ex->declared != UINT64_MAX && ex->declared > ex->accept.max_body)
        return refuse_error(ex, ERR_TOO_LARGE);
    if (ex->accept.spool && (e = spool_open(ex)) != OK)
        return refuse_error(ex, e);
    size_t max = ex->accept.max_body > SIZE_MAX / 2
                     ? SIZE_MAX / 2
                     : (size_t)ex->accept.max_body;
    buf_init(&ex->body, ex->rq.arena, max);
    if (!ex->accept.spool && ex->declared > 0 && ex->declared != UINT64_MAX)
        buf_room(&ex->body,
                 ex->declared < FIRST_BODY ? (size_t)ex->declared : FIRST_BODY);
    ex->phase = PHASE_BODY;
    return MHD_YES;
}

static enum MHD_Result step_body(struct exchange *ex, const char *data,
                                 size_t n) {
    const struct http_server *s = ex->server;
    ex->received += n;
    atomic_store_explicit(&ex->conn->due_ms,
                          ex->started_ms + s->cfg.deadline_ms +
                              (int64_t)(ex->received / SLOWEST_BYTES_PER_MS),
                          memory_order_relaxed);
    enum err e = OK;
    if (ex->phase == PHASE_BODY) {
        if (ex->received > ex->accept.max_body)
            e = ERR_TOO_LARGE;
        else if (ex->accept.spool)
            e = spool_write(ex, data, n);
        else
            buf_str(&ex->body, (struct str){data, n});
        if (e == OK)
            return MHD_YES;
        reply_set_error(ex, e);
        ex->phase = PHASE_DROP;
        ex->received = n;
    }
    if (ex->received <= s->cfg.max_body_unread)
        return MHD_YES;
    keep_for_reading(ex);
    reply_raw(ex);
    return MHD_NO;
}

/* After the application has been asked, at once or after a wait. */
static enum MHD_Result step_reply(struct exchange *ex) {
    int hold = atomic_load(&ex->hold);
    if (hold == HOLD_AWAY)
        return MHD_YES;
    if (ex->stream != NULL) /* it has the socket; the library lets go */
        return MHD_NO;
    if (hold == HOLD_ABANDONED || hold == HOLD_RETURNED) {
        ex->phase = PHASE_REPLIED;
        return reply_unavailable(ex);
    }
    atomic_store(&ex->hold, HOLD_LOOP);
    return reply_queue(ex);
}

static enum MHD_Result step_ask(struct exchange *ex) {
    struct http_server *s = ex->server;
    if (ex->accept.spool)
        lseek(ex->rq.spool, 0, SEEK_SET);
    ex->rq.spool_size = ex->accept.spool ? ex->received : 0;
    ex->rq.body = buf_view(&ex->body);
    ex->phase = PHASE_ASKED;
    ex->seen = true;
    atomic_store_explicit(&ex->conn->reading, false, memory_order_relaxed);
    atomic_store_explicit(&ex->conn->due_ms, 0, memory_order_relaxed);
    enum http_turn turn = s->cfg.on_request(s->cfg.user, &ex->rq);
    int hold = atomic_load(&ex->hold);
    if (turn == HTTP_DONE && hold == HOLD_LOOP)
        return step_reply(ex);
    if (turn == HTTP_DONE || hold == HOLD_LOOP)
        die("on_request: %s", turn == HTTP_DONE ? "done, but suspended"
                                                : "pending, but not suspended");
    return MHD_YES;
}

enum MHD_Result exchange_step(void *cls, struct MHD_Connection *mhd,
                              const char *url, const char *method,
                              const char *version, const char *data,
                              size_t *size, void **con_cls) {
    struct exchange *ex = *con_cls;
    size_t n = *size;
    *size = 0;
    switch (ex->phase) {
    case PHASE_HEAD:
        return step_head(ex, url, method, version);
    case PHASE_BODY:
        return n > 0 ? step_body(ex, data, n) : step_ask(ex);
    case PHASE_DROP:
        return n > 0 ? step_body(ex, data, n) : reply_queue(ex);
    case PHASE_ASKED:
        return step_reply(ex);
    case PHASE_REPLIED:
        return MHD_YES;
    }
    return MHD_NO;
}
