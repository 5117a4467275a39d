/* The customer pyramid 客户金字塔 (domain R28): tiers by rank of contribution.
 */
#ifndef ANALYTICS_PYRAMID_H
#define ANALYTICS_PYRAMID_H

#include "base/str.h"

enum tier { TIER_VIP, TIER_MAIN, TIER_ORDINARY, TIER_SMALL, TIER_COUNT };

/* Last ranks in basis points of the number of customers, rising. */
struct pyramid_cuts {
    int vip_bp, main_bp, ordinary_bp;
};

#define PYRAMID_DEFAULT ((struct pyramid_cuts){100, 2000, 5000})

/* out[i] is the tier of customer i. order is the rank order of sales_rank.
 * Ranks up to ceil(1 %) of n are VIP, up to ceil(20 %) main, up to ceil(50 %)
 * ordinary, the rest small. A tier has exactly as many customers as its ranks:
 * of customers with equal sales at a border those with the smaller id stand
 * above it. */
void pyramid_tiers(const size_t *order, size_t n, struct pyramid_cuts cuts,
                   enum tier *out);

/* "vip", "main", "ordinary", "small": as in the field `grade`. */
struct str tier_name(enum tier t);

#endif
