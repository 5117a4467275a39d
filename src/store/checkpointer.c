/* See checkpointer.h. The thread copies while the writer goes on, and syncs
 * what it has copied; a log begins anew only when all of it has been copied
 * between two groups, so the writer copies the rest as soon as it is short
 * beside the log: what it has to copy and to sync, everybody waits for. Owns: a
 * connection, a thread. Threads: its own; the writer's in `look`. Invariant:
 * one of the two copies at a time, who it is says `copying`. */
#include "store/checkpointer.h"

#include "base/die.h"
#include "base/log.h"
#include "base/message.h"
#include "base/thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* In pages of the database, 4 KiB each. */
#define WORTH 8192     /* a log to be copied; or what came since */
#define LONG 24576     /* a log that should come to an end */
#define CATCH_UP 1024  /* what came since then is copied */
#define TOO_LONG 65536 /* the writer copies all of it, come what may */
#define SHORT_PART 64  /* of the log: a rest the writer copies itself */
#define NICE 5
#define REASON_BYTES 400

struct checkpointer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool copying; /* the thread's turn */
    bool ending;
    atomic_bool broken;
    struct db_conn *conn;
    struct log log;
    unsigned logs; /* how often the log has begun anew */
    int copied;    /* pages of the log that are in the file */
    /* the writer's: pages in the log, and when it last copied */
    int last, tried;
};

/* An error of the disk is for good: what was copied before it may be lost too,
 * and the next sync would say nothing of it. */
static void complain(struct checkpointer *k, struct ctx *c, enum err e) {
    if (e == OK)
        return;
    if (e == ERR_IO) {
        db_keep_log(k->conn);
        atomic_store(&k->broken, true);
    }
    LOG(&k->log, LEVEL_WARN, "checkpoint failed", {"code", V(err_code(e))},
        {"error", V(message_errors(c, e, REASON_BYTES))});
}

/* How much of the log is in the file afterwards. */
static int copy(struct checkpointer *k, struct arena *a) {
    struct ctx c;
    int copied = 0;
    ctx_init(&c, a);
    c.db = k->conn;
    complain(k, &c, db_checkpoint(&c, &copied));
    arena_reset(a);
    return copied;
}

static void *run(void *arg) {
    struct checkpointer *k = arg;
    struct arena *a = arena_new();
    thread_give_way(NICE);
    pthread_mutex_lock(&k->lock);
    for (;;) {
        while (!k->ending && !k->copying)
            pthread_cond_wait(&k->wake, &k->lock);
        if (k->ending)
            break;
        unsigned logs = k->logs;
        pthread_mutex_unlock(&k->lock);
        int copied = copy(k, a);
        pthread_mutex_lock(&k->lock);
        k->copying = false;
        if (logs == k->logs)
            k->copied = copied;
    }
    pthread_mutex_unlock(&k->lock);
    arena_free(a);
    return NULL;
}

/* Is it for the writer to copy? The lock is held. A reader that stays holds
 * pages back: it is not tried each time. */
static bool is_mine(const struct checkpointer *k, int pages) {
    int rest = pages - k->copied;
    return !k->copying && pages >= WORTH && pages - k->tried >= CATCH_UP &&
           (rest <= pages / SHORT_PART || pages >= TOO_LONG);
}

/* Has the copying its turn, the thread's or the writer's? */
static void take_turns(struct checkpointer *k, struct ctx *c) {
    int pages = db_log_pages(c->db), copied;
    bool anew = pages < k->last;
    k->last = pages;
    if (!anew && pages < WORTH)
        return;
    pthread_mutex_lock(&k->lock);
    if (anew) {
        k->logs++;
        k->copied = k->tried = 0;
    }
    bool mine = is_mine(k, pages);
    if (!mine && !k->copying &&
        pages - k->copied >= (pages < LONG ? WORTH : CATCH_UP)) {
        k->copying = true;
        pthread_cond_signal(&k->wake);
    }
    pthread_mutex_unlock(&k->lock);
    if (!mine)
        return;
    k->tried = pages;
    complain(k, c, db_checkpoint(c, &copied));
}

bool checkpointer_look(struct checkpointer *k, struct ctx *c) {
    if (!atomic_load(&k->broken))
        take_turns(k, c);
    return !atomic_load(&k->broken);
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
