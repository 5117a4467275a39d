/* The masking serializer. Owns nothing; reads the actor. */
#include "store/sight.h"

#include "model/mask.h"
#include "model/value.h"
#include "store/actor.h"
#include "store/record.h"

static unsigned char right_at(const struct ctx *c, const struct entity_info *i,
                              size_t k) {
    if (c->actor == NULL || c->actor->fields == NULL)
        return SEE_FULL | RIGHT_CREATE | RIGHT_UPDATE;
    return c->actor->fields[i->first + k];
}

bool sight_is_whole(const struct ctx *c) {
    return c->actor == NULL || c->actor->fields == NULL;
}

enum see sight_at(const struct ctx *c, const struct entity_info *i, size_t k) {
    if (!field_is_shown(i->fields[k]))
        return SEE_HIDDEN;
    return (enum see)(right_at(c, i, k) & RIGHT_SEE);
}

enum see sight_of(const struct ctx *c, const struct entity_info *i,
                  const struct field *f) {
    return sight_at(c, i, info_index(i, f));
}

bool sight_field(const struct ctx *c, const struct entity_info *i,
                 const struct field *f) {
    if (c->actor == NULL || c->actor->fields == NULL)
        return field_is_shown(f);
    return sight_of(c, i, f) != SEE_HIDDEN;
}

enum err sight_need(struct ctx *c, const struct entity_info *i,
                    const struct field *f, const char *code) {
    enum see see = sight_of(c, i, f);
    if (!field_is_shown(f))
        return failv(c, ERR_INVALID, f->name, code, NO_ARGS);
    if (see == SEE_HIDDEN)
        return failv(c, ERR_INVALID, f->name, "field_hidden", NO_ARGS);
    if (see == SEE_MASKED)
        return failv(c, ERR_INVALID, f->name, "field_masked", NO_ARGS);
    return OK;
}

const char *sight_refusal(const struct ctx *c, const struct entity_info *i,
                          const struct field *f, bool creating) {
    unsigned char right = right_at(c, i, info_index(i, f));
    if ((right & (creating ? RIGHT_CREATE : RIGHT_UPDATE)) != 0)
        return NULL;
    switch ((enum see)(right & RIGHT_SEE)) {
    case SEE_HIDDEN:
        return "field_hidden";
    case SEE_MASKED:
        return "field_masked";
    case SEE_LISTED:
    case SEE_FULL:
        break;
    }
    return "field_read_only";
}

bool sight_is_mask(const struct ctx *c, const struct entity_info *i,
                   const struct field *f, const json_t *value, bool creating) {
    if (json_is_string(value))
        return mask_is_masked(f, json_str(value));
    /* What has no part to show comes as null: it must not empty the field. */
    bool covered = !creating && sight_of(c, i, f) == SEE_MASKED;
    bool empty = json_is_null(value) ||
                 (json_is_array(value) && json_array_size(value) == 0);
    return covered && empty &&
           (!field_is_text(f) || f->type == FT_ENUM || f->type == FT_SET);
}

void sight_json(struct ctx *c, struct jw *w, const struct field *f,
                enum see see, bool others, struct val v) {
    if (sight_covers(see, others))
        mask_to_json(w, f, v);
    else
        value_to_json(c, w, f, v);
}

enum err sight_sums(struct ctx *c) {
    bool blind = c->actor == NULL ||
                 (c->actor->blind & (FROM_ORDERS | FROM_AMOUNTS)) != 0;
    return blind ? fail(c, ERR_FORBIDDEN, "", "forbidden") : OK;
}

enum err sight_told(struct ctx *c, const char *const *fields) {
    TRY(sight_sums(c));
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    for (; *fields != NULL; fields++)
        TRY(sight_need(c, i, info_field(i, str_of(*fields)), "unknown_field"));
    return OK;
}

bool sight_everybody(const struct ctx *c) {
    return c->actor != NULL &&
           (c->actor->blind & (FROM_EVERYBODY | FROM_AMOUNTS)) == 0;
}
