/* Rules of attachments: rights by the record, kinds and sizes of files. */
#ifndef APP_ATTACH_H
#define APP_ATTACH_H

#include "base/json.h"
#include "store/attachment.h"
#include "store/registry.h"
#include "store/scope.h"

#define ATTACHMENT_MAX (200 * 1024 * 1024) /* what the setting may allow */
#define ATTACHMENTS_SHOWN 200

struct attach_new {
    struct str name, declared; /* as given */
    int fd;                    /* the bytes, from offset 0; borrowed */
    uint64_t size;
};

/* Hangs a file on a live record that the caller may change. Calls store_write.
 * ERR_MEDIA_TYPE file_type_unknown, file_type_name, file_type_declared;
 * ERR_TOO_LARGE attachment_too_large; ERR_FULL attachment_quota;
 * ERR_INVALID file_empty. */
enum err attach_add(struct ctx *c, const struct entity_info *i,
                    int64_t record_id, const struct attach_new *n,
                    struct attachment *out) MUST_CHECK;

/* The attachment, if the caller may do act to its record; ERR_NOT_FOUND. */
enum err attach_load(struct ctx *c, int64_t id, enum action act,
                     struct attachment *out) MUST_CHECK;

/* Appends {"data":[…]} of a record the caller may read. */
enum err attach_list(struct ctx *c, const struct entity_info *i,
                     int64_t record_id, bool bin, struct jw *w) MUST_CHECK;

/* Into the bin or out of it, audited. Inside a write function. */
enum err attach_bin(struct ctx *c, int64_t id, bool bin) MUST_CHECK;

void attach_to_json(struct ctx *c, struct jw *w, const struct attachment *a);

#endif
