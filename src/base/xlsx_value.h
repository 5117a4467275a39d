/* What the numbers of a sheet mean: plain decimals, or dates by style. Part of
 * the xlsx reader. */
#ifndef BASE_XLSX_VALUE_H
#define BASE_XLSX_VALUE_H

#include "base/str.h"

/* True when a number format of this id or code shows a date or time of day. */
bool xlsx_builtin_date(int id);
bool xlsx_code_date(struct str code);

/* Text of a stored number: "2.5499999999999998" → "2.55", "1E-3" → "0.001".
 * What is no number is given back as it is. */
struct str xlsx_number(struct arena *a, struct str raw);

/* Text of a stored number with a date style: "2026-03-21",
 * "2026-03-21 08:30:00", or "08:30:00" below one day. since_1904 is the
 * workbook's other calendar. What no date can be is given as a number. */
struct str xlsx_date(struct arena *a, struct str raw, bool since_1904);

#endif
