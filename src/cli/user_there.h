/* guanxi user through the server that has the SQLite file: each change is a
 * request to its local socket, as the console, so that its one writer writes
 * it and nothing that it remembers is wrong. */
#ifndef CLI_USER_THERE_H
#define CLI_USER_THERE_H

#include "app/users.h"
#include "cli/client.h"
#include "cli/command.h"
#include "store/api_token.h"

/* Each asks the server whose socket is cli->socket. What it refuses is noted
 * with its words (client_refused), what does not arrive as client_failed. */

/* The user, then the password; *id is set once there is the user. language:
 * of u, "zh" or "en". */
enum err user_there_add(const struct cli *cli, const struct user_new *u,
                        int64_t role_id, struct str password,
                        int64_t *id) MUST_CHECK;
enum err user_there_password(const struct cli *cli, int64_t id,
                             struct str password) MUST_CHECK;
enum err user_there_active(const struct cli *cli, int64_t id,
                           bool active) MUST_CHECK;
enum err user_there_second_off(const struct cli *cli, int64_t id) MUST_CHECK;
/* *text is in the arena. */
enum err user_there_token(const struct cli *cli, const struct api_token *t,
                          struct str *text, int64_t *id) MUST_CHECK;

#endif
