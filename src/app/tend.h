/* A thread of the server that does one small thing again and again, with a
 * database connection of its own. */
#ifndef APP_TEND_H
#define APP_TEND_H

#include "base/ctx.h"

#include <stdatomic.h>

struct tend;

/* One round: c is fresh, with a connection and an arena that is reset after
 * it. *again true: the next round follows at once. *stop true: end soon. */
typedef enum err (*tend_fn)(struct ctx *c, void *state, atomic_bool *stop,
                            bool *again);

/* Starts it: a round every `every_ms`, what fails is logged as name (at most
 * once a minute). state belongs to the thread until tend_stop. */
struct tend *tend_start(struct store *s, const char *name, int every_ms,
                        tend_fn fn, void *state);
/* Waits for the round under way. NULL allowed. */
void tend_stop(struct tend *t);

#endif
