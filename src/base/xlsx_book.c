/* Workbook, relations, styles and shared strings of an .xlsx. Each is read
 * once, front to back, by a small state machine over expat's elements. */
#include "base/xlsx_book.h"

#include "base/buf.h"
#include "base/xlsx_part.h"
#include "base/xlsx_value.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SMALL_PART (16u << 20) /* workbook, relations, styles */
#define MAX_STYLES 65536
#define MAX_SHARED 10000000

struct format {
    int id;
    bool date;
};

/* The state of whichever part is read. */
struct reader {
    struct arena *arena;
    struct xlsx_book *book;
    struct str relation; /* id of the sheet's relation */
    struct str target;
    bool in_formats; /* inside cellXfs */
    VEC(struct format) formats;
    VEC(bool) dates;
    VEC(struct str) shared;
    struct buf text; /* of the shared string at hand */
    size_t left;     /* bytes of shared strings still allowed */
    int in_text, in_phonetic;
    bool too_large;
};

static void no_end(void *user, const char *name) {
}

static void workbook_start(void *user, const char *name, const char **atts) {
    struct reader *r = user;
    if (strcmp(name, "workbookPr") == 0) {
        struct str v = str_of(xlsx_att(atts, "date1904"));
        r->book->since_1904 = str_eqc(v, "1") || str_eqc(v, "true");
    } else if (strcmp(name, "sheet") == 0 && r->relation.n == 0) {
        const char *state = xlsx_att(atts, "state");
        if (state != NULL && strcmp(state, "visible") != 0)
            return;
        const char *id = xlsx_att(atts, "id");
        r->book->sheet = str_dup(r->arena, str_of(xlsx_att(atts, "name")));
        r->relation = str_dup(r->arena, id == NULL ? S("?") : str_of(id));
    }
}

static void relations_start(void *user, const char *name, const char **atts) {
    struct reader *r = user;
    if (strcmp(name, "Relationship") == 0 &&
        str_eq(str_of(xlsx_att(atts, "Id")), r->relation))
        r->target = str_dup(r->arena, str_of(xlsx_att(atts, "Target")));
}

static int number_att(const char **atts, const char *name) {
    const char *v = xlsx_att(atts, name);
    long n = v == NULL ? 0 : strtol(v, NULL, 10);
    return n < 0 || n > INT_MAX ? 0 : (int)n;
}

static bool is_date_format(const struct reader *r, int id) {
    for (size_t i = 0; i < r->formats.n; i++)
        if (r->formats.p[i].id == id)
            return r->formats.p[i].date;
    return xlsx_builtin_date(id);
}

static void styles_start(void *user, const char *name, const char **atts) {
    struct reader *r = user;
    if (strcmp(name, "numFmt") == 0 && r->formats.n < MAX_STYLES)
        *VEC_PUSH(r->arena, &r->formats) = (struct format){
            number_att(atts, "numFmtId"),
            xlsx_code_date(str_of(xlsx_att(atts, "formatCode")))};
    else if (strcmp(name, "cellXfs") == 0)
        r->in_formats = true;
    else if (strcmp(name, "xf") == 0 && r->in_formats &&
             r->dates.n < MAX_STYLES)
        *VEC_PUSH(r->arena, &r->dates) =
            is_date_format(r, number_att(atts, "numFmtId"));
}

static void styles_end(void *user, const char *name) {
    struct reader *r = user;
    if (strcmp(name, "cellXfs") == 0)
        r->in_formats = false;
}

static void shared_start(void *user, const char *name, const char **atts) {
    struct reader *r = user;
    if (strcmp(name, "si") == 0)
        buf_clear(&r->text);
    else if (strcmp(name, "t") == 0)
        r->in_text++;
    else if (strcmp(name, "rPh") == 0)
        r->in_phonetic++;
}

static void shared_text(void *user, const char *s, int n) {
    struct reader *r = user;
    if (r->in_text > 0 && r->in_phonetic == 0)
        buf_str(&r->text, (struct str){s, (size_t)n});
}

static void shared_end(void *user, const char *name) {
    struct reader *r = user;
    if (strcmp(name, "t") == 0)
        r->in_text--;
    else if (strcmp(name, "rPh") == 0)
        r->in_phonetic--;
    if (strcmp(name, "si") != 0)
        return;
    size_t cost = r->text.n + sizeof(struct str) + 16;
    if (!buf_ok(&r->text) || cost > r->left || r->shared.n >= MAX_SHARED) {
        r->too_large = true;
        return;
    }
    r->left -= cost;
    *VEC_PUSH(r->arena, &r->shared) = str_dup(r->arena, buf_view(&r->text));
}

static const struct xlsx_handlers workbook = {workbook_start, no_end, NULL};
static const struct xlsx_handlers relations = {relations_start, no_end, NULL};
static const struct xlsx_handlers styles = {styles_start, styles_end, NULL};
static const struct xlsx_handlers shared = {shared_start, shared_end,
                                            shared_text};

/* A relation's target is relative to xl/, or absolute. */
static const char *sheet_path(struct reader *r) {
    if (r->target.n == 0)
        return "xl/worksheets/sheet1.xml";
    if (r->target.p[0] == '/')
        return str_cstr(r->arena, str_sub(r->target, 1, r->target.n));
    return str_cstr(r->arena, str_cat(r->arena, S("xl/"), r->target));
}

enum err xlsx_book_read(struct ctx *c, const struct zip_archive *zip,
                        const struct table_opts *opts, struct xlsx_book *out) {
    struct reader r = {
        .arena = c->arena, .book = out, .left = opts->max_shared};
    *out = (struct xlsx_book){0};
    buf_init(&r.text, c->arena, opts->max_cell);
    if (zip->locate(zip->zip, "xl/workbook.xml", 0) < 0)
        return fail(c, ERR_MEDIA_TYPE, "file", "file_packed");
    TRY(xlsx_part_read(c, zip, "xl/workbook.xml", MAX_SMALL_PART, &workbook,
                       &r));
    TRY(xlsx_part_read(c, zip, "xl/_rels/workbook.xml.rels", MAX_SMALL_PART,
                       &relations, &r));
    TRY(xlsx_part_read(c, zip, "xl/styles.xml", MAX_SMALL_PART, &styles, &r));
    TRY(xlsx_part_read(c, zip, "xl/sharedStrings.xml", opts->max_bytes, &shared,
                       &r));
    if (r.too_large)
        return failv(c, ERR_TOO_LARGE, S("file"), "xlsx_strings",
                     ARGS(V((long long)opts->max_shared)));
    out->sheet_path = sheet_path(&r);
    out->dates = r.dates.p;
    out->n_dates = r.dates.n;
    out->shared = r.shared.p;
    out->n_shared = r.shared.n;
    return OK;
}
