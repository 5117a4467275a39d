/* GET /events: opens a stream and hands it to the hub (events_hub.c). */
#include "api/events.h"

#include "api/identify.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/server.h"

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
        .bearer = identify_bearer(call->rq),
    };
    if (asked.last_id.n == 0)
        asked.last_id = url_get(&call->params, S("last_event_id"), &found);
    TRY(check_objects(c, asked.objects));
    call->content_type = "text/event-stream";
    if (call->rq->method == HTTP_HEAD)
        return OK;
    TRY(events_room(c, e));
    struct http_stream *stream = http_stream_open(call->rq);
    if (stream == NULL) {
        events_give_up(c, e);
        return fail(c, ERR_BUSY, "", "busy");
    }
    events_join(c, e, stream, &asked);
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
