/* Files put into the binary at build time by tools/embed.c. */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include "base/str.h"

struct embed_file {
    struct str name;   /* path within the embedded folder, "/" between parts */
    struct str bytes;  /* followed by a zero byte that does not count */
    struct str sha256; /* 64 hexadecimal digits: an ETag, a checksum */
};

/* A table of them, ascending by name. */
struct embed_files {
    const struct embed_file *p;
    size_t n;
};

#endif
