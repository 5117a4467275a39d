/* What the files of bench/million share. */
#ifndef BENCH_MILLION_H
#define BENCH_MILLION_H

#include "base/ctx.h"
#include "million_sink.h"

/* What a customer's rows add up to. */
struct figures {
    int64_t sales, first_sales; /* all, and on the first day */
    int32_t days;               /* with a purchase */
    int32_t orders, contacts, first, last, next;
    int64_t last_contact;
};

struct gen {
    struct ctx c;
    struct arena *row; /* reset for each row */
    struct sink *out;
    int64_t customers, users, first_user, first_team;
    struct figures *figures;
};

/* Roles, teams and users behind those that are there; sets users, first_user
 * and first_team. */
void organization(struct gen *g);

#endif
