/* Figures of the ladder. Owns nothing. Invariant: made of what the customers'
 * facts say now, not of the noted moves, so a corrected order corrects them. */
#include "app/ladder_figures.h"

#include "analytics/survival.h"
#include "base/zone.h"
#include "store/ladder_figures.h"
#include "store/registry.h"
#include "store/sight.h"

#include <math.h>

static const struct str names[RUNG_COUNT] = {
    [RUNG_SUSPECT] = S_INIT("suspect"),
    [RUNG_PROSPECT] = S_INIT("prospect"),
    [RUNG_FIRST] = S_INIT("first_purchase"),
    [RUNG_REPEAT] = S_INIT("repeat_purchase"),
    [RUNG_CLIENT] = S_INIT("client"),
    [RUNG_ADVOCATE] = S_INIT("advocate"),
};

struct str rung_name(enum rung r) {
    return names[r];
}

struct work {
    struct ctx *c;
    struct ladder_figures *out;
    int32_t today;
    struct {
        VEC(struct stay) stays;
        double days; /* of those that moved */
    } of[RUNG_COUNT];
};

/* RUNG_COUNT: on none. */
static enum rung rung_of(struct str name) {
    int r = 0;
    while (r < RUNG_COUNT && !str_eq(names[r], name))
        r++;
    return (enum rung)r;
}

/* How long he was on rung r: until he came higher, or still. */
static void dwell(struct work *w, enum rung r, enum rung top,
                  const int32_t *days) {
    int32_t end = 0;
    for (int k = (int)r + 1; k < RUNG_COUNT; k++)
        if (days[k] != 0 && (end == 0 || days[k] < end))
            end = days[k];
    bool went = top > r;
    int32_t until = went ? end : w->today;
    if (days[r] == 0 || until == 0 || until < days[r])
        return; /* a day is not known, or he skipped the rung */
    *VEC_PUSH(w->c->arena, &w->of[r].stays) =
        (struct stay){.time = until - days[r], .lost = went};
    if (!went)
        return;
    w->of[r].days += until - days[r];
    w->out->rungs[r].dated++;
}

static void count_option(struct option_count *v, size_t n, struct str value) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(v[i].value, value))
            v[i].customers++;
}

/* set: ",financial,social,". */
static void count_set(struct option_count *v, size_t n, struct str set) {
    struct str value;
    while (str_cut(&set, ',', &value))
        count_option(v, n, value);
}

static void count(void *arg, const struct ladder_path *p) {
    struct work *w = arg;
    struct ladder_figures *f = w->out;
    enum rung now = rung_of(p->rung);
    f->customers++;
    count_option(f->relations, f->n_relations, p->relation);
    count_option(f->stages, f->n_stages, p->stage);
    count_option(f->levels, f->n_levels, p->level);
    count_set(f->bonds, f->n_bonds, p->bonds);
    if (now == RUNG_COUNT)
        return;
    int32_t days[RUNG_COUNT] = {
        [RUNG_SUSPECT] = zone_day(w->c->zone, p->created_ms),
        [RUNG_PROSPECT] = p->contact,
        [RUNG_FIRST] = p->first_order,
        [RUNG_REPEAT] = p->second_order,
        [RUNG_CLIENT] = p->client,
        [RUNG_ADVOCATE] = p->advocate,
    };
    enum rung top = now;
    for (int r = (int)now; r < RUNG_COUNT; r++)
        top = days[r] != 0 ? (enum rung)r : top;
    f->rungs[now].customers++;
    for (int r = 0; r <= (int)top; r++) {
        f->rungs[r].reached++;
        f->rungs[r].moved += r < (int)top;
        dwell(w, (enum rung)r, top, days);
    }
}

static void options(struct ctx *c, const char *field, struct option_count **out,
                    size_t *n) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    const struct field *f = info_field(i, str_of(field));
    *n = f->n_options;
    *out = NEW_ARRAY(c->arena, struct option_count, f->n_options + 1);
    for (size_t k = 0; k < f->n_options; k++)
        (*out)[k].value = f->options[k].value;
}

/* Typed fields, which a role may not be shown. */
static void typed_options(struct ctx *c, const char *field,
                          struct option_count **out, size_t *n) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    if (sight_of(c, i, info_field(i, str_of(field))) >= SEE_LISTED)
        options(c, field, out, n);
}

enum err ladder_figures(struct ctx *c, struct ladder_figures *out) {
    struct work w = {.c = c, .out = out, .today = zone_day(c->zone, c->now_ms)};
    *out = (struct ladder_figures){0};
    options(c, "relation_class", &out->relations, &out->n_relations);
    options(c, "lifecycle_stage", &out->stages, &out->n_stages);
    typed_options(c, "relation_level", &out->levels, &out->n_levels);
    typed_options(c, "bonds", &out->bonds, &out->n_bonds);
    TRY(ladder_paths(c, count, &w));
    for (int r = 0; r < RUNG_COUNT; r++) {
        struct rung_figures *f = &out->rungs[r];
        struct survival s = {.median = NAN};
        if (w.of[r].stays.n > 0)
            survival_estimate(c->arena, w.of[r].stays.p, w.of[r].stays.n, &s);
        f->dwell_days = s.median;
        f->moved_days = f->dated > 0 ? w.of[r].days / (double)f->dated : NAN;
    }
    return OK;
}
