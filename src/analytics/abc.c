/* ABC classes. Pure. */
#include "analytics/abc.h"

#include "analytics/rank.h"
#include "base/wide.h"

void abc_classes(const int64_t *sales, const size_t *order, size_t n,
                 struct abc_cuts cuts, struct abc_row *out) {
    int64_t total = 0, before = 0;
    for (size_t i = 0; i < n; i++)
        total += sales[i];
    for (size_t k = 0; k < n; k++) {
        size_t i = order[k];
        i128 scaled = (i128)before * BASIS_POINTS;
        out[i].before = before;
        out[i].class = scaled < (i128)total * cuts.a_bp   ? 'A'
                       : scaled < (i128)total * cuts.b_bp ? 'B'
                                                          : 'C';
        before += sales[i];
    }
}
