/* Errors by name and the notes of what went wrong. The only place that reads
 * the clock and the kernel's randomness for a context. */
#include "base/ctx.h"

#include "base/die.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* Problems kept per request: enough for a form, bounded for a bad import. */
#define MAX_PROBLEMS 100

int err_status(enum err e) {
    switch (e) {
    case OK:
        return 200;
#define X(name, status, code)                                                  \
    case ERR_##name:                                                           \
        return status;
        ERR_LIST(X)
#undef X
    }
    return 500;
}

const char *err_code(enum err e) {
    switch (e) {
    case OK:
        return "ok";
#define X(name, status, code)                                                  \
    case ERR_##name:                                                           \
        return code;
        ERR_LIST(X)
#undef X
    }
    return "internal";
}

static void system_random(void *out, size_t n) {
    char *p = out;
    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            die("no randomness from the kernel");
        p += got;
        n -= (size_t)got;
    }
}

#ifdef GX_TESTING
/* GUANXI_TEST_CLOCK, milliseconds since 1970: time stands still, so that two
 * servers store the same instants. */
static bool stopped_clock(int64_t *ms) {
    const char *text = getenv("GUANXI_TEST_CLOCK");
    if (text == NULL)
        return false;
    *ms = strtoll(text, NULL, 10);
    return true;
}
#else
static bool stopped_clock(int64_t *ms) {
    (void)ms;
    return false;
}
#endif

void ctx_now(struct ctx *c) {
    struct timespec ts;
    if (stopped_clock(&c->now_ms))
        return;
    clock_gettime(CLOCK_REALTIME, &ts);
    c->now_ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void ctx_init(struct ctx *c, struct arena *a) {
    *c = (struct ctx){.arena = a, .lang = LANG_ZH, .random = system_random};
    ctx_now(c);
}

static struct val copy_val(struct arena *a, struct val v) {
    if (v.type == VAL_STR || v.type == VAL_BLOB)
        v.s = str_dup(a, v.s);
    return v;
}

enum err failv(struct ctx *c, enum err e, struct str field, const char *code,
               struct args args) {
    if (c->failed == OK)
        c->failed = e;
    if (c->problems.n >= MAX_PROBLEMS)
        return e;
    struct problem *p = VEC_PUSH(c->arena, &c->problems);
    *p = (struct problem){.field = str_dup(c->arena, field),
                          .code = str_dup(c->arena, str_of(code))};
    for (size_t i = 0; i < args.n && i < COUNT_OF(p->args); i++)
        p->args[i] = copy_val(c->arena, args.v[i]);
    return e;
}

enum err fail(struct ctx *c, enum err e, const char *field, const char *code) {
    return failv(c, e, str_of(field), code, NO_ARGS);
}

/* The memory is forgotten too: it may be that of an arena about to go. */
void fail_clear(struct ctx *c) {
    c->failed = OK;
    c->problems.p = NULL;
    c->problems.n = c->problems.cap = 0;
}

void fail_keep(struct ctx *c, struct arena *a) {
    size_t n = c->problems.n;
    struct problem *p = NEW_ARRAY(a, struct problem, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct problem *from = &c->problems.p[i];
        p[i].field = str_dup(a, from->field);
        p[i].code = str_dup(a, from->code);
        for (size_t k = 0; k < COUNT_OF(p->args); k++)
            p[i].args[k] = copy_val(a, from->args[k]);
    }
    c->problems.p = p;
    c->problems.cap = n + 1;
}

enum err fail_any(const struct ctx *c) {
    return c->failed;
}

void fail_move(struct ctx *c, const struct ctx *from) {
    if (c->failed == OK)
        c->failed = from->failed;
    for (size_t i = 0; i < from->problems.n; i++)
        *VEC_PUSH(c->arena, &c->problems) = from->problems.p[i];
    if (c->problems.n > 0)
        fail_keep(c, c->arena);
}
