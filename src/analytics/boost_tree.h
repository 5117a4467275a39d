/* One tree of a boosted model, grown best leaf first over binned facts. Private
 * to src/analytics. */
#ifndef ANALYTICS_BOOST_TREE_H
#define ANALYTICS_BOOST_TREE_H

#include "analytics/boost.h"

/* First and second derivative of a row's log-likelihood (the second negated) in
 * its margin. */
struct boost_slope {
    double g, h;
};

/* The facts of all rows as numbers of bins, and room to grow trees in. */
struct boost_bins;

/* Cuts each fact into at most BOOST_BINS bins with about as many rows each;
 * equal values share one. The rows of d are borrowed. */
struct boost_bins *boost_bins_new(struct arena *a, const struct boost_data *d);

/* Grows a tree for the slopes and adds its leaves' values to the margins. False
 * and no tree when no split gains anything. */
bool boost_tree_grow(struct arena *a, struct boost_bins *b,
                     const struct boost_slope *slope,
                     const struct boost_options *o, double *margin,
                     struct boost_tree *out);

#endif
