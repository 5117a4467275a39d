/* Reads a file of sale lines for `guanxi analyze`. */
#ifndef CLI_ANALYZE_READ_H
#define CLI_ANALYZE_READ_H

#include "cli/analyze_request.h"

/* One line as the file has it; product is empty without such a column. Text is
 * borrowed for the call. */
typedef enum err take_line(struct ctx *c, void *user, const struct sale_line *l,
                           struct str product);

struct line_reader {
    const struct analyze_request *rq;
    take_line *take; /* NULL: only the sums of sale lines are wanted */
    void *user;
    /* What reading gave. */
    struct transactions *sums; /* without take */
    struct columns columns;
    int64_t lines;    /* handed over */
    int64_t left_out; /* after --until */
    bool dated;       /* some line has a day; the last of them: */
    int32_t last_day;
    size_t bad_rows;
};

/* Hands every line to take. Bad rows are noted, up to twenty, and are the
 * result; ERR_INVALID "file_no_lines" without a line, "analyze_all_late" when
 * each is after --until. Prints what was guessed and how many lines were left
 * out to stderr. */
enum err analyze_read(struct ctx *c, struct str path,
                      struct line_reader *rd) MUST_CHECK;

/* The sale lines of each customer, and what they were counted to. */
struct analyzed_sales {
    struct customer_sales *customers; /* by id */
    size_t n;
    struct transactions_totals totals;
    int32_t as_of;
    bool has_orders; /* lines name orders; else each counts as one */
};
/* Reads all lines. As analyze_read and analyze_as_of. */
enum err analyze_sales(struct ctx *c, struct str path,
                       const struct analyze_request *rq,
                       struct analyzed_sales *out) MUST_CHECK;

/* What time is counted to unless --as-of says: the day behind the last. */
int32_t analyze_day_after(int32_t last);

/* The day that time is counted to: --as-of, or fallback. A purchase on a later
 * day `last` is ERR_INVALID "analyze_as_of_early". */
enum err analyze_as_of(struct ctx *c, const struct analyze_request *rq,
                       int32_t fallback, int32_t last, int32_t *out) MUST_CHECK;

#endif
