/* Boosted trees: the model and what is asked of it; how a tree grows is in
 * boost_tree.c. Pure; any thread. Invariant: sums run in the order of rows, so
 * every run gives the same bits. */
#include "analytics/boost_tree.h"
#include "analytics/logistic.h"

#include <math.h>
#include <string.h>

static double sigmoid(double z) {
    return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z));
}

static const struct boost_node *leaf_of(const struct boost_tree *t,
                                        const double *x) {
    const struct boost_node *n = t->nodes;
    while (n->left != 0)
        n = &t->nodes[x[n->fact] <= n->cut ? n->left : n->right];
    return n;
}

double boost_margin(const struct boost_model *m, const double *x) {
    double sum = m->base;
    for (size_t i = 0; i < m->n; i++)
        sum += leaf_of(&m->trees[i], x)->value;
    return sum;
}

double boost_chance(const struct boost_model *m, const double *x) {
    return sigmoid(m->slope * boost_margin(m, x) + m->shift);
}

void boost_effects(const struct boost_model *m, const double *x, size_t k,
                   double *effects) {
    memset(effects, 0, k * sizeof *effects);
    for (size_t i = 0; i < m->n; i++) {
        const struct boost_tree *t = &m->trees[i];
        const struct boost_node *n = t->nodes;
        while (n->left != 0) {
            const struct boost_node *next =
                &t->nodes[x[n->fact] <= n->cut ? n->left : n->right];
            effects[n->fact] += m->slope * (next->value - n->value);
            n = next;
        }
    }
}

/* Gradient and curvature of the log-likelihood at the margins. */
static void slopes(const struct boost_data *d, const double *margin,
                   struct boost_slope *out) {
    for (size_t i = 0; i < d->n; i++) {
        double p = sigmoid(margin[i]);
        out[i] = (struct boost_slope){(d->y[i] ? 1 : 0) - p,
                                      fmax(p * (1 - p), 1e-12)};
    }
}

void boost_fit(struct arena *a, const struct boost_data *d,
               const struct boost_options *o, struct boost_model *out) {
    size_t yes = 0;
    *out = (struct boost_model){.slope = 1};
    for (size_t i = 0; i < d->n; i++)
        yes += d->y[i];
    if (yes == 0 || yes == d->n)
        return;
    struct boost_bins *bins = boost_bins_new(a, d);
    double *margin = NEW_ARRAY(a, double, d->n);
    struct boost_slope *slope = NEW_ARRAY(a, struct boost_slope, d->n);
    out->base = log((double)yes / (double)(d->n - yes));
    out->trees = NEW_ARRAY(a, struct boost_tree, (size_t)o->trees);
    for (size_t i = 0; i < d->n; i++)
        margin[i] = out->base;
    for (int t = 0; t < o->trees; t++) {
        slopes(d, margin, slope);
        if (!boost_tree_grow(a, bins, slope, o, margin, &out->trees[out->n]))
            break;
        out->n++;
    }
}

void boost_cross(struct arena *a, const struct boost_data *d,
                 const struct boost_options *o, size_t folds, double *margin) {
    double *x = NEW_ARRAY(a, double, d->n * d->k + 1);
    bool *y = NEW_ARRAY(a, bool, d->n + 1);
    for (size_t fold = 0; fold < folds; fold++) {
        struct boost_data part = {x, y, 0, d->k};
        struct boost_model m;
        for (size_t i = 0; i < d->n; i++) {
            if (i % folds == fold)
                continue;
            memcpy(x + part.n * d->k, d->x + i * d->k, d->k * sizeof *x);
            y[part.n++] = d->y[i];
        }
        boost_fit(a, &part, o, &m);
        for (size_t i = fold; i < d->n; i += folds)
            margin[i] = boost_margin(&m, d->x + i * d->k);
    }
}

void boost_calibrate(struct arena *a, struct boost_model *m, double *margin,
                     const bool *y, size_t n) {
    struct logistic_data d = {margin, y, n, 1, 1e-9};
    struct logistic_fit f;
    logistic_fit(a, &d, &f);
    if (f.converged && f.beta[0] > 0) {
        m->slope = f.beta[0];
        m->shift = f.beta[1];
    }
    for (size_t i = 0; i < n; i++)
        margin[i] = sigmoid(m->slope * margin[i] + m->shift);
}
