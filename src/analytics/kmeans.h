/* Groups of similar customers: k-means (Lloyd 1982) from centres chosen
 * farthest from each other (Gonzalez 1985), so that equal data give equal
 * groups. */
#ifndef ANALYTICS_KMEANS_H
#define ANALYTICS_KMEANS_H

#include "base/arena.h"

struct kmeans {
    size_t k;        /* groups, at most as many as distinct points */
    double *centres; /* k rows of d */
    size_t *sizes;   /* points of each group, all > 0 */
    uint32_t *group; /* of each point */
    double within;   /* sum of squared distances to the centres */
    int steps;
};

/* n points of d numbers (rows of x, scaled as the caller thinks fit) in at most
 * k groups; groups stand by their first number rising. In arena a. */
void kmeans_group(struct arena *a, const double *x, size_t n, size_t d,
                  size_t k, struct kmeans *out);

#endif
