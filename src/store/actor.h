/* Who asks: user, role, what the role may do, whose records that means. */
#ifndef STORE_ACTOR_H
#define STORE_ACTOR_H

#include "base/ctx.h"
#include "model/model.h"

enum action {
    ACT_READ,
    ACT_CREATE,
    ACT_UPDATE,
    ACT_DELETE,
    ACT_EXPORT,
    ACT_COUNT
};
enum level { LEVEL_NONE, LEVEL_OWN, LEVEL_TEAM, LEVEL_TREE, LEVEL_ALL };

const char *action_name(enum action a); /* "read" … */
const char *level_name(enum level l); /* "none", "own", "team", "tree", "all"*/
bool level_parse(struct str s, enum level *out);

struct actor {
    int64_t user_id, role_id, team_id, session_id, token_id;
    struct str login, name, role_key, role_name[LANG_COUNT];
    enum lang lang;
    bool limited;      /* must set up the second step first */
    bool admin;        /* settings, users, roles */
    bool console;      /* the command line on the machine itself */
    bool pool;         /* sees records without an owner */
    bool unmask;       /* may lift a mask, for a reason */
    unsigned blind;    /* sources hidden, store/rights.h */
    int clearance;     /* place in the options of user.clearance */
    bool screened;     /* there are records above it */
    uint32_t view;     /* changes with what the role shows: ETags */
    int64_t viewer_id; /* the administrator who looks as somebody else */
    /* Right to each field (store/rights.h) by its place in the registry the
     * actor was loaded with; NULL: all of them in full. */
    const unsigned char *fields;
    const unsigned char *levels; /* [entity index * ACT_COUNT + action] */
    const int64_t *team_users, *tree_users; /* both contain user_id */
    size_t n_team_users, n_tree_users;
    /* His own and those above it: what is shared with them is with him. */
    const int64_t *teams;
    size_t n_teams;
};

/* The actor of a user, read with c->db. ERR_UNAUTHENTICATED when the user is
 * absent or inactive. Lives in c->arena. */
enum err actor_load(struct ctx *c, int64_t user_id,
                    struct actor **out) MUST_CHECK;

/* What the role with this key or id (text) would show to c->actor, who stays
 * the same user in the same team. ERR_NOT_FOUND. */
enum err actor_as_role(struct ctx *c, struct str role,
                       struct actor **out) MUST_CHECK;

struct registry;
/* A copy that lives in a: for caches. */
struct actor *actor_copy(struct arena *a, const struct actor *from,
                         const struct registry *r);

/* The command line and jobs acting for nobody: may do everything. */
struct actor *actor_console(struct ctx *c);
/* From now on c acts as the console, or as the active user called login; empty:
 * nobody. ERR_INVALID import_no_user on "as". */
enum err actor_console_as(struct ctx *c, struct str login) MUST_CHECK;

enum level actor_level(const struct ctx *c, const struct entity *e,
                       enum action act);

#endif
