/* Looking for losses. One thread a call. Invariant: whether a customer is still
 * without an account is looked at again inside the write that opens one, so
 * that two runs at a time open one; whether an account is still open, in the
 * one that ends it, so that what somebody decided meanwhile stands. */
#include "app/loss_find.h"

#include "app/loss.h"
#include "app/slices.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/losses.h"

#define SLICE 20 /* to begin with */
#define SLICE_MOST 500

struct looking {
    const int64_t *due;
    const struct loss_return *returned;
    struct slices s;
    int64_t done; /* of this slice */
    int64_t *sum; /* of all */
};

static enum err open_slice(struct ctx *c, void *arg) {
    const struct entity_info *info =
        registry_find(c->registry, S("loss_account"));
    const struct entity *customer =
        registry_find(c->registry, S("customer"))->e;
    struct looking *l = arg;
    l->done = 0;
    for (size_t i = l->s.from; i < l->s.to; i++) {
        int64_t *still;
        size_t n;
        /* another grading may be at the same customer */
        TRY(record_lock(c, customer, l->due[i]));
        TRY(losses_due(c, l->due[i], 1, &still, &n));
        if (n == 0)
            continue;
        struct record *r = record_new(c, info);
        record_set(r, S("customer_id"), V(l->due[i]));
        TRY(record_create(c, r));
        l->done++;
    }
    return OK;
}

/* A loss nobody had confirmed was none; a confirmed one was won back, by
 * whatever was done. */
static enum err return_slice(struct ctx *c, void *arg) {
    const struct entity_info *info =
        registry_find(c->registry, S("loss_account"));
    struct looking *l = arg;
    struct str words;
    l->done = 0;
    TRY(loss_say(c, "loss_returned", NO_ARGS, &words));
    for (size_t i = l->s.from; i < l->s.to; i++) {
        int64_t id = l->returned[i].id;
        struct loss_return *still;
        size_t n;
        TRY(record_lock(c, info->e, id));
        TRY(losses_returned(c, id, &still, &n));
        if (n == 0)
            continue;
        struct record *out, *set = record_new(c, info);
        record_set(set, S("state"),
                   V(still->confirmed ? S("won_back") : S("rejected")));
        record_set(set, S("result"), V(words));
        record_set(set, S("closed_on"), V(zone_day(c->zone, c->now_ms)));
        TRY(record_update(c, info, id, 0, set, &out));
        l->done++;
    }
    return OK;
}

static void add(void *arg) {
    struct looking *l = arg;
    *l->sum += l->done;
}

static enum err write_all(struct ctx *c, struct looking *l, size_t n,
                          write_fn write, int64_t *sum) {
    l->sum = sum;
    l->s = (struct slices){.step = "losses",
                           .n = n,
                           .first = SLICE,
                           .least = 1,
                           .most = SLICE_MOST,
                           .write = write,
                           .wrote = add,
                           .arg = l};
    return slices_run(c, &l->s);
}

static enum err look(struct ctx *c, struct loss_found *out) {
    struct looking l = {0};
    struct loss_return *returned;
    int64_t *due;
    size_t n;
    TRY(long_work_at(c, "losses", 0, 0));
    TRY(losses_returned(c, 0, &returned, &n));
    l.returned = returned;
    TRY(write_all(c, &l, n, return_slice, &out->returned));
    TRY(losses_due(c, 0, LOSS_RUN_MAX, &due, &n));
    l.due = due;
    return write_all(c, &l, n, open_slice, &out->opened);
}

enum err loss_find(struct ctx *c, struct loss_found *out) {
    const struct actor *asked = c->actor;
    *out = (struct loss_found){0, 0};
    c->actor = actor_console(c);
    enum err e = look(c, out);
    c->actor = asked;
    return e;
}
