/* Files as rows: 256 KiB chunks in the database, so that one file is the whole
 * company (DESIGN O2). A file is complete once file_finish has said so. */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include "base/ctx.h"

#define FILE_CHUNK_BYTES (256 * 1024)

struct file_row {
    int64_t id;
    struct str name, media_type;
    int64_t size, chunks;
    bool complete;
};

struct file_new {
    struct str name, media_type;
    struct str entity; /* kind of record it belongs to, or empty */
};

/* --- inside a write function -------------------------------------------- */

enum err file_create(struct ctx *c, const struct file_new *n,
                     int64_t *id_out) MUST_CHECK;
/* Adds bytes at the end as new chunks. */
enum err file_append(struct ctx *c, int64_t id, struct str bytes) MUST_CHECK;
/* sha256: hexadecimal of the whole, or empty when it was never seen at once. */
enum err file_finish(struct ctx *c, int64_t id, struct str sha256) MUST_CHECK;
/* With its chunks; id 0 is none. */
enum err file_delete(struct ctx *c, int64_t id) MUST_CHECK;
/* Those never finished, those jobs made, and attachments that never came to
 * hang on a record, from before an instant. */
enum err file_purge(struct ctx *c, int64_t before) MUST_CHECK;

/* --- outside ------------------------------------------------------------ */

/* Stores all that fd (borrowed) holds from offset 0, in writes of a few chunks
 * each: calls store_write. What a failure leaves is purged later. ERR_IO. */
enum err file_store(struct ctx *c, int fd, const struct file_new *n,
                    int64_t *id_out) MUST_CHECK;

/* *found false: no such file. */
enum err file_find(struct ctx *c, int64_t id, struct file_row *out,
                   bool *found) MUST_CHECK;

/* Writes its bytes into an unnamed temporary file; the descriptor, at offset
 * 0, is the caller's to close. ERR_NOT_FOUND, ERR_IO file_damaged (a chunk
 * does not have its hash), ERR_FULL. */
enum err file_open_copy(struct ctx *c, int64_t id, int *fd_out) MUST_CHECK;

/* An empty unnamed temporary file; the descriptor is the caller's. */
enum err file_temporary(struct ctx *c, int *fd_out) MUST_CHECK;

#endif
