/* Mails of the company: the kinds there are, and what the settings and the
 * secret smtp_password say about sending. */
#ifndef APP_MAIL_H
#define APP_MAIL_H

#include "store/outbox.h"

#include <stdatomic.h>

#define MAIL_RESET "password_reset"

/* Are server, sender and public address set? Reads c->db. */
enum err mail_ready(struct ctx *c, bool *out) MUST_CHECK;

/* Does what a row of the outbox asks for; *sent false when there was nobody to
 * send to. Calls store_write. ERR_CONFLICT "mail_not_set_up". */
enum err mail_deliver(struct ctx *c, const struct outbox_mail *m,
                      atomic_bool *stop, bool *sent) MUST_CHECK;

#endif
