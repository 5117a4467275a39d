/* Requests where the database is another process: everything asks it, so
 * nothing runs on the loop thread; but a read that mostly is short does not
 * wait behind those that take long. */
#ifndef API_PROMPT_H
#define API_PROMPT_H

#include "api/turn.h"

/* Suspends the request and hands it to the threads for short reads, or to the
 * pool. */
enum http_turn prompt_or_pool(struct turn *t);

#endif
