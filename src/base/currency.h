/* Minor units of currencies (ISO 4217). */
#ifndef BASE_CURRENCY_H
#define BASE_CURRENCY_H

#include "base/str.h"

/* Digits behind the point: 2 unless the standard says 0 (JPY, KRW …), 3 (KWD,
 * BHD …). */
int currency_digits(struct str code);

/* Three capital ASCII letters. */
bool currency_is_code(struct str code);

/* A company's own until it says another. */
#define CURRENCY_DEFAULT "CNY"

#endif
