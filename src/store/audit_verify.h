/* Is the audit trail as it was written? */
#ifndef STORE_AUDIT_VERIFY_H
#define STORE_AUDIT_VERIFY_H

#include "base/ctx.h"

struct audit_report {
    int64_t seals, sealed, unsealed; /* looked at */
    struct str broken;               /* the first broken place, or empty */
    bool head_only; /* the chain is whole, its signed head does not fit */
};

/* Reads every seal and every entry. May run beside a server: what is newer
 * than the last seal is held against its own hash only. In c->arena. */
enum err audit_verify(struct ctx *c, struct audit_report *out) MUST_CHECK;

#endif
