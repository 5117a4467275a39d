/* Decisions about customers that cost more than they bring (R39, R40): who
 * proposes, who decides, what follows from it. */
#ifndef APP_DROP_H
#define APP_DROP_H

#include "store/barred.h"
#include "store/record.h"

/* Save hook: notes the figures a proposal was made on; what has been decided
 * keeps its words. ERR_INVALID decision_must_go, ERR_CONFLICT
 * decision_settled. */
enum err drop_decision_save(struct ctx *c, enum save_op op,
                            const struct record *before,
                            const struct record *after);

/* Is it one of the decision's measures? */
bool drop_has(const struct record *d, const char *measure);

enum drop_verb { DROP_APPROVE, DROP_REJECT, DROP_WITHDRAW, DROP_LIFT };

/* Decides: approving bars the customer's return where that is a measure,
 * lifting ends it. To approve, reject and lift one must be an administrator or
 * may change the decisions of a team tree; one's own proposal is for somebody
 * else to approve unless the settings say otherwise. ERR_CONFLICT
 * decision_state, ERR_FORBIDDEN decision_approver, decision_own. Inside a
 * write function. */
enum err drop_decide(struct ctx *c, int64_t id, enum drop_verb verb,
                     struct str note, struct record **out) MUST_CHECK;

/* Lifts a decision that lies in the bin, if it was approved: its row alone. The
 * caller has asked for the right to. */
enum err drop_lift_binned(struct ctx *c, const struct record *d,
                          struct str note) MUST_CHECK;

/* Save hook part of orders: of a customer that was sent away no new ones are
 * taken, of one that has to prepay none on credit. ERR_INVALID
 * customer_exited, prepayment_only. */
enum err drop_check_order(struct ctx *c, const struct record *before,
                          const struct record *after) MUST_CHECK;

/* Still asked of an order that was a sale to that customer before, on a day:
 * one that stands on a day of a measure may go on to another. */
struct drop_asked drop_still_asks(struct drop_asked asked, int32_t former_day);
/* drop_check_order of an order that an import makes. Orders of days before a
 * decision took effect are history, and taken. */
enum err drop_check_sale(struct ctx *c, const struct drop_asked *asked,
                         int32_t day, struct str pay_method) MUST_CHECK;

/* What the letter is called as a file: the notice, the customer, the day. */
enum err drop_letter_name(struct ctx *c, const struct record *decision,
                          enum lang lang, struct str *out) MUST_CHECK;
/* The letter to the customer out of the template in the settings. */
enum err drop_letter(struct ctx *c, const struct record *decision,
                     enum lang lang, struct buf *out) MUST_CHECK;

#endif
