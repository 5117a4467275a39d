/* Exact decimals: int64 scaled by 10^scale. Quantities have scale 3, prices,
 * line amounts and statistics scale 6, documents the minor units of their
 * currency. No floating point anywhere. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/buf.h"
#include "base/ctx.h"

#define NUM_MAX_SCALE 18
#define NUM_QUANTITY 3 /* scale of quantities */
#define NUM_AMOUNT 6   /* scale of prices, line amounts and statistics */

enum num_result {
    NUM_OK,
    NUM_EMPTY,
    NUM_SYNTAX,
    NUM_EXPONENT, /* 1e-3: refused, nobody types that into a price */
    NUM_DECIMALS, /* more decimals than the scale holds */
    NUM_RANGE,    /* does not fit 64 bits at this scale */
};

enum num_excess {
    NUM_EXACT, /* decimals beyond the scale must be zeros */
    NUM_ROUND, /* they are rounded half away from zero */
};

/* Reads text such as "-12.50", "+3", ".5", "1,234.50", "１２．５": the point is
 * the decimal sign; commas are thousands separators and count only when every
 * group is right ("1,234,567.8"; "12,5", "1,23,456" and "0,123" are refused).
 * White space around is ignored. out is set only on NUM_OK. */
enum num_result num_parse(struct str text, int scale, enum num_excess excess,
                          int64_t *out) MUST_CHECK;

/* Message id of a result: "number_empty", "number_syntax", … ; NULL for OK. */
const char *num_code(enum num_result r);

/* num_parse that notes the problem for `field`, with the text and the scale as
 * arguments: ERR_INVALID. */
enum err num_need(struct ctx *c, struct str field, struct str text, int scale,
                  int64_t *out) MUST_CHECK;

/* True for ASCII digits with optional sign and one point: what a spreadsheet
 * may take as a number without harm. */
bool num_is_plain(struct str text);

/* Appends the exact decimal without trailing zeros: "-0.5", "12", "0". */
void num_print(struct buf *b, int64_t v, int scale);
struct str num_text(struct arena *a, int64_t v, int scale);

/* Appends it with at least `decimals` digits behind the point ("12.50"). */
void num_print_fixed(struct buf *b, int64_t v, int scale, int decimals);

/* a × b / 10^drop in 128 bits, rounded half away from zero: quantity (10^-3)
 * times price (10^-6) is an amount (10^-6) with drop 3. drop is 0…18. False
 * when it does not fit. */
bool num_mul(int64_t a, int64_t b, int drop, int64_t *out) MUST_CHECK;

/* v from one scale to another, rounded half away from zero when digits go:
 * 10^-6 to minor units is num_rescale(v, 6, 2, &minor). False on overflow. */
bool num_rescale(int64_t v, int from, int to, int64_t *out) MUST_CHECK;

/* Is the text digits, a point and zeros: "17850.0", which other programs make
 * of a number that only names something? *digits: how many stand before the
 * point.
 */
bool num_is_whole(struct str s, size_t *digits);

/* *sum += v; false on overflow, *sum is unchanged then. */
bool num_add(int64_t *sum, int64_t v) MUST_CHECK;

#endif
