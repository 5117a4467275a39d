/* Owns nothing: what is opened stays open. Any thread. */
#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool library_open(const char *const *names, size_t n_names,
                  const struct library_symbol *symbols, size_t n) {
    void *handle = NULL;
    for (size_t i = 0; i < n_names && handle == NULL; i++)
        handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        void *f = dlsym(handle, symbols[i].name);
        if (f == NULL)
            return false;
        memcpy(symbols[i].at, &f, sizeof f);
    }
    return true;
}
