/* Private to src/http: the threads of the library that read requests and write
 * replies. A connection belongs to one of them as long as it lives. */
#ifndef HTTP_LOOPS_H
#define HTTP_LOOPS_H

#include "base/compiler.h"

#include <sys/socket.h>

struct http_server;
struct loops;

/* So many connections of the server can make a loop wait that has work. */
enum { LOOPS_CROWD = 128, LOOPS_NUDGE_MS = 10 };

/* As many as cfg.loops; NULL when one can't be made. */
struct loops *loops_start(struct http_server *s);

/* Takes over a socket; false: it was closed (too many of one address). */
bool loops_add(struct loops *ls, int fd, const void *address, socklen_t n);

/* Makes each loop look at what is ready: due every LOOPS_NUDGE_MS while there
 * are LOOPS_CROWD connections. Any thread. */
void loops_nudge(const struct loops *ls);

/* Closes all connections; nothing may be suspended. NULL allowed. */
void loops_stop(struct loops *ls);

#endif
