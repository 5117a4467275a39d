/* Values of settings as text by key; what they mean is app/settings.h. */
#ifndef STORE_SETTING_H
#define STORE_SETTING_H

#include "base/ctx.h"

/* *found false: not set. */
enum err setting_find(struct ctx *c, struct str key, struct str *out,
                      bool *found) MUST_CHECK;
/* Inside a write function. */
enum err setting_save(struct ctx *c, struct str key,
                      struct str value) MUST_CHECK;

/* Are there orders or payments, binned ones too? */
enum err setting_documents_exist(struct ctx *c, bool *out) MUST_CHECK;

#endif
