/* Arena allocator: a list of blocks, bump allocation, deferred clean-ups.
 * One of the few files that call malloc. Unused bytes are poisoned under
 * AddressSanitizer, so that a read past an allocation is found. */
#include "base/arena.h"

#include "base/die.h"
#include "base/fault.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#define GUARD 16
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define GUARD 0
#endif

#define ALIGN 16
#define FIRST_BLOCK (8 * 1024)
#define MAX_BLOCK (1024 * 1024)

struct block {
    struct block *prev;
    size_t size, used;
};
#define HEAD ((sizeof(struct block) + ALIGN - 1) / ALIGN * ALIGN)

struct cleanup {
    struct cleanup *prev;
    void (*fn)(void *);
    void *arg;
};

struct arena {
    struct block *top;
    struct cleanup *cleanups;
    char *last; /* most recent allocation, for arena_grow in place */
    size_t used;
};

static char *bytes(struct block *b) {
    return (char *)b + HEAD;
}

static struct block *block_new(struct block *prev, size_t size) {
    struct block *b = FAULT("alloc.block") ? NULL : malloc(HEAD + size);
    if (b == NULL)
        die("out of memory (%zu bytes)", size);
    b->prev = prev;
    b->size = size;
    b->used = 0;
    POISON(bytes(b), size);
    return b;
}

static void block_free(struct block *b) {
    UNPOISON(bytes(b), b->size);
    free(b);
}

struct arena *arena_new(void) {
    struct arena *a = calloc(1, sizeof *a);
    if (a == NULL)
        die("out of memory");
    return a;
}

struct arena *arena_new_sized(size_t first) {
    struct arena *a = arena_new();
    a->top = block_new(NULL, first);
    return a;
}

static void run_cleanups(struct arena *a) {
    while (a->cleanups != NULL) {
        struct cleanup *c = a->cleanups;
        a->cleanups = c->prev;
        c->fn(c->arg);
    }
}

void arena_reset(struct arena *a) {
    run_cleanups(a);
    while (a->top != NULL && a->top->prev != NULL) {
        struct block *b = a->top;
        a->top = b->prev;
        block_free(b);
    }
    if (a->top != NULL) {
        a->top->used = 0;
        POISON(bytes(a->top), a->top->size);
    }
    a->last = NULL;
    a->used = 0;
}

void arena_free(struct arena *a) {
    if (a == NULL)
        return;
    arena_reset(a);
    if (a->top != NULL)
        block_free(a->top);
    free(a);
}

static size_t round_up(size_t n) {
    if (n > SIZE_MAX / 2)
        die("allocation of %zu bytes", n);
    return (n + GUARD + ALIGN - 1) / ALIGN * ALIGN;
}

/* As arena_alloc, but not zeroed. */
static void *alloc_raw(struct arena *a, size_t n) {
    size_t need = round_up(n == 0 ? 1 : n);
    struct block *b = a->top;
    if (b == NULL || b->size - b->used < need) {
        size_t size = b == NULL ? FIRST_BLOCK : b->size * 2;
        if (size > MAX_BLOCK)
            size = MAX_BLOCK;
        if (size < need)
            size = need;
        b = a->top = block_new(b, size);
    }
    char *p = bytes(b) + b->used;
    b->used += need;
    a->used += need;
    UNPOISON(p, n == 0 ? 1 : n);
    a->last = p;
    return p;
}

void *arena_alloc(struct arena *a, size_t n) {
    void *p = alloc_raw(a, n);
    memset(p, 0, n);
    return p;
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        die("allocation of %zu x %zu bytes", n, size);
    return arena_alloc(a, total);
}

void *arena_extend(struct arena *a, void *p, size_t old, size_t n) {
    if (p != NULL && n <= old)
        return p;
    struct block *b = a->top;
    if (p != NULL && p == a->last) {
        size_t at = (size_t)((char *)p - bytes(b));
        size_t need = round_up(n);
        if (b->size - at >= need) {
            a->used += at + need - b->used;
            b->used = at + need;
            UNPOISON(p, n);
            return p;
        }
    }
    void *q = alloc_raw(a, n);
    if (old > 0)
        memcpy(q, p, old);
    return q;
}

void *arena_grow(struct arena *a, void *p, size_t old, size_t n) {
    char *q = arena_extend(a, p, old, n);
    if (n > old)
        memset(q + old, 0, n - old);
    return q;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *arg) {
    struct cleanup *c = NEW(a, struct cleanup);
    c->prev = a->cleanups;
    c->fn = fn;
    c->arg = arg;
    a->cleanups = c;
}

size_t arena_used(const struct arena *a) {
    return a->used;
}
