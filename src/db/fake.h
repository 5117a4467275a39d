/* The fake engine for unit tests: db_open(c, S("fake:"), &d), then a script of
 * the statements to come, in order, with the rows or the error each gives.
 *     fake_expect(d, "Q_LOAD");
 *     fake_row(d, ARGS(V(7), V("王")));
 * Any connection of d plays the same script. BEGIN, COMMIT, ROLLBACK,
 * SAVEPOINT, RELEASE and "ROLLBACK TO" pass unless they are the next one
 * expected. */
#ifndef DB_FAKE_H
#define DB_FAKE_H

#include "db/db.h"

/* The next statement: the name of its struct sql or, for built ones, a part of
 * its text. Another one fails with ERR_INTERNAL. */
void fake_expect(struct db *d, const char *what);

/* About the statement expected last: a row (copied), rows changed, an error at
 * its start. ERR_FULL and ERR_IO end the transaction, as SQLite does. */
void fake_row(struct db *d, struct args row);
void fake_changed(struct db *d, int64_t n);
void fake_error(struct db *d, enum err e);

/* The values the i-th expected statement (from 0) got; copies, until db_close.
 */
struct args fake_args(const struct db *d, size_t i);

/* True when all that was expected has come, and nothing else. */
bool fake_done(const struct db *d);

#endif
