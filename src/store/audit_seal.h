/* The chain of the audit trail: each seal holds which entries it covers and a
 * hash of the seal before it and of those entries. Its head, the newest seal,
 * is signed with the master key in a row of its own: whoever has the database
 * alone can neither change an entry nor cut the chain shorter unseen. */
#ifndef STORE_AUDIT_SEAL_H
#define STORE_AUDIT_SEAL_H

#include "base/ctx.h"

#define SEAL_ENTRIES_MAX 2000

struct audit_seal {
    int64_t seq; /* 1, 2, 3 …; 0: none yet */
    int64_t at;
    int64_t entries;
    int64_t max_id; /* highest entry of all so far */
    int64_t last_xid, last_id;
    struct str ids;  /* "1-7,9" */
    struct str hash; /* hexadecimal; empty before the first */
};

/* The newest; seq 0 when there is none. In c->arena. */
enum err seal_last(struct ctx *c, struct audit_seal *out) MUST_CHECK;

/* What a sealer remembers between rounds (PostgreSQL): entries up to floor are
 * settled for good. Zero at first. */
struct seal_place {
    int64_t floor;
    int64_t mark_id, mark_high;     /* younger than floor */
    int64_t before_id, before_high; /* between the two */
};

/* The next seal: up to SEAL_ENTRIES_MAX settled entries behind `last`, in the
 * order of the change log (transaction, entry); out->entries 0 when there is
 * none. Reads c->db. */
enum err seal_next(struct ctx *c, const struct audit_seal *last,
                   struct seal_place *place, struct audit_seal *out) MUST_CHECK;

/* Stores it unless another server was faster (*done false). The head follows
 * when it was right before. Inside a write function. */
enum err seal_put(struct ctx *c, const struct audit_seal *last,
                  const struct audit_seal *next, bool *done) MUST_CHECK;

enum seal_head {
    SEAL_HEAD_GOOD,
    SEAL_HEAD_WRONG, /* absent, of another seal, or of another key */
};
/* Is the head that of this seal? */
enum err seal_head(struct ctx *c, const struct audit_seal *last,
                   enum seal_head *out) MUST_CHECK;
/* Signs the newest seal as the head, whatever was there: after somebody has
 * looked. Inside a write function. */
enum err seal_trust(struct ctx *c) MUST_CHECK;

/* Figures for people. */
struct seal_state {
    int64_t seals, sealed, unsealed;
    int64_t at; /* 0: never */
    struct str hash;
};
enum err seal_state(struct ctx *c, struct seal_state *out) MUST_CHECK;

/* The hash of a seal being added up: begin, each entry in order, end. */
struct seal_sum {
    unsigned char state[512];
};
void seal_sum_begin(struct seal_sum *s, struct str before,
                    const struct audit_seal *seal);
void seal_sum_entry(struct seal_sum *s, int64_t id, struct str hash);
struct str seal_sum_end(struct ctx *c, struct seal_sum *s);

#endif
