/* Is it there already? Records that are likely the one that is being typed: of
 * the same phone, e-mail address, tax number or name, among what the actor may
 * see. Nothing is told of others: not even that there are some. */
#ifndef APP_SIMILAR_H
#define APP_SIMILAR_H

#include "store/registry.h"

/* What a record was found by, as bits. */
enum similar_by {
    SIMILAR_NAME = 1,
    SIMILAR_PHONE = 2,
    SIMILAR_EMAIL = 4,
    SIMILAR_TAX = 8,
};

/* The fields it goes by, in the order in which they are told. */
struct similar_field {
    enum similar_by by;
    struct str name;
};
#define SIMILAR_FIELDS 4
extern const struct similar_field similar_fields[SIMILAR_FIELDS];

/* Can one ask of such records, and by this field of them? */
bool similar_asks(const struct entity_info *i, const struct similar_field *f);

/* What is typed so far; empty: not asked for. */
struct similar_typed {
    struct str name, phone, email, tax_number;
    int64_t customer_id; /* of a contact: its name counts among his alone */
    int64_t except;      /* the record itself, 0 for a new one */
};

struct similar_hit {
    int64_t id;
    unsigned by; /* enum similar_by */
};

#define SIMILAR_MOST 10

/* At most SIMILAR_MOST, those of more fields first, then the oldest. A field
 * the actor may not filter by is not looked into: an answer would tell its
 * values. Company names are the same without their legal form (有限公司,
 * Co., Ltd.), width, case and spaces; phones without the code of China.
 * ERR_FORBIDDEN for who may not read such records. */
enum err similar_find(struct ctx *c, const struct entity_info *i,
                      const struct similar_typed *t, struct similar_hit **out,
                      size_t *n_out) MUST_CHECK;

#endif
