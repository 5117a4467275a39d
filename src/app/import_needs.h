/* What an import needs before it can start. */
#ifndef APP_IMPORT_NEEDS_H
#define APP_IMPORT_NEEDS_H

#include "app/import.h"

/* ERR_INVALID "import_needs_column" for each thing no column gives yet. */
enum err import_needs_columns(struct ctx *c, struct import *im) MUST_CHECK;

/* ERR_INVALID "import_needs_rate" when the file's currency has none today. */
enum err import_needs_rate(struct ctx *c, const struct import *im) MUST_CHECK;

/* Both as members "needs" and "missing" of an object under way. */
enum err import_needs_json(struct ctx *c, struct jw *w,
                           const struct import *im) MUST_CHECK;

#endif
