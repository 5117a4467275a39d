/* What each column of a file is read into, and the guess at it: by the
 * words of the header in both languages, by the values, by what was chosen for
 * the same header before. */
#ifndef APP_MAPPING_H
#define APP_MAPPING_H

#include "app/target.h"
#include "base/json.h"

#define SAMPLES_SHOWN 5
#define SAMPLED_ROWS 200
#define COLUMNS_MAX 500

/* What a column looks like over the rows sampled. */
struct column {
    struct str header; /* trimmed; may be empty */
    struct str samples[SAMPLES_SHOWN];
    size_t n_samples;
    size_t filled; /* rows sampled with something in it */
    size_t dates, phones, emails, whole_decimals; /* of those */
    bool trim; /* whole numbers are written with ".0": cut it off */
    const struct target *target; /* NULL: left out */
};

struct columns {
    struct column *p;
    size_t n;
};

/* Headers of what an errors file has behind the file's own columns, the same
 * in each language; then come line, column and reason in the reader's. */
#define ERRORS_IMPORT "import_id"
#define ERRORS_CODE "error_code"

/* How many columns are the file's own: all of them, but in an errors file. */
size_t columns_own(const struct columns *cols);

/* Takes one more value of a column into account; text is copied. */
void column_see(struct arena *a, struct column *col, struct str text);

/* Fills in targets: none twice. Reads earlier imports with c->db. */
enum err mapping_guess(struct ctx *c, const struct targets *t,
                       struct columns *cols) MUST_CHECK;

/* [{"header","samples","trim"},…] and {"0":"order.number",…} as stored. */
void columns_to_json(struct jw *w, const struct columns *cols);
void mapping_to_json(struct ctx *c, struct jw *w, const struct columns *cols);
enum err columns_from_json(struct ctx *c, struct str json,
                           struct columns *out) MUST_CHECK;

/* Applies {"0":"order.number","1":null,…}: columns not named stay. A name may
 * stand in place of the number. ERR_INVALID per column that is wrong. */
enum err mapping_apply(struct ctx *c, const struct targets *t,
                       struct columns *cols, json_t *mapping) MUST_CHECK;

/* The column read into a target, or NULL. */
const struct column *mapping_column(const struct columns *cols,
                                    struct str target);

#endif
