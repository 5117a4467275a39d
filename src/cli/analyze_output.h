/* Where the results of `guanxi analyze` go: one buffer that is written to
 * stdout whenever it has grown, so that a million rows need no more memory than
 * ten. */
#ifndef CLI_ANALYZE_OUTPUT_H
#define CLI_ANALYZE_OUTPUT_H

#include "base/csv_write.h"
#include "base/ctx.h"

void output_init(struct buf *b, struct ctx *c);
/* Writes out when much has gathered; fits as flush of a sink. */
void output_flush(void *b);
/* Writes the rest; ERR_IO "output" when it cannot be written. */
enum err output_end(struct ctx *c, struct buf *b) MUST_CHECK;

/* One cell of CSV: a number, empty when it is none. */
void output_real(struct csv_writer *w, double v);
void output_count(struct csv_writer *w, int64_t v);

/* An id as JSON text: one from a file may hold control characters. */
void output_id(struct buf *b, struct str id);

/* A blank and the number in a field of that width; "-" for one that is none. */
void output_figure(struct buf *b, int width, int decimals, double v);

/* Tells on stderr what to know before trusting a model of spends: why it is
 * none (NULL: it is one), and that spends go with the number of purchases. */
void output_warn_spend(const char *why, double correlation);

#endif
