/* Requests to PostgreSQL. Owns nothing. Begins on the loop thread, goes on in
 * those for short reads. */
#include "api/prompt.h"

#include "api/pace.h"
#include "base/work.h"

#define PROMPT_BUDGET_MS 20 /* counted in statements */

/* A read that mostly is short; what takes longer begins again in the pool. */
static void on_prompt(void *state, void *arg) {
    struct worker *w = state;
    struct turn *t = arg;
    if (!worker_connect(w)) {
        turn_answer_later(t, fail(&t->c, ERR_UNAVAILABLE, "", "database_away"));
        return;
    }
    t->c.db = w->conn;
    enum err e = turn_let_in(t);
    t->admitted = true;
    if (e == OK)
        e = turn_read_body(&t->c, &t->call);
    bool read = e == OK;
    if (read)
        e = turn_try_read(t, PROMPT_BUDGET_MS);
    db_detach(&t->c);
    t->c.db = NULL;
    if (read)
        pace_note(server_slow(t->server, pace_question(t->rq)),
                  e == ERR_TOO_BROAD);
    if (!read || e != ERR_TOO_BROAD) {
        turn_answer_later(t, e);
        return;
    }
    if (!server_put(t->server, &(struct work){turn_on_worker, turn_late, t,
                                              turn_patience(t)}))
        turn_answer_later(t, fail(&t->c, ERR_BUSY, "", "busy"));
}

enum http_turn prompt_or_pool(struct turn *t) {
    if (t->call.route->run != RUN_QUICK ||
        pace_is_slow(server_slow(t->server, pace_question(t->rq))))
        return turn_to_pool(t);
    http_suspend(t->rq);
    if (!server_put_prompt(t->server, &(struct work){on_prompt, turn_late, t,
                                                     turn_patience(t)}))
        turn_answer_later(t, fail(&t->c, ERR_BUSY, "", "busy"));
    return HTTP_PENDING;
}
