/* Making a company: what a fresh database needs before its first user. */
#ifndef APP_COMPANY_H
#define APP_COMPANY_H

#include "base/ctx.h"

/* Empty parts keep the defaults of the settings. */
struct company_new {
    struct str name, currency, zone, language;
    struct str login, password_hash; /* of the first administrator */
};

/* Adds built-in roles that are missing. Inside a write function, as console.*/
enum err company_seed(struct ctx *c) MUST_CHECK;

/* Settings, roles and the first administrator. Inside a write function, as
 * console. ERR_CONFLICT when there is a user already. */
enum err company_init(struct ctx *c, const struct company_new *n) MUST_CHECK;

/* Is the database marked as demonstration data? */
enum err company_is_demo(struct ctx *c, bool *out) MUST_CHECK;

#endif
