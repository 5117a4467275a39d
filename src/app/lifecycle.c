/* Strategies and their tasks. Owns nothing; inside writes. Invariant: a task of
 * a plan that is still to be done is never made a second time. */
#include "app/lifecycle.h"

#include "app/settings.h"
#include "base/message.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "store/actor.h"

/* Only the checklist of an ended relation is made by itself until the company
 * wants more. */
static const struct {
    const char *stage;
    bool active;
    int64_t due_days;
    const char *strategy, *tasks; /* message ids */
} defaults[] = {
    {"acquisition", false, 7, "lifecycle_acquisition",
     "lifecycle_acquisition_tasks"},
    {"development", false, 14, "lifecycle_development",
     "lifecycle_development_tasks"},
    {"maintenance", false, 30, "lifecycle_maintenance",
     "lifecycle_maintenance_tasks"},
    {"recovery", false, 7, "lifecycle_recovery", "lifecycle_recovery_tasks"},
    {"ended", true, 14, "lifecycle_ended", "lifecycle_ended_tasks"},
    {"basic", false, 7, "lifecycle_basic", "lifecycle_basic_tasks"},
    {"reactive", false, 7, "lifecycle_reactive", "lifecycle_reactive_tasks"},
    {"accountable", false, 7, "lifecycle_accountable",
     "lifecycle_accountable_tasks"},
    {"proactive", false, 14, "lifecycle_proactive",
     "lifecycle_proactive_tasks"},
    {"partnership", false, 30, "lifecycle_partnership",
     "lifecycle_partnership_tasks"},
    {"financial", false, 14, "lifecycle_financial",
     "lifecycle_financial_tasks"},
    {"social", false, 14, "lifecycle_social", "lifecycle_social_tasks"},
    {"structural", false, 30, "lifecycle_structural",
     "lifecycle_structural_tasks"},
};

enum err lifecycle_seed(struct ctx *c) {
    enum lang lang;
    TRY(settings_language(c, &lang));
    for (size_t i = 0; i < COUNT_OF(defaults); i++) {
        bool known;
        TRY(lifecycle_plan_known(c, str_of(defaults[i].stage), &known));
        if (known)
            continue;
        struct record *r =
            record_new(c, registry_find(c->registry, S("lifecycle_plan")));
        record_set(r, S("stage"), V(str_of(defaults[i].stage)));
        record_set(r, S("active"), V((int64_t)defaults[i].active));
        record_set(r, S("due_days"), V(defaults[i].due_days));
        record_set(r, S("strategy"),
                   V(message_text(c, lang, defaults[i].strategy, NO_ARGS)));
        record_set(r, S("tasks"),
                   V(message_text(c, lang, defaults[i].tasks, NO_ARGS)));
        TRY(record_create(c, r));
    }
    return OK;
}

/* --- lines ---------------------------------------------------------------- */

/* Characters of a task's title. */
static size_t title_max(const struct ctx *c) {
    const struct entity_info *i = registry_find(c->registry, S("task"));
    return (size_t)field_max_chars(info_field(i, S("title")));
}

/* Days of a line, as of a whole plan. */
static int64_t days_max(const struct ctx *c) {
    const struct entity_info *i =
        registry_find(c->registry, S("lifecycle_plan"));
    return info_field(i, S("due_days"))->max;
}

/* Digits behind the last bar are days; anything else is part of the title.
 * False: the line can't stand so. */
static bool read_line(const struct ctx *c, struct str line, int64_t due_days,
                      struct lifecycle_task *out) {
    size_t bar = line.n;
    *out = (struct lifecycle_task){line, due_days};
    while (bar > 0 && line.p[bar - 1] != '|')
        bar--;
    struct str days = str_trim(str_sub(line, bar, line.n));
    bool digits = bar > 0 && days.n > 0;
    for (size_t i = 0; i < days.n; i++)
        digits &= days.p[i] >= '0' && days.p[i] <= '9';
    if (digits) {
        out->title = str_trim(str_sub(line, 0, bar - 1));
        if (num_parse(days, 0, NUM_EXACT, &out->due_days) != NUM_OK)
            return false;
    }
    return out->title.n > 0 && out->due_days <= days_max(c) &&
           utf8_cut(out->title, title_max(c)).n == out->title.n;
}

bool lifecycle_next(const struct ctx *c, const struct lifecycle_plan *p,
                    struct str *rest, struct lifecycle_task *out) {
    struct str line;
    while (str_cut(rest, '\n', &line)) {
        line = str_trim(line);
        if (line.n == 0)
            continue;
        /* of before there was a check */
        if (!read_line(c, line, p->due_days, out))
            *out = (struct lifecycle_task){utf8_cut(line, title_max(c)),
                                           p->due_days};
        return true;
    }
    return false;
}

enum err lifecycle_plan_save(struct ctx *c, enum save_op op,
                             const struct record *before,
                             const struct record *after) {
    struct str rest = record_str(after, S("tasks")), line;
    struct lifecycle_task t;
    if (op == SAVE_DELETE || op == SAVE_RESTORE)
        return OK;
    for (int64_t n = 1; str_cut(&rest, '\n', &line); n++) {
        line = str_trim(line);
        if (line.n > 0 && !read_line(c, line, 0, &t))
            return failv(c, ERR_INVALID, S("tasks"), "lifecycle_task_line",
                         ARGS(V(num_text(c->arena, n, 0)),
                              V((int64_t)title_max(c)), V(days_max(c))));
    }
    return OK;
}

/* --- coming there --------------------------------------------------------- */

/* Why a task was made, in the company's words. */
static struct str rule_text(struct ctx *c, enum lang lang,
                            const struct lifecycle_entry *e) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    const struct option *o = field_option(info_field(i, e->field), e->value);
    const char *id = str_eqc(e->field, "relation_level")
                         ? "lifecycle_level_rule"
                     : str_eqc(e->field, "bonds") ? "lifecycle_bond_rule"
                                                  : "lifecycle_rule";
    return message_text(c, lang, id, ARGS(V(o->label.text[lang])));
}

static enum err make_task(struct ctx *c, const struct lifecycle_entry *e,
                          int64_t plan_id, const struct lifecycle_task *t,
                          struct str rule) {
    bool open;
    TRY(lifecycle_task_open(c, plan_id, e->customer_id, t->title, &open));
    if (open)
        return OK;
    struct record *r = record_new(c, registry_find(c->registry, S("task")));
    int32_t today = zone_day(c->zone, c->now_ms);
    record_set(r, S("title"), V(t->title));
    record_set(r, S("policy_rule"), V(rule));
    record_set(r, S("lifecycle_plan_id"), V(plan_id));
    record_set(r, S("customer_id"), V(e->customer_id));
    if (e->owner_id != 0)
        record_set(r, S("owner_id"), V(e->owner_id));
    record_set(r, S("due_on"), V(today + t->due_days));
    return record_create(c, r);
}

static enum err make_tasks(struct ctx *c, const struct lifecycle_entry *e,
                           const struct lifecycle_plan *p) {
    enum lang lang;
    struct str rest = p->tasks;
    struct lifecycle_task t;
    TRY(settings_language(c, &lang));
    struct str rule = rule_text(c, lang, e);
    while (lifecycle_next(c, p, &rest, &t))
        TRY(make_task(c, e, p->id, &t, rule));
    return OK;
}

enum err lifecycle_enter(struct ctx *c, const struct lifecycle_entry *entry) {
    struct lifecycle_plan p;
    bool found;
    TRY(lifecycle_plan_of(c, entry->value, &p, &found));
    if (!found || !p.active)
        return OK;
    const struct actor *asked = c->actor;
    c->actor = actor_console(c);
    enum err e = make_tasks(c, entry, &p);
    c->actor = asked;
    return e;
}

/* --- levels and bonds ----------------------------------------------------- */

/* ",financial,social," holds "social". */
static bool holds(struct ctx *c, struct str set, struct str value) {
    return str_find(set, str_fmt(c->arena, "," STR_FMT ",", STR_ARG(value))) !=
           SIZE_MAX;
}

enum err lifecycle_customer_save(struct ctx *c, enum save_op op,
                                 const struct record *before,
                                 const struct record *after) {
    const struct record *was = op == SAVE_UPDATE ? before : NULL;
    struct str none = S("");
    struct str level = record_str(after, S("relation_level"));
    struct str level_then =
        was == NULL ? none : record_str(was, S("relation_level"));
    struct str bonds = record_str(after, S("bonds")), bond;
    struct str bonds_then = was == NULL ? none : record_str(was, S("bonds"));
    struct lifecycle_entry e = {record_id(after),
                                record_i64(after, S("owner_id")),
                                S("relation_level"), level};
    if (op != SAVE_CREATE && op != SAVE_UPDATE)
        return OK;
    if (level.n > 0 && !str_eq(level, level_then))
        TRY(lifecycle_enter(c, &e));
    e.field = S("bonds");
    while (str_cut(&bonds, ',', &bond)) {
        e.value = bond;
        if (bond.n > 0 && !holds(c, bonds_then, bond))
            TRY(lifecycle_enter(c, &e));
    }
    return OK;
}
