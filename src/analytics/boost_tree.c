/* Growth of one tree. Pure; one thread a boost_bins. Invariants: the rows of a
 * leaf stand in rising order, so sums do not depend on how the tree grew; of
 * equal gains the first fact and the lowest cut win; a child's histogram that
 * is the difference of its parent's and its sibling's is always that of the
 * larger child. */
#include "analytics/boost_tree.h"

#include <stdlib.h>
#include <string.h>

struct cell {
    double g, h;
    size_t rows;
};

struct split {
    double gain;
    size_t fact;
    size_t bin; /* rows in bins up to this go left */
};

struct leaf {
    size_t first, n; /* of boost_bins.order */
    struct cell sum;
    struct cell *cells; /* a histogram for each fact */
    struct split best;
    uint32_t node;
};

struct boost_bins {
    const struct boost_data *d;
    uint8_t *bin;    /* n rows of k bins */
    double **cuts;   /* of each fact: upper bound of each bin */
    size_t *width;   /* bins of each fact */
    size_t *at;      /* where each fact's cells begin */
    size_t cells;    /* of all facts */
    uint32_t *order; /* rows, those of a leaf together */
    uint32_t *spare;
    struct leaf *leaves;
    size_t room; /* leaves whose cells exist */
};

static int rising(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* Upper bounds of bins in out, of n sorted values; how many. */
static size_t cut_values(const double *sorted, size_t n, double *out) {
    size_t bins = 0, taken = 0;
    for (size_t i = 0, k; i < n; i = k) {
        for (k = i; k < n && sorted[k] == sorted[i]; k++)
            ;
        bool last = k == n;
        if (!last && bins == BOOST_BINS - 1)
            continue;
        /* a bin ends where its fair share of the rows is reached */
        if (last || (k - taken) * BOOST_BINS >= n || n <= BOOST_BINS) {
            out[bins++] = last ? sorted[i] : (sorted[i] + sorted[k]) / 2;
            taken = k;
        }
    }
    return bins;
}

static uint8_t bin_of(const double *cuts, size_t n, double v) {
    size_t lo = 0, hi = n - 1;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (v <= cuts[mid])
            hi = mid;
        else
            lo = mid + 1;
    }
    return (uint8_t)lo;
}

struct boost_bins *boost_bins_new(struct arena *a, const struct boost_data *d) {
    struct boost_bins *b = NEW(a, struct boost_bins);
    double *column = NEW_ARRAY(a, double, d->n);
    double cuts[BOOST_BINS];
    *b = (struct boost_bins){.d = d,
                             .bin = NEW_ARRAY(a, uint8_t, d->n * d->k + 1),
                             .cuts = NEW_ARRAY(a, double *, d->k + 1),
                             .width = NEW_ARRAY(a, size_t, d->k + 1),
                             .at = NEW_ARRAY(a, size_t, d->k + 1),
                             .order = NEW_ARRAY(a, uint32_t, d->n),
                             .spare = NEW_ARRAY(a, uint32_t, d->n)};
    for (size_t f = 0; f < d->k; f++) {
        for (size_t i = 0; i < d->n; i++)
            column[i] = d->x[i * d->k + f];
        qsort(column, d->n, sizeof *column, rising);
        b->width[f] = cut_values(column, d->n, cuts);
        b->cuts[f] = NEW_ARRAY(a, double, b->width[f]);
        memcpy(b->cuts[f], cuts, b->width[f] * sizeof *cuts);
        b->at[f] = b->cells;
        b->cells += b->width[f];
        for (size_t i = 0; i < d->n; i++)
            b->bin[i * d->k + f] =
                bin_of(b->cuts[f], b->width[f], d->x[i * d->k + f]);
    }
    return b;
}

static void fill_cells(const struct boost_bins *b,
                       const struct boost_slope *slope, struct leaf *l) {
    size_t k = b->d->k;
    memset(l->cells, 0, b->cells * sizeof *l->cells);
    for (size_t i = l->first; i < l->first + l->n; i++) {
        const uint8_t *bin = b->bin + b->order[i] * k;
        struct boost_slope s = slope[b->order[i]];
        for (size_t f = 0; f < k; f++) {
            struct cell *c = &l->cells[b->at[f] + bin[f]];
            c->g += s.g;
            c->h += s.h;
            c->rows++;
        }
    }
}

static void sum_rows(const struct boost_bins *b,
                     const struct boost_slope *slope, struct leaf *l) {
    l->sum = (struct cell){.rows = l->n};
    for (size_t i = l->first; i < l->first + l->n; i++) {
        l->sum.g += slope[b->order[i]].g;
        l->sum.h += slope[b->order[i]].h;
    }
}

static double score(double g, double h, double lambda) {
    return g * g / (h + lambda);
}

static void find_split(const struct boost_bins *b,
                       const struct boost_options *o, struct leaf *l) {
    double whole = score(l->sum.g, l->sum.h, o->lambda);
    l->best = (struct split){0};
    if (l->n < 2 * o->min_row)
        return;
    for (size_t f = 0; f < b->d->k; f++) {
        const struct cell *cells = l->cells + b->at[f];
        struct cell left = {0};
        for (size_t i = 0; i + 1 < b->width[f]; i++) {
            left.g += cells[i].g;
            left.h += cells[i].h;
            left.rows += cells[i].rows;
            if (left.rows < o->min_row)
                continue;
            if (l->n - left.rows < o->min_row)
                break;
            double gain =
                score(left.g, left.h, o->lambda) +
                score(l->sum.g - left.g, l->sum.h - left.h, o->lambda) - whole;
            if (gain > l->best.gain + 1e-9)
                l->best = (struct split){gain, f, i};
        }
    }
}

/* The rows of l that go left first, both sides in rising order. How many. */
static size_t part_rows(struct boost_bins *b, const struct leaf *l) {
    size_t k = b->d->k, left = 0, right = 0;
    uint32_t *rows = b->order + l->first;
    for (size_t i = 0; i < l->n; i++) {
        uint32_t row = rows[i];
        if (b->bin[row * k + l->best.fact] <= l->best.bin)
            rows[left++] = row;
        else
            b->spare[right++] = row;
    }
    memcpy(rows + left, b->spare, right * sizeof *rows);
    return left;
}

static struct leaf *new_leaf(struct arena *a, struct boost_bins *b, size_t at) {
    struct leaf *l = &b->leaves[at];
    if (at == b->room) {
        l->cells = NEW_ARRAY(a, struct cell, b->cells + 1);
        b->room++;
    }
    return l;
}

static double value_of(const struct leaf *l, const struct boost_options *o) {
    return o->rate * l->sum.g / (l->sum.h + o->lambda);
}

static void add_node(struct boost_tree *t, struct leaf *l,
                     const struct boost_options *o) {
    l->node = (uint32_t)t->n;
    t->nodes[t->n++] = (struct boost_node){.value = value_of(l, o)};
}

/* Splits leaf `at`; its right part becomes leaf `fresh`. */
static void split_leaf(struct arena *a, struct boost_bins *b,
                       const struct boost_slope *slope,
                       const struct boost_options *o, struct boost_tree *t,
                       size_t at, size_t fresh) {
    struct leaf *l = &b->leaves[at], *r = new_leaf(a, b, fresh);
    struct boost_node *node = &t->nodes[l->node];
    size_t left = part_rows(b, l);
    node->fact = (uint32_t)l->best.fact;
    node->cut = b->cuts[l->best.fact][l->best.bin];
    node->left = (uint32_t)t->n;
    node->right = (uint32_t)t->n + 1;
    r->first = l->first + left;
    r->n = l->n - left;
    l->n = left;
    /* the parent's cells less the smaller child's are the larger one's */
    struct leaf *small = l->n < r->n ? l : r, *large = l->n < r->n ? r : l;
    if (large == r) {
        struct cell *parent = l->cells;
        l->cells = r->cells;
        r->cells = parent;
    }
    fill_cells(b, slope, small);
    for (size_t i = 0; i < b->cells; i++) {
        large->cells[i].g -= small->cells[i].g;
        large->cells[i].h -= small->cells[i].h;
        large->cells[i].rows -= small->cells[i].rows;
    }
    sum_rows(b, slope, l);
    sum_rows(b, slope, r);
    add_node(t, l, o);
    add_node(t, r, o);
    find_split(b, o, l);
    find_split(b, o, r);
}

bool boost_tree_grow(struct arena *a, struct boost_bins *b,
                     const struct boost_slope *slope,
                     const struct boost_options *o, double *margin,
                     struct boost_tree *out) {
    size_t most = (size_t)o->leaves, n = 1;
    *out = (struct boost_tree){NEW_ARRAY(a, struct boost_node, 2 * most), 0};
    if (b->leaves == NULL)
        b->leaves = NEW_ARRAY(a, struct leaf, most);
    for (size_t i = 0; i < b->d->n; i++)
        b->order[i] = (uint32_t)i;
    struct leaf *root = new_leaf(a, b, 0);
    root->first = 0;
    root->n = b->d->n;
    fill_cells(b, slope, root);
    sum_rows(b, slope, root);
    add_node(out, root, o);
    find_split(b, o, root);
    while (n < most) {
        size_t at = 0;
        for (size_t i = 1; i < n; i++)
            if (b->leaves[i].best.gain > b->leaves[at].best.gain)
                at = i;
        if (!(b->leaves[at].best.gain > 0))
            break;
        split_leaf(a, b, slope, o, out, at, n++);
    }
    for (size_t i = 0; i < n; i++) {
        const struct leaf *l = &b->leaves[i];
        for (size_t k = l->first; k < l->first + l->n; k++)
            margin[b->order[k]] += out->nodes[l->node].value;
    }
    return n > 1;
}
