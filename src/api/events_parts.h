/* Private to the event streams: a subscriber, and what it is told. The hub's
 * thread alone calls these, with c->actor set to the subscriber as he is now.
 */
#ifndef API_EVENTS_PARTS_H
#define API_EVENTS_PARTS_H

#include "api/events.h"
#include "store/feed.h"
#include "store/job.h"

#define EVENTS_BATCH 1000 /* rows read at once */

struct subscriber {
    struct subscriber *next;
    struct http_stream *stream;
    int64_t user_id;
    char *objects, *last_id, *session, *bearer; /* malloc */
    uint64_t view; /* what he was last told that he may see */
    bool told;     /* has got its first event */
    bool lost;
};

/* Has it changed since he was told? Then he is told so. */
void events_tell_view(struct ctx *c, struct subscriber *s);

/* The first event: what came between the last event the client has and the
 * hub's place, and that he is up to date from there, or can't be. */
void events_greet(struct ctx *c, struct subscriber *s, struct feed_place place);

/* Rows that feed_look has looked at for c->actor: an event for each record, or
 * one for many of a kind. */
void events_tell_rows(struct ctx *c, struct subscriber *s,
                      const struct feed_row *rows, size_t n);

/* Jobs that wait, run or have just ended, and which differ from what was told.
 */
struct jobs_now {
    const struct job *p;
    const bool *differs;
    size_t n;
};
/* Those that differ, or all; only his own, an administrator's all. */
void events_tell_jobs(struct ctx *c, struct subscriber *s,
                      const struct jobs_now *jobs, bool all);

#endif
