/* What an import did, or would do: counted row by row, saved with each chunk,
 * shown as the report. */
#ifndef APP_IMPORT_COUNTS_H
#define APP_IMPORT_COUNTS_H

#include "base/json.h"

enum import_count {
    COUNT_LINES,
    COUNT_SALE,
    COUNT_CANCELLED,
    COUNT_RETURN,
    COUNT_FREE,
    COUNT_ADJUSTMENT,
    COUNT_NO_CUSTOMER,
    COUNT_DUPLICATE,
    COUNT_ERROR,
    COUNT_CUSTOMERS,
    COUNT_ORDERS,
    COUNT_ORDERS_UPDATED,
    COUNT_PRODUCTS,
    COUNT_CREATED,
    COUNT_UPDATED,
    COUNT_SKIPPED,
    COUNT_GRADED,
    IMPORT_COUNTS
};

struct import_counts {
    int64_t n[IMPORT_COUNTS];
    int64_t sales; /* 10^-6 of the file's currency: its sale lines */
    int32_t first_day, last_day;
    bool dated; /* the days are set */
};

/* Rows that are in the errors file. */
int64_t import_counts_aside(const struct import_counts *k);
void import_counts_day(struct import_counts *k, int32_t day);

/* As part of the cursor, all of it. */
void import_counts_save(struct jw *w, const struct import_counts *k);
void import_counts_restore(const json_t *j, struct import_counts *out);

/* The report: for files of orders or of records. ms: how long it took. */
struct import_report {
    bool orders, dry;
    struct str currency;
    struct str trimmed; /* columns whose ids lost a ".0" */
    int64_t ms;
};
void import_counts_report(struct ctx *c, struct jw *w,
                          const struct import_counts *k,
                          const struct import_report *r);

#endif
