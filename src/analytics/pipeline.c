/* The forecast of a pipeline. Pure; any thread. Invariants: nothing of as_of or
 * later enters what is expected; draws come from a fixed seed. */
#include "analytics/pipeline.h"

#include "base/map.h"
#include "base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 92
#define MONTH 30
#define DRAWS 10000
#define WORK 100000000 /* deals × draws */
#define MIN_DRAWS 500

/* Values of the won deals of a group. */
struct values {
    struct str name;
    size_t first, n; /* of book.all */
    double mean;
};

struct book {
    const struct deal **won; /* by group */
    size_t n;
    struct values *groups;
    size_t n_groups;
    double mean; /* of all */
};

static int by_group(const void *x, const void *y) {
    const struct deal *a = *(const struct deal *const *)x;
    const struct deal *b = *(const struct deal *const *)y;
    int by = str_cmp(a->group, b->group);
    return by != 0 ? by : (a > b) - (a < b);
}

static bool is_before(const struct deal *d, const struct pipeline_input *in) {
    return d->has_closed && d->closed < in->as_of;
}

static void make_book(struct arena *a, const struct pipeline_input *in,
                      struct book *out) {
    double sum = 0;
    *out = (struct book){.won = NEW_ARRAY(a, const struct deal *, in->n + 1),
                         .groups = NEW_ARRAY(a, struct values, in->n + 1)};
    for (size_t i = 0; i < in->n; i++)
        if (is_before(&in->deals[i], in) && in->deals[i].end == SPELL_WON &&
            !isnan(in->deals[i].value))
            out->won[out->n++] = &in->deals[i];
    if (out->n > 0)
        qsort(out->won, out->n, sizeof *out->won, by_group);
    for (size_t i = 0, k; i < out->n; i = k) {
        struct values *g = &out->groups[out->n_groups++];
        *g = (struct values){.name = out->won[i]->group, .first = i};
        for (k = i; k < out->n && str_eq(out->won[k]->group, g->name); k++)
            g->mean += out->won[k]->value;
        sum += g->mean;
        g->n = k - i;
        g->mean /= (double)g->n;
    }
    out->mean = out->n > 0 ? sum / (double)out->n : NAN;
}

/* Groups stand by name. */
static const struct values *values_of(const struct book *b, struct str group) {
    size_t lo = 0, hi = b->n_groups;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = str_cmp(b->groups[mid].name, group);
        if (order == 0)
            return &b->groups[mid];
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static struct spell *spells_of(struct arena *a, const struct pipeline_input *in,
                               size_t *n_out) {
    struct spell *all = NEW_ARRAY(a, struct spell, in->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        const struct deal *d = &in->deals[i];
        if (!d->has_opened || d->opened >= in->as_of)
            continue;
        bool closed = is_before(d, in);
        all[n++] = (struct spell){d->opened, closed ? d->closed : in->as_of - 1,
                                  closed ? d->end : SPELL_OPEN};
    }
    *n_out = n;
    return all;
}

/* A value written down when a deal was closed was not known before: with it a
 * forecast of the past would look into the future. */
static bool has_own_value(const struct deal *d) {
    return !d->has_closed && !isnan(d->value);
}

/* --- the range ---------------------------------------------------------- */

/* splitmix64 (Steele et al. 2014) */
static uint64_t next(uint64_t *s) {
    uint64_t z = *s += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double uniform(uint64_t *s) {
    return ((double)(next(s) >> 11) + .5) / 9007199254740992.0;
}

static double normal(uint64_t *s) {
    double u = uniform(s), v = uniform(s);
    return sqrt(-2 * log(u)) * cos(2 * acos(-1) * v);
}

static int rising(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* One month is better than another for all deals alike: a factor with mean 1.
 */
static double factor_of(double spread, uint64_t *s) {
    double v = log1p(spread * spread);
    return exp(sqrt(v) * normal(s) - v / 2);
}

static double draw(const struct pipeline_report *r, const struct book *b,
                   const struct values *const *of, uint64_t *s) {
    double factor = factor_of(r->spread, s), sum = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct pipeline_row *row = &r->rows[i];
        if (uniform(s) >= row->chance.won * factor || isnan(row->value))
            continue;
        const struct values *v = of[i];
        sum +=
            v == NULL ? row->value : b->won[v->first + next(s) % v->n]->value;
    }
    return sum;
}

static void find_range(struct arena *a, const struct book *b,
                       struct pipeline_report *r) {
    size_t draws = r->n > 0 ? WORK / r->n : DRAWS;
    draws = draws > DRAWS ? DRAWS : draws < MIN_DRAWS ? MIN_DRAWS : draws;
    double *sums = NEW_ARRAY(a, double, draws);
    const struct values **of = NEW_ARRAY(a, const struct values *, r->n + 1);
    uint64_t s = 1;
    for (size_t i = 0; i < r->n; i++)
        of[i] = has_own_value(r->rows[i].deal)
                    ? NULL
                    : values_of(b, r->rows[i].deal->group);
    for (size_t i = 0; i < draws; i++)
        sums[i] = draw(r, b, of, &s);
    qsort(sums, draws, sizeof *sums, rising);
    r->p10 = sums[(draws - 1) / 10];
    r->p50 = sums[(draws - 1) / 2];
    r->p90 = sums[(draws - 1) - (draws - 1) / 10];
}

/* --- all together ------------------------------------------------------- */

static int by_name(const void *x, const void *y) {
    const struct pipeline_group *a = x, *b = y;
    return str_cmp(a->name, b->name);
}

static void add_group(struct pipeline_report *r, struct map *known,
                      const struct pipeline_row *row) {
    void **at = map_put(known, row->deal->group);
    if (*at == NULL) {
        *at = &r->groups[r->n_groups++];
        *(struct pipeline_group *)*at =
            (struct pipeline_group){.name = row->deal->group};
    }
    struct pipeline_group *g = *at;
    g->open++;
    if (isnan(row->value))
        return;
    g->value += row->value;
    g->expected += row->value * row->chance.won;
}

static void add_open(const struct book *b, const struct hazard *h,
                     const struct deal *d, struct map *known,
                     struct pipeline_report *r) {
    const struct pipeline_input *in = r->in;
    struct pipeline_row *row = &r->rows[r->n++];
    const struct values *v = values_of(b, d->group);
    double value = has_own_value(d) ? d->value : v != NULL ? v->mean : b->mean;
    *row = (struct pipeline_row){
        d, in->as_of - d->opened, value,
        hazard_chance(h, in->as_of - d->opened, in->days)};
    add_group(r, known, row);
    if (isnan(value)) {
        r->unvalued++;
    } else {
        r->expected += value * row->chance.won;
        r->weighted += value;
    }
    if (d->end == SPELL_WON && d->has_closed &&
        d->closed < in->as_of + in->days) {
        r->actual_won++;
        r->actual += isnan(d->value) ? 0 : d->value;
    }
}

static bool is_open(const struct deal *d, const struct pipeline_input *in) {
    return d->has_opened && d->opened < in->as_of && !is_before(d, in);
}

static void count_deals(const struct pipeline_input *in,
                        struct pipeline_report *out) {
    int32_t last = DAY_MIN;
    for (size_t i = 0; i < in->n; i++) {
        const struct deal *d = &in->deals[i];
        out->unopened += !d->has_opened;
        if (d->has_closed && d->closed > last)
            last = d->closed;
        if (!is_before(d, in))
            continue;
        out->won += d->end == SPELL_WON;
        out->lost += d->end == SPELL_LOST;
    }
    out->has_actual = last >= in->as_of + in->days - 1;
}

void pipeline_report(struct arena *a, const struct pipeline_input *in,
                     struct pipeline_report *out) {
    struct book book;
    struct hazard h;
    struct map known;
    size_t n;
    map_init(&known, a);
    *out = (struct pipeline_report){
        .in = in,
        .rows = NEW_ARRAY(a, struct pipeline_row, in->n + 1),
        .groups = NEW_ARRAY(a, struct pipeline_group, in->n + 1)};
    count_deals(in, out);
    make_book(a, in, &book);
    struct spell *spells = spells_of(a, in, &n);
    int32_t window = in->days > WINDOW ? in->days : WINDOW;
    hazard_estimate(a, spells, n, in->as_of - window, in->as_of, &h);
    out->spread = hazard_spread(a, &h, spells, n, in->as_of, MONTH);
    for (size_t i = 0; i < in->n; i++)
        if (is_open(&in->deals[i], in))
            add_open(&book, &h, &in->deals[i], &known, out);
    if (out->n_groups > 0)
        qsort(out->groups, out->n_groups, sizeof *out->groups, by_name);
    out->why = out->won == 0 ? PIPELINE_NO_WON
               : out->n > 0 && out->unvalued == (int64_t)out->n
                   ? PIPELINE_NO_VALUE
                   : NULL;
    if (out->why != NULL)
        return;
    out->weighted *= (double)out->won / (double)(out->won + out->lost);
    find_range(a, &book, out);
}

/* --- JSON --------------------------------------------------------------- */

static void real(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    jw_f64(w, v);
}

static void json_row(const struct pipeline_row *row, bool known, struct jw *w) {
    jw_object(w);
    jw_kstr(w, S("id"), row->deal->id);
    jw_kstr(w, S("group"), row->deal->group);
    jw_ki64(w, S("age_days"), row->age);
    real(w, S("value"), row->value);
    real(w, S("p_won"), known ? row->chance.won : NAN);
    real(w, S("p_lost"), known ? row->chance.lost : NAN);
    real(w, S("expected"), known ? row->value * row->chance.won : NAN);
    jw_object_end(w);
}

static void json_groups(const struct pipeline_report *r, struct jw *w) {
    jw_array(w);
    for (size_t i = 0; i < r->n_groups; i++) {
        jw_object(w);
        jw_kstr(w, S("group"), r->groups[i].name);
        jw_ki64(w, S("open"), r->groups[i].open);
        real(w, S("value"), r->groups[i].value);
        real(w, S("expected"), r->why == NULL ? r->groups[i].expected : NAN);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void json_actual(const struct pipeline_report *r, struct jw *w) {
    if (!r->has_actual) {
        jw_null(w);
        return;
    }
    jw_object(w);
    jw_ki64(w, S("won"), r->actual_won);
    real(w, S("value"), r->actual);
    jw_object_end(w);
}

void pipeline_json(const struct pipeline_report *r, struct jw *w,
                   void (*flush)(void *), void *user) {
    bool known = r->why == NULL;
    char text[16];
    struct buf day = {.p = text, .cap = sizeof text, .max = sizeof text};
    day_print(&day, r->in->as_of);
    jw_object(w);
    jw_kstr(w, S("as_of"), buf_view(&day));
    jw_ki64(w, S("days"), r->in->days);
    jw_ki64(w, S("open"), (int64_t)r->n);
    jw_ki64(w, S("unopened"), r->unopened);
    jw_ki64(w, S("unvalued"), r->unvalued);
    jw_ki64(w, S("won"), r->won);
    jw_ki64(w, S("lost"), r->lost);
    jw_key(w, S("why"));
    if (known)
        jw_null(w);
    else
        jw_str(w, str_of(r->why));
    real(w, S("weighted"), known ? r->weighted : NAN);
    real(w, S("expected"), known ? r->expected : NAN);
    real(w, S("p10"), known ? r->p10 : NAN);
    real(w, S("p50"), known ? r->p50 : NAN);
    real(w, S("p90"), known ? r->p90 : NAN);
    real(w, S("spread"), known ? r->spread : NAN);
    jw_key(w, S("actual"));
    json_actual(r, w);
    jw_key(w, S("groups"));
    json_groups(r, w);
    jw_key(w, S("deals"));
    jw_array(w);
    for (size_t i = 0; i < r->n; i++) {
        json_row(&r->rows[i], known, w);
        if (flush != NULL)
            flush(user);
    }
    jw_array_end(w);
    jw_object_end(w);
}
