/* Tables of shapes: errors, sign-in, settings, schema, search, pages. To add a
 * shape: define it with SHAPE, add it to the list at the end and name it in
 * the route's row. */
#include "api/shapes.h"

/* --- errors, health ------------------------------------------------------ */

SHAPE(problem, "What is wrong (RFC 9457), in the caller's language.", 0, NULL,
      {"type", "text", NULL}, {"title", "text", NULL},
      {"status", "integer", "The HTTP status."},
      {"code", "text", "Stable name of the error."},
      {"detail", "text", "What is wrong first of all."},
      {"errors", "[#problem_error]", NULL},
      {"request_id", "text", "To be found in the log."},
      {"results?", "[#batch_result]", "Of a batch that was undone."});

SHAPE(problem_error, "One thing that is wrong.", 0, NULL,
      {"field", "text", "Field, parameter or header; empty: the whole."},
      {"code", "text", "Stable name of the rule."},
      {"message", "text", "For people."});

SHAPE(health, "The process answers.", 0, NULL, {"status", "=ok", NULL});

/* --- sign-in ------------------------------------------------------------- */

SHAPE(sign_in, "Who wants to sign in.", 0, NULL, {"login", "text", NULL},
      {"password", "text", NULL},
      {"code?", "text|null",
       "Of the authenticator app, or a recovery code: when the second step is "
       "on."});

SHAPE(session, "Who is signed in, and what they may do.", 0, NULL,
      {"user", "#session_user", NULL},
      {"csrf", "text|null", "For the header X-CSRF-Token; null for a token."},
      {"second_step", "=off on needed",
       "needed: set it up, nothing else is allowed before."},
      {"rights", "#rights", NULL}, {"company", "#session_company", NULL});

SHAPE(session_user, "The user of a session.", 0, NULL, {"id", "integer", NULL},
      {"login", "text", NULL}, {"name", "text", NULL},
      {"role", "text", "Key of the role."}, {"role_name", "text", NULL},
      {"language", "@user.language", NULL}, {"team_id", "integer|null", NULL});

SHAPE(session_company, "The company.", 0, NULL, {"name", "text", NULL},
      {"currency", "text", "Base currency, ISO 4217."},
      {"zone", "text", "Time zone of the company's days."},
      {"customer_kind", "@customer.kind", "What a new customer begins as."},
      {"demo", "boolean", "Is it demonstration data?"},
      {"bin_days", "integer",
       "What is in the bin goes after so many; 0: stays."});

SHAPE(rights, "Levels by entity, and two general rights.", 0, "#entity_rights",
      {"admin", "boolean", "Settings, users, roles."},
      {"pool", "boolean", "Sees records without an owner."},
      {"unmask", "boolean", "May lift masks, for a reason."});

SHAPE(entity_part, "Records that come in the body of the one above them.", 0,
      NULL, {"entity", "text", NULL},
      {"member", "text", "The body's member that holds all of them."},
      {"max", "integer", "At most so many."});

SHAPE(entity_rights, "What one may do with the records of an entity.", 0, NULL,
      {"read", "=none own team tree all", NULL},
      {"create", "=none own team tree all", NULL},
      {"update", "=none own team tree all", NULL},
      {"delete", "=none own team tree all", NULL},
      {"export", "=none own team tree all", NULL});

SHAPE(session_change, "One's own choices.", 0, NULL,
      {"language", "@user.language", NULL});

SHAPE(setup_state, "Does the installation need its first user?", 0, NULL,
      {"needed", "boolean", NULL},
      {"password_reset", "boolean", "Can a link be mailed?"},
      {"password_least", "integer", "Fewest characters of a password."});

SHAPE(setup, "The first administrator.", 0, NULL,
      {"code", "text", "Printed on the console at start."},
      {"login", "text", NULL}, {"password", "text", NULL},
      {"name?", "text|null", NULL},
      {"company?", "text|null", "Name of the company."});

SHAPE(setup_done, "The first administrator is made.", 201, NULL,
      {"login", "text", NULL});

SHAPE(password, "A new password.", 0, NULL, {"password", "text", NULL},
      {"current?", "text|null", "The old one; an administrator needs none."});

SHAPE(api_token_new, "A token for a program.", 0, NULL,
      {"name", "text", "What it is for."},
      {"expires_on?", "date|null", "Last day; none: no end."},
      {"user_id?", "integer|null", "For somebody else: administrators only."});

#define API_TOKEN                                                              \
    {"id", "integer", NULL}, {"user_id", "integer", NULL},                     \
        {"name", "text", NULL}, {"expires_on", "date|null", NULL},             \
        {"created_at", "instant|null", NULL},                                  \
        {"last_used_at", "instant|null", NULL}, {                              \
        "revoked_at", "instant|null", NULL                                     \
    }

SHAPE(api_token, "A token just made.", 201, NULL, API_TOKEN,
      {"token", "text", "Shown this once."});
SHAPE(api_token_known, "A token.", 0, NULL, API_TOKEN);
SHAPE(api_tokens, "Tokens.", 0, NULL, {"data", "[#api_token_known]", NULL});

/* --- settings, schema ---------------------------------------------------- */

SHAPE(words, "A text in both languages.", 0, NULL, {"zh", "text", NULL},
      {"en", "text", NULL});

SHAPE(option, "A value to choose, and its label.", 0, NULL,
      {"value", "text", NULL}, {"label", "#words", NULL});

SHAPE(settings, "All settings.", 0, NULL, {"data", "[#setting]", NULL});

SHAPE(setting, "A setting of the company.", 0, NULL, {"key", "text", NULL},
      {"group", "text", NULL},
      {"type",
       "=text int percent amount bool enum currency zone time url counts "
       "amounts",
       "counts, amounts: four rising numbers, \"30,90,180,365\"."},
      {"label", "#words", NULL}, {"doc", "#words", NULL},
      {"value", "text|integer|boolean|null", NULL},
      {"default", "text|integer|boolean|null", NULL},
      {"min?", "integer|decimal", NULL}, {"max?", "integer|decimal", NULL},
      {"options", "[#option]", NULL},
      {"from_environment", "boolean", "Then it can't be changed here."});

static const struct shape settings_change = {
    .name = "settings_change",
    .doc = "New values by key.",
    .others = "text|integer|boolean|null",
};

SHAPE(schema, "The entities the caller may see.", 0, NULL,
      {"version", "integer", "Goes up when the definitions change."},
      {"view", "text",
       "As in `hello` and `schema` of `/events`: another when this answer is."},
      {"last_event_id", "text",
       "With it `/events` tells all that has happened since this answer."},
      {"entities", "[#schema_entity]", NULL},
      {"texts", "[#words]",
       "Strategies and policies a company begins with: their records hold "
       "one language."});

SHAPE(schema_entity, "An entity.", 0, NULL, {"name", "text", NULL},
      {"plural", "text", "Its place in URLs."}, {"label", "#words", NULL},
      {"title", "text", "The field shown where one line must do; or empty."},
      {"scope", "=owner parent owner_or_parent shared", NULL},
      {"parent", "text", "Field of the parent; or empty."},
      {"writable", "boolean", NULL},
      {"part?", "#entity_part", "What is sent together with it."},
      {"rights", "#entity_rights", NULL},
      {"groups", "[#schema_group]", "Sections of forms."},
      {"fields", "[#schema_field]", NULL},
      {"list", "[text]", "Default columns."},
      {"form", "[[text]]", "Default rows of the form."},
      {"similar", "[text]",
       "Fields by which `/similar` tells what is there already; or none."});

SHAPE(schema_group, "A section of a form.", 0, NULL, {"name", "text", NULL},
      {"label", "#words", NULL},
      {"only_for?", "#schema_only_for", "The records it concerns; or all."});

SHAPE(schema_only_for, "Records with one value of a field.", 0, NULL,
      {"field", "text", NULL}, {"value", "text", NULL});

SHAPE(schema_field, "A field.", 0, NULL, {"name", "text", NULL},
      {"type",
       "=text longtext int decimal money bool date instant enum set ref email "
       "phone url json",
       NULL},
      {"label", "#words", NULL}, {"required", "boolean", NULL},
      {"readonly", "boolean", NULL},
      {"create_only", "boolean", "May be given when creating only."},
      {"unique", "boolean", "Among live records."}, {"system", "boolean", NULL},
      {"sidecar", "boolean", "Computed from other records."},
      {"custom", "boolean", "Added by the company."},
      {"doc", "text", "What to know when filling it in; or empty."},
      {"currency_code?", "boolean", "Holds an ISO 4217 code."},
      {"pattern?", "text", "Regular expression the whole text matches."},
      {"made?", "boolean", "Filled in by the program when left empty."},
      {"summed?", "boolean",
       "Follows from the records in the body, where there are any."},
      {"wanted?", "boolean",
       "Forms ask for it, though a program may leave it empty."},
      {"company_default?", "text",
       "Member of the session's company that forms begin with."},
      {"start_texts?", "text",
       "Where this field is set, the text may be one of the schema's texts."},
      {"access", "=edit read masked", "The caller's right to the field."},
      {"masked_in_lists", "boolean",
       "Lists show it of the caller's own records only."},
      {"grade", "=internal public personal high", "How confidential it is."},
      {"sort", "boolean", NULL},
      {"max?", "integer|decimal",
       "Characters of a text, else the largest value."},
      {"min?", "integer|decimal", NULL}, {"scale?", "integer", "Decimals."},
      {"unit?", "=base_currency chance estimate", "What a decimal tells."},
      {"past?", "boolean", "A day on which something happened."},
      {"currency?", "text", "Field of the currency; empty: the company's."},
      {"to?", "text", "The entity a ref points to."}, {"group?", "text", NULL},
      {"default?", "any", NULL}, {"options?", "[#option]", NULL},
      {"filter", "[text]", "Operators."});

SHAPE(query, "A list, its order and its page.", 0, NULL,
      {"filter?", "#filter|null", NULL},
      {"sort?", "[text]", "Fields, at most four; -name falls."},
      {"fields?", "[text]", "Fields to answer with; all when absent."},
      {"include?", "[text]", "Ref fields whose targets' titles are added."},
      {"limit?", "integer", "Records per page, 1 to 500; 50."},
      {"cursor?", "text|null", "From `links` of another page; `last`."},
      {"count?", "=none capped exact", NULL},
      {"bin?", "boolean", "The deleted records instead."},
      {"q?", "text|null", "Search text."});

/* --- search, pages ------------------------------------------------------- */

SHAPE(search_query, "What is looked for.", 0, NULL,
      {"q", "text", "As typed into the search box."},
      {"limit?", "integer", "Hits per entity, 1 to 20; 5."});

SHAPE(search, "Hits by entity.", 0, NULL, {"groups", "[#search_group]", NULL});

SHAPE(search_group, "The hits of one entity.", 0, NULL,
      {"entity", "text", NULL}, {"object", "text", "Its place in URLs."},
      {"title", "text", "The field to show first."},
      {"subtitle", "text", "The field to show below."},
      {"data", "[{any}]", "id and the two fields."}, {"links", "#links", NULL});

SHAPE(links, "The pages beside this one, as relative URLs.", 0, NULL,
      {"next", "text|null", NULL}, {"prev", "text|null", NULL});

SHAPE(count, "How many records there are in all.", 0, NULL,
      {"value", "integer", NULL},
      {"capped", "boolean", "There are more than that."});

SHAPE(overview, "Figures of the workbench.", 0, NULL,
      {"figures", "[#overview_figure]", NULL});

SHAPE(overview_figure, "The count of a list.", 0, NULL, {"key", "text", NULL},
      {"object", "text", NULL}, {"query", "text", "The list's query string."},
      {"value", "integer", NULL}, {"capped", "boolean", NULL});

SHAPE(page_query, "Which page.", 0, NULL,
      {"cursor?", "text", "`next` of the page before."});

SHAPE(timeline, "What happened with a customer, newest first.", 0, NULL,
      {"data",
       "[#timeline_interaction|#timeline_order|#timeline_task|"
       "#timeline_grade]",
       NULL},
      {"next", "text|null", "Cursor of the next page."});

SHAPE(timeline_interaction, "A contact.", 0, NULL,
      {"entity", "=interaction", NULL}, {"id", "integer", NULL},
      {"at", "instant", NULL}, {"channel", "@interaction.channel", NULL},
      {"direction", "@interaction.direction", NULL},
      {"content", "@interaction.content", NULL},
      {"outcome", "@interaction.outcome", NULL},
      {"objection", "@interaction.objection", NULL},
      {"next_on", "@interaction.next_on", NULL},
      {"user_id", "@interaction.user_id", NULL},
      {"contact_id", "@interaction.contact_id", NULL});

SHAPE(timeline_order, "An order.", 0, NULL, {"entity", "=order", NULL},
      {"id", "integer", NULL}, {"at", "instant", NULL},
      {"number", "@order.number", NULL}, {"kind", "@order.kind", NULL},
      {"status", "@order.status", NULL}, {"amount", "@order.amount", NULL},
      {"currency", "@order.currency", NULL}, {"sales", "@order.sales", NULL});

SHAPE(timeline_task, "A task.", 0, NULL, {"entity", "=task", NULL},
      {"id", "integer", NULL}, {"at", "instant", NULL},
      {"title", "@task.title", NULL}, {"due_on", "@task.due_on", NULL},
      {"done", "@task.done", NULL}, {"priority", "@task.priority", NULL},
      {"owner_id", "@task.owner_id", NULL});

SHAPE(timeline_grade, "A new grade.", 0, NULL,
      {"entity", "=grade_history", NULL}, {"id", "integer", NULL},
      {"at", "instant", NULL}, {"grade", "@grade_history.grade", NULL},
      {"previous_grade", "@grade_history.previous_grade", NULL},
      {"abc_class", "@grade_history.abc_class", NULL},
      {"r_score", "@grade_history.r_score", NULL},
      {"f_score", "@grade_history.f_score", NULL},
      {"m_score", "@grade_history.m_score", NULL},
      {"as_of", "@grade_history.as_of", NULL},
      {"effective_grade", "@grade_history.effective_grade", NULL},
      {"previous_effective_grade", "@grade_history.previous_effective_grade",
       NULL},
      {"source", "@grade_history.source", NULL},
      {"reason", "@grade_history.reason", NULL},
      {"until", "@grade_history.until", NULL});

/* --- the list ------------------------------------------------------------ */

static const struct shape *const list[] = {
    &problem,         &problem_error,   &health,          &sign_in,
    &session,         &session_user,    &session_company, &rights,
    &entity_part,     &entity_rights,   &session_change,  &setup_state,
    &setup,           &setup_done,      &password,        &api_token_new,
    &api_token,       &api_token_known, &api_tokens,      &words,
    &option,          &settings,        &setting,         &settings_change,
    &schema,          &schema_entity,   &schema_group,    &schema_only_for,
    &schema_field,    &query,           &search_query,    &search,
    &search_group,    &links,           &count,           &overview,
    &overview_figure, &page_query,      &timeline,        &timeline_interaction,
    &timeline_order,  &timeline_task,   &timeline_grade,
};

const struct shape_list general_shapes = {list, COUNT_OF(list)};
