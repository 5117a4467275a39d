/* Roles: the five that come with the product and the check of grants. */
#ifndef APP_ROLES_H
#define APP_ROLES_H

#include "base/json.h"
#include "store/record.h"

struct role_seed {
    struct str key, zh, en;
    struct str grants; /* JSON, see role_check_grants */
};
extern const struct role_seed role_seeds[];
extern const size_t role_seed_count;

/* Adds the built-in roles that are missing. Inside a write function. */
enum err roles_seed(struct ctx *c) MUST_CHECK;

/* {"admin":true,"pool":true,"unmask":true,
 *  "customer":{"read":"tree","create":"own",…},…,
 *  "fields":{"customer":{"phone":"masked",…},…}}:
 * actions read, create, update, delete, export; levels none, own, team, tree,
 * all; "*" stands for every entity not named; fields edit, read, masked,
 * hidden, by their grade when not named. Problems are noted on grants. */
enum err role_check_grants(struct ctx *c, struct str json) MUST_CHECK;

/* Save hook: only an administrator, grants well formed, the built-in admin
 * role stays what it is, an active administrator remains. */
enum err role_save(struct ctx *c, enum save_op op, const struct record *before,
                   const struct record *after);

/* Appends {"customer":{"read":"all",…},…,"admin":true,"pool":true}: what
 * c->actor may do, for the interface. */
void rights_to_json(struct ctx *c, struct jw *w);

#endif
