/* Chains new audit entries (store/audit_seal.h): a round of a tend. */
#ifndef APP_SEALER_H
#define APP_SEALER_H

#include "app/tend.h"
#include "store/audit_seal.h"

#define SEALER_EVERY_MS                                                        \
    400 /* sealed within a second, on a busy machine too                       \
         */

/* state is a struct seal_place. */
enum err sealer_round(struct ctx *c, void *state, atomic_bool *stop,
                      bool *again);

#endif
