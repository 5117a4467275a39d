/* Writing to files and sockets. Owns nothing; any thread. */
#include "base/io.h"

#include "base/fault.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

ssize_t io_write(int fd, const void *p, size_t n) {
    ssize_t w;
    if (FAULT("io.write")) {
        errno = ENOSPC;
        return -1;
    }
    do
        w = write(fd, p, n);
    while (w < 0 && errno == EINTR);
    return w;
}

ssize_t io_send(int fd, const void *p, size_t n) {
    if (FAULT("io.send")) {
        errno = EPIPE;
        return -1;
    }
    return send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}
