/* One mail to one mail server, over libcurl. */
#ifndef APP_SMTP_H
#define APP_SMTP_H

#include "base/ctx.h"

#include <stdatomic.h>

enum smtp_tls { SMTP_TLS_ALWAYS, SMTP_TLS_IF_OFFERED, SMTP_TLS_NEVER };

struct smtp_server {
    struct str url;            /* smtp://host:port, smtps://host */
    struct str user, password; /* empty: no sign-in */
    enum smtp_tls tls;
};

struct smtp_mail {
    struct str from, to; /* bare addresses */
    struct str subject;  /* any text */
    struct str text;     /* plain text, any characters, \n ends lines */
};

/* Sends it; OK once the server has taken it. *stop (may be NULL) set to true
 * ends the attempt. ERR_INVALID "mail_address" for an address that would break
 * a header; ERR_UNAVAILABLE "mail_failed" with the reason, "client_library"
 * without libcurl. */
enum err smtp_send(struct ctx *c, const struct smtp_server *server,
                   const struct smtp_mail *m, atomic_bool *stop) MUST_CHECK;

/* The mail as it goes over the wire. */
struct str smtp_compose(struct ctx *c, const struct smtp_mail *m);

#endif
