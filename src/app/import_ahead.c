/* Reading ahead. Owns: a thread and two chunks, each with an arena, of which
 * the thread fills one while its owner works off the other. Threads: the chunks
 * change hands under the lock; the table is the thread's alone. Without a
 * thread its owner reads each chunk when he takes it. Invariant: what comes out
 * is what reading row by row would have given, in its order. */
#include "app/import_ahead.h"

#include "app/import_sample.h"
#include "base/fault.h"

#include <pthread.h>

#define CHUNK_BYTES ((size_t)10 * 1024 * 1024) /* kept between chunks */
#define CHUNK_MOST ((size_t)16 * 1024 * 1024)  /* of long texts: fewer rows */

struct slot {
    struct import_chunk chunk;
    struct ctx c; /* its arena holds the chunk, its problems say what failed */
    enum err result;
    bool full; /* under the lock: read, not yet given back */
};

struct import_ahead {
    const struct import_work *w;
    struct table *table;
    int64_t rows;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct slot slots[2];
    size_t next;        /* to be taken */
    struct slot *taken; /* by the owner; NULL: none */
    bool ending;
    bool alone; /* no thread could be had */
};

static void keep_row(struct ctx *c, const struct import_work *w,
                     const struct table_row *from, struct import_row *to) {
    size_t n = w->im->columns.n;
    struct str *cells = NEW_ARRAY(c->arena, struct str, n + 1);
    for (size_t i = 0; i < n && i < from->n; i++)
        cells[i] = str_dup(c->arena, import_cell(from->cells[i]));
    *to = (struct import_row){cells, from->line, from->problem, NULL};
}

bool import_is_blank(const struct import *im, const struct import_row *r) {
    for (size_t i = 0; i < im->columns.n; i++)
        if (r->cells[i].n > 0)
            return false;
    return true;
}

static enum err read_row(struct ctx *c, const struct import_work *w,
                         const struct table_row *row, struct import_row *out) {
    keep_row(c, w, row, out);
    if (w->kind->make == NULL || out->problem != NULL ||
        import_is_blank(w->im, out))
        return OK;
    return w->kind->make(c, w, out);
}

static enum err read_chunk(struct import_ahead *a, struct ctx *c,
                           struct import_chunk *k) {
    size_t most = a->w->kind->chunk;
    *k = (struct import_chunk){
        .rows = NEW_ARRAY(c->arena, struct import_row, most)};
    while (k->n < most && arena_used(c->arena) < CHUNK_MOST) {
        struct table_row row;
        bool more;
        TRY(table_next(c, a->table, &row, &more));
        k->last = !more;
        if (!more)
            break;
        TRY(read_row(c, a->w, &row, &k->rows[k->n++]));
    }
    a->rows += (int64_t)k->n;
    k->until = a->rows;
    table_progress(a->table, &k->done, &k->total);
    return OK;
}

/* Until the slot is empty; false: there is nothing more to read. */
static bool wait_for(struct import_ahead *a, const struct slot *s) {
    pthread_mutex_lock(&a->lock);
    while (s->full && !a->ending)
        pthread_cond_wait(&a->moved, &a->lock);
    bool go_on = !a->ending;
    pthread_mutex_unlock(&a->lock);
    return go_on;
}

static void hand_over(struct import_ahead *a, struct slot *s) {
    pthread_mutex_lock(&a->lock);
    s->full = true;
    pthread_cond_broadcast(&a->moved);
    pthread_mutex_unlock(&a->lock);
}

/* False: nothing follows. */
static bool read_slot(struct import_ahead *a, struct slot *s) {
    s->result = read_chunk(a, &s->c, &s->chunk);
    bool more = s->result == OK && !s->chunk.last;
    hand_over(a, s);
    return more;
}

static void *run(void *arg) {
    struct import_ahead *a = arg;
    bool more = true;
    for (size_t i = 0; more && wait_for(a, &a->slots[i]); i = 1 - i)
        more = read_slot(a, &a->slots[i]);
    return NULL;
}

/* What the owner's context says, but its memory, its database connection and
 * its problems. */
static void slot_init(struct slot *s, const struct ctx *c) {
    s->c = *c;
    s->c.arena = arena_new_sized(CHUNK_BYTES);
    s->c.db = NULL;
    fail_clear(&s->c);
}

struct import_ahead *import_ahead_start(const struct ctx *c,
                                        const struct import_work *w,
                                        struct table *t) {
    struct import_ahead *a = NEW(w->keep, struct import_ahead);
    a->w = w;
    a->table = t;
    a->rows = w->rows;
    for (size_t i = 0; i < COUNT_OF(a->slots); i++)
        slot_init(&a->slots[i], c);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->moved, NULL);
    a->alone =
        FAULT("import.thread") || pthread_create(&a->thread, NULL, run, a) != 0;
    return a;
}

/* The chunk taken last is done with: its slot may be filled again. */
static void give_back(struct import_ahead *a) {
    if (a->taken == NULL)
        return;
    arena_reset(a->taken->c.arena);
    fail_clear(&a->taken->c);
    pthread_mutex_lock(&a->lock);
    a->taken->full = false;
    pthread_cond_broadcast(&a->moved);
    pthread_mutex_unlock(&a->lock);
    a->taken = NULL;
}

enum err import_ahead_take(struct ctx *c, struct import_ahead *a,
                           const struct import_chunk **out) {
    struct slot *s = &a->slots[a->next];
    give_back(a);
    if (a->alone)
        read_slot(a, s);
    pthread_mutex_lock(&a->lock);
    while (!s->full)
        pthread_cond_wait(&a->moved, &a->lock);
    pthread_mutex_unlock(&a->lock);
    if (s->result != OK) {
        fail_move(c, &s->c);
        return s->result;
    }
    a->taken = s;
    a->next = 1 - a->next;
    *out = &s->chunk;
    return OK;
}

void import_ahead_end(struct import_ahead *a) {
    pthread_mutex_lock(&a->lock);
    a->ending = true;
    pthread_cond_broadcast(&a->moved);
    pthread_mutex_unlock(&a->lock);
    if (!a->alone)
        pthread_join(a->thread, NULL);
    for (size_t i = 0; i < COUNT_OF(a->slots); i++)
        arena_free(a->slots[i].c.arena);
    pthread_cond_destroy(&a->moved);
    pthread_mutex_destroy(&a->lock);
}
