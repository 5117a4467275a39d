/* Tables of shapes: jobs, imports, exports, backups. */
#include "api/shapes.h"

SHAPE(job_started, "Work that goes on by itself; see GET /jobs/{id}.", 202,
      NULL, {"job", "#job_state", NULL});

SHAPE(job_state, "A job.", 0, NULL, {"id", "integer", NULL},
      {"kind", "text", NULL}, {"state", "@job.state", NULL},
      {"done", "integer", NULL}, {"total", "integer|null", NULL},
      {"rate", "number|null", "Items per second."},
      {"eta_s", "number|null", "Seconds left."},
      {"cancel", "boolean", "Somebody asked it to stop."},
      {"message", "text|null", "The step it is at, such as grades, ladder."},
      {"result", "any", NULL}, {"error", "text|null", NULL},
      {"file_id", "integer|null", "It made a file: GET /jobs/{id}/file."},
      {"owner_id", "integer|null", NULL}, {"created_at", "instant|null", NULL},
      {"started_at", "instant|null", NULL},
      {"finished_at", "instant|null", NULL});

SHAPE(import_upload, "What is uploaded.", 0, NULL,
      {"entity", "=customers contacts products orders", "What a row holds."},
      {"filename?", "text", "Shown in the list of imports."});

#define IMPORT                                                                 \
    {"id", "integer", NULL},                                                   \
        {"entity", "=customers contacts products orders", NULL},               \
        {"filename", "text", NULL}, {"format", "@import.format", NULL},        \
        {"encoding", "text", NULL}, {"delimiter", "text", NULL},               \
        {"compressed", "boolean", NULL}, {"rows_sampled", "integer", NULL},    \
        {"columns", "[#import_column]", NULL},                                 \
        {"fields", "[#import_field]", "What columns can be read into."},       \
        {"mappings", "[#import_saved]", "Kept ones that fit the file."},       \
        {"options", "{text}", NULL},                                           \
        {"needs", "[text]", "Options to be confirmed before a run."},          \
        {"missing", "[any]", "Lists of fields of which one is needed."},       \
        {"state", "@import.state", NULL}, {"job_id", "integer|null", NULL},    \
        {"error_file_id", "integer|null", "Rows were set aside."},             \
        {"report", "any", "Counts, once a run or dry run has ended."},         \
        {"revert_job_id", "integer|null", NULL},                               \
        {"kept_file_id", "integer|null",                                       \
         "A revert left records as they are."},                                \
    {                                                                          \
        "reverted", "any", "Counts of the revert."                             \
    }

SHAPE(import, "An import.", 0, NULL, IMPORT);
SHAPE(import_made, "An import, just uploaded.", 201, NULL, IMPORT);

SHAPE(import_column, "A column of the file.", 0, NULL,
      {"index", "integer", "From 0."}, {"header", "text", NULL},
      {"samples", "[text]", NULL},
      {"field", "text|null", "What it is read into; null: left out."},
      {"trim", "boolean", "Whole numbers lose their .0 where they are ids."});

SHAPE(import_field, "A field a column can be read into.", 0, NULL,
      {"name", "text", "Such as order.number."},
      {"label", "#import_label", NULL}, {"required", "boolean", NULL},
      {"key", "boolean", "May tell which record a row means."});

SHAPE(import_label, "A text in both languages.", 0, NULL, {"zh", "text", NULL},
      {"en", "text", NULL});

SHAPE(import_change, "A new mapping, new options, or both.", 0, NULL,
      {"mapping?", "{text|null}", "Field by number or header of the column."},
      {"options?", "{any}", "Those to be changed."},
      {"mapping_id?", "integer|null", "A kept mapping to begin with."});

SHAPE(import_saved, "A mapping kept under a name.", 0, NULL,
      {"id", "integer", NULL}, {"name", "text", NULL},
      {"shared", "boolean", NULL});

SHAPE(export_new, "A list to be made into a file.", 0, NULL,
      {"entity", "text", "Plural, such as customers."},
      {"format?", "=csv xlsx json", NULL},
      {"filter?", "any", "As in POST /{object}/search."}, {"q?", "text", NULL},
      {"sort?", "[text]", NULL}, {"fields?", "[text]", NULL},
      {"tag?", "text", "Records that bear one of these tags: 3,4."});

SHAPE(backups, "The backups in this server's folder.", 0, NULL,
      {"folder", "text", "Where they lie on the server."},
      {"next_at", "instant|null", "When the next one is due by itself."},
      {"data", "[#backup]", "Newest first."},
      {"restored", "#backup_restored|null", "The last one put back, if any."});

SHAPE(backup_restored, "What became of putting a backup back.", 0, NULL,
      {"name", "text", "The backup."}, {"by", "text", "Who asked for it."},
      {"state", "=done failed", "failed: the company is what it was."},
      {"at", "instant|null", "When that was known."},
      {"error", "text|null", NULL},
      {"safety", "text|null", "The backup made of the company before."});

SHAPE(backup_restore, "Everything there is now goes.", 0, NULL,
      {"password", "text", "One's own, again."},
      {"code?", "text", "Of the second step, where it is on."},
      {"confirm", "text", "The backup's name once more."});

SHAPE(deletions, "What went into the bin together.", 0, NULL,
      {"data", "[#deletion]", "Newest first, at most 200."});

SHAPE(deletion, "Records deleted at once.", 0, NULL,
      {"deleted_with", "integer", "The number they bear."},
      {"deleted_at", "instant", "The last of them."},
      {"deleted_by", "integer|null", "User."}, {"name", "text", "Of the user."},
      {"records", "integer", "Of all kinds."},
      {"import", "{any}|null", "id and filename of the import taken back."});

SHAPE(bin_empty, "What is to go for good; without anything: all of it.", 0,
      NULL, {"confirm", "boolean", "true: nothing of it comes back."},
      {"objects?", "[text]", "Plurals, such as orders."},
      {"ids?", "[integer]", "Of one object, at most 1000."},
      {"deleted_with?", "integer", "See GET /bin."},
      {"deleted_by?", "integer", "User."},
      {"from?", "date", "Deleted on that day or later."},
      {"to?", "date", "Deleted on that day at the latest."});

SHAPE(backup, "A backup.", 0, NULL, {"name", "text", "Of the file."},
      {"kind", "=manual scheduled uploaded safety", NULL},
      {"engine", "=sqlite postgresql", NULL},
      {"state", "=verified failed unchecked",
       "Was it read back and found whole?"},
      {"created_at", "instant|null", NULL},
      {"verified_at", "instant|null", "When it was last read back."},
      {"size", "integer", "Bytes."},
      {"schema", "integer", "Newest migration in it."},
      {"rows", "integer", "Of all tables."},
      {"ms", "integer", "Making and reading back took."},
      {"sha256", "text", NULL},
      {"wrong", "text|null", "What was found wrong, a line each."});

/* --- files and masks ----------------------------------------------------- */

#define ATTACHMENT                                                             \
    {"id", "integer", NULL}, {"name", "text", NULL},                           \
        {"media_type", "text", "By its content."}, {"size", "integer", NULL},  \
        {"sha256", "text", NULL}, {"created_at", "instant", NULL}, {           \
        "created_by", "integer|null", NULL                                     \
    }

SHAPE(attachment, "A file that hangs on a record.", 0, NULL, ATTACHMENT);

SHAPE(attachment_made, "A file, just hung on a record.", 201, NULL, ATTACHMENT);

SHAPE(attachments, "Files of a record.", 0, NULL,
      {"data", "[#attachment]", NULL});

SHAPE(attachments_query, "Which files.", 0, NULL,
      {"bin?", "boolean", "The deleted ones instead."});

SHAPE(attachment_upload, "What is uploaded.", 0, NULL,
      {"name", "text", "The file's name; its ending must fit what it holds."});

SHAPE(unmask, "What is to be shown, and why.", 0, NULL,
      {"fields", "[text]", "At most 20."},
      {"reason", "text", "Kept in the audit trail."});

SHAPE(unmasked, "The values in full.", 0, NULL, {"data", "{any}", NULL});

static const struct shape *const list[] = {
    &backups,         &backup,        &backup_restore,    &backup_restored,
    &job_started,     &job_state,     &import_upload,     &import,
    &import_made,     &import_saved,  &import_column,     &import_field,
    &import_label,    &import_change, &export_new,        &attachment,
    &attachment_made, &attachments,   &attachments_query, &attachment_upload,
    &unmask,          &unmasked,      &deletions,         &deletion,
    &bin_empty,
};

const struct shape_list work_shapes = {list, COUNT_OF(list)};
