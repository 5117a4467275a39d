/* Setting up a company. Owns nothing. */
#include "app/company.h"

#include "app/lifecycle.h"
#include "app/policies.h"
#include "app/roles.h"
#include "app/settings.h"
#include "app/users.h"
#include "store/user.h"

enum err company_seed(struct ctx *c) {
    TRY(roles_seed(c));
    TRY(policies_seed(c));
    return lifecycle_seed(c);
}

static enum err set(struct ctx *c, enum setting_id id, struct str value) {
    return value.n > 0 ? settings_set(c, id, value) : OK;
}

enum err company_init(struct ctx *c, const struct company_new *n) {
    bool any;
    int64_t id;
    TRY(user_any(c, &any));
    if (any)
        return fail(c, ERR_CONFLICT, "", "setup_done");
    TRY(set(c, SETTING_COMPANY_NAME, n->name));
    TRY(set(c, SETTING_COMPANY_CURRENCY, n->currency));
    TRY(set(c, SETTING_COMPANY_ZONE, n->zone));
    TRY(set(c, SETTING_COMPANY_LANGUAGE, n->language));
    TRY(company_seed(c));
    struct user_new admin = {
        .login = n->login,
        .password_hash = n->password_hash,
        .role_key = S("admin"),
    };
    return user_add(c, &admin, &id);
}

enum err company_is_demo(struct ctx *c, bool *out) {
    int64_t demo;
    TRY(settings_i64(c, SETTING_COMPANY_DEMO, &demo));
    *out = demo != 0;
    return OK;
}
