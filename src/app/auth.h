/* Who is asking: sign-in with a password, sessions, tokens of programs, the
 * one-time code of the first administrator. */
#ifndef APP_AUTH_H
#define APP_AUTH_H

#include "app/password.h"
#include "app/two_factor.h"
#include "store/actor.h"
#include "store/api_token.h"

#define AUTH_TOKEN_PREFIX "gx_"

/* The sign-in state of one process: password gate, identities seen within the
 * last second, set-up code. Any thread. Outlives all requests; auth_free ends
 * it (NULL allowed). */
struct auth;
struct auth *auth_new(void);
void auth_free(struct auth *a);

/* What a request brings along, as it came; empty when it did not. */
struct auth_input {
    struct str session; /* value of the session cookie */
    struct str bearer;  /* token behind "Bearer " */
    struct str csrf;    /* X-CSRF-Token */
    bool is_write;      /* not GET or HEAD */
    bool passive;       /* nobody is at work: does not count as a use */
};

/* The actor of a request. A bearer token goes before a cookie. Borrowed until
 * c->arena is reset. Reads with c->db unless the identity was read less than a
 * second ago. ERR_UNAUTHENTICATED when there is none or it is no longer good;
 * ERR_FORBIDDEN when a write by cookie lacks the right CSRF token. */
enum err auth_identify(struct ctx *c, struct auth *a,
                       const struct auth_input *in,
                       const struct actor **out) MUST_CHECK;

struct auth_sign_in {
    struct str login, password;
    struct str code;           /* of the second step; may be empty */
    struct str address, agent; /* of the client, for the records */
};
struct auth_session {
    struct str token; /* for the cookie: never stored */
    int64_t id, user_id;
    int64_t max_age_s;
};

/* Checks login and password and opens a session. Calls store_write, so not in
 * a write function. ERR_UNAUTHENTICATED with the same text and time for an
 * unknown login, a wrong password and an inactive user, on `code` when the
 * password is right and the second step is missing or wrong; ERR_TOO_MANY with
 * the seconds to wait; ERR_BUSY. */
enum err auth_sign_in(struct ctx *c, struct auth *a,
                      const struct auth_sign_in *in,
                      struct auth_session *out) MUST_CHECK;

/* Ends the session of c->actor. Calls store_write. */
enum err auth_sign_out(struct ctx *c, struct auth *a) MUST_CHECK;

/* The CSRF token that belongs to a session cookie. */
struct str auth_csrf(struct ctx *c, struct str session_token);

/* Sets a password. Oneself must give the current one, an administrator (not
 * for himself) need not. Ends the user's other sessions. Calls store_write. */
struct auth_password {
    int64_t user_id;
    struct str password, current, address;
};
enum err auth_set_password(struct ctx *c, struct auth *a,
                           const struct auth_password *in) MUST_CHECK;

/* --- the second step -------------------------------------------------------
 * What changes it asks for the password again (and for a code when it is on),
 * of a session only: ERR_FORBIDDEN "session_needed" for a token. All call
 * store_write. */
struct auth_again {
    struct str password, code, address;
};
enum err auth_second_begin(struct ctx *c, struct auth *a,
                           const struct auth_again *in, struct str *secret_out,
                           struct str *uri_out) MUST_CHECK;
enum err auth_second_finish(struct ctx *c, struct auth *a, struct str code,
                            struct str codes_out[RECOVERY_CODES]) MUST_CHECK;
enum err auth_second_codes(struct ctx *c, struct auth *a,
                           const struct auth_again *in,
                           struct str codes_out[RECOVERY_CODES]) MUST_CHECK;
/* ERR_CONFLICT "two_factor_required" when the role asks for it. */
enum err auth_second_off(struct ctx *c, struct auth *a,
                         const struct auth_again *in) MUST_CHECK;
/* Nothing but the proof, before something that cannot be undone. */
enum err auth_prove(struct ctx *c, struct auth *a,
                    const struct auth_again *in) MUST_CHECK;
/* Another user's, by an administrator who has seen him. */
enum err auth_second_reset(struct ctx *c, struct auth *a,
                           int64_t user_id) MUST_CHECK;

/* --- sessions ----------------------------------------------------------- */

/* Ends one of one's own (an administrator: anybody's). ERR_NOT_FOUND. */
enum err auth_end_session(struct ctx *c, struct auth *a, int64_t id) MUST_CHECK;
/* Ends all of a user's but `except` (0: none is spared). */
enum err auth_end_sessions(struct ctx *c, struct auth *a, int64_t user_id,
                           int64_t except) MUST_CHECK;

/* --- a forgotten password ----------------------------------------------- */

/* Can links be mailed? */
enum err auth_reset_ready(struct ctx *c, bool *out) MUST_CHECK;
/* Asks for a link to be mailed to the users of this address, if there are any:
 * the answer, and the work before it, are the same when there are none.
 * ERR_CONFLICT "mail_not_set_up"; ERR_TOO_MANY. Calls store_write. */
enum err auth_reset_ask(struct ctx *c, struct str email,
                        struct str address) MUST_CHECK;
/* Makes a user's link: the token is in the mail only. Inside a write
 * function. */
enum err auth_reset_link(struct ctx *c, int64_t user_id,
                         struct str *token_out) MUST_CHECK;
/* Sets the password; all sessions of the user end, nobody is signed in.
 * ERR_GONE "reset_gone" when the link is no longer good. Calls store_write. */
enum err auth_reset_use(struct ctx *c, struct auth *a, struct str token,
                        struct str password) MUST_CHECK;

/* A new API token for user_id; the text is shown once and not stored. Inside
 * a write function. */
enum err auth_new_token(struct ctx *c, const struct api_token *t,
                        struct str *text_out, int64_t *id_out) MUST_CHECK;

/* ERR_NOT_FOUND unless it is a live token of that user (0: of anybody). Inside
 * a write function. Works within a second. */
enum err auth_revoke_token(struct ctx *c, int64_t id,
                           int64_t user_id) MUST_CHECK;

/* --- the first administrator --------------------------------------------- */

/* True while the database has no user. */
enum err auth_setup_needed(struct ctx *c, bool *out) MUST_CHECK;
/* Makes the code of this process, to be printed on the console. */
struct str auth_setup_code(struct ctx *c, struct auth *a);

struct auth_setup {
    struct str code, login, password, name, company, address;
};
/* Makes the first administrator; the code dies. Calls store_write.
 * ERR_FORBIDDEN wrong code; ERR_CONFLICT there is a user already. */
enum err auth_setup(struct ctx *c, struct auth *a,
                    const struct auth_setup *in) MUST_CHECK;

#endif
