/* Much of one kind, written in slices: each a write of its own, short enough to
 * let others write between, larger while nobody does. Behind each slice its
 * progress is told and looked whether the work is to stop. */
#ifndef APP_SLICES_H
#define APP_SLICES_H

#include "base/long_work.h"
#include "store/store.h"

#define SLICES_OPEN SIZE_MAX

struct slices {
    const char *step; /* as told, see long_work_at */
    size_t n;         /* things to do; SLICES_OPEN: until a slice takes none */
    size_t total;     /* as told; 0: n */
    size_t first, least, most; /* at once; least and most 0: always first */
    /* Before the write, for what can be read outside it; may be NULL. It may
     * lower `to`, and sets idle when there is nothing to write. */
    enum err (*find)(struct ctx *c, void *arg);
    /* The write: things from…to-1. May lower `to` to where it got. */
    write_fn write;
    void (*wrote)(void *arg); /* behind its commit; may be NULL */
    void *arg;
    /* The slice under way. */
    size_t from, to;
    bool idle;
};

/* Goes on from s->from, mostly 0, to the end. Memory of c->arena taken within
 * a slice lasts until its end. ERR_CANCELLED between slices. */
enum err slices_run(struct ctx *c, struct slices *s) MUST_CHECK;

#endif
