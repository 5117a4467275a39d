/* Private to src/http: the local socket. */
#ifndef HTTP_LOCAL_H
#define HTTP_LOCAL_H

#include "base/compiler.h"

/* Listens on a socket of the file system, 0600; one that a dead process left
 * is replaced. -1: it can't be made (errno tells). */
int local_listen(const char *path);

/* The next connection of this user or of root, non-blocking; others are closed.
 * -1: none is waiting. */
int local_accept(int fd);

#endif
