/* How often one may ask: a token bucket for each token, each signed-in user
 * and each address that is neither (settings limit.*). In this process alone.
 * Health and metrics are never limited. */
#ifndef API_LIMIT_H
#define API_LIMIT_H

#include "api/route.h"

struct limits;
struct limits *limits_new(void);
void limits_free(struct limits *l); /* NULL allowed */

/* Reads the settings when they are older than two seconds; needs c->db. */
enum err limits_refresh(struct ctx *c, struct limits *l) MUST_CHECK;

/* How long a request may probably have to wait before it is refused as BUSY,
 * in microseconds; 0: no limit, or not read yet. Any thread. */
int64_t limits_wait_us(const struct limits *l);

/* Takes one from the bucket of c->actor, or of the address when there is none.
 * ERR_TOO_MANY rate_limited, with the seconds to wait. Any thread. */
enum err limits_take(struct ctx *c, struct limits *l, struct str address,
                     struct limit_state *out) MUST_CHECK;

#endif
