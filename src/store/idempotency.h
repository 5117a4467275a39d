/* Rows of requests that must happen once (DESIGN W4): by user and key, what
 * was asked and what was answered. Good for a day. All but idempotency_find
 * run in a write function. */
#ifndef STORE_IDEMPOTENCY_H
#define STORE_IDEMPOTENCY_H

#include "base/ctx.h"

#define IDEMPOTENCY_KEPT_MS ((int64_t)24 * 60 * 60 * 1000)

struct idempotency_key {
    int64_t user_id;
    struct str key;
};

struct idempotency_row {
    struct str hash;    /* of the request */
    int64_t status;     /* 0: under way */
    struct str headers; /* JSON object */
    struct str body;
    bool body_kept;
    int64_t created_at;
};

/* *found false: never asked, or more than a day ago. */
enum err idempotency_find(struct ctx *c, struct idempotency_key k,
                          struct idempotency_row *out, bool *found) MUST_CHECK;

/* Marks the request as under way, in place of what has expired. On PostgreSQL
 * the key is locked until the transaction ends: *busy_out when another one has
 * it. */
enum err idempotency_begin(struct ctx *c, struct idempotency_key k,
                           struct str hash, bool *busy_out) MUST_CHECK;

/* The answer; without a body when body_kept is false. */
enum err idempotency_end(struct ctx *c, struct idempotency_key k,
                         const struct idempotency_row *answer) MUST_CHECK;

/* Forgets a request that did not happen. */
enum err idempotency_drop(struct ctx *c, struct idempotency_key k) MUST_CHECK;

/* Those older than a day. */
enum err idempotency_purge(struct ctx *c) MUST_CHECK;

#endif
