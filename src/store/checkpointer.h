/* Copies the log of a SQLite company into its file beside the writer: copying
 * and syncing take longer than anybody should wait for a commit. */
#ifndef STORE_CHECKPOINTER_H
#define STORE_CHECKPOINTER_H

#include "db/db.h"

struct checkpointer;

/* After the writer has opened the database. Owns a connection and a thread
 * until checkpointer_stop. */
enum err checkpointer_start(struct ctx *c, struct db *d,
                            struct checkpointer **out) MUST_CHECK;
void checkpointer_stop(struct checkpointer *k);

/* Writer thread, between groups, c->db its connection: sees that a log worth
 * it is copied, and copies the little that came meanwhile itself, so that the
 * log can begin anew. When that fails it says so in the log of the server, and
 * the log of the database only grows. False: the disk failed, so that nobody
 * may write any more. */
bool checkpointer_look(struct checkpointer *k, struct ctx *c);

#endif
