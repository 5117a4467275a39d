/* Owns nothing. Invariant: span i + 1 ended where span i began. */
#include "base/flow.h"

#include <string.h>

#define SPAN_US 200000

static void move_on(int counts[FLOW_SPANS]) {
    memmove(counts + 1, counts, (FLOW_SPANS - 1) * sizeof counts[0]);
    counts[0] = 0;
}

static void look(struct flow *f, int64_t now_us) {
    int spans = 0;
    for (; now_us - f->begun_us >= SPAN_US && spans < FLOW_SPANS; spans++) {
        move_on(f->came);
        move_on(f->done);
        f->begun_us += SPAN_US;
    }
    if (now_us - f->begun_us >= SPAN_US)
        f->begun_us = now_us;
}

void flow_came(struct flow *f, int64_t now_us) {
    look(f, now_us);
    f->came[0]++;
}

void flow_done(struct flow *f, int64_t now_us) {
    look(f, now_us);
    f->done[0]++;
}

bool flow_floods(struct flow *f, int64_t now_us) {
    look(f, now_us);
    for (int i = 1; i < FLOW_SPANS; i++)
        if (2 * f->came[i] <= 3 * f->done[i] + 2)
            return false;
    return true;
}
