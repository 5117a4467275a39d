/* The results of `guanxi analyze rfm|abc|pyramid` as JSON, CSV or a table for
 * people. */
#ifndef CLI_ANALYZE_PRINT_H
#define CLI_ANALYZE_PRINT_H

#include "cli/analyze_request.h"

/* Writes to stdout; ERR_IO "output" when it cannot be written. */
enum err analysis_print(struct ctx *c, enum analysis what,
                        enum print_format format, const struct value_report *r,
                        const struct transactions_totals *totals) MUST_CHECK;

#endif
