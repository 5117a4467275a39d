/* libzip, loaded when an .xlsx file comes (base/library.h). */
#ifndef BASE_ZIP_H
#define BASE_ZIP_H

#include "base/compiler.h"

#include <zip.h>

/* An archive and the functions to read it with, with the types of libzip's own
 * header. */
struct zip_archive {
    zip_t *zip;
    __typeof__(zip_fdopen) *open;
    __typeof__(zip_discard) *discard;
    __typeof__(zip_name_locate) *locate;
    __typeof__(zip_stat) *stat;
    __typeof__(zip_fopen) *open_entry;
    __typeof__(zip_fread) *read;
    __typeof__(zip_fclose) *close_entry;
};

/* False when the library is not installed. */
bool zip_library_open(struct zip_archive *z) MUST_CHECK;

#endif
