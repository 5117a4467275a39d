/* Loads libzip. Owns nothing. Any thread. */
#include "base/zip.h"

#include "base/library.h"

bool zip_library_open(struct zip_archive *z) {
    static const char *const names[] = {"libzip.so.4", "libzip.so.5"};
    const struct library_symbol all[] = {
        {"zip_fdopen", &z->open},        {"zip_discard", &z->discard},
        {"zip_name_locate", &z->locate}, {"zip_stat", &z->stat},
        {"zip_fopen", &z->open_entry},   {"zip_fread", &z->read},
        {"zip_fclose", &z->close_entry},
    };
    return library_open(names, COUNT_OF(names), all, COUNT_OF(all));
}
