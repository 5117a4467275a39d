/* Purchase models: 60-digit values at hard corners, published fits, two ways
 * to the same figure, and data that tell nothing. */
#include "analytics/bgbb.h"
#include "analytics/clv.h"
#include "analytics/gamma.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRESS "../shared/data/btyd-stress/stress.csv"
#define CDNOW                                                                  \
    "../shared/data/cdnow/cdnow_customers_summary_with_transactions.csv"

static struct ctx c;
static bool skipped;

static bool near(double got, double want, double rel) {
    bool good = fabs(got - want) <= rel * fabs(want) + 1e-12;
    if (!good)
        printf("%s: %.17g, want %.17g\n", test_name, got, want);
    return good;
}

static uint64_t state = 88172645463325252u;

static double uniform(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53 + 0x1p-54;
}

static double among(double low, double high) {
    return low * exp(uniform() * log(high / low));
}

/* --- gamma -------------------------------------------------------------- */

static void gamma_is_right(void) {
    CHECK(near(gamma_ln(1), 0, 1e-15));
    CHECK(near(gamma_ln(0.5), 0.57236494292470008707, 1e-15));
    CHECK(near(gamma_ln(1e-7), 16.118095593236761, 1e-14));
    CHECK(near(gamma_ln(100), 359.13420536957539878, 1e-15));
    CHECK(near(gamma_psi(1), -0.57721566490153286061, 1e-14));
    CHECK(near(gamma_psi1(1), 1.64493406684822643647, 1e-14));
    CHECK(near(gamma_psi(1e3), 6.90725519564881264, 1e-15));
    CHECK(near(gamma_psi1(0.25), 17.197329154507110739, 1e-14));
    for (int i = 0; i < 1000; i++) {
        double z = among(1e-3, 1e4), d = among(1e-2, 1e3), step = 1e-5 * z;
        CHECK(near(gamma_ln_ratio(z, d), gamma_ln(z + d) - gamma_ln(z), 1e-9));
        CHECK(near(gamma_psi(z),
                   (gamma_ln(z + step) - gamma_ln(z - step)) / (2 * step),
                   1e-5));
        CHECK(near(gamma_psi1(z),
                   (gamma_psi(z + step) - gamma_psi(z - step)) / (2 * step),
                   1e-5));
    }
    /* lnΓ(z+d) alone is 1e7 here; its last digit is worth 2e-9. */
    CHECK(near(gamma_ln_ratio(1e6, 1e-6), 1.3815510057964025e-5, 1e-12));
}

/* --- the shared files --------------------------------------------------- */

static FILE *open_shared(const char *path) {
    char line[512];
    FILE *f = fopen(path, "r");
    if (f == NULL || fgets(line, sizeof line, f) == NULL) {
        printf("skipped: no %s\n", path);
        skipped = true;
        return NULL;
    }
    return f;
}

static void hard_corners(void) {
    char model[16];
    double p[4], x, t_x, T, t, ll, alive, expected;
    int rows = 0;
    FILE *f = open_shared(STRESS);
    if (f == NULL)
        return;
    while (fscanf(f, " %15[^,],%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf",
                  model, &p[0], &p[1], &p[2], &p[3], &x, &t_x, &T, &t, &ll,
                  &alive, &expected) == 12) {
        struct history h = {(int64_t)x, t_x, T};
        rows++;
        if (strcmp(model, "bgnbd") == 0) {
            struct bgnbd m = {p[0], p[1], p[2], p[3]};
            CHECK(near(bgnbd_ll(&m, h), ll, 1e-9));
            CHECK(near(bgnbd_alive(&m, h), alive, 1e-9));
            CHECK(near(bgnbd_expected(&m, h, t), expected, 1e-9));
            CHECK(near(bgnbd_expected_integral(&m, h, t), expected, 1e-9));
        } else if (strcmp(model, "pnbd") == 0) {
            struct pareto_nbd m = {p[0], p[1], p[2], p[3]};
            CHECK(near(pareto_nbd_ll(&m, h), ll, 1e-9));
            CHECK(near(pareto_nbd_alive(&m, h), alive, 1e-9));
            CHECK(near(pareto_nbd_expected(&m, h, t), expected, 1e-9));
        } else {
            struct gamma_gamma m = {p[0], p[1], p[2]};
            CHECK(near(gamma_gamma_ll(&m, (struct spend){x, t_x}), ll, 1e-9));
            CHECK(near(gamma_gamma_mean(&m, (struct spend){x, t_x}), expected,
                       1e-9));
        }
    }
    fclose(f);
    CHECK(rows >= 70);
}

#define CDNOW_CUSTOMERS 2357

static size_t read_cdnow(struct history *h, struct spend *s) {
    size_t n = 0;
    double x, t_x, T, m;
    FILE *f = open_shared(CDNOW);
    if (f == NULL)
        return 0;
    while (n < CDNOW_CUSTOMERS &&
           fscanf(f, "%*d,%lf,%lf,%lf,%lf", &x, &t_x, &T, &m) == 4) {
        /* Printed with two decimals: days are meant. */
        h[n] =
            (struct history){(int64_t)x, round(t_x * 7) / 7, round(T * 7) / 7};
        s[n++] = (struct spend){x, m};
    }
    fclose(f);
    return n;
}

static void published_fits(void) {
    struct history *h = NEW_ARRAY(c.arena, struct history, CDNOW_CUSTOMERS);
    struct spend *s = NEW_ARRAY(c.arena, struct spend, CDNOW_CUSTOMERS);
    struct history_cells cells;
    struct bgnbd_fit bg;
    struct pareto_nbd_fit pa;
    struct gamma_gamma_fit gg;
    size_t n = read_cdnow(h, s);
    if (n == 0)
        return;
    CHECK_I64(n, CDNOW_CUSTOMERS);
    history_group(c.arena, h, n, &cells);
    bgnbd_fit(c.arena, &cells, &bg);
    pareto_nbd_fit(&cells, &pa);
    gamma_gamma_fit(c.arena, s, n, &gg);
    printf("cells %zu, passes %d %d %d\n", cells.n, bg.passes, pa.passes,
           gg.passes);
    CHECK(bg.why == NULL && pa.why == NULL && gg.why == NULL);
    CHECK(near(bg.ll, -9582.4292, 1e-7));
    CHECK(near(bg.p.r, 0.242595, 1e-4) && near(bg.p.alpha, 4.413602, 1e-4));
    CHECK(near(bg.p.a, 0.792922, 1e-4) && near(bg.p.b, 2.425907, 1e-4));
    CHECK(near(bgnbd_cells_ll(&bg.p, &cells), bg.ll, 1e-12));
    CHECK(near(pa.ll, -9594.9762, 1e-7));
    CHECK(near(pa.p.r, 0.553277, 1e-4) && near(pa.p.alpha, 10.577684, 1e-4));
    CHECK(near(pa.p.s, 0.606240, 1e-4) && near(pa.p.beta, 11.668734, 1e-4));
    CHECK(near(pareto_nbd_cells_ll(&pa.p, &cells), pa.ll, 1e-12));
    CHECK_I64(gg.customers, 946);
    /* The file rounds m to two decimals. */
    CHECK(near(gg.ll, -4055.9177, 1e-5));
    CHECK(near(gg.p.p, 6.24957, 1e-3) && near(gg.p.q, 3.74422, 1e-3));
    CHECK(near(gg.p.v, 15.44352, 1e-3));
    CHECK(gg.correlation > 0.1 && gg.correlation < 0.12);
    double bought[2] = {0, 0};
    for (size_t i = 0; i < n; i++) {
        bought[0] += bgnbd_expected(&bg.p, h[i], 39);
        bought[1] += pareto_nbd_expected(&pa.p, h[i], 39);
    }
    CHECK(near(bought[0], 1653.4, 1e-3) && near(bought[1], 1665.5, 1e-3));
    struct bgnbd given = {0.243, 4.414, 0.793, 2.426};
    struct history first = {2, 30.43, 38.86};
    CHECK(near(bgnbd_expected(&given, first, 39), 1.226, 1e-4));
    struct gamma_gamma rounded = {6.25, 3.74, 15.44};
    CHECK(near(gamma_gamma_mean(&gg.p, (struct spend){2, 22.35}), 24.66, 1e-3));
    CHECK(near(gamma_gamma_mean(&gg.p, (struct spend){0, 0}), 35.17, 1e-3));
    CHECK(near(gamma_gamma_mean(&rounded, (struct spend){0, 0}), 35.22, 1e-3));
}

#define DONATIONS "../shared/data/bgbb-donations/donations.csv"

/* Fader, Hardie, Shang 2010: 11,104 donors, six years. */
static void published_donors(void) {
    struct bgbb_cell cells[32];
    size_t n = 0;
    struct bgbb_fit f;
    double donors = 0, mean = 0;
    FILE *file = open_shared(DONATIONS);
    if (file == NULL)
        return;
    while (n < COUNT_OF(cells) &&
           fscanf(file, "%d,%d,%d,%lf", &cells[n].x, &cells[n].t_x, &cells[n].n,
                  &cells[n].weight) == 4)
        n++;
    fclose(file);
    bgbb_fit(c.arena, cells, n, &f);
    CHECK(f.why == NULL);
    CHECK(near(f.p.alpha, 1.204, 1e-3) && near(f.p.beta, 0.750, 1e-3));
    CHECK(near(f.p.gamma, 0.657, 1e-3) && near(f.p.delta, 2.783, 1e-3));
    CHECK(near(f.ll, -33225.6, 1e-5));
    for (size_t i = 0; i < n; i++) {
        donors += cells[i].weight;
        mean += cells[i].weight * bgbb_expected(&f.p, cells[i], 5, NULL);
        CHECK(bgbb_alive(&f.p, cells[i], 0) <= 1 + 1e-12);
    }
    CHECK(donors == 11104);
    /* Who bought last year is alive then, for sure. */
    struct bgbb_cell loyal = {6, 6, 6, 1};
    CHECK(near(bgbb_alive(&f.p, loyal, 0), 1, 1e-12));
    CHECK(bgbb_alive(&f.p, loyal, 1) < 1);
    CHECK(mean / donors > 0.5 && mean / donors < 2);
}

/* All histories of three opportunities have chances that add up to 1. */
static void donors_chances_add_up(void) {
    for (int i = 0; i < 200; i++) {
        struct bgbb m = {among(0.05, 50), among(0.05, 50), among(0.05, 50),
                         among(0.05, 50)};
        double sum = 0, bought = 0;
        for (int way = 0; way < 8; way++) {
            struct bgbb_cell h = {.n = 3};
            for (int k = 0; k < 3; k++) {
                if (way >> k & 1) {
                    h.x++;
                    h.t_x = k + 1;
                }
            }
            sum += exp(bgbb_ll(&m, h));
            bought += exp(bgbb_ll(&m, h)) * h.x;
        }
        CHECK(near(sum, 1, 1e-12));
        CHECK(near(bgbb_expected(&m, (struct bgbb_cell){0, 0, 0, 1}, 3, NULL),
                   bought, 1e-11));
    }
}

/* --- two ways ----------------------------------------------------------- */

static struct history any_history(double longest) {
    struct history h = {.T = among(0.1, longest)};
    h.x = uniform() < 0.2 ? 0 : (int64_t)among(1, 200);
    h.t_x = h.x == 0 ? 0 : h.T * uniform();
    return h;
}

static void series_is_the_integral(void) {
    for (int i = 0; i < 2000; i++) {
        struct bgnbd m = {among(0.05, 20), among(0.5, 300), among(1e-3, 20),
                          among(0.05, 500)};
        struct history h = any_history(200);
        double t = among(0.1, 500);
        CHECK(near(bgnbd_expected(&m, h, t), bgnbd_expected_integral(&m, h, t),
                   1e-9));
    }
}

/* In Pareto/NBD the likelihood is a mixture over the time of loss: a plain sum
 * over a fine grid must come close to it. */
static void integral_is_the_sum(void) {
    for (int i = 0; i < 200; i++) {
        struct pareto_nbd m = {among(0.05, 5), among(0.5, 300), among(0.05, 5),
                               among(0.5, 300)};
        struct history h = any_history(100);
        double n = m.r + (double)h.x, sum = 0;
        int steps = 4000;
        double width = (h.T - h.t_x) / steps;
        for (int k = 0; k < steps; k++) {
            double y = h.t_x + (k + 0.5) * width;
            sum += width * m.s *
                   exp(n * log((m.alpha + h.T) / (m.alpha + y)) +
                       m.s * log((m.beta + h.T) / (m.beta + y))) /
                   (m.beta + y);
        }
        CHECK(near(pareto_nbd_alive(&m, h), 1 / (1 + sum), 2e-3));
    }
}

static void expectations_add_up(void) {
    for (int i = 0; i < 500; i++) {
        struct bgnbd m = {among(0.05, 5), among(0.5, 100), among(0.01, 5),
                          among(0.05, 50)};
        struct history h = any_history(100);
        double before = 0;
        for (double t = 0; t < 100; t += 10) {
            double now = bgnbd_expected(&m, h, t);
            CHECK(now >= before && isfinite(now));
            before = now;
        }
        CHECK(bgnbd_alive(&m, h) >= 0 && bgnbd_alive(&m, h) <= 1);
    }
}

/* One customer against the models of a full run: the same bits. */
static void one_is_as_in_the_full_run(void) {
    enum { N = 3000 };
    struct clv_customer *all = NEW_ARRAY(c.arena, struct clv_customer, N);
    struct bgnbd m = {0.25, 4.4, 0.8, 2.4};
    struct gamma_gamma g = {6.2, 3.7, 15.4};
    struct clv_report r;
    for (size_t i = 0; i < N; i++) {
        struct history h = any_history(60);
        h.T = ceil(h.T);
        all[i] = (struct clv_customer){S("a"), h, h.x > 0 ? among(1, 100) : 0};
    }
    clv_report(c.arena, all, N,
               (struct clv_given){.bgnbd = &m, .gamma_gamma = &g}, &r);
    for (size_t i = 0; i < N; i++) {
        struct clv_score s = clv_score_of(&r.models, all[i].h, all[i].m);
        CHECK(memcmp(&s, &r.scores[i], sizeof s) == 0);
        CHECK(s.expected_52 == bgnbd_expected(&m, all[i].h, CLV_YEAR));
        CHECK(isfinite(s.clv_12m) && s.clv_12m >= 0);
    }
}

/* --- data that tell nothing --------------------------------------------- */

static void fit_all(const struct history *h, size_t n, struct bgnbd_fit *bg,
                    struct pareto_nbd_fit *pa) {
    struct history_cells cells;
    history_group(c.arena, h, n, &cells);
    bgnbd_fit(c.arena, &cells, bg);
    pareto_nbd_fit(&cells, pa);
}

static void tells_what_cannot_be_told(void) {
    struct history h[300] = {{0}};
    struct bgnbd_fit bg;
    struct pareto_nbd_fit pa;
    fit_all(h, 0, &bg, &pa);
    CHECK_STR(str_of(bg.why), FIT_NO_CUSTOMERS);
    CHECK_STR(str_of(pa.why), FIT_NO_CUSTOMERS);
    for (size_t i = 0; i < COUNT_OF(h); i++)
        h[i] = (struct history){0, 0, 0};
    fit_all(h, COUNT_OF(h), &bg, &pa);
    CHECK_STR(str_of(bg.why), FIT_NO_TIME);
    for (size_t i = 0; i < COUNT_OF(h); i++)
        h[i].T = 1 + (double)i / 10;
    fit_all(h, COUNT_OF(h), &bg, &pa);
    CHECK_STR(str_of(bg.why), FIT_NO_REPEAT);
    CHECK_STR(str_of(bg.nbd.why), FIT_NO_REPEAT);
    h[7] = (struct history){3, 1, 5};
    fit_all(h, 1, &bg, &pa);
    CHECK(bg.why != NULL && pa.why != NULL);
    fit_all(h + 7, 1, &bg, &pa);
    CHECK(bg.why != NULL && pa.why != NULL);
    h[8] = (struct history){1000000, 39, 40};
    fit_all(h, COUNT_OF(h), &bg, &pa);
    CHECK(isfinite(bg.ll) && isfinite(bg.nbd.ll));
}

/* Purchases of people who are never lost: NBD data. */
static void finds_that_nobody_is_lost(void) {
    enum { N = 3000 };
    struct history *h = NEW_ARRAY(c.arena, struct history, N);
    struct bgnbd_fit bg;
    struct pareto_nbd_fit pa;
    for (size_t i = 0; i < N; i++) {
        double rate = -log(uniform()) * 0.1,
               T = 20 + floor(uniform() * 140) / 7;
        h[i].T = T;
        for (double y = -log(uniform()) / rate; y < T;
             y -= log(uniform()) / rate) {
            h[i].x++;
            h[i].t_x = floor(y * 7) / 7;
        }
    }
    fit_all(h, N, &bg, &pa);
    CHECK_STR(str_of(bg.why), FIT_NO_LOSS);
    CHECK(bg.nbd.why == NULL);
    CHECK(near(bg.nbd.p.r, 1, 0.1) && near(bg.nbd.p.alpha, 10, 0.1));
    CHECK(pa.why != NULL);
}

static void order_does_not_matter(void) {
    enum { N = 500 };
    struct history h[N], turned[N];
    struct bgnbd_fit one, other;
    struct pareto_nbd_fit pa, pb;
    for (size_t i = 0; i < N; i++) {
        h[i] = (struct history){.x = (int64_t)(uniform() * 5)};
        h[i].T = 10 + floor(uniform() * 100) / 7;
        h[i].t_x = h[i].x > 0 ? floor(uniform() * h[i].T * 7) / 7 : 0;
        turned[N - 1 - i] = h[i];
    }
    fit_all(h, N, &one, &pa);
    fit_all(turned, N, &other, &pb);
    CHECK(memcmp(&one.p, &other.p, sizeof one.p) == 0 && one.ll == other.ll);
    CHECK(memcmp(&pa.p, &pb.p, sizeof pa.p) == 0 && pa.ll == pb.ll);
}

static void spend_that_tells_nothing(void) {
    struct gamma_gamma_fit gg;
    struct spend s[50] = {{0, 0}};
    gamma_gamma_fit(c.arena, s, 0, &gg);
    CHECK_STR(str_of(gg.why), FIT_NO_SPEND);
    gamma_gamma_fit(c.arena, s, COUNT_OF(s), &gg);
    CHECK_STR(str_of(gg.why), FIT_NO_SPEND);
    for (size_t i = 0; i < COUNT_OF(s); i++)
        s[i] = (struct spend){1 + (double)(i % 3), 10};
    gamma_gamma_fit(c.arena, s, COUNT_OF(s), &gg);
    CHECK_STR(str_of(gg.why), FIT_AT_BOUND);
    CHECK(gg.correlation == 0);
    struct gamma_gamma m = {1, 0.5, 3};
    CHECK(isnan(gamma_gamma_mean(&m, (struct spend){0, 0})));
}

int main(void) {
    ctx_init(&c, arena_new());
    RUN(gamma_is_right);
    RUN(hard_corners);
    RUN(published_fits);
    RUN(published_donors);
    RUN(donors_chances_add_up);
    RUN(series_is_the_integral);
    RUN(integral_is_the_sum);
    RUN(expectations_add_up);
    RUN(one_is_as_in_the_full_run);
    RUN(tells_what_cannot_be_told);
    RUN(finds_that_nobody_is_lost);
    RUN(order_does_not_matter);
    RUN(spend_that_tells_nothing);
    arena_free(c.arena);
    return test_end();
}
