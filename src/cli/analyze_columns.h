/* Which column of a file of sale lines is what: as the user says, or by its
 * heading when only one can be meant. Part of `guanxi analyze`. */
#ifndef CLI_ANALYZE_COLUMNS_H
#define CLI_ANALYZE_COLUMNS_H

#include "base/ctx.h"
#include "base/table.h"

enum column_role {
    COLUMN_CUSTOMER,
    COLUMN_ORDER,
    COLUMN_DATE,
    COLUMN_QUANTITY,
    COLUMN_PRICE,
    COLUMN_AMOUNT,
    COLUMN_PRODUCT,
    COLUMN_ROLES
};

#define COLUMN_NONE SIZE_MAX

/* What the user said. */
struct column_wish {
    const char *names[COLUMN_ROLES]; /* heading; "" for none; NULL: guess */
    bool needs_date, needs_product;
};

struct columns {
    size_t at[COLUMN_ROLES]; /* place in a row, or COLUMN_NONE */
    struct str headings[COLUMN_ROLES];
    bool guessed[COLUMN_ROLES];
};

/* The name of a role, which is also its option: "customer", "order", … */
const char *column_name(enum column_role r);

/* Finds the columns in the header row; headings are copied. Needed are the
 * customer, the date and the product if wished, and quantity and price, or
 * amount. ERR_INVALID: "analyze_no_column", "analyze_column_twice",
 * "analyze_ambiguous", "analyze_missing". */
enum err columns_find(struct ctx *c, const struct table_row *header,
                      const struct column_wish *wish,
                      struct columns *out) MUST_CHECK;

#endif
