/* One request from its headers to its answer, for dispatch.c and what
 * dispatches for it. */
#ifndef API_TURN_H
#define API_TURN_H

#include "api/dispatch.h"

/* One request; in its own arena. */
struct turn {
    struct server *server;
    struct http_request *rq;
    struct ctx c;
    struct call call;
    struct write_job job;
    int64_t begun_us, us; /* monotonic; what it took until the answer */
    int64_t actor_id;     /* 0: nobody, or the console */
    bool other_method;    /* no route, but one with another method */
    bool admitted;        /* let in already: it begins a second time */
};

/* Begins now: sets the rest of what a handler finds in t->c and t->call. */
void turn_init(struct turn *t, struct server *s, struct http_request *rq);
/* Begins anew: what came before now was waiting for the body. */
void turn_clock(struct turn *t);

/* Who is asking, and whether he may ask so often. Needs t->c.db. */
enum err turn_let_in(struct turn *t) MUST_CHECK;
/* Once: on the loop thread, or by the worker. */
enum err turn_read_body(struct ctx *c, struct call *call) MUST_CHECK;
/* The handler, as a write function too; arg is the turn. May run a second time
 * (budget, lost race): starts from a clean answer. */
enum err turn_handle(struct ctx *c, void *arg) MUST_CHECK;
/* The handler of a read within a budget. ERR_TOO_BROAD where it would take
 * longer, noting nothing. */
enum err turn_try_read(struct turn *t, int budget_ms) MUST_CHECK;

/* Sets the answer and notes what the log will tell of it. */
void turn_finish(struct turn *t, enum err e);
/* The same, and an error line for what is our own fault. */
void turn_answer(struct turn *t, enum err e);
/* The same of a suspended request, which belongs to the loop then. */
void turn_answer_later(struct turn *t, enum err e);

/* How long this request may have to wait, in microseconds (0: no limit); health
 * and figures are told also by a server that is busy. */
int64_t turn_patience(const struct turn *t);
/* Suspends it and hands it to the threads of its route's run. */
enum http_turn turn_to_pool(struct turn *t);
/* What those do with it, and with what has waited too long; state is the struct
 * worker. */
void turn_on_worker(void *state, void *arg);
void turn_late(void *state, void *arg);
/* SQLite: to the writer's queue. The request belongs to the writer then. */
void turn_enqueue(struct turn *t);

#endif
