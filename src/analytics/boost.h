/* Gradient boosted trees on histograms: the chance of a yes where facts work
 * together in ways that a sum of coefficients can't tell. Friedman 2001, with
 * Newton leaves and best-first growth as usual since LightGBM (Ke et al. 2017).
 * Nothing is random: the same data give the same trees. */
#ifndef ANALYTICS_BOOST_H
#define ANALYTICS_BOOST_H

#include "base/arena.h"

#define BOOST_BINS 256

struct boost_data {
    const double *x; /* n rows of k facts, none of them NAN */
    const bool *y;
    size_t n, k;
};

struct boost_options {
    int trees;
    int leaves;     /* of a tree, at least 2 */
    double rate;    /* share of each tree that counts */
    double lambda;  /* penalty of leaf values, >= 0 */
    size_t min_row; /* rows a leaf needs */
};

#define BOOST_DEFAULT ((struct boost_options){150, 12, .06, 1, 20})

/* A split, or a leaf (left 0). Rows with x[fact] <= cut go left. value is what
 * the node would add to ln(odds) if it were a leaf. */
struct boost_node {
    double cut, value;
    uint32_t fact, left, right; /* places in the tree's nodes */
};

struct boost_tree {
    struct boost_node *nodes; /* nodes[0] is the root */
    size_t n;
};

struct boost_model {
    struct boost_tree *trees;
    size_t n;
    double base; /* ln(odds) of the average row */
    /* ln(odds) shown = slope × margin + shift (Platt 1999): 1 and 0 until
     * boost_calibrate */
    double slope, shift;
};

/* In arena a. Without both a yes and a no: no trees, base 0. */
void boost_fit(struct arena *a, const struct boost_data *d,
               const struct boost_options *o, struct boost_model *out);

/* ln(odds) before calibration. */
double boost_margin(const struct boost_model *m, const double *x);

/* Chance of a yes, calibrated. */
double boost_chance(const struct boost_model *m, const double *x);

/* What each of the k facts adds to the calibrated ln(odds) of this row: the
 * changes of node values along its paths. Their sum and slope × (base + the
 * roots' values) + shift is the ln(odds) of boost_chance. effects has room for
 * k. */
void boost_effects(const struct boost_model *m, const double *x, size_t k,
                   double *effects);

/* Margins of each row by a fit to the others: row i is left out together with
 * all whose place is the same modulo folds. margin has room for n. */
void boost_cross(struct arena *a, const struct boost_data *d,
                 const struct boost_options *o, size_t folds, double *margin);

/* Sets slope and shift so that the margins of rows left out (boost_cross) fit
 * what happened, and turns them into chances in place. */
void boost_calibrate(struct arena *a, struct boost_model *m, double *margin,
                     const bool *y, size_t n);

#endif
