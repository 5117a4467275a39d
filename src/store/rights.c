/* Rights to fields. Owns const tables; pure. Invariants: a source is readable
 * wherever the customer is, or none of its sums is shown, for a sum can't be
 * cut to what is in scope; a field made of another is never seen where the
 * other is not. */
#include "store/rights.h"

#include "store/actor.h"
#include "store/record.h"

#define FULL (SEE_FULL | RIGHT_CREATE | RIGHT_UPDATE)

static const struct {
    struct str word;
    unsigned char right;
} words[] = {
    {S_INIT("edit"), FULL},
    {S_INIT("read"), SEE_FULL},
    /* Who enters a value knows it; who did not may not replace it. */
    {S_INIT("masked"), SEE_MASKED | RIGHT_CREATE},
    {S_INIT("hidden"), SEE_HIDDEN},
};

/* What a field's grade does where the role does not say. */
static const unsigned char of_grade[] = {
    [GRADE_INTERNAL] = FULL,
    [GRADE_PUBLIC] = FULL,
    [GRADE_PERSONAL] = SEE_LISTED | RIGHT_CREATE | RIGHT_UPDATE,
    [GRADE_HIGH] = SEE_MASKED | RIGHT_CREATE | RIGHT_UPDATE,
};

static const struct {
    struct str entity;
    unsigned bit;
} sources[] = {
    {S_INIT("order"), FROM_ORDERS},
    {S_INIT("payment"), FROM_PAYMENTS},
    {S_INIT("interaction"), FROM_INTERACTIONS},
    {S_INIT("product"), FROM_PRODUCTS},
    {S_INIT("cost_entry"), FROM_COSTS},
};

struct derived {
    struct str entity, field;
    unsigned from;       /* kinds of record it sums up */
    struct str needs[3]; /* fields it is made of: entity.field */
};

#define ORDER_SALES S_INIT("order.sales")
#define ORDER_DAY S_INIT("order.ordered_on")
#define ORDER_MARGIN S_INIT("order.margin")
#define COST_AMOUNT S_INIT("cost_entry.base_amount")
#define OF_MARGIN (FROM_ORDERS | FROM_PRODUCTS)

/* The sum and its parts stand for each other: many orders have one line. */
static const struct derived derived[] = {
    {S_INIT("order_line"),
     S_INIT("amount"),
     0,
     {S_INIT("order_line.unit_price"), S_INIT("order.amount")}},
    {S_INIT("order_line"),
     S_INIT("unit_price"),
     0,
     {S_INIT("order_line.amount"), S_INIT("order.amount")}},
    {S_INIT("order"), S_INIT("amount"), 0, {S_INIT("order_line.amount")}},
    {S_INIT("order"), S_INIT("base_amount"), 0, {S_INIT("order.amount")}},
    {S_INIT("order"), S_INIT("sales"), 0, {S_INIT("order.amount")}},
    {S_INIT("order"), S_INIT("returned"), 0, {S_INIT("order.amount")}},
    {S_INIT("order"),
     S_INIT("margin"),
     FROM_PRODUCTS,
     {S_INIT("order.amount"), S_INIT("product.cost")}},
    {S_INIT("payment"), S_INIT("base_amount"), 0, {S_INIT("payment.amount")}},
    /* A discount tells what the order was worth. */
    {S_INIT("cost_entry"),
     S_INIT("amount"),
     FROM_ORDERS,
     {S_INIT("order.amount")}},
    {S_INIT("cost_entry"),
     S_INIT("base_amount"),
     0,
     {S_INIT("cost_entry.amount")}},
    {S_INIT("drop_decision"), S_INIT("margin_then"), OF_MARGIN, {ORDER_MARGIN}},
    {S_INIT("drop_decision"), S_INIT("cost_then"), FROM_COSTS, {COST_AMOUNT}},
    {S_INIT("drop_decision"),
     S_INIT("net_then"),
     OF_MARGIN | FROM_COSTS,
     {ORDER_MARGIN, COST_AMOUNT}},
    {S_INIT("customer"), S_INIT("margin"), OF_MARGIN, {ORDER_MARGIN}},
    {S_INIT("customer"), S_INIT("unpriced_orders"), OF_MARGIN, {ORDER_MARGIN}},
    {S_INIT("customer"), S_INIT("cost_to_serve"), FROM_COSTS, {COST_AMOUNT}},
    {S_INIT("customer"),
     S_INIT("discounts_given"),
     FROM_COSTS | FROM_ORDERS,
     {COST_AMOUNT}},
    {S_INIT("customer"),
     S_INIT("net_profit"),
     OF_MARGIN | FROM_COSTS,
     {ORDER_MARGIN, COST_AMOUNT}},
    {S_INIT("customer"), S_INIT("sales"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("customer"), S_INIT("orders"), FROM_ORDERS, {{0}}},
    {S_INIT("customer"), S_INIT("first_order_on"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("last_order_on"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("purchase_days"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("interval_days"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("due_on"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("p_alive"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("expected_52w"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("first_day_sales"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("customer"), S_INIT("clv_12m"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("customer"),
     S_INIT("churn_risk"),
     FROM_ORDERS | FROM_INTERACTIONS,
     {ORDER_DAY}},
    {S_INIT("customer"),
     S_INIT("risk_band"),
     FROM_ORDERS | FROM_INTERACTIONS,
     {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("year_sales"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("customer"),
     S_INIT("potential"),
     FROM_ORDERS,
     {ORDER_SALES, S_INIT("customer.wallet_amount")}},
    {S_INIT("customer"),
     S_INIT("share_of_customer"),
     FROM_ORDERS,
     {ORDER_SALES, S_INIT("customer.wallet_amount")}},
    {S_INIT("customer"),
     S_INIT("value_group"),
     FROM_ORDERS,
     {ORDER_DAY, ORDER_SALES}},
    {S_INIT("customer"), S_INIT("r_score"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("f_score"), FROM_ORDERS, {{0}}},
    {S_INIT("customer"), S_INIT("m_score"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("customer"), S_INIT("border_gap"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("customer"),
     S_INIT("returned_amount"),
     FROM_ORDERS,
     {S_INIT("order.returned")}},
    {S_INIT("customer"), S_INIT("returned_orders"), FROM_ORDERS, {{0}}},
    {S_INIT("customer"), S_INIT("cancelled_orders"), FROM_ORDERS, {{0}}},
    {S_INIT("customer"),
     S_INIT("paid"),
     FROM_PAYMENTS,
     {S_INIT("payment.base_amount")}},
    {S_INIT("customer"),
     S_INIT("open_amount"),
     FROM_ORDERS | FROM_PAYMENTS,
     {S_INIT("order.base_amount"), S_INIT("payment.base_amount")}},
    {S_INIT("customer"), S_INIT("interactions"), FROM_INTERACTIONS, {{0}}},
    {S_INIT("customer"),
     S_INIT("last_contact_at"),
     FROM_INTERACTIONS,
     {S_INIT("interaction.happened_at")}},
    {S_INIT("customer"),
     S_INIT("next_contact_on"),
     FROM_INTERACTIONS,
     {S_INIT("interaction.next_on")}},
    {S_INIT("loss_account"), S_INIT("last_order_on"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("loss_account"), S_INIT("rule"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("loss_account"), S_INIT("direct_loss"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("loss_account"),
     S_INIT("indirect_loss"),
     FROM_ORDERS | FROM_EVERYBODY,
     {ORDER_SALES}},
    {S_INIT("loss_account"),
     S_INIT("expected_clv"),
     FROM_ORDERS,
     {ORDER_SALES}},
    {S_INIT("loss_account"), S_INIT("spend_limit"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("customer"), S_INIT("rung_since"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("stage_since"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("second_order_on"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("client_on"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("recent_orders"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("customer"),
     S_INIT("first_contact_on"),
     FROM_INTERACTIONS,
     {S_INIT("interaction.happened_at")}},
    {S_INIT("customer"),
     S_INIT("advocate_on"),
     FROM_ORDERS | FROM_EVERYBODY,
     {ORDER_DAY}},
    {S_INIT("customer"), S_INIT("referrals"), FROM_EVERYBODY, {{0}}},
    {S_INIT("customer"),
     S_INIT("referrals_bought"),
     FROM_ORDERS | FROM_EVERYBODY,
     {{0}}},
    {S_INIT("ladder_move"), S_INIT("moved_on"), FROM_ORDERS, {ORDER_DAY}},
    /* One tells the other where no grade was set by hand. */
    {S_INIT("grade_history"),
     S_INIT("effective_grade"),
     0,
     {S_INIT("grade_history.grade")}},
    {S_INIT("grade_history"),
     S_INIT("previous_effective_grade"),
     0,
     {S_INIT("grade_history.previous_grade")}},
    {S_INIT("grade_history"),
     S_INIT("source"),
     0,
     {S_INIT("customer.grade_override")}},
    {S_INIT("customer"),
     S_INIT("grade_by_hand"),
     0,
     {S_INIT("customer.grade_override")}},
    {S_INIT("grade_history"),
     S_INIT("reason"),
     0,
     {S_INIT("customer.grade_override_reason")}},
    {S_INIT("grade_history"),
     S_INIT("until"),
     0,
     {S_INIT("customer.grade_override_until")}},
    {S_INIT("grade_history"), S_INIT("sales"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("grade_history"), S_INIT("sales_rank"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("grade_history"), S_INIT("r_score"), FROM_ORDERS, {ORDER_DAY}},
    {S_INIT("grade_history"), S_INIT("f_score"), FROM_ORDERS, {{0}}},
    {S_INIT("grade_history"), S_INIT("m_score"), FROM_ORDERS, {ORDER_SALES}},
    {S_INIT("grade_run"), S_INIT("customers"), FROM_EVERYBODY, {{0}}},
    {S_INIT("grade_run"), S_INIT("changed"), FROM_EVERYBODY, {{0}}},
    {S_INIT("grade_run"), S_INIT("sales"), FROM_EVERYBODY, {ORDER_SALES}},
    {S_INIT("grade_run"), S_INIT("cutoffs"), FROM_EVERYBODY, {ORDER_SALES}},
    {S_INIT("grade_run"), S_INIT("tiers"), FROM_EVERYBODY, {ORDER_SALES}},
    {S_INIT("grade_run"), S_INIT("fitted"), FROM_EVERYBODY, {ORDER_SALES}},
};

bool rights_parse(struct str word, unsigned char *out) {
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq(words[i].word, word)) {
            *out = words[i].right;
            return true;
        }
    }
    return false;
}

bool rights_apply(const struct entity *e) {
    return !str_eqc(e->name, "job") && !str_eqc(e->name, "import");
}

static enum level read_level(const struct model *m, const unsigned char *levels,
                             struct str entity) {
    const struct entity *e = model_entity(m, entity);
    if (e == NULL)
        return LEVEL_NONE;
    return (enum level)levels[(size_t)(e - m->entities) * ACT_COUNT + ACT_READ];
}

static unsigned blind_of(const struct model *m, const unsigned char *levels) {
    enum level customer = read_level(m, levels, S("customer"));
    unsigned blind = 0;
    for (size_t i = 0; i < COUNT_OF(sources); i++)
        if (read_level(m, levels, sources[i].entity) < customer)
            blind |= sources[i].bit;
    if (customer < LEVEL_ALL || (blind & FROM_ORDERS) != 0)
        blind |= FROM_EVERYBODY;
    return blind;
}

/* Fields nothing works without. */
static bool is_fixed(const struct field *f) {
    return str_eqc(f->name, "id") || str_eqc(f->name, "rev");
}

static unsigned char *place_of(const struct registry *r, unsigned char *rights,
                               struct str entity, struct str field) {
    const struct entity_info *i = registry_find(r, entity);
    const struct field *f = i == NULL ? NULL : info_field(i, field);
    return f == NULL ? NULL : rights + i->first + info_index(i, f);
}

/* "entity.field": is it to be read in full, one record at a time at least? */
static bool is_read(const struct registry *r, unsigned char *rights,
                    struct str path) {
    struct str entity;
    if (!str_cut(&path, '.', &entity))
        return true;
    const unsigned char *p = place_of(r, rights, entity, path);
    return p == NULL || (*p & RIGHT_SEE) >= SEE_LISTED;
}

static bool loses(const struct registry *r, unsigned char *rights,
                  unsigned blind, const struct derived *d) {
    bool lost = (d->from & blind) != 0;
    for (size_t k = 0; k < COUNT_OF(d->needs) && d->needs[k].n > 0; k++)
        lost |= !is_read(r, rights, d->needs[k]);
    return lost;
}

/* Until nothing more is lost: a derived field may be another's source. */
static void take_derived(const struct registry *r, unsigned char *rights,
                         unsigned blind) {
    bool again = true;
    while (again) {
        again = false;
        for (size_t i = 0; i < COUNT_OF(derived); i++) {
            const struct derived *d = &derived[i];
            unsigned char *p = place_of(r, rights, d->entity, d->field);
            if (p == NULL || *p == SEE_HIDDEN || !loses(r, rights, blind, d))
                continue;
            *p = SEE_HIDDEN;
            again = true;
        }
    }
}

/* In the role's words, else by the grade. Administrators see all they have not
 * taken from themselves. */
static void fill(const struct registry *r, const json_t *said, bool admin,
                 unsigned char *rights) {
    for (size_t n = 0; n < r->model->n; n++) {
        const struct entity_info *i = &r->info[n];
        const json_t *of = json_object_getn(said, i->e->name.p, i->e->name.n);
        for (size_t k = 0; k < i->n_fields; k++) {
            const struct field *f = i->fields[k];
            unsigned char *p = &rights[i->first + k];
            const json_t *word = json_object_getn(of, f->name.p, f->name.n);
            *p = admin ? FULL : of_grade[f->grade];
            if (json_is_string(word) && !is_fixed(f))
                (void)rights_parse(json_str(word), p);
        }
    }
}

void rights_read(struct ctx *c, const json_t *grants, struct actor *a) {
    const struct registry *r = c->registry;
    const json_t *said = json_object_get(grants, "fields");
    a->blind = blind_of(r->model, a->levels);
    a->fields = NULL;
    if (a->admin && json_object_size(said) == 0 && a->blind == 0)
        return;
    unsigned char *rights = arena_alloc(c->arena, r->n_places);
    fill(r, said, a->admin, rights);
    take_derived(r, rights, a->blind);
    if (!is_read(r, rights, S("order.sales")))
        a->blind |= FROM_AMOUNTS;
    a->fields = rights;
}
