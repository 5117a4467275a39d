/* The two system calls through which bytes leave the process, with the fault
 * points of the tests: io.write (no space left), io.send (the peer is gone). */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/compiler.h"

#include <sys/types.h>

/* As write(2), but starts again after a signal. */
ssize_t io_write(int fd, const void *p, size_t n) MUST_CHECK;

/* As send(2) without waiting and without a signal. */
ssize_t io_send(int fd, const void *p, size_t n) MUST_CHECK;

#endif
