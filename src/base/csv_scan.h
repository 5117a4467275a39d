/* The fast way through plain CSV: a part of a file that is read by position, so
 * that several threads can have a part each. It knows the rows that nearly all
 * files consist of and declines whatever else it meets (a broken quote, a row
 * of another width, text that is not UTF-8, a row longer than its buffer): the
 * caller then reads the file with base/table.h, which tells what is wrong and
 * where. What it does not decline it splits exactly as that one does. */
#ifndef BASE_CSV_SCAN_H
#define BASE_CSV_SCAN_H

#include "base/ctx.h"

#define CSV_SCAN_WIDTH 64 /* columns at most */
/* Bytes that may be read from any place in a cell. */
#define CSV_SCAN_BEHIND 8

/* Text that can be scanned: UTF-8 as it lies in a file. */
struct csv_text {
    int fd;
    uint64_t from, to; /* bytes of the file: rows behind the heading */
    char delimiter;
    size_t width; /* cells of a row */
};

enum csv_scan_result {
    CSV_SCAN_ROW,
    CSV_SCAN_END,
    CSV_SCAN_CUT, /* the text ends within quotes: it was cut at a wrong place */
    CSV_SCAN_DECLINED,
};

struct csv_scan;

/* A scanner of t in arena a; wanted has a bit for each column whose cells will
 * be looked at. NULL: t is too wide, or its delimiter is no plain character. */
struct csv_scan *csv_scan_new(struct arena *a, const struct csv_text *t,
                              uint64_t wanted);

/* The cells of the next row that is not blank, t.width of them, untrimmed; they
 * are good until the next call. Only those wanted mean something. Nothing that
 * was read counts unless the scan ends with CSV_SCAN_END: the encoding is
 * checked behind the rows. */
enum csv_scan_result csv_scan_next(struct csv_scan *s,
                                   const struct str **cells) MUST_CHECK;

/* Splits t into at most n parts that begin with lines and hold about as much;
 * how many. A line that begins within quotes is not noticed here, but by the
 * scan of the part before (CSV_SCAN_CUT). 0: the file can't be read. */
size_t csv_text_split(const struct csv_text *t, size_t n,
                      struct csv_text *parts);

#endif
