/* libcurl, loaded when it is first needed: whoever sends nothing pays nothing
 * for it (docs/decisions/011-libcurl.md). */
#ifndef BASE_CURL_H
#define BASE_CURL_H

#include "base/compiler.h"

#include <curl/curl.h>

/* The functions used, with the types of curl's own header. */
struct curl_library {
    __typeof__(curl_easy_init) *init;
    __typeof__(curl_easy_setopt) *setopt;
    __typeof__(curl_easy_perform) *perform;
    __typeof__(curl_easy_reset) *reset;
    __typeof__(curl_easy_getinfo) *getinfo;
    __typeof__(curl_easy_strerror) *text;
    __typeof__(curl_easy_cleanup) *cleanup;
    __typeof__(curl_slist_append) *append;
    __typeof__(curl_slist_free_all) *free_all;
};

/* False when the library is not installed. */
bool curl_library_open(struct curl_library *l) MUST_CHECK;

#endif
