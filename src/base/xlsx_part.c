/* XML parts of an .xlsx. Owns the open zip entry and the parser of each part,
 * both released with the arena they were opened in. A part that unpacks to
 * more than its maximum, or far beyond its packed size, is a bomb, whatever the
 * archive's directory claims. No DTD, so no entities at all. */
#include "base/xlsx_part.h"

#include <string.h>

#define CHUNK (64 * 1024)
#define MAX_TOKEN (8u << 20)
#define BOMB_RATIO 200
#define BOMB_FLOOR (64u << 20) /* bytes that any ratio may give */

static void release(void *arg) {
    struct xlsx_part *part = arg;
    if (part->parser != NULL)
        XML_ParserFree(part->parser);
    if (part->file != NULL)
        part->zip->close_entry(part->file);
    part->parser = NULL;
    part->file = NULL;
}

const char *xlsx_local(const char *name) {
    const char *colon = strchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

const char *xlsx_att(const char **atts, const char *name) {
    for (; atts[0] != NULL; atts += 2)
        if (strcmp(xlsx_local(atts[0]), name) == 0)
            return atts[1];
    return NULL;
}

static enum err broken(struct ctx *c, const struct xlsx_part *part) {
    return failv(c, ERR_MALFORMED, S("file"), "xlsx_broken",
                 ARGS(V(part->name)));
}

static bool is_bomb(const struct xlsx_part *part, uint64_t n) {
    return n > part->max_bytes ||
           (n > BOMB_FLOOR && n / BOMB_RATIO > part->packed);
}

static enum err bomb(struct ctx *c, const struct xlsx_part *part) {
    return failv(c, ERR_TOO_LARGE, S("file"), "xlsx_bomb", ARGS(V(part->name)));
}

static void XMLCALL on_doctype(void *user, const XML_Char *name,
                               const XML_Char *sysid, const XML_Char *pubid,
                               int has_internal_subset) {
    struct xlsx_part *part = user;
    part->doctype = true;
    XML_StopParser(part->parser, XML_FALSE);
}

static void XMLCALL on_start(void *user, const XML_Char *name,
                             const XML_Char **atts) {
    struct xlsx_part *part = user;
    part->h->start(part->user, xlsx_local(name), atts);
}

static void XMLCALL on_end(void *user, const XML_Char *name) {
    struct xlsx_part *part = user;
    part->h->end(part->user, xlsx_local(name));
}

static void XMLCALL on_text(void *user, const XML_Char *s, int n) {
    struct xlsx_part *part = user;
    part->h->text(part->user, s, n);
}

void xlsx_part_handlers(struct xlsx_part *part, const struct xlsx_handlers *h,
                        void *user) {
    part->h = h;
    part->user = user;
    XML_SetElementHandler(part->parser, on_start, on_end);
    if (h->text != NULL)
        XML_SetCharacterDataHandler(part->parser, on_text);
}

enum err xlsx_part_open(struct ctx *c, const struct zip_archive *zip,
                        const char *name, uint64_t max_bytes,
                        struct xlsx_part *part, bool *found) {
    zip_stat_t st;
    *part =
        (struct xlsx_part){.zip = zip, .name = name, .max_bytes = max_bytes};
    *found = zip->stat(zip->zip, name, 0, &st) == 0;
    if (!*found)
        return OK;
    zip_uint64_t need = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    if ((st.valid & need) != need)
        return broken(c, part);
    if ((st.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
        st.encryption_method != ZIP_EM_NONE)
        return fail(c, ERR_MEDIA_TYPE, "file", "xlsx_encrypted");
    part->total = st.size;
    part->packed = st.comp_size;
    if (is_bomb(part, st.size))
        return bomb(c, part);
    part->file = zip->open_entry(zip->zip, name, 0);
    if (part->file == NULL)
        return broken(c, part);
    part->parser = XML_ParserCreate(NULL);
    arena_defer(c->arena, release, part);
    if (part->parser == NULL)
        return broken(c, part);
    XML_SetParamEntityParsing(part->parser, XML_PARAM_ENTITY_PARSING_NEVER);
    XML_SetUserData(part->parser, part);
    XML_SetStartDoctypeDeclHandler(part->parser, on_doctype);
    return OK;
}

/* A read that ends well must have met the size and the CRC; libzip checks the
 * latter at the end of the entry. */
static enum err feed(struct ctx *c, struct xlsx_part *part,
                     enum XML_Status *status) {
    void *p = XML_GetBuffer(part->parser, CHUNK);
    if (p == NULL)
        return broken(c, part);
    zip_int64_t n = part->zip->read(part->file, p, CHUNK);
    if (n < 0)
        return broken(c, part);
    part->done += (uint64_t)n;
    if (is_bomb(part, part->done))
        return bomb(c, part);
    part->finished = n == 0;
    *status = XML_ParseBuffer(part->parser, (int)n, n == 0);
    return OK;
}

/* A tag that never ends would be kept whole in expat's memory. */
static bool token_too_long(const struct xlsx_part *part) {
    XML_Index at = XML_GetCurrentByteIndex(part->parser);
    return !part->suspended && at >= 0 && part->done > (uint64_t)at &&
           part->done - (uint64_t)at > MAX_TOKEN;
}

enum err xlsx_part_run(struct ctx *c, struct xlsx_part *part) {
    do {
        enum XML_Status status = XML_STATUS_ERROR;
        if (part->suspended)
            status = XML_ResumeParser(part->parser);
        else
            TRY(feed(c, part, &status));
        part->suspended = status == XML_STATUS_SUSPENDED;
        if (part->doctype)
            return failv(c, ERR_MALFORMED, S("file"), "xlsx_doctype",
                         ARGS(V(part->name)));
        if (status == XML_STATUS_ERROR || token_too_long(part))
            return broken(c, part);
    } while (!part->suspended && !part->finished);
    return OK;
}

enum err xlsx_part_read(struct ctx *c, const struct zip_archive *zip,
                        const char *name, uint64_t max_bytes,
                        const struct xlsx_handlers *h, void *user) {
    bool found;
    struct xlsx_part *part = NEW(c->arena, struct xlsx_part);
    TRY(xlsx_part_open(c, zip, name, max_bytes, part, &found));
    if (!found)
        return OK;
    xlsx_part_handlers(part, h, user);
    while (!part->finished)
        TRY(xlsx_part_run(c, part));
    release(part);
    return OK;
}
