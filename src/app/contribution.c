/* Contributions. One thread a call. Invariant: of one customer and of all the
 * same sums of the same integers come out. */
#include "app/contribution.h"

#include "analytics/columns.h"
#include "base/time.h"
#include "store/margins.h"
#include "store/mirror.h"
#include "store/profits.h"

struct str contribution_field(enum measure m) {
    static const struct str fields[MEASURE_COUNT] = {
        [MEASURE_SALES] = S_INIT(""),
        [MEASURE_MARGIN] = S_INIT("margin"),
        [MEASURE_PROFIT] = S_INIT("net_profit")};
    return fields[m];
}

/* Both sides by rising id. */
static void take(struct customer_figures *figures, size_t n, size_t *at,
                 int64_t customer, int64_t amount) {
    while (*at < n && figures[*at].id < customer)
        ++*at;
    if (*at < n && figures[*at].id == customer)
        figures[*at].contribution = amount;
}

static enum err of_sales(struct ctx *c, int32_t from_day,
                         struct customer_figures *figures, size_t n) {
    struct mirror_view v;
    struct sales_figures *sums;
    size_t n_sums, at = 0;
    TRY(mirror_open(c, &v));
    struct sales_columns columns = {.order = v.order,
                                    .customer = v.customer,
                                    .day = v.day,
                                    .sales = v.sales,
                                    .n = v.n};
    bool fits = columns_figures(c->arena, &columns,
                                (struct sales_span){from_day, DAY_MAX}, false,
                                &sums, &n_sums);
    mirror_close(&v);
    if (!fits)
        return fail(c, ERR_INVALID, "", "amount_overflow");
    for (size_t i = 0; i < n_sums; i++)
        take(figures, n, &at, sums[i].customer, sums[i].sales);
    return OK;
}

enum err contribution_all(struct ctx *c, const struct ruler_basis *b,
                          struct customer_figures *figures, size_t n,
                          int64_t *unknown) {
    struct margin *sums;
    size_t n_sums, at = 0;
    *unknown = 0;
    for (size_t i = 0; i < n; i++)
        figures[i].contribution = 0;
    if (b->measure == MEASURE_SALES)
        return b->from_day == 0 ? OK : of_sales(c, b->from_day, figures, n);
    if (b->measure == MEASURE_PROFIT)
        TRY(profits_since(c, b->from_day, &sums, &n_sums, unknown));
    else
        TRY(margins_since(c, b->from_day, 0, &sums, &n_sums, unknown));
    for (size_t i = 0; i < n_sums; i++)
        take(figures, n, &at, sums[i].customer, sums[i].amount);
    return OK;
}

enum err contribution_one(struct ctx *c, const struct ruler_basis *b,
                          struct customer_figures *f) {
    struct margin *margins;
    size_t n;
    int64_t unknown;
    f->contribution = 0;
    if (b->measure == MEASURE_PROFIT)
        return profit_of(c, b->from_day, f->id, &f->contribution);
    if (b->measure == MEASURE_SALES)
        return b->from_day == 0
                   ? OK
                   : sales_since(c, b->from_day, f->id, &f->contribution);
    TRY(margins_since(c, b->from_day, f->id, &margins, &n, &unknown));
    if (n > 0)
        f->contribution = margins[0].amount;
    return OK;
}
