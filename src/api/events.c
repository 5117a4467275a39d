/* GET /events: opens a stream and hands it to the hub (events_hub.c). */
#include "api/events.h"

#include "api/identify.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/server.h"
#include "http/field.h"

static struct str bearer_of(const struct http_request *rq) {
    struct str v = http_header_get(rq, "Authorization");
    if (v.n > 7 && str_eq_nocase(str_sub(v, 0, 7), S("Bearer ")))
        return str_trim(str_sub(v, 7, v.n));
    return (struct str){0};
}

static enum err check_objects(struct ctx *c, struct str list) {
    struct str part;
    const struct entity_info *i;
    while (str_cut(&list, ',', &part)) {
        if (verb_entity(c, part, &i) == OK)
            continue;
        fail_clear(c);
        return failv(c, ERR_INVALID, S("objects"), "unknown_object",
                     ARGS(V(part)));
    }
    return OK;
}

static enum err events_h(struct ctx *c, struct call *call) {
    struct events *e = server_events(call->server);
    bool found;
    struct events_asked asked = {
        .objects = url_get(&call->params, S("objects"), &found),
        .last_id = http_header_get(call->rq, "Last-Event-ID"),
        .session =
            identify_cookie(call->rq, server_secure(call->server, call->rq)),
        .bearer = bearer_of(call->rq),
    };
    if (asked.last_id.n == 0)
        asked.last_id = url_get(&call->params, S("last_event_id"), &found);
    TRY(check_objects(c, asked.objects));
    TRY(events_room(c, e));
    call->content_type = "text/event-stream";
    if (call->rq->method == HTTP_HEAD)
        return OK;
    struct http_stream *stream = http_stream_open(call->rq);
    if (stream == NULL)
        return fail(c, ERR_BUSY, "", "busy");
    if (!events_join(c, e, stream, &asked))
        http_stream_end(stream);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/events",
     .fn = events_h,
     .auth = AUTH_USER,
     .run = RUN_FREE,
     .doc = "Stream of changes and of the progress of jobs (server-sent "
            "events).",
     .tag = "records",
     .in = "events_query",
     .out = "text/event-stream"},
};

const struct route_list events_routes = {routes, COUNT_OF(routes)};
