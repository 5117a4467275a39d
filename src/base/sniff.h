/* What a file is, by its first bytes and its name: an allow list. Pure. */
#ifndef BASE_SNIFF_H
#define BASE_SNIFF_H

#include "base/str.h"

#define SNIFF_BYTES 4096

enum sniffed {
    SNIFF_OK,
    SNIFF_UNKNOWN,  /* of no kind that is taken */
    SNIFF_NAME,     /* the name's ending says something else */
    SNIFF_DECLARED, /* the declared type says something else */
};

/* head: the first bytes, at most SNIFF_BYTES of them. name: its ending counts,
 * without regard to case. declared: a Content-Type, may be empty or
 * application/octet-stream. type_out: the media type to keep (static). */
enum sniffed sniff(struct str head, struct str name, struct str declared,
                   struct str *type_out);

#endif
