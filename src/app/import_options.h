/* The questions of an import that the file cannot answer. */
#ifndef APP_IMPORT_OPTIONS_H
#define APP_IMPORT_OPTIONS_H

#include "app/mapping.h"
#include "base/time.h"

enum on_duplicate {
    DUPLICATE_SKIP,   /* the record there stays as it is */
    DUPLICATE_UPDATE, /* it takes the file's values; an order its lines */
    DUPLICATE_FILL,   /* it takes those it has none of; not for orders */
    DUPLICATE_CREATE, /* a second record is made; not for orders */
    DUPLICATE_ERROR,  /* the row is set aside */
};

struct import_options {
    struct str currency; /* ISO 4217: of amounts without one of their own */
    int64_t rate; /* 10^-9 base units for one of currency; 0: the stored one */
    enum date_order date_order;
    char decimal;             /* '.' or ',' */
    struct str cancel_prefix; /* order numbers of cancellations; may be empty */
    struct str source;        /* whose external ids these are */
    enum on_duplicate on_duplicate;
    struct str kind; /* of new customers: person, organization */
    /* The field that tells which record a row means: unique or indexed, or
     * external_id (with source). Empty: all unique ones together. */
    struct str key;
};

/* Those that fit a fresh sample: currency from the settings, order of day and
 * month from the dates seen, no cancel prefix when every number has it. */
enum err import_options_guess(struct ctx *c, const struct targets *t,
                              const struct columns *cols,
                              struct import_options *out) MUST_CHECK;

/* {"currency":"GBP","rate":"9.1",…}: only those that mean something for files
 * of t. */
void import_options_to_json(struct ctx *c, struct jw *w,
                            const struct targets *t,
                            const struct import_options *o);

/* May a column read into this target tell which record a row means? */
bool import_may_be_key(const struct targets *t, const struct target *target);

/* Changes those given; texts are copied. ERR_INVALID per option. */
enum err import_options_apply(struct ctx *c, const struct targets *t,
                              struct import_options *o,
                              json_t *json) MUST_CHECK;

#endif
