/* Importing into a database that no server has open: this process is its one
 * writer. Owns the store while it works. */
#include "cli/import.h"

#include "app/hooks.h"
#include "app/import.h"
#include "app/import_revert.h"
#include "cli/company.h"
#include "store/actor.h"
#include "store/file.h"

#include <errno.h>
#include <unistd.h>

struct starting {
    struct import_call *call;
    struct job job;
    bool claimed;
};

/* Made and claimed at once: no server of the same database takes it. */
static enum err write_start(struct ctx *c, void *arg) {
    struct starting *s = arg;
    int64_t id;
    if (s->call->revert) {
        TRY(import_revert_start(c, s->call->import_id, &id));
        return job_claim(c, id, S("command"), &s->job, &s->claimed);
    }
    if (json_object_size(s->call->change) > 0)
        TRY(import_change(c, s->call->import_id, s->call->change));
    TRY(import_start(c, s->call->import_id, s->call->dry, &id));
    return job_claim(c, id, S("command"), &s->job, &s->claimed);
}

static void on_step(void *arg, const struct job_step *s) {
    progress_step(arg, s->done, s->total);
}

static enum err copy(struct ctx *c, int from, int to) {
    char part[65536];
    for (;;) {
        ssize_t n = read(from, part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(c, ERR_IO, "", "file_read");
        if (n == 0)
            return OK;
        if (write(to, part, (size_t)n) != n)
            return fail(c, ERR_IO, "errors", "file_write");
    }
}

static enum err save_aside(struct ctx *c, int64_t file_id, int into) {
    int fd;
    if (into < 0 || file_id == 0)
        return OK;
    TRY(file_open_copy(c, file_id, &fd));
    enum err e = copy(c, fd, into);
    close(fd);
    return e;
}

static enum err finish(struct ctx *c, struct import_call *call,
                       const struct job *j, int into) {
    struct import im;
    struct job now;
    bool found;
    TRY(job_find(c, j->id, &now, &found));
    TRY(import_load(c, call->import_id, &im));
    call->state = now.state;
    call->error = now.error;
    call->report = call->revert ? im.reverted : im.report;
    return save_aside(c, call->revert ? im.kept_file_id : im.error_file_id,
                      into);
}

static enum err work(struct ctx *c, struct import_call *call, int into) {
    struct import_new n = {call->entity, call->name, call->fd};
    struct starting s = {.call = call};
    TRY(actor_console_as(c, cli_text(call->cli, "as")));
    if (!call->revert)
        TRY(import_create(c, &n, &call->import_id));
    ctx_now(c);
    TRY(store_write(c, LANE_INTERACTIVE, write_start, &s));
    struct job_run run = {.job = s.job,
                          .stop = &call->progress.stop,
                          .stop_cancels = true,
                          .watch = on_step,
                          .arg = &call->progress};
    TRY(job_run_now(c, &run));
    return finish(c, call, &s.job, into);
}

enum err import_here(struct import_call *call, int into) {
    struct ctx *c = call->cli->c;
    struct store *s;
    struct str file = cli_db_file(cli_db(call->cli));
    if (file.n > 0 && access(str_cstr(c->arena, file), F_OK) != 0)
        return failv(c, ERR_NOT_FOUND, S("db"), "import_no_database",
                     ARGS(V(file)));
    c->actor = actor_console(c);
    enum err e = app_open(c, cli_db(call->cli), STORE_WRITE, &s);
    if (e != OK)
        return e;
    e = work(c, call, into);
    store_close(s);
    return e;
}
