/* Nodes and weights of Gauss-Legendre quadrature on [0, 1]. Source: Abramowitz
 * & Stegun 25.4.30. */
#ifndef ANALYTICS_GAUSS_H
#define ANALYTICS_GAUSS_H

struct gauss_node {
    double at, weight; /* weights add up to 1 */
};

#define GAUSS_FINE 48
#define GAUSS_COARSE 16
#define GAUSS_FEW 8

extern const struct gauss_node gauss_fine[GAUSS_FINE];
extern const struct gauss_node gauss_coarse[GAUSS_COARSE];
extern const struct gauss_node gauss_few[GAUSS_FEW];

#endif
