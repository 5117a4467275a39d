/* Private to the revert files: a revert at work. */
#ifndef APP_IMPORT_REVERT_WORK_H
#define APP_IMPORT_REVERT_WORK_H

#include "app/import.h"
#include "store/bulk.h"

struct revert_counts {
    int64_t rows;     /* of the file, taken back */
    int64_t deleted;  /* records into the bin */
    int64_t restored; /* records with their old values again */
    int64_t kept;     /* lines of the kept file */
};

struct revert {
    struct import *im;
    struct job_run *run;
    bool orders;
    int64_t began; /* when the import was made, UTC ms */
    struct revert_counts total, chunk;
    int64_t entry;        /* audit entry that was taken back last */
    int64_t kept_file_id; /* 0: none yet */
    int64_t operation;    /* number in the bin */
    struct arena *memory; /* as long as the job */
    /* Told of already, with all their lines, and chunks still to come have some
     * of these; rising. A revert that goes on knows them. */
    struct bulk_ids kept_orders;
    /* the chunk */
    struct bulk_ids keeps; /* orders told of in it that older chunks have too */
    struct bulk_ids over;  /* kept orders that no older chunk has */
    struct buf kept;       /* JSON lines */
    struct buf deleted; /* JSON for the audit: {"customers":[1,2],…} members */
    struct buf restored;
};

/* One line of the kept file. fields: JSON object, or empty. r NULL: nothing of
 * it may be shown. message: what the rule says that refuses it, or empty. */
struct revert_kept {
    const struct entity *e;
    int64_t id;
    const struct record *r;
    const char *reason;
    struct str fields, message;
};
void revert_keep(struct ctx *c, struct revert *x, const struct revert_kept *k);

/* Rising, so that ids_have may be asked. */
void revert_sort(struct bulk_ids *ids);

/* A member of the audit's lists. */
void revert_note(struct ctx *c, struct buf *b, const struct entity *e,
                 struct str json);

/* [[id,hash],…] of records made. */
enum err revert_created(struct ctx *c, struct revert *x,
                        const struct entity_info *info,
                        const json_t *list) MUST_CHECK;
/* [{"id":…,"fields":{…}},…] of records changed. */
enum err revert_changed(struct ctx *c, struct revert *x,
                        const struct entity_info *info,
                        const json_t *list) MUST_CHECK;
/* [[id,hash,{…}],…] of orders. */
enum err revert_orders(struct ctx *c, struct revert *x,
                       const json_t *list) MUST_CHECK;

#endif
