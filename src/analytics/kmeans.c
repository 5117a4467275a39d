/* k-means. Pure: arrays in, arrays out. Invariant: every point belongs to the
 * nearest centre, of equally near ones the first. */
#include "analytics/kmeans.h"

#include <math.h>
#include <string.h>

#define MAX_STEPS 300

static double apart(const double *p, const double *q, size_t d) {
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += (p[i] - q[i]) * (p[i] - q[i]);
    return sum;
}

static void set_mean(const double *x, size_t n, size_t d, double *out) {
    memset(out, 0, d * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            out[j] += x[i * d + j] / (double)n;
}

/* The point farthest from the mean, then always the one farthest from all that
 * are chosen. */
static void choose(struct arena *a, const double *x, size_t n, size_t d,
                   struct kmeans *out) {
    double *near = NEW_ARRAY(a, double, n), *mean = NEW_ARRAY(a, double, d + 1);
    size_t wanted = out->k;
    set_mean(x, n, d, mean);
    for (size_t i = 0; i < n; i++)
        near[i] = apart(x + i * d, mean, d);
    for (out->k = 0; out->k < wanted; out->k++) {
        size_t best = 0;
        for (size_t i = 1; i < n; i++)
            if (near[i] > near[best])
                best = i;
        if (out->k > 0 && near[best] == 0)
            return;
        const double *centre = x + best * d;
        memcpy(out->centres + out->k * d, centre, d * sizeof *centre);
        for (size_t i = 0; i < n; i++) {
            double v = apart(x + i * d, centre, d);
            near[i] = out->k == 0 ? v : fmin(near[i], v);
        }
    }
}

/* Gives each point to its centre; false when none moved. */
static bool assign(const double *x, size_t n, size_t d, struct kmeans *out) {
    bool moved = false;
    out->within = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t best = 0;
        double least = apart(x + i * d, out->centres, d);
        for (uint32_t g = 1; g < out->k; g++) {
            double v = apart(x + i * d, out->centres + g * d, d);
            if (v < least) {
                least = v;
                best = g;
            }
        }
        moved = moved || out->group[i] != best;
        out->group[i] = best;
        out->within += least;
    }
    return moved;
}

/* Centres become means; a group that lost all points keeps its centre. */
static void move(const double *x, size_t n, size_t d, double *sums,
                 struct kmeans *out) {
    memset(sums, 0, out->k * d * sizeof *sums);
    memset(out->sizes, 0, out->k * sizeof *out->sizes);
    for (size_t i = 0; i < n; i++) {
        out->sizes[out->group[i]]++;
        for (size_t j = 0; j < d; j++)
            sums[out->group[i] * d + j] += x[i * d + j];
    }
    for (size_t g = 0; g < out->k; g++)
        for (size_t j = 0; out->sizes[g] > 0 && j < d; j++)
            out->centres[g * d + j] = sums[g * d + j] / (double)out->sizes[g];
}

/* Drops empty groups and orders the rest by their centres' numbers. */
static void tidy(struct arena *a, size_t n, size_t d, struct kmeans *out) {
    double *centres = NEW_ARRAY(a, double, out->k *d + 1);
    size_t *sizes = NEW_ARRAY(a, size_t, out->k + 1), kept = 0;
    uint32_t *to = NEW_ARRAY(a, uint32_t, out->k + 1);
    bool *done = NEW_ARRAY(a, bool, out->k + 1);
    for (;;) {
        size_t best = out->k;
        for (size_t g = 0; g < out->k; g++) {
            const double *one = out->centres + g * d;
            bool open = !done[g] && out->sizes[g] > 0;
            if (open && (best == out->k || one[0] < out->centres[best * d]))
                best = g;
        }
        if (best == out->k)
            break;
        done[best] = true;
        to[best] = (uint32_t)kept;
        sizes[kept] = out->sizes[best];
        memcpy(centres + kept++ * d, out->centres + best * d,
               d * sizeof *centres);
    }
    for (size_t i = 0; i < n; i++)
        out->group[i] = to[out->group[i]];
    out->k = kept;
    out->centres = centres;
    out->sizes = sizes;
}

void kmeans_group(struct arena *a, const double *x, size_t n, size_t d,
                  size_t k, struct kmeans *out) {
    *out = (struct kmeans){.k = k < n ? k : n,
                           .centres = NEW_ARRAY(a, double, k *d + 1),
                           .sizes = NEW_ARRAY(a, size_t, k + 1),
                           .group = NEW_ARRAY(a, uint32_t, n + 1)};
    if (out->k == 0 || d == 0) {
        out->k = 0;
        return;
    }
    double *sums = NEW_ARRAY(a, double, k *d);
    choose(a, x, n, d, out);
    assign(x, n, d, out);
    do {
        move(x, n, d, sums, out);
        out->steps++;
    } while (assign(x, n, d, out) && out->steps < MAX_STEPS);
    move(x, n, d, sums, out);
    tidy(a, n, d, out);
}
