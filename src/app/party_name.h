/* Names of companies as people write them: "瑞丰纺织", "瑞丰纺织有限公司" and
 * "瑞丰紡織 有限公司" are one, "Acme" and "ACME Co., Ltd." too. */
#ifndef APP_PARTY_NAME_H
#define APP_PARTY_NAME_H

#include "base/arena.h"
#include "base/str.h"

/* The same for all ways to write a name: folded, letters, digits and Chinese
 * characters alone, without what tells the legal form. A branch (分公司) is
 * another company. Empty for a name without any letter. In the arena. */
struct str party_core(struct arena *a, struct str name);

/* Sort keys under which other ways to write the name are stored, the name's own
 * among them; the index of names is asked for these. In the arena. */
struct party_keys {
    struct str *p;
    size_t n;
};
struct party_keys party_keys(struct arena *a, struct str name);

#endif
