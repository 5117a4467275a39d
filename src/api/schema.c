/* GET /schema: what the interface needs to know of every entity, with the
 * caller's own rights. Labels in both languages, so that switching needs no
 * request. */
#include "api/events.h"
#include "api/routes.h"

#include "app/similar.h"
#include "base/message.h"
#include "base/num.h"
#include "model/value.h"
#include "store/feed.h"
#include "store/filter.h"
#include "store/record.h"
#include "store/sight.h"

static bool is_writable(const struct entity *e) {
    return e->record && !e->append_only;
}

static void write_label(struct jw *w, const struct label *l) {
    jw_key(w, S("label"));
    jw_object(w);
    jw_kstr(w, S("zh"), l->text[LANG_ZH]);
    jw_kstr(w, S("en"), l->text[LANG_EN]);
    jw_object_end(w);
}

static bool can_sort(const struct field *f) {
    return f->type != FT_LONGTEXT && f->type != FT_JSON && f->type != FT_SET;
}

static void write_filter_ops(struct jw *w, const struct field *f, bool plain) {
    jw_key(w, S("filter"));
    jw_array(w);
    for (enum filter_op op = OP_EQ; op <= OP_HAS; op++)
        if (plain && filter_op_allowed(f, op))
            jw_str(w, str_of(filter_op_name(op)));
    jw_array_end(w);
}

static void write_options(struct jw *w, const struct field *f) {
    if (f->n_options == 0)
        return;
    jw_key(w, S("options"));
    jw_array(w);
    for (size_t i = 0; i < f->n_options; i++) {
        jw_object(w);
        jw_kstr(w, S("value"), f->options[i].value);
        write_label(w, &f->options[i].label);
        jw_object_end(w);
    }
    jw_array_end(w);
}

/* In the form of the field's values: decimals are exact texts. */
static void write_limit(struct jw *w, struct str key, const struct field *f,
                        int64_t v) {
    if (f->type == FT_DECIMAL)
        jw_kstr(w, key, num_text(w->out->arena, v, f->scale));
    else
        jw_ki64(w, key, v);
}

/* What the caller may do with the field: in the words of roles, and whether a
 * list shows it of his own records only. */
static void write_access(struct ctx *c, struct jw *w,
                         const struct entity_info *i, const struct field *f) {
    enum see see = sight_of(c, i, f);
    const char *word = see == SEE_MASKED                       ? "masked"
                       : sight_refusal(c, i, f, false) == NULL ? "edit"
                                                               : "read";
    jw_kstr(w, S("access"), str_of(word));
    jw_kbool(w, S("masked_in_lists"), see < SEE_FULL);
    jw_kstr(w, S("grade"), str_of(grade_word(f->grade)));
}

static bool is_locked(struct ctx *c, const struct entity_info *i,
                      const struct field *f) {
    return field_is_readonly(f) || !is_writable(i->e) ||
           (sight_refusal(c, i, f, false) != NULL &&
            sight_refusal(c, i, f, true) != NULL);
}

static void write_field(struct ctx *c, struct jw *w,
                        const struct entity_info *i, const struct field *f) {
    bool plain = sight_of(c, i, f) >= SEE_LISTED;
    jw_object(w);
    jw_kstr(w, S("name"), f->name);
    jw_kstr(w, S("type"), str_of(field_type_name(f->type)));
    write_label(w, &f->label);
    jw_kbool(w, S("required"), f->required && !f->system);
    jw_kbool(w, S("readonly"), is_locked(c, i, f));
    jw_kbool(w, S("create_only"),
             f->create_only || (sight_refusal(c, i, f, false) != NULL &&
                                sight_refusal(c, i, f, true) == NULL));
    write_access(c, w, i, f);
    if (f->currency_code)
        jw_kbool(w, S("currency_code"), true);
    jw_kbool(w, S("unique"), f->unique);
    jw_kbool(w, S("system"), f->system);
    jw_kbool(w, S("sidecar"), f->sidecar);
    jw_kbool(w, S("custom"), f->custom);
    jw_kstr(w, S("doc"), f->custom ? f->doc : S(""));
    jw_kbool(w, S("sort"), plain && can_sort(f));
    if (f->has_max || field_max_chars(f) > 0)
        write_limit(w, S("max"), f, f->has_max ? f->max : field_max_chars(f));
    if (f->has_min)
        write_limit(w, S("min"), f, f->min);
    if (f->pattern.n > 0)
        jw_kstr(w, S("pattern"), f->pattern);
    if (f->made)
        jw_kbool(w, S("made"), true);
    if (f->summed)
        jw_kbool(w, S("summed"), true);
    if (f->wanted)
        jw_kbool(w, S("wanted"), true);
    if (f->company_default.n > 0)
        jw_kstr(w, S("company_default"), f->company_default);
    if (f->start_texts.n > 0)
        jw_kstr(w, S("start_texts"), f->start_texts);
    if (f->type == FT_DECIMAL)
        jw_ki64(w, S("scale"), f->scale);
    if (f->unit != UNIT_NONE)
        jw_kstr(w, S("unit"), str_of(unit_name(f->unit)));
    if (f->past)
        jw_kbool(w, S("past"), true);
    if (f->type == FT_MONEY)
        jw_kstr(w, S("currency"), f->currency);
    if (f->to.n > 0)
        jw_kstr(w, S("to"), f->to);
    if (f->group.n > 0)
        jw_kstr(w, S("group"), f->group);
    if (f->def.n > 0) {
        jw_key(w, S("default"));
        jw_raw(w, f->def);
    }
    write_options(w, f);
    write_filter_ops(w, f, plain);
    jw_object_end(w);
}

/* Names of fields, but those the caller may not read. */
static void write_names(struct ctx *c, struct jw *w,
                        const struct entity_info *info, const struct names *n) {
    jw_array(w);
    for (size_t i = 0; i < n->n; i++)
        if (sight_field(c, info, info_field(info, n->p[i])))
            jw_str(w, n->p[i]);
    jw_array_end(w);
}

static void write_rights(struct ctx *c, struct jw *w, const struct entity *e) {
    jw_key(w, S("rights"));
    jw_object(w);
    for (enum action a = ACT_READ; a < ACT_COUNT; a++)
        jw_kstr(w, str_of(action_name(a)),
                str_of(level_name(actor_level(c, e, a))));
    jw_object_end(w);
}

static void write_only_for(struct ctx *c, struct jw *w,
                           const struct entity_info *i,
                           const struct names *only) {
    if (only == NULL || !sight_field(c, i, info_field(i, only->p[0])))
        return;
    jw_key(w, S("only_for"));
    jw_object(w);
    jw_kstr(w, S("field"), only->p[0]);
    jw_kstr(w, S("value"), only->p[1]);
    jw_object_end(w);
}

/* Those of the entity, then what its sidecar adds. */
static void write_groups(struct ctx *c, struct jw *w,
                         const struct entity_info *i) {
    const struct entity *of[] = {i->e, i->side};
    jw_key(w, S("groups"));
    jw_array(w);
    for (size_t n = 0; n < COUNT_OF(of) && of[n] != NULL; n++) {
        for (size_t k = 0; k < of[n]->n_groups; k++) {
            const struct option *g = &of[n]->groups[k];
            if (n > 0 && entity_has_group(i->e, g->value))
                continue;
            jw_object(w);
            jw_kstr(w, S("name"), g->value);
            write_label(w, &g->label);
            write_only_for(c, w, i, entity_only_for(of[n], g->value));
            jw_object_end(w);
        }
    }
    jw_array_end(w);
}

static bool visible(const struct ctx *c, const struct entity *e) {
    return e->scope != SCOPE_SYSTEM &&
           actor_level(c, e, ACT_READ) != LEVEL_NONE;
}

/* What is typed and sent together with it. */
static void write_part(const struct ctx *c, struct jw *w,
                       const struct entity_info *part) {
    if (part == NULL || !visible(c, part->e))
        return;
    jw_key(w, S("part"));
    jw_object(w);
    jw_kstr(w, S("entity"), part->e->name);
    jw_kstr(w, S("member"), part->e->body_member);
    jw_ki64(w, S("max"), BODY_PART_MAX);
    jw_object_end(w);
}

/* What a form asks by whether the record is there already. */
static void write_similar(struct ctx *c, struct jw *w,
                          const struct entity_info *i) {
    jw_key(w, S("similar"));
    jw_array(w);
    for (size_t k = 0; k < SIMILAR_FIELDS; k++) {
        const struct similar_field *by = &similar_fields[k];
        if (similar_asks(i, by) && sight_field(c, i, info_field(i, by->name)))
            jw_str(w, by->name);
    }
    jw_array_end(w);
}

static void write_entity(struct ctx *c, struct jw *w,
                         const struct entity_info *i) {
    static const struct str scopes[] = {
        [SCOPE_OWNER] = S_INIT("owner"),
        [SCOPE_PARENT] = S_INIT("parent"),
        [SCOPE_OWNER_OR_PARENT] = S_INIT("owner_or_parent"),
        [SCOPE_SHARED] = S_INIT("shared"),
        [SCOPE_SYSTEM] = S_INIT("system"),
    };
    const struct entity *e = i->e;
    jw_object(w);
    jw_kstr(w, S("name"), e->name);
    jw_kstr(w, S("plural"), e->plural);
    write_label(w, &e->label);
    jw_kstr(w, S("title"), e->title);
    jw_kstr(w, S("scope"), scopes[e->scope]);
    jw_kstr(w, S("parent"), e->parent);
    jw_kbool(w, S("writable"), is_writable(e));
    write_part(c, w, i->part);
    write_rights(c, w, e);
    write_groups(c, w, i);
    jw_key(w, S("fields"));
    jw_array(w);
    for (size_t k = 0; k < i->n_fields; k++)
        if (sight_field(c, i, i->fields[k]))
            write_field(c, w, i, i->fields[k]);
    jw_array_end(w);
    jw_key(w, S("list"));
    write_names(c, w, i, &e->list);
    jw_key(w, S("form"));
    jw_array(w);
    for (size_t k = 0; k < e->n_form; k++)
        write_names(c, w, i, &e->form[k]);
    jw_array_end(w);
    write_similar(c, w, i);
    jw_object_end(w);
}

/* Texts a company begins with, in both languages: its records hold one. */
static void write_texts(struct jw *w) {
    static const char *const kinds[] = {"lifecycle_", "policy_plan_",
                                        "policy_service_"};
    jw_key(w, S("texts"));
    jw_array(w);
    for (size_t i = 0; i < message_count; i++) {
        const struct message *m = &messages[i];
        bool wanted = false;
        for (size_t k = 0; k < COUNT_OF(kinds); k++)
            wanted |= str_starts(m->id, str_of(kinds[k]));
        if (!wanted || str_has_byte(m->text[LANG_EN], '{'))
            continue;
        jw_object(w);
        jw_kstr(w, S("zh"), m->text[LANG_ZH]);
        jw_kstr(w, S("en"), m->text[LANG_EN]);
        jw_object_end(w);
    }
    jw_array_end(w);
}

/* Where a stream of events is to begin, so that nothing which happens between
 * this answer and the stream's first event is missed. */
static enum err write_start(struct ctx *c, struct jw *w) {
    struct feed_place end;
    TRY(feed_end(c, &end));
    jw_kstr(w, S("view"), events_view(c));
    jw_kstr(w, S("last_event_id"), feed_cursor(c, end));
    return OK;
}

static enum err all_h(struct ctx *c, struct call *call) {
    struct jw *w = &call->w;
    jw_object(w);
    jw_ki64(w, S("version"), c->registry->version);
    TRY(write_start(c, w));
    jw_key(w, S("entities"));
    jw_array(w);
    for (size_t i = 0; i < c->registry->model->n; i++)
        if (visible(c, c->registry->info[i].e))
            write_entity(c, w, &c->registry->info[i]);
    jw_array_end(w);
    write_texts(w);
    jw_object_end(w);
    return OK;
}

static enum err one_h(struct ctx *c, struct call *call) {
    const struct entity_info *i = registry_find(c->registry, call->path[0]);
    if (i == NULL || !visible(c, i->e))
        return failv(c, ERR_NOT_FOUND, S(""), "unknown_object",
                     ARGS(V(call->path[0])));
    write_entity(c, &call->w, i);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/schema",
     .fn = all_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "The entities the caller may see, with labels and rights.",
     .tag = "schema",
     .out = "schema"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/schema/{object}",
     .fn = one_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "One entity.",
     .tag = "schema",
     .out = "schema_entity"},
};

const struct route_list schema_routes = {routes, COUNT_OF(routes)};
