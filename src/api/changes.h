/* One change as callers see it, for GET /changes and the event streams. */
#ifndef API_CHANGES_H
#define API_CHANGES_H

#include "base/json.h"
#include "store/feed.h"

/* Writes {"entity","object","id","op","rev","at"}; of a record that is gone
 * only the first four. r must not be hidden. */
void changes_write(struct ctx *c, struct jw *w, const struct feed_row *r);

/* Is the row of one of the plurals in a comma list (empty: all)? */
bool changes_wanted(struct str objects, const struct feed_row *r);

#endif
