/* Changing users through a running server. Owns nothing but the client, which
 * lives in the arena of the command. */
#include "cli/user_there.h"

#include "base/time.h"

#define BODY_MAX 65536

static enum err ask(const struct cli *cli, const char *method, struct str path,
                    struct str json, json_t **out) {
    struct ctx *c = cli->c;
    struct client *k;
    struct client_request r = CLIENT_REQUEST(method, path);
    r.json = json;
    TRY(client_new_local(c, cli->socket, S(""), &k));
    return client_send(c, k, &r, out);
}

static struct str user_path(const struct cli *cli, int64_t id,
                            const char *verb) {
    return str_fmt(cli->c->arena, "/users/%lld%s", (long long)id, verb);
}

static void begin(const struct cli *cli, struct buf *b, struct jw *w) {
    buf_init(b, cli->c->arena, BODY_MAX);
    jw_init(w, b);
    jw_object(w);
}

static struct str end(struct buf *b, struct jw *w) {
    jw_object_end(w);
    return buf_view(b);
}

enum err user_there_password(const struct cli *cli, int64_t id,
                             struct str password) {
    struct buf b;
    struct jw w;
    json_t *none;
    begin(cli, &b, &w);
    jw_kstr(&w, S("password"), password);
    return ask(cli, "POST", user_path(cli, id, "/password"), end(&b, &w),
               &none);
}

enum err user_there_add(const struct cli *cli, const struct user_new *u,
                        int64_t role_id, struct str password, int64_t *id) {
    struct buf b;
    struct jw w;
    json_t *made;
    begin(cli, &b, &w);
    jw_kstr(&w, S("login"), u->login);
    jw_kstr(&w, S("name"), u->name.n > 0 ? u->name : u->login);
    jw_ki64(&w, S("role_id"), role_id);
    jw_kstr(&w, S("language"), u->language);
    TRY(ask(cli, "POST", S("/users"), end(&b, &w), &made));
    *id = json_integer_value(json_object_get(made, "id"));
    return user_there_password(cli, *id, password);
}

enum err user_there_active(const struct cli *cli, int64_t id, bool active) {
    struct buf b;
    struct jw w;
    json_t *none;
    begin(cli, &b, &w);
    jw_kbool(&w, S("active"), active);
    return ask(cli, "PATCH", user_path(cli, id, ""), end(&b, &w), &none);
}

enum err user_there_second_off(const struct cli *cli, int64_t id) {
    json_t *none;
    return ask(cli, "DELETE", user_path(cli, id, "/two_factor"), S(""), &none);
}

enum err user_there_token(const struct cli *cli, const struct api_token *t,
                          struct str *text, int64_t *id) {
    struct ctx *c = cli->c;
    struct buf b;
    struct jw w;
    json_t *made;
    begin(cli, &b, &w);
    jw_kstr(&w, S("name"), t->name);
    jw_ki64(&w, S("user_id"), t->user_id);
    if (t->expires_on != API_TOKEN_NO_END)
        jw_kstr(&w, S("expires_on"),
                day_text(c->arena, (int32_t)t->expires_on));
    TRY(ask(cli, "POST", S("/api_tokens"), end(&b, &w), &made));
    *id = json_integer_value(json_object_get(made, "id"));
    *text = str_dup(c->arena, json_str(json_object_get(made, "token")));
    return OK;
}
