/* Runs the parts one after the other, each in an arena of its own: what they
 * read of everybody is not kept until the end. One thread a call. */
#include "app/value_run.h"

#include "app/cross_sell.h"
#include "app/matrix.h"

static enum err parts(struct ctx *c, const struct grade_rules *rules) {
    int64_t buyers;
    TRY(cross_sell_count(c, &buyers));
    return matrix_run_all(c, rules->value.as_of, rules->value.pyramid.main_bp,
                          buyers);
}

enum err value_run(struct ctx *c, const struct grade_rules *rules) {
    struct arena *outer = c->arena, *own = arena_new();
    c->arena = own;
    enum err e = parts(c, rules);
    c->arena = outer;
    if (e != OK)
        fail_keep(c, outer);
    arena_free(own);
    return e;
}
