/* Tokens of programs: "gx_…", of which only the SHA-256 is stored. A token
 * acts as its user. The writing functions run in a write function. */
#ifndef STORE_API_TOKEN_H
#define STORE_API_TOKEN_H

#include "base/ctx.h"

struct api_token {
    int64_t id, user_id;
    struct str name;
    int64_t created_at, used_at; /* UTC ms; used_at 0: never */
    int64_t expires_on;          /* last day it works, or API_TOKEN_NO_END */
    int64_t revoked_at;          /* 0: in force */
};
#define API_TOKEN_NO_END INT64_MAX

enum err api_token_find(struct ctx *c, struct str token_hash,
                        struct api_token *out, bool *found) MUST_CHECK;
/* expires_on: API_TOKEN_NO_END for none. */
enum err api_token_insert(struct ctx *c, const struct api_token *t,
                          struct str token_hash, int64_t *id_out) MUST_CHECK;
enum err api_token_touch(struct ctx *c, int64_t id) MUST_CHECK;
/* ERR_NOT_FOUND unless it is a live token of that user (0: of anybody). */
enum err api_token_revoke(struct ctx *c, int64_t id,
                          int64_t user_id) MUST_CHECK;
/* Of one user (0: all users), newest first, at most 500; in c->arena. */
enum err api_token_list(struct ctx *c, int64_t user_id, struct api_token **out,
                        size_t *n) MUST_CHECK;

#endif
