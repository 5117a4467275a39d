/* exp, ln and their kin as plain arithmetic without branches, for loops over
 * LANES values at a time that compilers turn into vector instructions. Each
 * value is computed by itself and by the same operations whatever the width of
 * the vectors, so the bits are the same on every machine. Private to
 * src/analytics. */
#ifndef ANALYTICS_LANES_H
#define ANALYTICS_LANES_H

#include "base/compiler.h"

#include <string.h>

#define LANES 8

/* A function with such loops, once for wide vectors and once for any. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) &&                   \
    !defined(__SANITIZE_THREAD__)
#define LANES_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define LANES_WIDE
#endif

static inline uint64_t lane_bits(double v) {
    uint64_t u;
    memcpy(&u, &v, sizeof u);
    return u;
}

static inline double lane_of(uint64_t u) {
    double v;
    memcpy(&v, &u, sizeof v);
    return v;
}

/* x as k·ln 2 + r, |r| <= 0.35. The low bits of *k are k. */
static inline double lane_split(double x, uint64_t *k) {
    double t = x * 1.44269504088896338700e+00 + 6755399441055744.0;
    double whole = t - 6755399441055744.0;
    *k = lane_bits(t);
    return (x - whole * 6.93147180369123816490e-01) -
           whole * 1.90821492927058770002e-10;
}

/* (e^r − 1) / r by the series, to the last place. */
static inline double lane_series(double r) {
    double p = 1.0 / 6227020800;
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 1.0 / 2;
    return p * r + 1;
}

/* e^x; what is below e^-708 is e^-708, what is above e^709 is e^709. */
static inline double lane_exp(double x) {
    uint64_t k;
    double low = x < -708 ? -708 : x;
    double r = lane_split(low > 709 ? 709 : low, &k);
    return lane_of(lane_bits(1 + r * lane_series(r)) + (k << 52));
}

/* e^x − 1 for 0 <= x <= 709. */
static inline double lane_expm1(double x) {
    uint64_t k;
    double r = lane_split(x, &k), scale = lane_of((k + 1023) << 52);
    return scale * (r * lane_series(r)) + (scale - 1);
}

/* ln x for normal x > 0. Source: fdlibm's e_log.c, its polynomial. */
static inline double lane_ln(double x) {
    uint64_t u = lane_bits(x) + 0x00095f6200000000u; /* from √½ on */
    double k = lane_of((u >> 52) + 0x4330000000000000u) - 4503599627371519.0;
    double f = lane_of((u & 0x000fffffffffffffu) + 0x3fe6a09e00000000u) - 1;
    double s = f / (2 + f), z = s * s, w = z * z, half = 0.5 * f * f;
    double even =
        w * (3.999999999940941908e-01 +
             w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double odd =
        z *
        (6.666666666666735130e-01 +
         w * (2.857142874366239149e-01 +
              w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    return s * (half + (odd + even)) + k * 1.90821492927058770002e-10 - half +
           f + k * 6.93147180369123816490e-01;
}

/* ln(1 + x) for x >= 0. */
static inline double lane_log1p(double x) {
    double u = 1 + x, big = x > 1 ? x : 1, small = x > 1 ? 1 : x;
    return lane_ln(u) + (small - (u - big)) / u;
}

#endif
