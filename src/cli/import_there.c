/* Importing through a running server. Owns nothing but the client. */
#include "cli/import.h"

#include "cli/client.h"

#include <time.h>

#define POLL_NS 250000000

static enum err ask(struct ctx *c, struct client *k, const char *method,
                    struct str path, struct str json, json_t **out) {
    struct client_request r = CLIENT_REQUEST(method, path);
    r.json = json;
    return client_send(c, k, &r, out);
}

static struct str path_of(struct ctx *c, const struct import_call *call,
                          const char *verb) {
    return str_fmt(c->arena, "/imports/%lld%s", (long long)call->import_id,
                   verb);
}

static enum err upload(struct ctx *c, struct client *k,
                       struct import_call *call) {
    json_t *j;
    struct str entity = client_encode(c, call->entity);
    struct str name = client_encode(c, call->name);
    struct client_request r = CLIENT_REQUEST(
        "POST",
        str_fmt(c->arena, "/imports?entity=" STR_FMT "&filename=" STR_FMT,
                STR_ARG(entity), STR_ARG(name)));
    r.file = call->fd;
    TRY(client_send(c, k, &r, &j));
    call->import_id = json_integer_value(json_object_get(j, "id"));
    return OK;
}

static enum err change(struct ctx *c, struct client *k,
                       const struct import_call *call) {
    json_t *j;
    if (json_object_size(call->change) == 0)
        return OK;
    return ask(c, k, "PATCH", path_of(c, call, ""),
               json_compact(c->arena, call->change), &j);
}

static struct str text(struct ctx *c, const json_t *j, const char *name) {
    const json_t *v = json_object_get(j, name);
    return json_is_string(v) ? str_dup(c->arena, json_str(v)) : S("");
}

/* Waits for the job's end; Ctrl-C asks the server to cancel it. */
static enum err follow(struct ctx *c, struct client *k,
                       struct import_call *call, int64_t job) {
    const struct timespec pause = {0, POLL_NS};
    struct arena *outer = c->arena, *batch = arena_new();
    struct str path = str_fmt(outer, "/jobs/%lld", (long long)job),
               state = S("");
    bool asked = false;
    enum err e = OK;
    while (e == OK) {
        json_t *j;
        c->arena = batch;
        e = ask(c, k, "GET", path, S(""), &j);
        c->arena = outer;
        if (e == OK) {
            state = text(c, j, "state");
            call->error = text(c, j, "error");
            progress_step(&call->progress,
                          json_integer_value(json_object_get(j, "done")),
                          json_integer_value(json_object_get(j, "total")));
        } else {
            fail_keep(c, outer);
        }
        arena_reset(batch);
        if (!str_eqc(state, "queued") && !str_eqc(state, "running"))
            break;
        if (call->progress.stop && !asked) {
            asked = true;
            e = ask(c, k, "POST", str_cat(outer, path, S("/cancel")), S(""),
                    &j);
        }
        nanosleep(&pause, NULL);
    }
    arena_free(batch);
    call->state = state;
    return e;
}

static enum err save_aside(struct ctx *c, struct client *k,
                           const struct import_call *call, const json_t *im,
                           int into) {
    json_t *none;
    struct client_request r = CLIENT_REQUEST(
        "GET", path_of(c, call, call->revert ? "/kept" : "/errors"));
    const char *file = call->revert ? "kept_file_id" : "error_file_id";
    r.into = into;
    if (into < 0 || !json_is_integer(json_object_get(im, file)))
        return OK;
    return client_send(c, k, &r, &none);
}

enum err import_there(struct import_call *call, int into) {
    struct ctx *c = call->cli->c;
    struct client *k;
    json_t *j;
    const char *verb = call->revert ? "/revert"
                       : call->dry  ? "/dry_run"
                                    : "/run";
    if (call->socket.n > 0)
        TRY(client_new_local(c, call->socket, cli_text(call->cli, "as"), &k));
    else
        TRY(client_new(c, cli_text(call->cli, "server"),
                       cli_text(call->cli, "token"), &k));
    if (!call->revert) {
        TRY(upload(c, k, call));
        TRY(change(c, k, call));
    }
    TRY(ask(c, k, "POST", path_of(c, call, verb), S(""), &j));
    j = json_object_get(j, "job");
    TRY(follow(c, k, call, json_integer_value(json_object_get(j, "id"))));
    TRY(ask(c, k, "GET", path_of(c, call, ""), S(""), &j));
    TRY(save_aside(c, k, call, j, into));
    json_t *report = json_object_get(j, call->revert ? "reverted" : "report");
    if (json_is_object(report))
        call->report = json_compact(c->arena, report);
    return OK;
}
