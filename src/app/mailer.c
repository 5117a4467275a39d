/* One mail a round. A row is claimed for a while first: a server that dies
 * sending leaves it to the next. */
#include "app/mailer.h"

#include "app/mail.h"
#include "base/message.h"
#include "base/time.h"
#include "store/store.h"

#define CLAIM_MS (2 * 60 * 1000)
#define FIRST_MS (15 * 1000)
#define ATTEMPTS 6
#define KEPT_MS (7 * DAY_MS)
#define ERROR_MAX 4096

struct post {
    struct outbox_mail mail;
    bool found, sent;
    int64_t due_at;
    struct str error;
};

static enum err write_claim(struct ctx *c, void *arg) {
    struct post *p = arg;
    return outbox_claim(c, c->now_ms + CLAIM_MS, &p->mail, &p->found);
}

static enum err write_done(struct ctx *c, void *arg) {
    const struct post *p = arg;
    TRY(outbox_done(c, p->mail.id, p->sent));
    return outbox_purge(c, c->now_ms - KEPT_MS);
}

static enum err write_failed(struct ctx *c, void *arg) {
    const struct post *p = arg;
    return outbox_failed(c, p->mail.id, p->due_at, p->error);
}

static struct str error_text(struct ctx *c, enum err e) {
    struct buf b;
    buf_init(&b, c->arena, ERROR_MAX);
    if (c->problems.n > 0)
        message_problem(&b, c->lang, &c->problems.p[0]);
    else
        message_title(&b, c->lang, e);
    return buf_view(&b);
}

enum err mailer_round(struct ctx *c, void *state, atomic_bool *stop,
                      bool *again) {
    struct post p = {.found = false};
    bool waiting;
    TRY(outbox_waiting(c, &waiting));
    if (!waiting)
        return OK;
    TRY(store_write(c, LANE_INTERACTIVE, write_claim, &p));
    *again = p.found;
    if (!p.found)
        return OK;
    enum err e = mail_deliver(c, &p.mail, stop, &p.sent);
    if (e == OK)
        return store_write(c, LANE_INTERACTIVE, write_done, &p);
    p.error = error_text(c, e);
    if (p.mail.attempts < ATTEMPTS)
        p.due_at = c->now_ms + ((int64_t)FIRST_MS << p.mail.attempts);
    fail_clear(c);
    return store_write(c, LANE_INTERACTIVE, write_failed, &p);
}
