/* What the demonstration company is made of: names, places, products, phrases
 * as const tables, and the random numbers that choose among them. Private to
 * app/demo*.c. */
#ifndef APP_DEMO_WORDS_H
#define APP_DEMO_WORDS_H

#include "base/ctx.h"

/* SplitMix64 (Steele, Lea, Flood 2014): the same seed, the same company. */
struct demo_random {
    uint64_t state;
};
uint64_t demo_next(struct demo_random *r);
/* 0 … n - 1. */
size_t demo_below(struct demo_random *r, size_t n);
/* low … high, both included. */
int64_t demo_between(struct demo_random *r, int64_t low, int64_t high);
bool demo_chance(struct demo_random *r, int percent);

struct demo_place {
    struct str province, city, area_code;
    bool south; /* the sales team of the south has it */
};
struct demo_trade {
    struct str industry;  /* option of customer.industry */
    struct str suffix;    /* of company names */
    struct str job_title; /* of who buys there */
};
struct demo_product {
    struct str code, name, unit, category, kind;
    int64_t price, cost; /* fen */
    int usual;           /* usual quantity of an order */
};
struct demo_talk {
    struct str channel, direction, outcome, content, objection;
    int next_days; /* 0: no next contact agreed */
};

extern const struct demo_place demo_places[];
extern const size_t demo_place_count;
extern const struct demo_trade demo_trades[];
extern const size_t demo_trade_count;
extern const struct demo_product demo_products[];
extern const size_t demo_product_count;
extern const struct demo_talk demo_talks[];
extern const size_t demo_talk_count;
extern const struct str demo_tasks[];
extern const size_t demo_task_count;

/* Distinct for distinct numbers below some thousands. In a. */
struct str demo_person_name(struct arena *a, size_t number, bool *female);
struct str demo_company_name(struct arena *a, size_t number,
                             const struct demo_place *place,
                             const struct demo_trade *trade,
                             struct str *short_name);

#endif
