/* What the columns of a file can be read into, and the guess at it: by the
 * words of the header in both languages, by the values, by what was chosen for
 * the same header before. */
#ifndef APP_MAPPING_H
#define APP_MAPPING_H

#include "base/json.h"
#include "store/registry.h"
#include "store/scope.h"

#define SAMPLES_SHOWN 5
#define SAMPLED_ROWS 200
#define COLUMNS_MAX 500

/* One field a column can be read into. */
struct target {
    const struct entity_info *info;
    const struct field *field;
    struct str name; /* "order.number" */
    bool required;   /* no file without it */
    bool key;        /* digits that name something: 17850.0 means 17850 */
};

struct targets {
    struct str entity; /* plural: what the file holds */
    const struct target *p;
    size_t n;
};

/* Who made a record and when: only for new records, and only by who may create
 * records for anybody. */
bool mapping_is_origin(const struct field *f);

/* Of a file of customers, contacts, products or orders. ERR_INVALID
 * "import_entity" for anything else. Lives in c->arena. */
enum err targets_of(struct ctx *c, struct str entity,
                    struct targets *out) MUST_CHECK;

/* By "order.number"; for the file's own entity "number" will do. NULL. */
const struct target *target_find(const struct targets *t, struct str name);

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
