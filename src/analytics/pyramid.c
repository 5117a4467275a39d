/* Pyramid tiers. Pure. */
#include "analytics/pyramid.h"

#include "analytics/rank.h"

void pyramid_tiers(const size_t *order, size_t n, struct pyramid_cuts cuts,
                   enum tier *out) {
    size_t vip = rank_limit(n, cuts.vip_bp);
    size_t main = rank_limit(n, cuts.main_bp);
    size_t ordinary = rank_limit(n, cuts.ordinary_bp);
    for (size_t k = 0; k < n; k++)
        out[order[k]] = k < vip        ? TIER_VIP
                        : k < main     ? TIER_MAIN
                        : k < ordinary ? TIER_ORDINARY
                                       : TIER_SMALL;
}

struct str tier_name(enum tier t) {
    static const struct str names[TIER_COUNT] = {
        [TIER_VIP] = S_INIT("vip"),
        [TIER_MAIN] = S_INIT("main"),
        [TIER_ORDINARY] = S_INIT("ordinary"),
        [TIER_SMALL] = S_INIT("small"),
    };
    return names[t];
}
