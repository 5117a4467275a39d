/* Private to src/http: one thread beside the loops. It accepts connections and
 * hands them to the library, closes those past their deadline, keeps the
 * sockets of early answers open until the client has read them, and serves the
 * event streams. */
#ifndef HTTP_KEEPER_H
#define HTTP_KEEPER_H

#include "base/compiler.h"

struct http_server;
struct keeper;
struct streams;

/* Takes over listen_fd and local_fd (-1: none) and sets s->keeper; false when
 * the thread can't be made, the sockets are the caller's then. */
bool keeper_start(struct http_server *s, int listen_fd, int local_fd);

/* Closes the listening socket and the streams; the rest goes on. Returns when
 * it is done. */
void keeper_quiet(struct keeper *k);

/* Ends the thread. k can still be called, and does little. */
void keeper_stop(struct keeper *k);
void keeper_free(struct keeper *k); /* NULL allowed */

/* Takes over fd: nothing more is sent, what comes is dropped, closed after
 * the client's end, two seconds or the server's max_body_unread. Any thread. */
void keeper_linger(struct keeper *k, int fd);

struct streams *keeper_streams(struct keeper *k);

/* stream.c, keeper thread. */
struct streams *streams_new(int epoll_fd, int event_fd,
                            const struct http_server *s);
void streams_event(void *stream, uint32_t events);
void streams_tick(struct streams *t, int64_t now_ms);
void streams_close(struct streams *t); /* all; none can be opened after */
void streams_free(struct streams *t);
int streams_count(struct streams *t); /* any thread */

#endif
