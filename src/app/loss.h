/* The loss account (R51, R52): a record for each lost customer with its cause,
 * what the loss costs, and what is done about it. Accounts are found by the
 * grading (app/loss_find.h), or opened by hand; a person confirms the loss and
 * its cause, or says that it is none, then decides to win back within a limit
 * or to dissolve.
 *     found → confirmed → won_back, given_up, dissolved
 *     found → rejected */
#ifndef APP_LOSS_H
#define APP_LOSS_H

#include "base/json.h"
#include "store/record.h"
#include "store/referrals.h"

/* What a lost customer was worth. Amounts 10^-6 of the base currency. */
struct loss_figures {
    int64_t sales; /* all */
    int32_t first_day, last_day;
    int64_t active_days; /* between first and last order, a year at least */
    int64_t yearly;      /* sales × 365 / active_days: the direct loss */
    int64_t expected; /* of 12 months when won back: by the model, else … */
    bool by_model;    /* … yearly */
    int64_t interval; /* 10^-1 days, INT64_MIN */
    bool lost;        /* by the rule */
    /* Through customers it referred, of all generations, who are not lost
     * themselves: yearly sales of theirs, and the share of them that goes too.
     */
    const struct referral *referred;
    size_t n_referred;
    int64_t follow_share; /* 10^-4 */
    int64_t referred_yearly, following;
    /* Whom it would have brought: yearly sales of the buyers it referred
     * itself, for each year it was active. */
    int64_t brought_yearly, missed;
    int64_t indirect; /* following + missed */
};
/* Of one who never bought: what his referrals would have brought, and his
 * rhythm and band; the rest is 0. */
enum err loss_figures(struct ctx *c, int64_t customer_id,
                      struct loss_figures *out) MUST_CHECK;

/* What may be spent to win an account's customer back, minor units of the base
 * currency: a share of expected_clv. ERR_INVALID amount_overflow. */
enum err loss_limit(struct ctx *c, const struct record *account,
                    int64_t *minor) MUST_CHECK;

/* yearly sales of somebody with these first and last days. */
int64_t loss_yearly(int64_t sales, int32_t first_day, int32_t last_day);

/* Save hooks. ERR_CONFLICT loss_open for a second open account of a customer;
 * ERR_INVALID loss_cause for a confirmed loss without one. */
enum err loss_account_save(struct ctx *c, enum save_op op,
                           const struct record *before,
                           const struct record *after);
/* ERR_INVALID win_back_undecided, win_back_limit. */
enum err win_back_cost_save(struct ctx *c, enum save_op op,
                            const struct record *before,
                            const struct record *after);

/* Verbs, inside a write function, within the actor's right to change the
 * account. ERR_CONFLICT loss_state when it is not in a state for it. */
struct loss_words {
    struct str cause;    /* confirm: ours, competitor, customer */
    struct str decision; /* decide: win_back, dissolve */
    struct str result;   /* close: won_back, given_up, dissolved */
    struct str text;     /* cause, reason or result in words */
    struct str offer;    /* decide */
};
enum err loss_confirm(struct ctx *c, int64_t id, const struct loss_words *w,
                      struct record **out) MUST_CHECK;
enum err loss_reject(struct ctx *c, int64_t id, const struct loss_words *w,
                     struct record **out) MUST_CHECK;
/* Makes the task of the decision for the customer's owner. One may decide anew,
 * as long as the account is not closed: other words for the same decision make
 * no second task; that of another decision stays his to close. */
enum err loss_decide(struct ctx *c, int64_t id, const struct loss_words *w,
                     struct record **out) MUST_CHECK;
enum err loss_close(struct ctx *c, int64_t id, const struct loss_words *w,
                    struct record **out) MUST_CHECK;

/* Text of a message in the company's language. */
enum err loss_say(struct ctx *c, const char *id, struct args args,
                  struct str *out) MUST_CHECK;

/* Appends the facts behind an account's figures. The caller has checked that
 * the actor may see the account and sums of orders. */
enum err loss_why(struct ctx *c, const struct record *account,
                  struct jw *w) MUST_CHECK;

#endif
