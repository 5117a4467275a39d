/* What is made of texts - folded columns, sort keys, digits, the search index -
 * was made by some build's rules and tables; registry_version.text_version says
 * by whose (DESIGN T2). */
#ifndef STORE_TEXTS_H
#define STORE_TEXTS_H

#include "store/store.h"

/* Nothing has been made yet, so all will be this build's. On a connection that
 * may write; needs no store. */
enum err texts_claim(struct ctx *c) MUST_CHECK;

/* Did this build make them? */
enum err texts_are_ours(struct ctx *c, bool *out) MUST_CHECK;

/* Makes them anew when another build made them: columns that differ and every
 * search index, some hundred rows a transaction, of an opened company before
 * it is served. Records keep their revisions. Ended half-way it begins again
 * next time; of two servers on one PostgreSQL one does it. progress counts
 * records, total is their number; false ends it: ERR_CANCELLED. */
enum err texts_follow(struct ctx *c, db_progress progress,
                      void *arg) MUST_CHECK;

#endif
