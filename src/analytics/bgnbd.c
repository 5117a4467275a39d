/* BG/NBD and NBD: the formulas for one customer. Pure; any thread. Invariant:
 * no form subtracts two large numbers, so 1e-9 holds at every corner. */
#include "analytics/bgnbd.h"

#include "analytics/gamma.h"

#include <math.h>

/* Where the series is used; beyond it the integral. */
#define SERIES_Z 0.9
#define SERIES_X 150
#define SERIES_NEAR_ONE 0.01 /* |a − 1| */
#define SERIES_LOSS 1e-5     /* of digits in 1 − q */

#define STEP 0.05
#define LOG_TINY 46.0 /* e^-46 is 1e-20 */

/* ln of (chance lost at t_x) / (chance alive), for x > 0. */
static double lost_odds(const struct bgnbd *m, struct history h) {
    return log(m->a / (m->b + (double)h.x - 1)) +
           (m->r + (double)h.x) * log1p((h.T - h.t_x) / (m->alpha + h.t_x));
}

double nbd_ll(const struct nbd *m, struct history h) {
    double x = (double)h.x;
    return gamma_ln_ratio(m->r, x) - m->r * log1p(h.T / m->alpha) -
           x * log(m->alpha + h.T);
}

double nbd_expected(const struct nbd *m, struct history h, double t) {
    return (m->r + (double)h.x) / (m->alpha + h.T) * t;
}

double bgnbd_ll(const struct bgnbd *m, struct history h) {
    struct nbd rate = {m->r, m->alpha};
    double x = (double)h.x, alive = nbd_ll(&rate, h);
    if (h.x == 0)
        return alive;
    alive += gamma_ln_ratio(m->b, x) - gamma_ln_ratio(m->a + m->b, x);
    return alive + log_add(0, lost_odds(m, h));
}

double bgnbd_alive(const struct bgnbd *m, struct history h) {
    return h.x == 0 ? 1 : 1 / (1 + exp(lost_odds(m, h)));
}

/* (1 − (1 + pt/A)^−n) / p: purchases in t of one who is lost with chance p. */
static double purchases(double p, double t, double A, double n) {
    return -expm1(-n * log1p(p * (t / A))) / p;
}

/* ln of the Beta(a, b) density in w = logit p, without its constant. */
static double density(double w, double a, double b) {
    /* a ln p + b ln(1 − p), each without cancellation */
    double p = w < 0 ? w - log1p(exp(w)) : -log1p(exp(-w));
    double q = w < 0 ? -log1p(exp(w)) : -w - log1p(exp(-w));
    return a * p + b * q;
}

/* Purchases in t of one who is alive. */
static double integral(const struct bgnbd *m, struct history h, double t) {
    double a = m->a, b = m->b + (double)h.x;
    double A = m->alpha + h.T, n = m->r + (double)h.x;
    double centre = log(a / b), top = density(centre, a, b);
    double wide = sqrt(1 / a + 1 / b);
    double step = fmin(STEP, wide / 2);
    /* Beyond these the density is below e^-46 of its top. */
    double low = -asinh(LOG_TINY / a + 12 * wide);
    double high = asinh(LOG_TINY / b + 12 * wide);
    double sum = 0, norm = 0;
    int64_t from = (int64_t)floor(low / step), to = (int64_t)ceil(high / step);
    for (int64_t i = from; i <= to; i++) {
        double tau = (double)i * step, w = centre + sinh(tau);
        double weight = cosh(tau) * exp(density(w, a, b) - top);
        double p = 1 / (1 + exp(-w));
        norm += weight;
        sum += weight * (p > 1e-300 ? purchases(p, t, A, n) : n * t / A);
    }
    return sum / norm;
}

double bgnbd_expected_integral(const struct bgnbd *m, struct history h,
                               double t) {
    return bgnbd_alive(m, h) * integral(m, h, t);
}

void bgnbd_series_set(struct bgnbd_series *s, const struct bgnbd *m,
                      int64_t x) {
    double below = m->a + m->b + (double)x - 1;
    bool useless = x > SERIES_X || below < SERIES_NEAR_ONE ||
                   fabs(m->a - 1) < SERIES_NEAR_ONE;
    s->m = *m;
    s->x = x;
    s->c[0] = 1;
    s->n = useless ? 0 : 1;
}

/* (n)_k (beta)_k / ((c)_k k!) of the next k. */
static void add_coefficient(struct bgnbd_series *s) {
    double k = (double)s->n - 1, x = (double)s->x;
    s->c[s->n] = s->c[s->n - 1] * ((s->m.r + x + k) * (s->m.b + x + k)) /
                 ((s->m.a + s->m.b + x - 1 + k) * (k + 1));
    s->n++;
}

/* False when the series loses too many digits. */
static bool series(struct bgnbd_series *s, struct history h, double t,
                   double *out) {
    double n = s->m.r + (double)s->x, A = s->m.alpha + h.T, z = t / (A + t);
    double power = 1, sum = 0;
    if (z > SERIES_Z || s->n == 0)
        return false;
    for (size_t k = 0; k < BGNBD_TERMS; k++) {
        if (k == s->n)
            add_coefficient(s);
        double term = s->c[k] * power;
        sum += term;
        power *= z;
        if (term < 1e-17 * sum) {
            double q = sum * exp(-n * log1p(t / A)), left = 1 - q;
            double below = s->m.a + s->m.b + (double)s->x - 1;
            *out = below / (s->m.a - 1) * left;
            return isfinite(q) && fabs(left) > SERIES_LOSS * q;
        }
    }
    return false;
}

double bgnbd_expected_alive(struct bgnbd_series *s, struct history h,
                            double t) {
    double v;
    if (t == 0)
        return 0;
    return series(s, h, t, &v) ? v : integral(&s->m, h, t);
}

double bgnbd_expected(const struct bgnbd *m, struct history h, double t) {
    struct bgnbd_series s;
    bgnbd_series_set(&s, m, h.x);
    return bgnbd_alive(m, h) * bgnbd_expected_alive(&s, h, t);
}
