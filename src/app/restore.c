/* Restoring from the web: the request, the check, and what is told afterwards.
 * Owns nothing. Threads: a job's; the server's own when nobody is served. */
#include "app/restore.h"

#include "app/backup.h"
#include "base/time.h"
#include "store/actor.h"
#include "store/backup.h"
#include "store/restore.h"
#include "store/trail.h"
#include "store/user.h"

#define TOLD S("restore.json")
#define TOLD_MAX 16384

enum err restore_request(struct ctx *c, struct str name, int64_t *job_id_out) {
    struct backup b;
    TRY(backup_find(c, name, &b));
    if (!str_eq(b.engine, backup_engine_of(c)))
        return fail(c, ERR_INVALID, "", "backup_other_engine");
    TRY(backup_event(c, S("backup_restore"), name));
    struct job_new n = {.kind = S("restore"),
                        .args = backup_name_json(c, name),
                        .owner_id = c->actor->user_id};
    return job_create(c, &n, job_id_out);
}

static enum err login_of(struct ctx *c, int64_t user_id, struct str *out) {
    struct user u;
    bool found;
    *out = S("");
    if (user_id == 0)
        return OK;
    TRY(user_by_id(c, user_id, &u, &found));
    if (found)
        *out = u.login;
    return OK;
}

/* A job that was waiting when its owner lost his rights does nothing. */
enum err restore_job(struct ctx *c, struct job_run *run, struct job_end *end) {
    json_t *args;
    struct backup b;
    struct str by;
    if (!c->actor->admin)
        return fail(c, ERR_FORBIDDEN, "", "forbidden");
    TRY(json_read(c, run->job.args, &args));
    TRY(backup_look(c, json_str(json_object_get(args, "name")), &b));
    TRY(backup_good(c, &b));
    TRY(login_of(c, run->job.owner_id, &by));
    store_ask_restore(c->store, b.name, by);
    end->result = backup_name_json(c, b.name);
    return OK;
}

/* --- with nobody served ------------------------------------------------- */

static struct str details(struct ctx *c, const struct restored *r) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, TOLD_MAX);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("name"), r->name);
    jw_kstr(&w, S("by"), r->by);
    jw_kstr(&w, S("safety"), r->safety);
    jw_object_end(&w);
    return buf_view(&b);
}

static enum err settle(struct ctx *c, void *arg) {
    TRY(restore_settle(c));
    return trail_event(c, S("backup_restored"), S("backup"), 0,
                       details(c, arg));
}

enum err restore_finish(struct ctx *c, const struct restored *r) {
    struct restored copy = *r;
    return store_write(c, LANE_INTERACTIVE, settle, &copy);
}

static void or_null(struct jw *w, struct str key, struct str text) {
    jw_key(w, key);
    if (text.n > 0)
        jw_str(w, text);
    else
        jw_null(w);
}

enum err restore_tell(struct ctx *c, const struct restored *r) {
    struct buf b;
    struct jw w;
    ctx_now(c);
    buf_init(&b, c->arena, TOLD_MAX);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("name"), r->name);
    jw_kstr(&w, S("by"), r->by);
    jw_kstr(&w, S("state"), r->error.n > 0 ? S("failed") : S("done"));
    jw_kstr(&w, S("at"), instant_text(c->arena, c->now_ms));
    or_null(&w, S("error"), r->error);
    or_null(&w, S("safety"), r->safety);
    jw_object_end(&w);
    TRY(backup_make_folder(c));
    return backup_write_json(c, TOLD, buf_view(&b));
}

enum err restore_last(struct ctx *c, struct jw *w) {
    json_t *told;
    TRY(backup_read_json(c, TOLD, &told));
    if (told == NULL)
        jw_null(w);
    else
        jw_raw(w, json_compact(c->arena, told));
    return OK;
}
