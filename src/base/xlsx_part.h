/* One XML part of an .xlsx, read through a bounded unzip into expat. Shared by
 * the files of the xlsx reader; nobody else includes it. */
#ifndef BASE_XLSX_PART_H
#define BASE_XLSX_PART_H

#include "base/ctx.h"
#include "base/zip.h"

#include <expat.h>

/* Callbacks get `user`; element names come without a namespace prefix. */
struct xlsx_handlers {
    void (*start)(void *user, const char *name, const char **atts);
    void (*end)(void *user, const char *name);
    void (*text)(void *user, const char *s, int n); /* may be NULL */
};

struct xlsx_part {
    const struct zip_archive *zip; /* borrowed */
    zip_file_t *file;
    XML_Parser parser;
    const char *name;
    uint64_t done, total, packed;
    uint64_t max_bytes;
    bool doctype;   /* refused: no document of this kind has one */
    bool suspended; /* by the user's handler; xlsx_part_run goes on */
    bool finished;  /* all is fed; the end is finished && !suspended */
    const struct xlsx_handlers *h;
    void *user;
};

/* Opens a part. *found false when the archive has none of this name. */
enum err xlsx_part_open(struct ctx *c, const struct zip_archive *zip,
                        const char *name, uint64_t max_bytes,
                        struct xlsx_part *part, bool *found) MUST_CHECK;

/* Sets who gets the elements; h is borrowed as long as the part is read. */
void xlsx_part_handlers(struct xlsx_part *part, const struct xlsx_handlers *h,
                        void *user);

/* Reads on until a handler calls XML_StopParser(part->parser, XML_TRUE) or the
 * part ends. ERR_MALFORMED "xlsx_broken", "xlsx_doctype",
 * ERR_TOO_LARGE "xlsx_bomb". */
enum err xlsx_part_run(struct ctx *c, struct xlsx_part *part) MUST_CHECK;

/* Opens, reads a whole part and lets go; a missing part is no error. */
enum err xlsx_part_read(struct ctx *c, const struct zip_archive *zip,
                        const char *name, uint64_t max_bytes,
                        const struct xlsx_handlers *h, void *user) MUST_CHECK;

/* Value of an attribute, by its name without prefix, or NULL. */
const char *xlsx_att(const char **atts, const char *name);

/* "x:row" → "row". */
const char *xlsx_local(const char *name);

#endif
