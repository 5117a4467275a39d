/* Tasks of strategies for who stands there already. One thread a call.
 * Invariant: whether a customer still has none, and whether his owner has room,
 * is looked at again inside the write that makes them, one write at a time. */
#include "app/strategies.h"

#include "app/lifecycle.h"
#include "app/room.h"
#include "app/settings.h"
#include "app/slices.h"

#define SLICE_FIRST 20
#define SLICE_LEAST 5
#define SLICE_MOST 500

int64_t strategy_lines(const struct ctx *c, const struct strategy *s) {
    struct str rest = s->plan.tasks;
    struct lifecycle_task t;
    int64_t n = 0;
    while (lifecycle_next(c, &s->plan, &rest, &t))
        n++;
    return n;
}

enum err strategy_next(struct ctx *c, const struct strategy *s,
                       struct policy_due **out, size_t *n) {
    struct policy_room *open;
    size_t n_open;
    int64_t limit, lines = strategy_lines(c, s);
    *n = 0;
    if (lines == 0)
        return OK;
    TRY(settings_i64(c, SETTING_POLICY_TASKS, &limit));
    TRY(strategy_without(c, s, ALL_IDS, out, n));
    TRY(policy_open(c, &open, &n_open));
    room_pick(limit, lines, open, n_open, *out, n);
    return OK;
}

struct making {
    struct slices s; /* of who */
    const struct strategy *strategy;
    const struct policy_due *who;
    int64_t limit, lines;
    int64_t made; /* customers of this slice */
    int64_t *tasks, *customers;
};

static enum err make_one(struct ctx *c, struct making *m, int64_t id) {
    struct policy_due *still;
    size_t n;
    int64_t open;
    TRY(strategy_without(c, m->strategy, (struct id_span){id, id}, &still, &n));
    if (n == 0)
        return OK;
    TRY(policy_open_of(c, still[0].owner_id, &open));
    if (m->limit > 0 && open >= m->limit)
        return OK;
    struct lifecycle_entry e = {id, still[0].owner_id, m->strategy->field,
                                m->strategy->value};
    m->made++;
    return lifecycle_enter(c, &e);
}

static enum err make_slice(struct ctx *c, void *arg) {
    struct making *m = arg;
    m->made = 0;
    TRY(policy_alone(c));
    for (size_t i = m->s.from; i < m->s.to; i++)
        TRY(make_one(c, m, m->who[i].customer_id));
    return OK;
}

static void wrote(void *arg) {
    struct making *m = arg;
    *m->customers += m->made;
    *m->tasks += m->made * m->lines;
}

enum err strategy_make(struct ctx *c, const struct strategy *s, int64_t *tasks,
                       int64_t *customers) {
    struct policy_due *who;
    size_t n;
    struct making m = {.strategy = s,
                       .lines = strategy_lines(c, s),
                       .tasks = tasks,
                       .customers = customers};
    TRY(settings_i64(c, SETTING_POLICY_TASKS, &m.limit));
    TRY(strategy_next(c, s, &who, &n));
    m.who = who;
    m.s = (struct slices){.step = "tasks",
                          .n = n,
                          .first = SLICE_FIRST,
                          .least = SLICE_LEAST,
                          .most = SLICE_MOST,
                          .write = make_slice,
                          .wrote = wrote,
                          .arg = &m};
    return slices_run(c, &m.s);
}
