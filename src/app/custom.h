/* Custom fields: what a company may add to its entities while everybody works
 * (DESIGN D1). Functions that change something run outside transactions and
 * make their own: on PostgreSQL a column takes several. */
#ifndef APP_CUSTOM_H
#define APP_CUSTOM_H

#include "base/json.h"
#include "store/custom_field.h"

/* All fields of the entity (name or plural; empty: of all) as JSON objects in
 * an array, retired ones too. */
enum err custom_list(struct ctx *c, struct str entity, struct jw *w) MUST_CHECK;
enum err custom_read(struct ctx *c, int64_t id, struct jw *w) MUST_CHECK;

/* body: as custom_list writes it. Afterwards c->registry has the field. */
enum err custom_create(struct ctx *c, json_t *body, int64_t *id_out) MUST_CHECK;

/* Changes the members given; "rev" may say which state was seen. What decides
 * over columns (type, scale …) changes only while there is no value. */
enum err custom_change(struct ctx *c, int64_t id, json_t *body) MUST_CHECK;

/* Hides the field, or brings it back; the values stay. */
enum err custom_retire(struct ctx *c, int64_t id, bool retired) MUST_CHECK;

/* Takes a retired field without values away for good. */
enum err custom_remove(struct ctx *c, int64_t id) MUST_CHECK;

/* Ends what a server left unfinished when it died (PostgreSQL). Does nothing
 * while another server is at it. */
enum err custom_mend(struct ctx *c) MUST_CHECK;

/* Definitions as one JSON object, and taken over from one: absent fields are
 * made, others get the labels, options and rules of the file. *changed counts
 * both. Stops at the first that can't be taken over. */
enum err custom_export(struct ctx *c, struct jw *w) MUST_CHECK;
enum err custom_import(struct ctx *c, json_t *file,
                       int64_t *changed) MUST_CHECK;

/* --- custom_rules.c: within the transaction that writes the row --------- */

/* A definition from a request: of a new field (was NULL), or the changes of an
 * old one. */
enum err custom_define(struct ctx *c, json_t *body,
                       const struct custom_field *was,
                       struct custom_field *out) MUST_CHECK;
/* The entity, when it may have custom fields. */
enum err custom_entity(struct ctx *c, struct str name,
                       const struct entity **out) MUST_CHECK;
/* May it be added; what do older rows hold? */
enum err custom_check_new(struct ctx *c, const struct entity *e,
                          struct custom_field *f) MUST_CHECK;
/* May it become so? *rebuild: its columns are made anew. */
enum err custom_check_change(struct ctx *c, const struct entity *e,
                             const struct custom_field *was,
                             struct custom_field *f, bool *rebuild) MUST_CHECK;

#endif
