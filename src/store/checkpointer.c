/* See checkpointer.h. The thread copies while the writer goes on; a log begins
 * anew only when all of it has been copied between two groups, so the writer
 * copies the rest as soon as it is short.
 * Owns: a connection, a thread. Threads: its own; the writer's in `look`.
 * Invariant: one of the two copies at a time, who it is says `state`. */
#include "store/checkpointer.h"

#include "base/die.h"
#include "base/log.h"
#include "base/message.h"
#include "base/work.h"

#include <pthread.h>
#include <stdlib.h>

/* In pages of the database, 4 KiB each. */
#define WORTH 8192     /* a log to be copied */
#define SHORT 512      /* a rest the writer copies itself */
#define TOO_LONG 65536 /* the writer copies all of it, come what may */
#define NICE 10
#define REASON_BYTES 400
#define PASSES 8 /* the log grows meanwhile, less with each */

enum state {
    IDLE,
    COPYING, /* the thread's turn */
    COPIED,  /* but for a rest: the writer's */
};

struct checkpointer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    enum state state;
    bool ending;
    struct db_conn *conn;
    struct log log;
    unsigned logs; /* how often the log has begun anew */
    /* the writer's: pages in the log, and when it was last copied */
    int last, since;
};

static void complain(const struct checkpointer *k, struct ctx *c, enum err e) {
    if (e != OK)
        LOG(&k->log, LEVEL_WARN, "checkpoint failed", {"code", V(err_code(e))},
            {"error", V(message_errors(c, e, REASON_BYTES))});
}

/* Until little is left. */
static void copy(struct checkpointer *k, struct arena *a) {
    struct ctx c;
    ctx_init(&c, a);
    c.db = k->conn;
    int left = TOO_LONG;
    enum err e = OK;
    for (int i = 0; e == OK && i < PASSES && left > SHORT; i++)
        e = db_checkpoint(&c, &left);
    complain(k, &c, e);
    arena_reset(a);
}

static void *run(void *arg) {
    struct checkpointer *k = arg;
    struct arena *a = arena_new();
    thread_give_way(NICE);
    pthread_mutex_lock(&k->lock);
    for (;;) {
        while (!k->ending && k->state != COPYING)
            pthread_cond_wait(&k->wake, &k->lock);
        if (k->ending)
            break;
        unsigned logs = k->logs;
        pthread_mutex_unlock(&k->lock);
        copy(k, a);
        pthread_mutex_lock(&k->lock);
        /* without writes meanwhile there is no rest, and the log another */
        k->state = logs == k->logs ? COPIED : IDLE;
    }
    pthread_mutex_unlock(&k->lock);
    arena_free(a);
    return NULL;
}

void checkpointer_look(struct checkpointer *k, struct ctx *c) {
    int pages = db_log_pages(c->db), left;
    bool anew = pages < k->last;
    k->last = pages;
    if (anew)
        k->since = 0;
    bool worth = pages - k->since >= WORTH;
    if (!anew && !worth)
        return;
    pthread_mutex_lock(&k->lock);
    k->logs += anew;
    if (anew && k->state == COPIED)
        k->state = IDLE;
    if (worth && k->state == IDLE) {
        k->state = COPYING;
        pthread_cond_signal(&k->wake);
    }
    bool mine = worth && k->state == COPIED;
    if (mine)
        k->state = IDLE;
    pthread_mutex_unlock(&k->lock);
    if (!mine && pages - k->since < TOO_LONG)
        return;
    k->since = pages;
    complain(k, c, db_checkpoint(c, &left));
}

enum err checkpointer_start(struct ctx *c, struct db *d,
                            struct checkpointer **out) {
    struct checkpointer *k = calloc(1, sizeof *k);
    if (k == NULL)
        die("out of memory");
    log_init(&k->log);
    enum err e = db_connect(c, d, DB_CHECKPOINTER, &k->conn);
    if (e != OK) {
        free(k);
        return e;
    }
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->wake, NULL);
    if (pthread_create(&k->thread, NULL, run, k) != 0)
        die("can't start the checkpoint thread");
    *out = k;
    return OK;
}

void checkpointer_stop(struct checkpointer *k) {
    pthread_mutex_lock(&k->lock);
    k->ending = true;
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
    pthread_join(k->thread, NULL);
    db_disconnect(k->conn);
    pthread_cond_destroy(&k->wake);
    pthread_mutex_destroy(&k->lock);
    free(k);
}
