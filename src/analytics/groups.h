/* Customers in groups that buy alike (R32): k-means over the logarithms of
 * recency, frequency and money, each made to have mean 0 and deviation 1. What
 * a fit has found is a small model against which one customer can be placed
 * without the others. */
#ifndef ANALYTICS_GROUPS_H
#define ANALYTICS_GROUPS_H

#include "analytics/rfm.h"
#include "base/json.h"

#define GROUPS_LEAST 2
#define GROUPS_MOST 12
#define GROUPS_DEFAULT 5
/* So many customers, evenly taken by their place, are enough for centres. */
#define GROUPS_SAMPLE 65536

enum group_fact { GROUP_RECENCY, GROUP_FREQUENCY, GROUP_MONEY, GROUP_FACTS };
struct str group_fact_name(enum group_fact f);

struct group_model {
    size_t k; /* groups found, 0: none; fewer than asked for when there are not
                 so many different customers */
    double mean[GROUP_FACTS], sd[GROUP_FACTS]; /* of the logarithms; sd 1 where
                                                  all are alike */
    /* Scaled. The first group is the one that spends most. */
    double centres[GROUPS_MOST][GROUP_FACTS];
};

/* ln(1 + days) (0 for a day to come), ln(orders), ln(1 + money in whole
 * units). */
double group_log(const struct rfm_facts *f, enum group_fact which);
/* The same, each less the mean, by the deviation. */
void group_scaled(const struct group_model *m, const struct rfm_facts *f,
                  double out[GROUP_FACTS]);

/* At most k groups (GROUPS_LEAST…GROUPS_MOST) of n customers. */
void groups_fit(struct arena *scratch, const struct rfm_facts *all, size_t n,
                size_t k, struct group_model *out);

/* The nearest centre, from 0; of equally near ones the first. *distance (may be
 * NULL) is Euclid's, in deviations. The model has groups. */
size_t group_of(const struct group_model *m, const struct rfm_facts *f,
                double *distance);
/* How far from one centre. */
double group_distance(const struct group_model *m, const struct rfm_facts *f,
                      size_t group);

/* Where a centre lies: half a deviation or more above or below the mean. */
enum group_level { GROUP_LOW, GROUP_MIDDLE, GROUP_HIGH };
enum group_level group_level_of(const struct group_model *m, size_t group,
                                enum group_fact f);
/* In words: "recent", "medium", "old"; "seldom", "medium", "often"; "little",
 * "medium", "much". */
struct str group_word(const struct group_model *m, size_t group,
                      enum group_fact f);

/* "words":{fact:word,…}, a member. */
void group_words_to_json(const struct group_model *m, size_t group,
                         struct jw *w);

/* {"mean":[3],"sd":[3],"centres":[[3]…]}, exact. */
void groups_to_json(const struct group_model *m, struct jw *w);
/* False when it is no such text; *out has no groups then. */
bool groups_from_json(const json_t *j, struct group_model *out);

#endif
