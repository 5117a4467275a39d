/* Loads libcurl. Owns nothing. Any thread. */
#include "base/curl.h"

#include "base/library.h"

bool curl_library_open(struct curl_library *l) {
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    const struct library_symbol all[] = {
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
    return library_open(names, COUNT_OF(names), all, COUNT_OF(all));
}
