/* One seal a round. Reading and hashing happen outside the transaction, which
 * only stores the result. Of several servers a lock lets one store at a time;
 * who comes too late finds his number taken and leaves it to a later round. */
#include "app/sealer.h"

#include "base/log.h"
#include "store/store.h"

struct put {
    struct audit_seal last, next;
    bool done;
};

static enum err write_seal(struct ctx *c, void *arg) {
    struct put *p = arg;
    return seal_put(c, &p->last, &p->next, &p->done);
}

enum err sealer_round(struct ctx *c, void *state, atomic_bool *stop,
                      bool *again) {
    struct put p = {.done = false};
    TRY(seal_last(c, &p.last));
    TRY(seal_next(c, &p.last, state, &p.next));
    if (p.next.entries == 0)
        return OK;
    TRY(store_write(c, LANE_INTERACTIVE, write_seal, &p));
    /* else another server is at it; and what came meanwhile can wait: many
     * writes a second are sealed together */
    *again = p.done && p.next.entries >= SEAL_ENTRIES_MAX;
    return OK;
}
