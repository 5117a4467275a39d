/* Moves between grades in force. One thread a call. Invariant: of several steps
 * of one customer in a month only where it began and where it ended counts. */
#include "app/grade_moves.h"

#include "base/time.h"
#include "base/zone.h"
#include "store/grade_trail.h"

#include <stdlib.h>

struct months {
    VEC(struct grade_month) v;
};

static int grade_of(struct str name) {
    for (int t = 0; t < TIER_COUNT; t++)
        if (str_eq(tier_name((enum tier)t), name))
            return t;
    return GRADE_NONE;
}

static int number_of(const struct grade_month *m) {
    return m->year * 12 + m->month;
}

static int by_month(const void *x, const void *y) {
    return number_of(x) - number_of(y);
}

/* From the newest back: histories mostly end lately. */
static struct grade_month *month_at(struct ctx *c, struct months *all,
                                    int64_t at_ms) {
    struct grade_month key = {0};
    int day;
    day_split(zone_day(c->zone, at_ms), &key.year, &key.month, &day);
    for (size_t i = all->v.n; i > 0; i--)
        if (number_of(&all->v.p[i - 1]) == number_of(&key))
            return &all->v.p[i - 1];
    struct grade_month *m = VEC_PUSH(c->arena, &all->v);
    *m = key;
    return m;
}

static void count(struct grade_month *m, int from, int to) {
    if (m != NULL && from != to)
        m->moves[from][to]++;
}

static bool has_moves(const struct grade_month *m) {
    for (int from = 0; from < GRADE_KINDS; from++)
        for (int to = 0; to < GRADE_KINDS; to++)
            if (m->moves[from][to] > 0)
                return true;
    return false;
}

enum err grade_moves(struct ctx *c, struct grade_month **out, size_t *n) {
    struct grade_step *steps;
    struct months all = {0};
    size_t n_steps;
    int from = GRADE_NONE, to = GRADE_NONE, number = 0;
    TRY(grade_trail(c, &steps, &n_steps));
    for (size_t i = 0; i <= n_steps; i++) {
        bool end = i == n_steps;
        bool other =
            end || i == 0 || steps[i].customer_id != steps[i - 1].customer_id;
        int here = end ? 0 : number_of(month_at(c, &all, steps[i].at_ms));
        if (i > 0 && (other || here != number)) {
            count(month_at(c, &all, steps[i - 1].at_ms), from, to);
            from = to;
        }
        if (other)
            from = GRADE_NONE;
        if (end)
            break;
        number = here;
        to = grade_of(steps[i].grade);
    }
    *out = all.v.p;
    *n = 0;
    if (all.v.n > 1)
        qsort(all.v.p, all.v.n, sizeof *all.v.p, by_month);
    for (size_t i = 0; i < all.v.n; i++)
        if (has_moves(&all.v.p[i]))
            all.v.p[(*n)++] = all.v.p[i];
    return OK;
}
