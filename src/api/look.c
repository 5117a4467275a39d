/* Reading as somebody else: what is asked and what is refused. Pure but for the
 * call. */
#include "api/look.h"

#include "app/view_as.h"
#include "http/field.h"

/* X-View-As: role:sales, or ?view_as=…, which is no filter. */
static struct str view_asked(struct call *call) {
    struct str who = http_header_get(call->rq, "X-View-As");
    for (size_t i = 0; i < call->params.n; i++) {
        if (!str_eqc(call->params.p[i].name, "view_as"))
            continue;
        if (call->params.p[i].value.n > 0)
            who = call->params.p[i].value;
        call->params.p[i--] = call->params.p[--call->params.n];
    }
    return who;
}

/* Ways to run that write nothing: setting a password hashes first, so RUN_HASH
 * is none of them. */
static bool only_reads(enum route_run run) {
    return run == RUN_FAST || run == RUN_QUICK || run == RUN_SLOW ||
           run == RUN_HEAVY;
}

/* An administrator may read as somebody else; nobody writes so. */
enum err look_as(struct ctx *c, struct call *call) {
    struct str who = view_asked(call);
    bool reads = call->rq->method == HTTP_GET ||
                 call->rq->method == HTTP_HEAD || only_reads(call->route->run);
    if (who.n == 0)
        return OK;
    if (!reads)
        return fail(c, ERR_FORBIDDEN, "view_as", "view_as_read_only");
    return view_as(c, who, call->rq->path);
}
