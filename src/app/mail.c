/* What is sent to whom. Owns nothing. A link's token is made here, goes into
 * the mail and is stored as a hash: a mail that is sent again has a new one. */
#include "app/mail.h"

#include "app/auth.h"
#include "app/settings.h"
#include "app/smtp.h"
#include "base/message.h"
#include "base/secret.h"
#include "base/time.h"
#include "store/password_reset.h"
#include "store/store.h"
#include "store/user.h"

#define RESETS_AN_HOUR 5 /* to one address */

struct way {
    struct smtp_server server;
    struct str from, public_url, company;
};

static enum err read_way(struct ctx *c, struct way *w) {
    struct str tls;
    TRY(settings_text(c, SETTING_MAIL_SERVER, &w->server.url));
    TRY(settings_text(c, SETTING_MAIL_USER, &w->server.user));
    TRY(settings_text(c, SETTING_MAIL_TLS, &tls));
    TRY(settings_text(c, SETTING_MAIL_FROM, &w->from));
    TRY(settings_text(c, SETTING_COMPANY_PUBLIC_URL, &w->public_url));
    TRY(settings_text(c, SETTING_COMPANY_NAME, &w->company));
    w->server.tls = str_eqc(tls, "never")        ? SMTP_TLS_NEVER
                    : str_eqc(tls, "if_offered") ? SMTP_TLS_IF_OFFERED
                                                 : SMTP_TLS_ALWAYS;
    if (w->company.n == 0)
        w->company = S("Guanxi");
    return OK;
}

static bool is_complete(const struct way *w) {
    return w->server.url.n > 0 && w->from.n > 0 && w->public_url.n > 0;
}

enum err mail_ready(struct ctx *c, bool *out) {
    struct way w = {0};
    TRY(read_way(c, &w));
    *out = is_complete(&w);
    return OK;
}

/* --- a new password ------------------------------------------------------ */

struct link {
    int64_t user_id;
    struct str token;
};

static enum err write_link(struct ctx *c, void *arg) {
    struct link *l = arg;
    return auth_reset_link(c, l->user_id, &l->token);
}

static enum err send_link(struct ctx *c, const struct way *w, int64_t user_id,
                          atomic_bool *stop) {
    struct link l = {.user_id = user_id};
    struct user u;
    bool found;
    TRY(user_by_id(c, user_id, &u, &found));
    if (!found)
        return OK;
    TRY(store_write(c, LANE_INTERACTIVE, write_link, &l));
    struct str url = str_fmt(c->arena, STR_FMT "/reset#" STR_FMT,
                             STR_ARG(w->public_url), STR_ARG(l.token));
    struct smtp_mail m = {
        .from = w->from,
        .to = u.email,
        .subject =
            message_text(c, u.lang, "mail_reset_subject", ARGS(V(w->company))),
        .text =
            message_text(c, u.lang, "mail_reset_text",
                         ARGS(V(u.name), V(u.login), V(url), V(w->company))),
    };
    return smtp_send(c, &w->server, &m, stop);
}

static enum err deliver_reset(struct ctx *c, const struct way *w,
                              const struct outbox_mail *m, atomic_bool *stop,
                              bool *sent) {
    int64_t *users, earlier;
    size_t n;
    *sent = false;
    TRY(outbox_earlier(c, m, m->created_at - HOUR_MS, &earlier));
    if (earlier >= RESETS_AN_HOUR || c->now_ms - m->created_at > HOUR_MS)
        return OK;
    TRY(reset_users(c, m->address, &users, &n));
    for (size_t i = 0; i < n; i++)
        TRY(send_link(c, w, users[i], stop));
    *sent = n > 0;
    return OK;
}

enum err mail_deliver(struct ctx *c, const struct outbox_mail *m,
                      atomic_bool *stop, bool *sent) {
    struct way w = {0};
    bool found;
    TRY(read_way(c, &w));
    if (!is_complete(&w))
        return fail(c, ERR_CONFLICT, "", "mail_not_set_up");
    if (w.server.user.n > 0)
        TRY(secret_read(c, "smtp_password", &w.server.password, &found));
    if (str_eqc(m->kind, MAIL_RESET))
        return deliver_reset(c, &w, m, stop, sent);
    return failv(c, ERR_INVALID, S("kind"), "not_option", ARGS(V(m->kind)));
}
