/* Figures about a company's database for monitoring. Read with c->db. */
#ifndef STORE_FIGURES_H
#define STORE_FIGURES_H

#include "base/ctx.h"

struct figures {
    int64_t database_bytes, log_bytes; /* log: SQLite's WAL, else 0 */
    int64_t queued, running, failed;   /* jobs */
    int64_t sessions;                  /* not past their end */
    int64_t customers;                 /* live */
    bool checked;                      /* the nightly recount has run */
    int64_t checked_at;                /* UTC ms */
    int64_t drift;                     /* customers it found wrong */
};
enum err figures_read(struct ctx *c, struct figures *out) MUST_CHECK;

#endif
