/* Numbers that cost a walk over rows (counts of lists), remembered as long as
 * nothing is written: most lists are read again before the next write. */
#ifndef STORE_MEMO_H
#define STORE_MEMO_H

#include "db/db.h"

struct memo;

/* Lives in the arena a; secret are 16 bytes nobody outside knows. */
struct memo *memo_new(struct arena *a, const unsigned char *secret);
void memo_free(struct memo *m); /* NULL allowed */

/* The number that the statement b gives, or gave when the store's version
 * (store_version) was the same. Within a transaction, and where others may
 * write too (PostgreSQL), it is always asked anew. */
enum err memo_i64(struct ctx *c, struct sqlb *b, int64_t *out) MUST_CHECK;

#endif
