/* What long work does between its pieces. Owns nothing; stop is the one thing
 * other threads touch. */
#include "base/long_work.h"

#ifdef GX_TESTING
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOLD_TELL_US 150000 /* behind what was just saved */
#define HOLD_MS 60000
#define HOLD_STEP_MS 10

static bool held(const char *step) {
    const char *path = getenv("GUANXI_TEST_HOLD");
    char name[64] = "";
    FILE *f = path == NULL ? NULL : fopen(path, "re");
    if (f == NULL)
        return false;
    bool named = fgets(name, sizeof name, f) != NULL;
    fclose(f);
    name[strcspn(name, "\n")] = '\0';
    return named && strcmp(name, step) == 0;
}

/* GUANXI_TEST_HOLD names a file that names a step: there the work stays as if
 * it had a minute of work to do that tells nothing. */
static enum err hold(struct ctx *c, const char *step) {
    if (c->work == NULL || c->work->tell == NULL || !held(step))
        return OK;
    usleep(HOLD_TELL_US);
    TRY(c->work->tell(c, c->work->arg, step, 0, 0));
    for (int ms = 0; ms < HOLD_MS && !long_work_stops(c); ms += HOLD_STEP_MS)
        usleep(HOLD_STEP_MS * 1000);
    return OK;
}
#else
static enum err hold(struct ctx *c, const char *step) {
    (void)c;
    (void)step;
    return OK;
}
#endif

bool long_work_stops(const struct ctx *c) {
    return c->work != NULL && atomic_load(&c->work->stop);
}

enum err long_work_at(struct ctx *c, const char *step, int64_t done,
                      int64_t total) {
    if (c->work != NULL && c->work->tell != NULL && !long_work_stops(c))
        TRY(c->work->tell(c, c->work->arg, step, done, total));
    TRY(hold(c, step));
    return long_work_stops(c) ? fail(c, ERR_CANCELLED, "", "cancelled") : OK;
}
