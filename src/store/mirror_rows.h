/* The columns of a mirror and how one order gets into them. Private to the
 * mirror. */
#ifndef STORE_MIRROR_ROWS_H
#define STORE_MIRROR_ROWS_H

#include "store/mirror.h"
#include "store/mirror_people.h"

struct mirror_rows {
    struct arena *arena; /* of the columns alone: replaced when they move */
    int64_t *order, *customer;
    int32_t *day;
    int64_t *sales;
    size_t n, cap;
};

struct mirror_row {
    int64_t order, customer, sales;
    int32_t day;
};

/* Room for n rows; what is there stays. */
void mirror_rows_reserve(struct mirror_rows *r, size_t n);
/* Behind the last one; its order is greater than theirs. */
void mirror_rows_append(struct mirror_rows *r, const struct mirror_row *row);
/* Changes, inserts, or (sales 0) takes out of the count. */
void mirror_rows_put(struct mirror_rows *r, const struct mirror_row *row);
void mirror_rows_clear(struct mirror_rows *r);

/* What the file of a mirror says before the columns. check: of one row of the
 * change log, so that a database put back from a copy is noticed. */
struct mirror_mark {
    struct feed_place place;
    int64_t check;
};

/* Reads the file; false when there is none, or it is not whole, or of another
 * company. secret: 32 bytes of the company. */
bool mirror_file_read(struct str path, const unsigned char *secret,
                      struct mirror_rows *rows, struct mirror_people *people,
                      struct mirror_mark *mark);
/* Replaces the file; what goes wrong only costs the time of making the columns
 * anew. */
void mirror_file_write(struct str path, const unsigned char *secret,
                       const struct mirror_rows *rows,
                       const struct mirror_people *people,
                       const struct mirror_mark *mark);

#endif
