/* Files that hang on a record. Who may see and change the record may see and
 * change them: callers check the record's scope first. */
#ifndef STORE_ATTACHMENT_H
#define STORE_ATTACHMENT_H

#include "base/ctx.h"

struct attachment {
    int64_t id, record_id, size, created_at, created_by;
    struct str entity, name, media_type, sha256;
    bool binned;
};

/* The complete ones of a record, oldest first; at most max. */
enum err attachment_list(struct ctx *c, struct str entity, int64_t record_id,
                         bool bin, int max, struct attachment **out,
                         size_t *n) MUST_CHECK;
/* ERR_NOT_FOUND for what is no complete attachment. */
enum err attachment_find(struct ctx *c, int64_t id,
                         struct attachment *out) MUST_CHECK;
/* Bytes of all of them, in the bin too. */
enum err attachment_used(struct ctx *c, int64_t *bytes) MUST_CHECK;

/* --- inside a write function ---------------------------------------------- */
/* Until the write is over nobody else's attachments come to hang: what is used
 * may be compared with what may be. */
enum err attachment_lock(struct ctx *c) MUST_CHECK;

/* Hangs a stored file on a record. */
enum err attachment_hang(struct ctx *c, int64_t id, struct str entity,
                         int64_t record_id) MUST_CHECK;
/* Into the bin or out of it. */
enum err attachment_bin(struct ctx *c, int64_t id, bool bin) MUST_CHECK;
/* Those in the bin since before an instant go for good. */
enum err attachment_purge(struct ctx *c, int64_t before) MUST_CHECK;

#endif
