/* Reads a big file of sale lines in parts side by side, where it is plain CSV.
 * Part of `guanxi analyze`. */
#ifndef CLI_ANALYZE_PARTS_H
#define CLI_ANALYZE_PARTS_H

#include "cli/analyze_read.h"

/* Sums the lines behind those that were read from t, on as many threads as the
 * process may use. *done false: something was met that the row by row reading
 * has to look at (or tell about), nothing of it counts and t is where it was.
 * Else rd->sums and what reading gave are set. */
void analyze_parts(struct ctx *c, struct table *t, struct line_reader *rd,
                   bool *done);

#endif
