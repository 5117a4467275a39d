/* Bars. Owns nothing; one thread a call. Invariant: a bar goes with its
 * decision as long as that can be lifted; only without it, alone. */
#include "app/bars.h"

#include "app/drop.h"
#include "base/json.h"
#include "store/actor.h"
#include "store/trail.h"

static const struct entity_info *decision_info(const struct ctx *c) {
    return registry_find(c->registry, S("drop_decision"));
}

static enum err may_decide(struct ctx *c) {
    const struct actor *a = c->actor;
    return a->admin ||
                   actor_level(c, decision_info(c)->e, ACT_UPDATE) >= LEVEL_TREE
               ? OK
               : fail(c, ERR_FORBIDDEN, "", "decision_approver");
}

/* Those the actor may know of. */
static enum err known(struct ctx *c, int64_t before, size_t limit,
                      struct bar **out, size_t *n, bool *more) {
    const struct entity_info *k = registry_find(c->registry, S("customer"));
    struct scope decisions, customers;
    bool named = actor_level(c, k->e, ACT_READ) != LEVEL_NONE;
    TRY(scope_make(c, decision_info(c)->e, ACT_UPDATE, &decisions));
    if (named)
        TRY(scope_make(c, k->e, ACT_READ, &customers));
    return bars_below(c, &decisions, named ? &customers : NULL, before, limit,
                      out, n, more);
}

enum err bars_list(struct ctx *c, int64_t before, size_t limit,
                   struct bar **out, size_t *n, bool *more) {
    TRY(may_decide(c));
    return known(c, before, limit, out, n, more);
}

static enum err find(struct ctx *c, int64_t decision_id, struct bar *out) {
    struct bar *p;
    bool more;
    size_t n;
    TRY(known(c, decision_id + 1, 1, &p, &n, &more));
    if (n == 0 || p->decision_id != decision_id)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    *out = *p;
    return OK;
}

/* Kinds alone: the trail does not keep what was purged. */
static enum err write_down(struct ctx *c, const struct bar *bar,
                           struct str note) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 64 * 1024);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("customer_id"), bar->customer_id);
    jw_key(&w, S("kinds"));
    jw_array(&w);
    for (size_t i = 0; i < bar->n; i++)
        jw_str(&w, bar->by[i].kind);
    jw_array_end(&w);
    jw_kstr(&w, S("note"), note);
    jw_object_end(&w);
    return trail_event(c, S("lift_bar"), S("drop_decision"), bar->decision_id,
                       buf_view(&b));
}

enum err bars_lift(struct ctx *c, int64_t decision_id, struct str note) {
    const struct entity_info *i = decision_info(c);
    enum bar_decision where;
    struct record *d;
    struct scope s;
    struct bar bar = {0};
    TRY(may_decide(c));
    TRY(scope_make(c, i->e, ACT_UPDATE, &s));
    TRY(record_lock(c, i->e, decision_id));
    TRY(bar_decision(c, decision_id, &where));
    if (where != BAR_GONE)
        TRY(record_load(c, &s, decision_id, where == BAR_BIN, &d));
    TRY(find(c, decision_id, &bar));
    if (where == BAR_LIVE)
        return fail(c, ERR_CONFLICT, "", "bar_decided");
    if (where == BAR_BIN)
        TRY(drop_lift_binned(c, d, note));
    TRY(barred_clear(c, decision_id));
    return write_down(c, &bar, note);
}
