/* Design matrices. Pure: arrays in, arrays out. Invariant: facts stand in the
 * order of columns, levels in the order of bytes. */
#include "analytics/design.h"

#include "base/vec.h"

#include <math.h>
#include <stdlib.h>

struct making {
    struct arena *a;
    VEC(struct design_fact) facts;
    size_t n;
};

static int by_bytes(const void *x, const void *y) {
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static const char *add_numbers(struct making *m, size_t column,
                               const double *v) {
    double sum = 0, square = 0, known = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (isnan(v[i]))
            continue;
        sum += v[i];
        known++;
    }
    double mean = known > 0 ? sum / known : 0;
    for (size_t i = 0; i < m->n; i++)
        if (!isnan(v[i]))
            square += (v[i] - mean) * (v[i] - mean);
    double sd = known > 0 ? sqrt(square / known) : 0;
    if (!isfinite(mean) || !isfinite(sd))
        return DESIGN_RANGE;
    if (!(sd > 1e-12 * fabs(mean)))
        return DESIGN_CONSTANT;
    if (m->facts.n == DESIGN_FACTS_MAX)
        return DESIGN_FACTS;
    *VEC_PUSH(m->a, &m->facts) =
        (struct design_fact){.column = column, .mean = mean, .sd = sd};
    return NULL;
}

static const char *add_words(struct making *m, size_t column,
                             const struct str *words) {
    struct str levels[DESIGN_LEVELS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        size_t k = 0;
        while (k < n && !str_eq(levels[k], words[i]))
            k++;
        if (k < n)
            continue;
        if (n == DESIGN_LEVELS_MAX)
            return DESIGN_LEVELS;
        levels[n++] = words[i];
    }
    if (m->facts.n + n > DESIGN_FACTS_MAX + 1)
        return DESIGN_FACTS;
    qsort(levels, n, sizeof *levels, by_bytes);
    for (size_t k = 1; k < n; k++)
        *VEC_PUSH(m->a, &m->facts) =
            (struct design_fact){.column = column, .level = levels[k]};
    return n < 2 ? DESIGN_CONSTANT : NULL;
}

static double value_of(const struct design_fact *f,
                       const struct design_column *c, size_t row) {
    if (c->numbers == NULL)
        return str_eq(c->words[row], f->level) ? 1 : 0;
    double v = c->numbers[row];
    return isnan(v) ? 0 : (v - f->mean) / f->sd;
}

void design_make(struct arena *a, const struct design_column *columns,
                 size_t n_columns, size_t n, struct design *out) {
    struct making m = {.a = a, .n = n};
    *out = (struct design){.why = NEW_ARRAY(a, const char *, n_columns + 1)};
    for (size_t i = 0; i < n_columns; i++)
        out->why[i] = columns[i].numbers != NULL
                          ? add_numbers(&m, i, columns[i].numbers)
                          : add_words(&m, i, columns[i].words);
    out->facts = m.facts.p;
    out->k = m.facts.n;
    out->x = NEW_ARRAY(a, double, n * out->k + 1);
    out->means = NEW_ARRAY(a, double, out->k + 1);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < out->k; j++) {
            const struct design_fact *f = &out->facts[j];
            double v = value_of(f, &columns[f->column], i);
            out->x[i * out->k + j] = v;
            out->means[j] += v / (double)n;
        }
    }
}
