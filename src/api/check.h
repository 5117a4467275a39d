/* Does an answer match what the OpenAPI document says of its route? Called for
 * each answer of the testing build, so that every test of the API proves the
 * document. */
#ifndef API_CHECK_H
#define API_CHECK_H

#include "api/route.h"

/* Checks the reply in call->rq. False: *why_out names the member and what is
 * wrong with it, in c->arena. */
bool check_reply(struct ctx *c, const struct call *call,
                 struct str *why_out) MUST_CHECK;

#endif
