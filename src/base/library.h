/* Shared libraries that are opened when they are first needed: linked, they and
 * what they bring along would cost every start and every idle server
 * (docs/decisions/015-libraries-when-needed.md). */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include "base/compiler.h"

#include <stddef.h>

/* A function of the library and the pointer that is to have its address. */
struct library_symbol {
    const char *name;
    void *at;
};

/* Opens the first of the names that is installed and fills in the n symbols.
 * False when there is none, or it lacks one of them. It stays loaded: threads
 * and handlers of its own outlive whoever has opened it. Any thread. */
bool library_open(const char *const *names, size_t n_names,
                  const struct library_symbol *symbols, size_t n) MUST_CHECK;

#endif
