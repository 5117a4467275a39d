/* Event streams (DESIGN F2): hints that records have changed, and the progress
 * of jobs, pushed to whoever may see them. One thread reads the change log for
 * all streams of this process; it is woken by commits of this process, by
 * PostgreSQL's notifications for those of others, and looks once a second in
 * any case. */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include "api/route.h"

struct auth;
struct events;
struct http_stream;

/* Starts the thread. auth is borrowed. */
struct events *events_start(struct store *s, struct auth *auth);
/* Ends the thread and all streams; more are refused. */
void events_stop(struct events *e);
void events_free(struct events *e); /* after events_stop; NULL allowed */

struct events_asked {
    struct str objects; /* plurals, comma-separated; empty: all */
    struct str last_id; /* Last-Event-ID, or empty */
    struct str session, bearer;
};
/* Takes a place for one more of c->actor's streams, which events_join fills or
 * events_give_up frees; of many that ask at once no more get one than there
 * are. ERR_TOO_MANY too_many_streams. */
enum err events_room(struct ctx *c, struct events *e) MUST_CHECK;
void events_give_up(struct ctx *c, struct events *e);
/* Takes over the stream, in the place taken before. */
void events_join(struct ctx *c, struct events *e, struct http_stream *stream,
                 const struct events_asked *asked);

/* What tells the schema that c->actor is shown apart from any other: fields
 * were added, changed or retired, or his rights were. In c->arena. */
struct str events_view(struct ctx *c);

#endif
