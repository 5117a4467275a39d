/* What a list of customers is asked for that is no field. Appends conditions;
 * reads nothing. Invariant: a test tells nothing that the figures it belongs to
 * do not tell: each asks for the same rights. */
#include "store/customer_terms.h"

#include "base/num.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/sight.h"

static const struct str names[] = {S_INIT("awaits"),   S_INIT("bought"),
                                   S_INIT("moved"),    S_INIT("reached"),
                                   S_INIT("returned"), S_INIT("would")};

bool customer_terms_name(struct str name) {
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(name, names[i]))
            return true;
    return false;
}

/* The first day of "2026-03". */
static bool month_first(struct ctx *c, struct str month, int32_t *out) {
    return month.n == 7 &&
           day_parse(str_fmt(c->arena, STR_FMT "-01", STR_ARG(month)), DATE_YMD,
                     out) == TIME_OK;
}

static enum err need(struct ctx *c, struct str entity, struct str field) {
    const struct entity_info *i = registry_find(c->registry, entity);
    return sight_need(c, i, info_field(i, field), "unknown_field");
}

/* --- bought --------------------------------------------------------------- */

static enum err read_span(struct ctx *c, struct str text,
                          struct bought_span *out) {
    size_t at = 0;
    while (at + 1 < text.n && !(text.p[at] == '.' && text.p[at + 1] == '.'))
        at++;
    if (at + 1 >= text.n) {
        if (!month_first(c, text, &out->from))
            return fail(c, ERR_INVALID, "bought", "not_month");
        out->to = day_add_months(out->from, 1) - 1;
        return OK;
    }
    if (day_parse(str_sub(text, 0, at), DATE_YMD, &out->from) != TIME_OK ||
        day_parse(str_sub(text, at + 2, text.n), DATE_YMD, &out->to) !=
            TIME_OK ||
        out->to < out->from)
        return fail(c, ERR_INVALID, "bought", "not_days");
    return OK;
}

static enum err set_bought(struct ctx *c, struct customer_terms *t,
                           struct str list) {
    struct str part;
    TRY(sight_sums(c));
    TRY(need(c, S("order"), S("ordered_on"))); /* a span may be one day */
    while (str_cut(&list, ',', &part)) {
        if (t->n_bought == BOUGHT_SPANS)
            return failv(c, ERR_INVALID, S("bought"), "too_many_values",
                         ARGS(V(BOUGHT_SPANS)));
        TRY(read_span(c, str_trim(part), &t->bought[t->n_bought++]));
    }
    return t->n_bought > 0 ? OK : fail(c, ERR_INVALID, "bought", "not_month");
}

#define SALE                                                                   \
    "bo.deleted_at IS NULL AND bo.kind = 'sale' AND bo.status NOT IN"          \
    " ('draft', 'cancelled') AND bo.sales > 0"

static void between(struct sqlb *b, struct str column, int32_t from,
                    int32_t to) {
    sqlb_literal(b, column);
    SQLB(b, " BETWEEN ");
    sqlb_value(b, V((int64_t)from));
    SQLB(b, " AND ");
    sqlb_value(b, V((int64_t)to));
}

static void where_bought(struct sqlb *b, const struct bought_span *s) {
    SQLB(b, " AND EXISTS (SELECT 1 FROM \"order\" bo WHERE"
            " bo.customer_id = t.\"id\" AND " SALE " AND ");
    between(b, S("bo.ordered_on"), s->from, s->to);
    SQLB(b, ")");
}

/* --- returned ------------------------------------------------------------- */

static enum err set_returned(struct ctx *c, struct customer_terms *t,
                             struct str text) {
    struct str rest = text, later;
    int64_t months;
    TRY(sight_sums(c));
    TRY(need(c, S("order"), S("ordered_on")));
    TRY(need(c, S("customer"), S("first_order_on")));
    if (!str_cut(&rest, ':', &later) ||
        num_parse(later, 0, NUM_EXACT, &months) != NUM_OK || months < 0 ||
        months > RETURN_MONTHS || rest.n != 16 ||
        !str_eqc(str_sub(rest, 7, 9), "..") ||
        !month_first(c, str_sub(rest, 0, 7), &t->first_from) ||
        !month_first(c, str_sub(rest, 9, 16), &t->first_to) ||
        t->first_to < t->first_from ||
        day_add_months(t->first_from, RETURN_MONTHS) <= t->first_to)
        return fail(c, ERR_INVALID, "returned", "not_return");
    t->returned = true;
    t->months_later = (int32_t)months;
    return OK;
}

/* Month by month: a month after the first is another span of days for each. */
static void came_back(struct sqlb *b, const struct customer_terms *t) {
    int32_t m = t->first_from;
    SQLB(b, " AND EXISTS (SELECT 1 FROM \"order\" bo WHERE bo.customer_id ="
            " rt.id AND " SALE " AND (");
    for (; m <= t->first_to; m = day_add_months(m, 1)) {
        int32_t then = day_add_months(m, t->months_later);
        if (m > t->first_from)
            SQLB(b, " OR ");
        SQLB(b, "(");
        between(b, S("rt.first_order_on"), m, day_add_months(m, 1) - 1);
        SQLB(b, " AND ");
        between(b, S("bo.ordered_on"), then, day_add_months(then, 1) - 1);
        SQLB(b, ")");
    }
    SQLB(b, "))");
}

static void where_returned(struct sqlb *b, const struct customer_terms *t) {
    SQLB(b,
         " AND EXISTS (SELECT 1 FROM customer_stats rt WHERE rt.id = t.\"id\"");
    came_back(b, t);
    SQLB(b, ")");
}

void customer_terms_returned(struct sqlb *b, const struct customer_terms *t) {
    SQLB(b, "SELECT rt.id FROM customer_stats rt WHERE ");
    between(b, S("rt.first_order_on"), t->first_from,
            day_add_months(t->first_to, 1) - 1);
    came_back(b, t);
    SQLB(b, " ORDER BY rt.id");
}

/* --- moved ---------------------------------------------------------------- */

/* "none" and the grades there are. */
static bool read_grade(const struct entity_info *i, struct str text,
                       struct str *out) {
    *out = str_eqc(text, "none") ? S("") : text;
    return out->n == 0 || field_option(info_field(i, S("grade")), text) != NULL;
}

static enum err set_moved(struct ctx *c, struct customer_terms *t,
                          struct str text) {
    const struct entity_info *i =
        registry_find(c->registry, S("grade_history"));
    struct str rest = text, month, from, to;
    int32_t first;
    TRY(scope_make(c, i->e, ACT_READ, &t->trail));
    TRY(need(c, S("grade_history"), S("effective_grade")));
    if (!str_cut(&rest, ':', &month) || !str_cut(&rest, ':', &from) ||
        !str_cut(&rest, ':', &to) || rest.n > 0 ||
        !month_first(c, month, &first) || !read_grade(i, from, &t->from) ||
        !read_grade(i, to, &t->to))
        return fail(c, ERR_INVALID, "moved", "not_move");
    t->moved = text;
    t->month_ms = zone_instant(c->zone, first, 0);
    t->end_ms = zone_instant(c->zone, day_add_months(first, 1), 0);
    return OK;
}

/* The last grade in force noted before an instant. */
static void where_grade(struct sqlb *b, int64_t before_ms, struct str grade) {
    SQLB(b,
         " AND coalesce((SELECT gb.effective_grade FROM grade_history gb WHERE"
         " gb.customer_id = t.\"id\" AND gb.at < ");
    sqlb_value(b, V(before_ms));
    SQLB(b, " ORDER BY gb.id DESC LIMIT 1), '') = ");
    sqlb_value(b, V(grade));
}

static void where_moved(struct ctx *c, struct sqlb *b,
                        const struct customer_terms *t) {
    SQLB(b, " AND t.\"id\" IN (SELECT gh.customer_id FROM grade_history gh"
            " WHERE gh.at >= ");
    sqlb_value(b, V(t->month_ms));
    SQLB(b, " AND gh.at < ");
    sqlb_value(b, V(t->end_ms));
    SQLB(b, " AND ");
    scope_where(c, b, &t->trail, S("gh"));
    SQLB(b, ")");
    where_grade(b, t->month_ms, t->from);
    where_grade(b, t->end_ms, t->to);
}

/* --- reached -------------------------------------------------------------- */

/* The ladder from its foot, and the day that tells of having been there. Who
 * sees the figures of the ladder needs the right to these days but the last:
 * that one has come as far is told by the rung itself. */
static const struct {
    struct str rung, day;
    bool needed;
} ladder[] = {
    {S_INIT("suspect"), S_INIT(""), false},
    {S_INIT("prospect"), S_INIT("first_contact_on"), true},
    {S_INIT("first_purchase"), S_INIT("first_order_on"), true},
    {S_INIT("repeat_purchase"), S_INIT("second_order_on"), true},
    {S_INIT("client"), S_INIT("client_on"), true},
    {S_INIT("advocate"), S_INIT("advocate_on"), false},
};

static enum err set_reached(struct ctx *c, struct customer_terms *t,
                            struct str rung) {
    TRY(sight_sums(c));
    TRY(need(c, S("customer"), S("ladder_rung")));
    for (size_t k = 0; k < COUNT_OF(ladder); k++) {
        if (ladder[k].needed)
            TRY(need(c, S("customer"), ladder[k].day));
        if (str_eq(ladder[k].rung, rung))
            t->rung = (int)k + 1;
    }
    if (t->rung > 0)
        return OK;
    struct buf rungs;
    buf_init(&rungs, c->arena, 1024);
    for (size_t k = 0; k < COUNT_OF(ladder); k++) {
        buf_cstr(&rungs, k > 0 ? ", " : "");
        buf_str(&rungs, ladder[k].rung);
    }
    return failv(c, ERR_INVALID, S("reached"), "not_option",
                 ARGS(V(buf_view(&rungs))));
}

static void rungs_from(struct sqlb *b, size_t first) {
    SQLB(b, "rs.ladder_rung IN (");
    for (size_t k = first; k < COUNT_OF(ladder); k++) {
        if (k > first)
            SQLB(b, ", ");
        sqlb_value(b, V(ladder[k].rung));
    }
    SQLB(b, ")");
}

/* On the ladder, and there or higher now, or with a day that tells so. */
static void where_reached(struct sqlb *b, int rung) {
    size_t first = (size_t)rung - 1;
    SQLB(b, " AND EXISTS (SELECT 1 FROM customer_stats rs WHERE rs.id ="
            " t.\"id\" AND ");
    rungs_from(b, 0);
    SQLB(b, " AND (");
    rungs_from(b, first);
    for (size_t k = first; k < COUNT_OF(ladder); k++) {
        if (ladder[k].day.n == 0)
            continue;
        SQLB(b, " OR rs.");
        sqlb_ident(b, ladder[k].day);
        SQLB(b, " IS NOT NULL");
    }
    SQLB(b, "))");
}

/* --- of rules above the store --------------------------------------------- */

#define FIND_BUDGET_MS 5000

void customer_terms_budget(struct ctx *c) {
    if (db_has_budget(c) && !c->hasty)
        db_budget(c, FIND_BUDGET_MS);
}

static enum err set_named(struct ctx *c, struct customer_terms *t,
                          struct str name, struct str value) {
    if (t->named.n > 0 || c->registry->who == NULL)
        return failv(c, ERR_INVALID, name, "too_many_values", ARGS(V(1)));
    customer_terms_budget(c);
    TRY(c->registry->who(c, name, value, NULL, NULL));
    t->named = name;
    t->value = value;
    return OK;
}

/* --- all ------------------------------------------------------------------ */

enum err customer_terms_param(struct ctx *c, struct customer_terms *t,
                              struct str name, struct str value, bool *known) {
    *known = true;
    if (str_eqc(name, "bought"))
        return set_bought(c, t, value);
    if (str_eqc(name, "moved"))
        return set_moved(c, t, value);
    if (str_eqc(name, "reached"))
        return set_reached(c, t, value);
    if (str_eqc(name, "returned"))
        return set_returned(c, t, value);
    if (customer_terms_name(name))
        return set_named(c, t, name, value);
    *known = false;
    return OK;
}

bool customer_terms_any(const struct customer_terms *t) {
    return t->n_bought > 0 || t->moved.n > 0 || t->rung > 0 || t->returned ||
           t->named.n > 0;
}

void customer_terms_where(struct ctx *c, struct sqlb *b,
                          const struct customer_terms *t) {
    for (size_t i = 0; i < t->n_bought; i++)
        where_bought(b, &t->bought[i]);
    if (t->moved.n > 0)
        where_moved(c, b, t);
    if (t->rung > 0)
        where_reached(b, t->rung);
    if (t->returned && (t->ids == NULL || t->named.n > 0))
        where_returned(b, t);
    if (t->ids != NULL) {
        SQLB(b, " AND t.\"id\"");
        sqlb_in_ids(b, t->ids, t->n_ids);
    }
}

void customer_terms_print(struct buf *b, const struct customer_terms *t) {
    for (size_t i = 0; i < t->n_bought; i++)
        buf_fmt(b, "$%d-%d", (int)t->bought[i].from, (int)t->bought[i].to);
    if (t->moved.n > 0) {
        buf_byte(b, '>');
        buf_str(b, t->moved);
    }
    if (t->rung > 0)
        buf_fmt(b, "^%d", t->rung);
    if (t->returned)
        buf_fmt(b, "r%d:%d-%d", (int)t->months_later, (int)t->first_from,
                (int)t->first_to);
    if (t->named.n > 0) {
        buf_byte(b, '!');
        buf_str(b, t->named);
        buf_byte(b, '=');
        buf_str(b, t->value);
    }
}
