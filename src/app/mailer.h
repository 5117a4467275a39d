/* Sends what is in the outbox: a round of a tend (app/tend.h). */
#ifndef APP_MAILER_H
#define APP_MAILER_H

#include "app/tend.h"

#define MAILER_EVERY_MS 1000

enum err mailer_round(struct ctx *c, void *state, atomic_bool *stop,
                      bool *again);

#endif
