/* The end of a process that can't go on: out of memory, broken invariant. */
#ifndef BASE_DIE_H
#define BASE_DIE_H

#include "base/compiler.h"

/* Prints the message to stderr and aborts. Never for bad input. */
NORETURN void die(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
