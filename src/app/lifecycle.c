/* Plans of stages. Owns nothing. Invariant: a task of a plan that is still to
 * be done is never made a second time. */
#include "app/lifecycle.h"

#include "app/settings.h"
#include "base/message.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/record.h"

#define TITLE_MAX 200 /* characters, as the model has it */

/* Only the checklist of an ended relation is made by itself until the company
 * wants more. */
static const struct {
    const char *stage;
    bool active;
    int64_t due_days;
    const char *strategy, *tasks;
} defaults[] = {
    {"acquisition", false, 7, "lifecycle_acquisition",
     "lifecycle_acquisition_tasks"},
    {"development", false, 14, "lifecycle_development",
     "lifecycle_development_tasks"},
    {"maintenance", false, 30, "lifecycle_maintenance",
     "lifecycle_maintenance_tasks"},
    {"recovery", false, 7, "lifecycle_recovery", "lifecycle_recovery_tasks"},
    {"ended", true, 14, "lifecycle_ended", "lifecycle_ended_tasks"},
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

static struct str stage_label(struct ctx *c, enum lang lang, struct str stage) {
    const struct entity_info *i =
        registry_find(c->registry, S("lifecycle_plan"));
    const struct option *o = field_option(info_field(i, S("stage")), stage);
    return o->label.text[lang];
}

static enum err make_task(struct ctx *c, const struct ladder_facts *f,
                          const struct lifecycle_plan *p, struct str title,
                          struct str rule) {
    bool open;
    TRY(lifecycle_task_open(c, p->id, f->id, title, &open));
    if (open)
        return OK;
    struct record *r = record_new(c, registry_find(c->registry, S("task")));
    int32_t today = zone_day(c->zone, c->now_ms);
    record_set(r, S("title"), V(title));
    record_set(r, S("policy_rule"), V(rule));
    record_set(r, S("lifecycle_plan_id"), V(p->id));
    record_set(r, S("customer_id"), V(f->id));
    if (f->owner_id != 0)
        record_set(r, S("owner_id"), V(f->owner_id));
    record_set(r, S("due_on"), V(today + p->due_days));
    return record_create(c, r);
}

static enum err make_tasks(struct ctx *c, const struct ladder_facts *f,
                           const struct lifecycle_plan *p, struct str stage) {
    enum lang lang;
    struct str lines = p->tasks, line;
    TRY(settings_language(c, &lang));
    struct str rule = message_text(c, lang, "lifecycle_rule",
                                   ARGS(V(stage_label(c, lang, stage))));
    while (str_cut(&lines, '\n', &line)) {
        line = str_trim(line);
        if (line.n > 0)
            TRY(make_task(c, f, p, utf8_cut(line, TITLE_MAX), rule));
    }
    return OK;
}

enum err lifecycle_enter(struct ctx *c, const struct ladder_facts *f,
                         struct str stage) {
    struct lifecycle_plan p;
    bool found;
    TRY(lifecycle_plan_of(c, stage, &p, &found));
    if (!found || !p.active)
        return OK;
    const struct actor *asked = c->actor;
    c->actor = actor_console(c);
    enum err e = make_tasks(c, f, &p, stage);
    c->actor = asked;
    return e;
}
