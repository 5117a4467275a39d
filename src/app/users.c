/* Rules of users and teams. Owns nothing; runs inside write functions. */
#include "app/users.h"

#include "app/password.h"
#include "app/settings.h"
#include "base/die.h"
#include "store/session.h"
#include "store/user.h"

struct str login_normal(struct ctx *c, struct str login) {
    return str_lower(c->arena, str_trim(login));
}

enum err user_check_password(struct ctx *c, const struct user *u,
                             struct str password) {
    int64_t least;
    struct password_about about = {
        .login = u->login, .name = u->name, .email = u->email};
    TRY(settings_text(c, SETTING_COMPANY_NAME, &about.company));
    TRY(settings_i64(c, SETTING_SESSION_PASSWORD_LEAST, &least));
    about.least = (size_t)least;
    return password_check(c, "password", password, &about);
}

enum err user_need_admin(struct ctx *c) {
    if (c->actor != NULL && (c->actor->admin || c->actor->console))
        return OK;
    return fail(c, ERR_FORBIDDEN, "", "forbidden");
}

enum err user_keep_admin(struct ctx *c) {
    int64_t admins;
    TRY(user_count_admins(c, &admins));
    return admins > 0 ? OK : fail(c, ERR_CONFLICT, "", "last_admin");
}

/* Small letters, digits, . _ - @ and any character outside ASCII. */
static enum err check_login(struct ctx *c, struct str login) {
    for (size_t i = 0; i < login.n; i++) {
        unsigned char ch = (unsigned char)login.p[i];
        bool ok = ch >= 0x80 || (ch >= 'a' && ch <= 'z') ||
                  (ch >= '0' && ch <= '9') || ch == '.' || ch == '_' ||
                  ch == '-' || ch == '@';
        if (!ok)
            return fail(c, ERR_INVALID, "login", "login_syntax");
    }
    return OK;
}

enum err user_save(struct ctx *c, enum save_op op, const struct record *before,
                   const struct record *after) {
    TRY(user_need_admin(c));
    TRY(check_login(c, record_str(after, S("login"))));
    if (op == SAVE_CREATE)
        return OK;
    bool works = op != SAVE_DELETE && record_i64(after, S("active")) != 0;
    bool worked = record_i64(before, S("active")) != 0;
    if (worked && !works)
        TRY(session_delete_user(c, record_id(after), 0));
    return user_keep_admin(c);
}

enum err team_save(struct ctx *c, enum save_op op, const struct record *before,
                   const struct record *after) {
    TRY(user_need_admin(c));
    if (record_i64(after, S("parent_id")) == record_id(after))
        return fail(c, ERR_INVALID, "parent_id", "ring");
    return team_closure_rebuild(c);
}

enum err user_add(struct ctx *c, const struct user_new *u, int64_t *id_out) {
    const struct entity_info *info = registry_find(c->registry, S("user"));
    struct str language = u->language;
    int64_t role_id;
    if (info == NULL)
        die("the model has no user");
    TRY(role_by_key(c, u->role_key, &role_id));
    if (role_id == 0)
        return failv(c, ERR_INVALID, S("role"), "role_unknown",
                     ARGS(V(u->role_key)));
    if (language.n == 0)
        TRY(settings_text(c, SETTING_COMPANY_LANGUAGE, &language));
    struct record *r = record_new(c, info);
    struct str login = login_normal(c, u->login);
    record_set(r, S("login"), V(login));
    record_set(r, S("name"), V(u->name.n > 0 ? u->name : login));
    record_set(r, S("password_hash"), V(u->password_hash));
    record_set(r, S("role_id"), V(role_id));
    if (u->team_id != 0)
        record_set(r, S("team_id"), V(u->team_id));
    record_set(r, S("language"), V(language));
    record_set(r, S("active"), V(1));
    TRY(record_create(c, r));
    *id_out = record_id(r);
    return OK;
}
