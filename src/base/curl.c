/* Loads libcurl. Owns nothing: the handle is the caller's. Any thread. */
#include "base/curl.h"

#include <dlfcn.h>
#include <string.h>

bool curl_library_open(struct curl_library *l) {
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    for (size_t i = 0; i < COUNT_OF(names) && l->handle == NULL; i++)
        l->handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (l->handle == NULL)
        return false;
    const struct {
        const char *name;
        void *at;
    } all[] = {
        {"curl_easy_init", &l->init},
        {"curl_easy_setopt", &l->setopt},
        {"curl_easy_perform", &l->perform},
        {"curl_easy_reset", &l->reset},
        {"curl_easy_getinfo", &l->getinfo},
        {"curl_easy_strerror", &l->text},
        {"curl_easy_cleanup", &l->cleanup},
        {"curl_slist_append", &l->append},
        {"curl_slist_free_all", &l->free_all},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        void *f = dlsym(l->handle, all[i].name);
        if (f == NULL)
            return false;
        memcpy(all[i].at, &f, sizeof f);
    }
    return true;
}

void curl_library_close(struct curl_library *l) {
    if (l->handle != NULL)
        dlclose(l->handle);
    l->handle = NULL;
}
