/* The gamma function and its logarithmic derivatives for positive arguments,
 * without the cancellation and the global sign of lgamma(). Only log() and
 * log1p() of libm are used, so that compilers can't differ. */
#ifndef ANALYTICS_GAMMA_H
#define ANALYTICS_GAMMA_H

/* ln Γ(z), z > 0. Source: recurrence to z >= 16 and Stirling's series
 * (Abramowitz & Stegun 6.1.15, 6.1.41). */
double gamma_ln(double z);

/* ln Γ(z + d) − ln Γ(z), z > 0, d >= 0: exact to a few units in the last place
 * of the result, also where both terms are huge. */
double gamma_ln_ratio(double z, double d);

/* ψ(z) = d/dz ln Γ(z), and ψ'(z), z > 0. Source: recurrence to z >= 16 and the
 * asymptotic series (Abramowitz & Stegun 6.3.18, 6.4.12). */
double gamma_psi(double z);
double gamma_psi1(double z);

/* ln(e^x + e^y); either may be -INFINITY. */
double log_add(double x, double y);

#endif
