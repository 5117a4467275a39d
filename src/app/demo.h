/* A believable demonstration company with published passwords. */
#ifndef APP_DEMO_H
#define APP_DEMO_H

#include "base/ctx.h"

#define DEMO_ADMIN "admin"
#define DEMO_PASSWORD "demo1234"
#define DEMO_CUSTOMERS 300

struct demo_options {
    int64_t customers;
    /* Called now and then; may be NULL. */
    void (*progress)(void *arg, int64_t done, int64_t total);
    void *arg;
};

/* Fills an empty company and marks it as demonstration data. The same number
 * of customers gives the same company, dated back from today. Calls
 * store_write; c->actor is the console. ERR_CONFLICT when there are users. */
enum err demo_make(struct ctx *c, const struct demo_options *o) MUST_CHECK;

#endif
