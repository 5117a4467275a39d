/* Rights of derived fields. Owns const tables; pure.
 * Invariant: a source is readable wherever the customer is, or none of its
 * sums is shown: a sum can't be cut to what is in scope. */
#include "store/sight.h"

#include "store/actor.h"
#include "store/record.h"

enum source {
    FROM_ORDERS = 1,
    FROM_PAYMENTS = 2,
    FROM_INTERACTIONS = 4,
    FROM_EVERYBODY = 8, /* orders of all customers */
};

static const struct {
    struct str entity;
    unsigned bit;
} sources[] = {
    {S_INIT("order"), FROM_ORDERS},
    {S_INIT("payment"), FROM_PAYMENTS},
    {S_INIT("interaction"), FROM_INTERACTIONS},
};

struct derived_field {
    struct str field;
    unsigned from;
};

static const struct derived_field of_stats[] = {
    {S_INIT("sales"), FROM_ORDERS},
    {S_INIT("orders"), FROM_ORDERS},
    {S_INIT("first_order_on"), FROM_ORDERS},
    {S_INIT("last_order_on"), FROM_ORDERS},
    {S_INIT("purchase_days"), FROM_ORDERS},
    {S_INIT("first_day_sales"), FROM_ORDERS},
    {S_INIT("interval_days"), FROM_ORDERS},
    {S_INIT("due_on"), FROM_ORDERS},
    {S_INIT("p_alive"), FROM_ORDERS},
    {S_INIT("expected_52w"), FROM_ORDERS},
    {S_INIT("clv_12m"), FROM_ORDERS},
    {S_INIT("r_score"), FROM_ORDERS},
    {S_INIT("f_score"), FROM_ORDERS},
    {S_INIT("m_score"), FROM_ORDERS},
    {S_INIT("sales_rank"), FROM_ORDERS},
    {S_INIT("share_before"), FROM_ORDERS},
    {S_INIT("returned_amount"), FROM_ORDERS},
    {S_INIT("returned_orders"), FROM_ORDERS},
    {S_INIT("cancelled_orders"), FROM_ORDERS},
    {S_INIT("paid"), FROM_PAYMENTS},
    {S_INIT("open_amount"), FROM_ORDERS | FROM_PAYMENTS},
    {S_INIT("interactions"), FROM_INTERACTIONS},
    {S_INIT("last_contact_at"), FROM_INTERACTIONS},
    {S_INIT("next_contact_on"), FROM_INTERACTIONS},
};
static const struct derived_field of_history[] = {
    {S_INIT("sales"), FROM_ORDERS},   {S_INIT("sales_rank"), FROM_ORDERS},
    {S_INIT("r_score"), FROM_ORDERS}, {S_INIT("f_score"), FROM_ORDERS},
    {S_INIT("m_score"), FROM_ORDERS},
};
static const struct derived_field of_run[] = {
    {S_INIT("sales"), FROM_EVERYBODY},
    {S_INIT("cutoffs"), FROM_EVERYBODY},
    {S_INIT("tiers"), FROM_EVERYBODY},
    {S_INIT("fitted"), FROM_EVERYBODY},
};

static const struct {
    struct str entity;
    const struct derived_field *p;
    size_t n;
} derived[] = {
    {S_INIT("customer_stats"), of_stats, COUNT_OF(of_stats)},
    {S_INIT("grade_history"), of_history, COUNT_OF(of_history)},
    {S_INIT("grade_run"), of_run, COUNT_OF(of_run)},
};

static enum level read_level(const struct model *m, const unsigned char *levels,
                             struct str entity) {
    const struct entity *e = model_entity(m, entity);
    if (e == NULL)
        return LEVEL_NONE;
    return (enum level)levels[(size_t)(e - m->entities) * ACT_COUNT + ACT_READ];
}

unsigned sight_blind(const struct model *m, const unsigned char *levels) {
    enum level customer = read_level(m, levels, S("customer"));
    unsigned blind = 0;
    for (size_t i = 0; i < COUNT_OF(sources); i++)
        if (read_level(m, levels, sources[i].entity) < customer)
            blind |= sources[i].bit;
    if (customer < LEVEL_ALL || (blind & FROM_ORDERS) != 0)
        blind |= FROM_EVERYBODY;
    return blind;
}

/* What the field is computed from; 0 for what a person typed. */
static unsigned sources_of(struct str entity, struct str field) {
    for (size_t i = 0; i < COUNT_OF(derived); i++) {
        if (!str_eq(derived[i].entity, entity))
            continue;
        for (size_t k = 0; k < derived[i].n; k++)
            if (str_eq(derived[i].p[k].field, field))
                return derived[i].p[k].from;
    }
    return 0;
}

bool sight_field(const struct ctx *c, const struct entity_info *i,
                 const struct field *f) {
    if (!field_is_shown(f))
        return false;
    if (c->actor == NULL || c->actor->blind == 0)
        return true;
    struct str entity = info_is_side(i, f) ? i->side->name : i->e->name;
    return (sources_of(entity, f->name) & c->actor->blind) == 0;
}

enum err sight_sums(struct ctx *c) {
    bool blind = c->actor == NULL || (c->actor->blind & FROM_ORDERS) != 0;
    return blind ? fail(c, ERR_FORBIDDEN, "", "forbidden") : OK;
}
