/* Amounts as people write them: "¥4,380.00", "RMB 300", "1,200元". */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include "base/str.h"

#define MONEY_TEXT 256 /* bytes of an amount that is looked into */

enum money_result {
    MONEY_OK,
    MONEY_OTHER, /* a sign or word of another currency stands beside it */
};

/* Takes the sign, word or code of `currency` (ISO 4217) off the amount, before
 * or behind it, and makes full-width forms ASCII and special spaces plain; a
 * minus may stand on either side of the sign. *out is what is left, for
 * num_parse: in tmp, or text itself where there is nothing to take off. On
 * MONEY_OTHER *out is the sign found. */
enum money_result money_bare(struct str text, struct str currency,
                             char tmp[MONEY_TEXT], struct str *out) MUST_CHECK;

#endif
