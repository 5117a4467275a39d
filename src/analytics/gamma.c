/* Gamma function and friends. Pure functions of their arguments; any thread.
 * Invariant: arguments below SHIFT are moved up by Γ(z+1) = zΓ(z), above it the
 * asymptotic series is exact to the last place. */
#include "analytics/gamma.h"

#include <math.h>

#define SHIFT 16.0
#define HALF_LN_2PI 0.91893853320467274178

/* ln Γ(z) − [(z − ½) ln z − z + ½ ln 2π], z >= SHIFT. */
static double stirling(double z) {
    double w = 1 / (z * z);
    return (1.0 / 12 -
            w * (1.0 / 360 -
                 w * (1.0 / 1260 -
                      w * (1.0 / 1680 -
                           w * (1.0 / 1188 - w * (691.0 / 360360)))))) /
           z;
}

double gamma_ln(double z) {
    double product = 1;
    for (; z < SHIFT; z += 1)
        product *= z;
    return (z - 0.5) * log(z) - z + HALF_LN_2PI + stirling(z) - log(product);
}

double gamma_ln_ratio(double z, double d) {
    double grown = 1;
    if (d == 0)
        return 0;
    /* A product of d factors is shorter than any series. */
    if (d <= SHIFT && d == floor(d)) {
        double product = 1;
        for (double i = 0; i < d; i += 1)
            product *= z + i;
        return log(product);
    }
    for (; z < SHIFT; z += 1)
        grown *= 1 + d / z;
    return (z - 0.5) * log1p(d / z) + d * (log(z + d) - 1) + stirling(z + d) -
           stirling(z) - log(grown);
}

double gamma_psi(double z) {
    double sum = 0;
    for (; z < SHIFT; z += 1)
        sum -= 1 / z;
    double w = 1 / (z * z);
    return sum + log(z) - 0.5 / z -
           w * (1.0 / 12 -
                w * (1.0 / 120 -
                     w * (1.0 / 252 -
                          w * (1.0 / 240 -
                               w * (1.0 / 132 - w * (691.0 / 32760))))));
}

double gamma_psi1(double z) {
    double sum = 0;
    for (; z < SHIFT; z += 1)
        sum += 1 / (z * z);
    double w = 1 / (z * z);
    return sum + (1 + 0.5 / z +
                  w * (1.0 / 6 -
                       w * (1.0 / 30 -
                            w * (1.0 / 42 -
                                 w * (1.0 / 30 -
                                      w * (5.0 / 66 - w * (691.0 / 2730))))))) /
                     z;
}

double log_add(double x, double y) {
    double high = x > y ? x : y, low = x > y ? y : x;
    return low == -INFINITY ? high : high + log1p(exp(low - high));
}
