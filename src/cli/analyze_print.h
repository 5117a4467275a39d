/* The results of `guanxi analyze` as JSON, CSV or a table for people. */
#ifndef CLI_ANALYZE_PRINT_H
#define CLI_ANALYZE_PRINT_H

#include "analytics/value_report.h"

enum analysis { ANALYSIS_RFM, ANALYSIS_ABC, ANALYSIS_PYRAMID, ANALYSIS_COUNT };
enum print_format { PRINT_TABLE, PRINT_JSON, PRINT_CSV, PRINT_COUNT };

/* Writes to stdout; ERR_IO "output" when it cannot be written. */
enum err analysis_print(struct ctx *c, enum analysis what,
                        enum print_format format, const struct value_report *r,
                        const struct transactions_totals *totals) MUST_CHECK;

#endif
