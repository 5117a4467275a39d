/* Who holds a request: suspend, resume, and the end of the server under
 * requests that are away.
 *
 * Owns: nothing; one atomic word per exchange decides every race.
 * Threads: http_suspend in the loop thread, http_resume in any thread,
 * hold_abandon_all in the one that stops the server.
 * Invariants: a connection is suspended before AWAY is visible (a resume that
 * comes first would be forgotten by the library); of http_resume and
 * hold_abandon_all exactly one resumes it; an abandoned exchange is freed by
 * whoever comes last, its connection or its holder. */
#include "http/exchange.h"

#include "base/die.h"

/* True when the word went from one state to the other. */
static bool move(struct exchange *ex, enum hold from, enum hold to) {
    int expected = (int)from;
    return atomic_compare_exchange_strong(&ex->hold, &expected, (int)to);
}

void http_suspend(struct http_request *rq) {
    struct exchange *ex = exchange_of(rq);
    if (atomic_load(&ex->hold) != HOLD_LOOP || ex->phase != PHASE_ASKED)
        die("http_suspend outside on_request");
    MHD_suspend_connection(ex->mhd);
    atomic_store(&ex->hold, HOLD_AWAY);
    /* Either we see that the server ends, or it sees AWAY: both are
     * sequentially consistent. */
    if (atomic_load(&ex->server->ending) && move(ex, HOLD_AWAY, HOLD_ABANDONED))
        MHD_resume_connection(ex->mhd);
}

void http_resume(struct http_request *rq) {
    struct exchange *ex = exchange_of(rq);
    struct MHD_Connection *mhd = ex->mhd;
    if (move(ex, HOLD_AWAY, HOLD_BACK)) {
        MHD_resume_connection(mhd); /* rq may be gone from here on */
        return;
    }
    if (move(ex, HOLD_ABANDONED, HOLD_RETURNED))
        return;
    if (atomic_load(&ex->hold) != HOLD_ORPHAN)
        die("http_resume of a request that is not suspended");
    struct http_server *s = ex->server;
    exchange_finish(ex);
    server_unref(s);
}

void hold_abandon_all(struct http_server *s) {
    atomic_store(&s->ending, true);
    pthread_mutex_lock(&s->lock);
    for (struct conn *cn = s->conns; cn != NULL; cn = cn->next)
        if (cn->ex != NULL && move(cn->ex, HOLD_AWAY, HOLD_ABANDONED))
            MHD_resume_connection(cn->ex->mhd);
    pthread_mutex_unlock(&s->lock);
}

bool hold_orphan(struct exchange *ex) {
    struct http_server *s = ex->server;
    atomic_fetch_add(&s->refs, 1);
    if (move(ex, HOLD_ABANDONED, HOLD_ORPHAN))
        return true;
    atomic_fetch_sub(&s->refs, 1);
    return false;
}

void server_unref(struct http_server *s) {
    if (atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    exchange_drain(s);
    keeper_free(s->keeper);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
