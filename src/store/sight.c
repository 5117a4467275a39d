/* Rights of derived fields. Owns const tables; pure.
 * Invariant: a source is readable wherever the customer is, or none of its
 * sums is shown: a sum can't be cut to what is in scope. */
#include "store/sight.h"

#include "store/actor.h"
#include "store/record.h"

enum source { FROM_ORDERS = 1, FROM_PAYMENTS = 2, FROM_INTERACTIONS = 4 };

static const struct {
    struct str entity;
    unsigned bit;
} sources[] = {
    {S_INIT("order"), FROM_ORDERS},
    {S_INIT("payment"), FROM_PAYMENTS},
    {S_INIT("interaction"), FROM_INTERACTIONS},
};

/* Fields of the sidecar customer_stats. */
static const struct {
    struct str field;
    unsigned from;
} derived[] = {
    {S_INIT("sales"), FROM_ORDERS},
    {S_INIT("orders"), FROM_ORDERS},
    {S_INIT("first_order_on"), FROM_ORDERS},
    {S_INIT("last_order_on"), FROM_ORDERS},
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
    return blind;
}

bool sight_field(const struct ctx *c, const struct entity_info *i,
                 const struct field *f) {
    if (!field_is_shown(f))
        return false;
    if (c->actor == NULL || c->actor->blind == 0 || !info_is_side(i, f))
        return true;
    for (size_t k = 0; k < COUNT_OF(derived); k++)
        if (str_eq(derived[k].field, f->name))
            return (derived[k].from & c->actor->blind) == 0;
    return true;
}

enum err sight_sums(struct ctx *c) {
    bool blind = c->actor == NULL || (c->actor->blind & FROM_ORDERS) != 0;
    return blind ? fail(c, ERR_FORBIDDEN, "", "forbidden") : OK;
}
