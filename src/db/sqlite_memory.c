/* Memory of SQLite: the C library's, but blocks that are freed wait for the
 * same thread to ask for as many bytes again. The library's own cache keeps
 * seven of a size; a statement that writes a table of thirty indexes takes and
 * frees thirty cursors, which cost it more than the steps down half of the
 * indexes. (SQLite's own answer, lookaside, is left out of Debian's build.)
 *
 * Owns: the blocks that wait, of each thread; they end with it. Invariant: each
 * block is one of malloc's, so that any thread may free it. */
#include "db/sqlite.h"

#include <malloc.h>
#include <pthread.h>

#define STEP 32
#define CLASSES 64                     /* of up to 2 KiB */
#define CLASS_BYTES ((size_t)24 << 10) /* that wait, at most */

/* Sanitizers look for blocks that are used after they were freed: none waits.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WAITING 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WAITING 0
#endif
#endif
#ifndef WAITING
#define WAITING 1
#endif

struct block {
    struct block *next;
};

struct waiting {
    struct block *first[CLASSES + 1]; /* [k]: of k steps or more, below k + 1 */
    size_t n[CLASSES + 1];
    bool known; /* to be freed at the thread's end */
};

static _Thread_local struct waiting mine;
static pthread_key_t at_end;

static void free_all(void *arg) {
    struct waiting *w = arg;
    for (size_t k = 0; k <= CLASSES; k++)
        while (w->first[k] != NULL) {
            struct block *b = w->first[k];
            w->first[k] = b->next;
            free(b);
        }
    *w = (struct waiting){.known = false};
}

static int start(void *arg) {
    return pthread_key_create(&at_end, free_all) == 0 ? SQLITE_OK
                                                      : SQLITE_NOMEM;
}

static void stop(void *arg) {
    free_all(&mine);
    pthread_key_delete(at_end);
}

static size_t steps(int bytes) {
    return ((size_t)bytes + STEP - 1) / STEP;
}

static int rounded(int bytes) {
    return (int)(steps(bytes) * STEP);
}

static void *take(int bytes) {
    struct waiting *w = &mine;
    size_t k = steps(bytes);
    struct block *b = k <= CLASSES ? w->first[k] : NULL;
    if (b == NULL)
        return malloc(k * STEP);
    w->first[k] = b->next;
    w->n[k]--;
    return b;
}

static void give(void *p) {
    struct waiting *w = &mine;
    struct block *b = p;
    size_t k = malloc_usable_size(p) / STEP;
    if (!WAITING || k > CLASSES || w->n[k] * k * STEP >= CLASS_BYTES) {
        free(p);
        return;
    }
    if (!w->known) {
        w->known = true;
        pthread_setspecific(at_end, w);
    }
    b->next = w->first[k];
    w->first[k] = b;
    w->n[k]++;
}

static void *grow(void *p, int bytes) {
    return realloc(p, steps(bytes) * STEP);
}

static int size(void *p) {
    return (int)malloc_usable_size(p);
}

void sq_memory(void) {
    static const sqlite3_mem_methods methods = {.xMalloc = take,
                                                .xFree = give,
                                                .xRealloc = grow,
                                                .xSize = size,
                                                .xRoundup = rounded,
                                                .xInit = start,
                                                .xShutdown = stop};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    /* Counting every allocation takes a global lock. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
