/* The purchase models by the clock: customers drawn from the models with the
 * parameters of CDNOW, in whole days and cents, the same on every machine.
 *
 *     btyd [--customers N] [--rounds N]
 *
 * Prints a line of JSON: seconds of BG/NBD and Gamma-Gamma with the scores of
 * everybody (chance of being a customer, purchases of a year, value of twelve
 * months), and of the fit of Pareto/NBD; wall clock and processor time, medians
 * of the rounds, each from the plain histories on. */
#include "analytics/clv.h"
#include "base/die.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Fader, Hardie, Lee 2005; Fader and Hardie 2013. */
static const struct bgnbd cdnow = {0.242595, 4.413602, 0.792922, 2.425907};
static const struct gamma_gamma spend = {6.24957, 3.74422, 15.44352};

#define FIRST_WEEKS 27 /* customers come in over twelve weeks of 39 */
#define COHORT_DAYS 84

/* --- drawing ------------------------------------------------------------ */

static double uniform(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state) {
    double r = sqrt(-2 * log(uniform(state)));
    return r * cos(2 * M_PI * uniform(state));
}

/* Marsaglia and Tsang 2000. */
static double gamma_drawn(uint64_t *state, double shape) {
    if (shape < 1)
        return gamma_drawn(state, shape + 1) * pow(uniform(state), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(state), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(uniform(state)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

static struct clv_customer drawn(uint64_t *state) {
    int days = FIRST_WEEKS * 7 + (int)(uniform(state) * COHORT_DAYS);
    double rate = gamma_drawn(state, cdnow.r) / cdnow.alpha;
    double lost = gamma_drawn(state, cdnow.a),
           kept = gamma_drawn(state, cdnow.b);
    double p = lost / (lost + kept), at = 0;
    struct clv_customer k = {.h = {.T = days / HISTORY_DAYS}};
    int last = 0;
    for (;;) {
        at += -log(uniform(state)) / rate * HISTORY_DAYS;
        if (!(at < days))
            break;
        if ((int)at > last) { /* a day counts once */
            last = (int)at;
            k.h.x++;
        }
        if (uniform(state) < p)
            break;
    }
    k.h.t_x = last / HISTORY_DAYS;
    if (k.h.x == 0)
        return k;
    double scale = gamma_drawn(state, spend.q) / spend.v;
    double sum = gamma_drawn(state, spend.p * (double)k.h.x) / scale;
    k.m = fmax(1, round(sum * 100)) / 100 / (double)k.h.x;
    return k;
}

/* --- measuring ---------------------------------------------------------- */

struct clocks {
    double wall, cpu;
};

static double seconds(clockid_t which) {
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct clocks since(struct clocks began) {
    return (struct clocks){seconds(CLOCK_MONOTONIC) - began.wall,
                           seconds(CLOCK_PROCESS_CPUTIME_ID) - began.cpu};
}

static int rising(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static void put_median(const char *key, const struct clocks *all, size_t n) {
    double *wall = calloc(n, sizeof *wall), *cpu = calloc(n, sizeof *cpu);
    if (wall == NULL || cpu == NULL)
        die("out of memory");
    for (size_t i = 0; i < n; i++) {
        wall[i] = all[i].wall;
        cpu[i] = all[i].cpu;
    }
    qsort(wall, n, sizeof *wall, rising);
    qsort(cpu, n, sizeof *cpu, rising);
    printf(",\"%s\":{\"wall\":%.6f,\"cpu\":%.6f}", key, wall[n / 2],
           cpu[n / 2]);
    free(wall);
    free(cpu);
}

/* Fits and scores all; the report's own memory counts. */
static struct clocks value(const struct clv_customer *all, size_t n,
                           struct clv_models *models, double *sum) {
    struct arena *a = arena_new();
    struct clv_report report;
    struct clocks began = since((struct clocks){0});
    clv_report(a, all, n, (struct clv_given){.without_pareto = true}, &report);
    struct clocks took = since(began);
    *models = report.models;
    *sum = 0;
    for (size_t i = 0; i < n; i++)
        *sum += report.scores[i].clv_12m;
    arena_free(a);
    return took;
}

static struct clocks pareto(const struct clv_customer *all, size_t n,
                            struct pareto_nbd_fit *fit) {
    struct arena *a = arena_new();
    struct history *histories = NEW_ARRAY(a, struct history, n + 1);
    struct history_cells cells;
    struct clocks began = since((struct clocks){0});
    for (size_t i = 0; i < n; i++)
        histories[i] = all[i].h;
    history_group(a, histories, n, &cells);
    pareto_nbd_fit(&cells, fit);
    struct clocks took = since(began);
    arena_free(a);
    return took;
}

int main(int argc, char **argv) {
    size_t n = 23570, rounds = 5;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--customers") == 0)
            n = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--rounds") == 0)
            rounds = strtoul(argv[i + 1], NULL, 10);
    }
    struct clv_customer *all = calloc(n + 1, sizeof *all);
    struct clocks *values = calloc(rounds + 1, sizeof *values);
    struct clocks *paretos = calloc(rounds + 1, sizeof *paretos);
    struct clv_models m;
    struct pareto_nbd_fit pa;
    double sum = 0;
    uint64_t state = 1;
    if (all == NULL || values == NULL || paretos == NULL || rounds == 0)
        die("out of memory");
    for (size_t i = 0; i < n; i++)
        all[i] = drawn(&state);
    for (size_t i = 0; i < rounds; i++) {
        values[i] = value(all, n, &m, &sum);
        paretos[i] = pareto(all, n, &pa);
    }
    printf("{\"customers\":%zu,\"repeaters\":%lld", n,
           (long long)m.gamma_gamma.customers);
    put_median("value", values, rounds);
    put_median("pareto", paretos, rounds);
    printf(",\"bgnbd\":[%.9g,%.9g,%.9g,%.9g],\"bgnbd_ll\":%.12g,"
           "\"bgnbd_passes\":%d",
           m.bgnbd.p.r, m.bgnbd.p.alpha, m.bgnbd.p.a, m.bgnbd.p.b, m.bgnbd.ll,
           m.bgnbd.passes);
    printf(",\"gamma_gamma\":[%.9g,%.9g,%.9g],\"gamma_gamma_ll\":%.12g,"
           "\"gamma_gamma_passes\":%d",
           m.gamma_gamma.p.p, m.gamma_gamma.p.q, m.gamma_gamma.p.v,
           m.gamma_gamma.ll, m.gamma_gamma.passes);
    printf(",\"pareto_nbd\":[%.9g,%.9g,%.9g,%.9g],\"pareto_nbd_ll\":%.12g,"
           "\"pareto_passes\":%d",
           pa.p.r, pa.p.alpha, pa.p.s, pa.p.beta, pa.ll, pa.passes);
    printf(",\"identified\":%s,\"clv\":%.12g}\n",
           m.bgnbd.why == NULL && m.gamma_gamma.why == NULL && pa.why == NULL
               ? "true"
               : "false",
           sum);
    free(all);
    free(values);
    free(paretos);
    return 0;
}
