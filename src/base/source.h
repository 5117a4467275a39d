/* The bytes of an input file, unpacked when it is gzip: what the readers of
 * tables stand on. */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include "base/ctx.h"

struct source;

/* Reads the beginning of fd (borrowed; at its current position) and looks
 * whether it is gzip. max_bytes bounds what unpacking may give. Lives in
 * c->arena. ERR_IO "file_read", ERR_INVALID "file_is_directory". */
enum err source_open(struct ctx *c, int fd, uint64_t max_bytes,
                     struct source **out) MUST_CHECK;

/* The first raw bytes (at most 64 KiB, before unpacking), for magic numbers;
 * valid until the first source_read. */
struct str source_head(const struct source *s);
bool source_is_gzip(const struct source *s);

/* Fills p with up to cap unpacked bytes; *n_out 0 means the end. Several gzip
 * members in a row are one file. ERR_MALFORMED "gzip_broken" or
 * "gzip_truncated", ERR_TOO_LARGE "file_too_large", ERR_IO. */
enum err source_read(struct ctx *c, struct source *s, char *p, size_t cap,
                     size_t *n_out) MUST_CHECK;

/* Where the bytes lie, for reading them by position: the descriptor and the
 * places in it where they begin and end. False for a pipe, and for what is
 * packed. */
bool source_place(const struct source *s, int *fd, uint64_t *from,
                  uint64_t *to);

/* Raw bytes consumed so far, and the file's size (0 for a pipe). */
void source_progress(const struct source *s, uint64_t *done, uint64_t *total);

#endif
