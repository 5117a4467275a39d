/* "Why?": the facts, cut-offs and parameters behind every score of a customer.
 * Whoever adds up the orders, puts in the parameters and applies the cut-offs
 * gets the figures that are shown. */
#ifndef APP_WHY_H
#define APP_WHY_H

#include "app/ruler.h"
#include "base/json.h"
#include "store/record.h"

/* Appends the answer of GET /customers/{id}/why. r is the customer as the
 * actor may see it; the caller has checked that he may see sums of orders. */
enum err why_customer(struct ctx *c, const struct record *r,
                      struct jw *w) MUST_CHECK;

/* Parts of it, each a member of the object that w is in; left out where the
 * actor may not see what it explains.
 *
 * "basis": what the rank goes by: contribution, weights, factor, and the lines,
 * margins and costs that the contribution adds up to; each scored fact with its
 * source and day.
 *
 * "lifetime": purchase history and model parameters behind p_alive,
 * expected_52w, clv_12m, interval_days, due_on; the parameters are fitted to
 * everybody and for those who see everybody.
 *
 * "policy": the policy of the grade in force and what it gives.
 *
 * "matrix": current value, potential, cuts, share of customer.
 *
 * "group": what places the customer among those who buy alike; scales and
 * centres are fitted to everybody and for those who see everybody.
 *
 * "effective": the grade in force with one set by hand, its reason and its day,
 * and the credit that caps both.
 *
 * "gap": what the next grade begins with as far as border_gap goes, null where
 * there is none to reach; border_gap is the per cent of it that are missing. */
enum err why_basis(struct ctx *c, const struct record *r, const struct ruler *u,
                   const struct customer_figures *f, struct jw *w) MUST_CHECK;
enum err why_lifetime(struct ctx *c, const struct record *r,
                      struct jw *w) MUST_CHECK;
enum err why_matrix(struct ctx *c, const struct record *r,
                    struct jw *w) MUST_CHECK;
enum err why_group(struct ctx *c, const struct record *r,
                   struct jw *w) MUST_CHECK;
enum err why_policy(struct ctx *c, const struct record *r,
                    struct jw *w) MUST_CHECK;

void why_effective(struct ctx *c, const struct record *r, struct jw *w);
void why_gap(struct ctx *c, const struct record *r, const struct ruler *u,
             const struct customer_figures *f, struct jw *w);

/* May he see what the measure is made of? */
bool why_measure_seen(const struct ctx *c, enum measure m);

/* How values become scores: {"mode"} and with fixed bands their limits, of the
 * settings the ruler was made by. */
void why_rfm_rules(struct ctx *c, struct jw *w, const struct ruler *u);

/* An order's id under key, its number and day, each by its right. */
void why_order(struct ctx *c, struct jw *w, struct str key, int64_t id,
               struct str number, int32_t day);
/* May he see of what day an order is? */
bool why_days_seen(const struct ctx *c);
/* Parts of parts: "key": an exact decimal of 10^-scale; a field of r as it may
 * be seen, null when empty; whether it may be seen in full. */
void why_decimal(struct ctx *c, struct jw *w, struct str key, int64_t v,
                 int scale);
void why_field(struct ctx *c, struct jw *w, const struct record *r,
               struct str field);
bool why_seen(const struct ctx *c, struct str field);

#endif
