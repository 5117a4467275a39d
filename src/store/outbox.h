/* Mail that is to be sent, as rows: what a transaction decides to send is sent
 * exactly when it commits. Writing functions run in a write function. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "base/ctx.h"

struct outbox_mail {
    int64_t id;
    struct str kind, address;
    int64_t created_at, attempts;
};

enum err outbox_add(struct ctx *c, struct str kind,
                    struct str address) MUST_CHECK;

/* Is one due now? */
enum err outbox_waiting(struct ctx *c, bool *out) MUST_CHECK;

/* Takes the next one that is due and puts it off until `until`, so that no
 * other server takes it meanwhile; *found false: none. In c->arena. */
enum err outbox_claim(struct ctx *c, int64_t until, struct outbox_mail *out,
                      bool *found) MUST_CHECK;

/* How many of the kind to this address are younger than `since` and older than
 * this one: to send no flood. */
enum err outbox_earlier(struct ctx *c, const struct outbox_mail *m,
                        int64_t since, int64_t *out) MUST_CHECK;

/* Nothing more to do: sent, or nobody to send to. */
enum err outbox_done(struct ctx *c, int64_t id, bool sent) MUST_CHECK;
/* Failed; to be tried again at due_at, or given up (0). */
enum err outbox_failed(struct ctx *c, int64_t id, int64_t due_at,
                       struct str error) MUST_CHECK;
/* Forgets what was finished before then. */
enum err outbox_purge(struct ctx *c, int64_t before) MUST_CHECK;

#endif
