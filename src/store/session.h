/* Sign-in sessions. The cookie holds a random token; only its SHA-256 is
 * stored. All functions use c->db; the writing ones run in a write function.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "base/ctx.h"

struct session {
    int64_t id, user_id;
    int64_t created_at, seen_at, expires_at; /* UTC ms */
};

struct session_new {
    int64_t user_id;
    struct str token_hash; /* hexadecimal */
    struct str address, agent;
    int64_t expires_at;
};

/* The session of a token hash, whatever its age. */
enum err session_find(struct ctx *c, struct str token_hash, struct session *out,
                      bool *found) MUST_CHECK;
enum err session_insert(struct ctx *c, const struct session_new *s,
                        int64_t *id_out) MUST_CHECK;
/* Notes that it was used now. */
enum err session_touch(struct ctx *c, int64_t id) MUST_CHECK;
enum err session_delete(struct ctx *c, int64_t id) MUST_CHECK;
/* All sessions of a user but one (0: all). */
enum err session_delete_user(struct ctx *c, int64_t user_id,
                             int64_t except_id) MUST_CHECK;
/* One session of that user (0: of anybody); *found false when there is none. */
enum err session_end(struct ctx *c, int64_t id, int64_t user_id,
                     bool *found) MUST_CHECK;

/* A session as its user sees it. */
struct session_seen {
    struct session s;
    struct str address, agent;
};
/* A user's sessions in force, last used first, at most 200; in c->arena. */
enum err session_list(struct ctx *c, int64_t user_id, int64_t unused_since,
                      struct session_seen **out, size_t *n) MUST_CHECK;

/* Those past their end, or unused since the given instant. */
enum err session_purge(struct ctx *c, int64_t unused_since) MUST_CHECK;

#endif
