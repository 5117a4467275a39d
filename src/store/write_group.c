/* Members of a transaction. Owns nothing. Threads: the writer's. Invariant:
 * what a member that failed has changed is taken back, by a savepoint of its
 * own or, where it had none, with all of the transaction, which then begins
 * again. */
#include "store/write_group.h"

#include "base/time.h"

#define WARY_GROUPS 16 /* that take savepoints after one that needed them */

/* What ends the whole group, whether or not the engine has rolled back: no
 * space, a failed or damaged file, no memory (W2). */
static bool ends_group(enum err e) {
    return e == ERR_FULL || e == ERR_IO;
}

/* Takes back what the first member did: all that is in the transaction. */
static bool begin_again(struct ctx *group) {
    db_rollback(group);
    return db_begin(group) == OK;
}

/* What a member has left behind. */
enum outcome {
    GOOD,    /* what it did, or nothing */
    SPOILED, /* something that can't be taken back without the others' */
    LOST,    /* no transaction */
};

static bool is_alive(const struct db_conn *conn, const struct write_job *job) {
    return db_in_transaction(conn) && !ends_group(job->result);
}

/* One member. A savepoint is dear: SQLite keeps a copy of each page that is
 * touched in it and writes out the search index. So none is made until a member
 * has failed behind its first change; and never for the first one. */
static enum outcome run_member(struct ctx *group, struct write_job *job,
                               bool first, bool apart) {
    struct ctx *c = job->c;
    struct db_conn *own = c->db, *conn = group->db;
    bool saved = apart && !first;
    uint64_t before = db_written(conn);
    c->db = conn;
    job->result = saved ? db_savepoint(c) : OK;
    if (job->result == OK)
        job->result = job->fn(c, job->arg);
    bool alive = is_alive(conn, job);
    bool left = job->result != OK && db_written(conn) != before;
    if (alive && saved && job->result == OK)
        job->result = db_release(c);
    else if (alive && saved)
        alive = db_rollback_to(c) == OK;
    db_detach(c);
    c->db = own;
    if (alive && left && first)
        alive = begin_again(group);
    if (!alive || !db_in_transaction(conn))
        return LOST;
    return left && !saved && !first ? SPOILED : GOOD;
}

/* The same for a slice of a job, which others may be waiting behind. */
static enum outcome run_timed(struct ctx *c, const struct write_group *g,
                              size_t i, bool apart) {
    struct slice_figures *f = g->slices;
    if (g->jobs[i]->lane != LANE_JOB)
        return run_member(c, g->jobs[i], i == 0, apart);
    int64_t begun = clock_monotonic_us();
    enum outcome o = run_member(c, g->jobs[i], i == 0, apart);
    int64_t us = clock_monotonic_us() - begun;
    atomic_fetch_add(&f->n, 1);
    atomic_fetch_add(&f->slow, us > STORE_SLICE_US);
    if (us > atomic_load(&f->slowest_us))
        atomic_store(&f->slowest_us, us);
    return o;
}

/* All in turn, as many as there is time for. */
static enum outcome run_members(struct ctx *c, struct write_group *g,
                                bool apart) {
    int64_t begun = clock_monotonic_us();
    for (size_t i = 0; i < g->n; i++) {
        atomic_store(g->waiting, g->n - i);
        if (i > 0 && clock_monotonic_us() - begun > WRITE_GROUP_US) {
            g->n = i;
            break;
        }
        enum outcome o = run_timed(c, g, i, apart);
        enum err e = g->jobs[i]->result;
        g->cause = e == OK ? ERR_IO : e;
        if (o != GOOD)
            return o;
    }
    return GOOD;
}

/* What waits is written, and what they have written is merged into the search
 * index, here and not by the COMMIT: a statement that fails is no reason to
 * stop writing for good. */
static bool settle(struct ctx *c, struct write_group *g, enum outcome o) {
    if (o != GOOD)
        return false;
    enum err e = db_write_later(c);
    if (e == OK)
        e = db_search_settle(c);
    if (e != OK)
        g->cause = e;
    return e == OK;
}

bool write_group_run(struct ctx *c, struct write_group *g) {
    /* a slice is not run twice: others would wait for it as long again */
    bool apart = *g->wary > 0 || g->jobs[0]->lane == LANE_JOB;
    *g->wary -= *g->wary > 0;
    enum outcome o = run_members(c, g, apart);
    if (o != SPOILED)
        return settle(c, g, o);
    *g->wary = WARY_GROUPS;
    g->cause = ERR_IO;
    for (size_t i = 0; i < g->n; i++)
        fail_clear(g->jobs[i]->c);
    return begin_again(c) && settle(c, g, run_members(c, g, true));
}
