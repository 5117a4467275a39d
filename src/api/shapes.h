/* JSON shapes of the routes that are written by hand: what their bodies,
 * query strings and answers look like. Declared once, as const tables; the
 * OpenAPI document is written from them and, in the testing build, every
 * answer is checked against them. Records of entities have no shape here:
 * theirs follows from the model.
 *
 * The type of a member is a word or a composition of words:
 *     text integer number boolean date instant decimal any null
 *     =a b c            one of these texts
 *     @customer.grade   a value of that field of the model
 *     #name             an object of that shape
 *     [T]  {T}          array of T; object with any names and values T
 *     T|U               either */
#ifndef API_SHAPES_H
#define API_SHAPES_H

#include "base/compiler.h"
#include "base/str.h"

struct shape_member {
    const char *name; /* ends with '?' when it may be left out */
    const char *type;
    const char *doc; /* may be NULL */
};

struct shape {
    const char *name;
    const char *doc;
    const struct shape_member *members;
    size_t n;
    int status; /* of an answer; 0: 200 */
    /* Other names are allowed too, with values of this type; or NULL. */
    const char *others;
};

struct shape_list {
    const struct shape *const *p;
    size_t n;
};
extern const struct shape_list churn_shapes, custom_shapes, general_shapes,
    ladder_shapes, outlook_shapes, record_shapes, secret_shapes, value_shapes,
    work_shapes;
/* All of them; ends with NULL. */
extern const struct shape_list *const all_shapes[];

/* SHAPE(identifier = name, doc, status, others, members…) */
#define SHAPE(id, text, code, more, ...)                                       \
    static const struct shape_member id##_members[] = {__VA_ARGS__};           \
    static const struct shape id = {                                           \
        .name = #id,                                                           \
        .doc = text,                                                           \
        .members = id##_members,                                               \
        .n = COUNT_OF(id##_members),                                           \
        .status = code,                                                        \
        .others = more,                                                        \
    }

/* NULL when there is none. */
const struct shape *shape_find(struct str name);

/* A member's name without its mark. */
struct str shape_member_name(const struct shape_member *m, bool *optional);

enum shape_kind {
    SHAPE_TEXT,
    SHAPE_INTEGER,
    SHAPE_NUMBER,
    SHAPE_BOOLEAN,
    SHAPE_DATE,
    SHAPE_INSTANT,
    SHAPE_DECIMAL,
    SHAPE_ANY,
    SHAPE_NULL,
    SHAPE_ENUM,   /* arg: "a b c" */
    SHAPE_FIELD,  /* arg: "customer.grade" */
    SHAPE_OBJECT, /* arg: name of a shape */
    SHAPE_ARRAY,  /* arg: type of the elements */
    SHAPE_MAP,    /* arg: type of the values */
};

struct shape_type {
    enum shape_kind kind;
    struct str arg;
};

/* Takes the next alternative of a type and moves *rest behind it; false at the
 * end. Dies when the type can't be read: a programming error. */
bool shape_type_next(struct str *rest, struct shape_type *out);

#endif
