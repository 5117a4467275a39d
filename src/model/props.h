/* Private to the layer: the properties of the definition language, one table
 * for the parser, the lock writer and the editors' schema. */
#ifndef MODEL_PROPS_H
#define MODEL_PROPS_H

#include "model/model.h"

enum prop_kind {
    PROP_IGNORED,    /* "$schema" */
    PROP_TEXT,       /* struct str, free text */
    PROP_NAME,       /* struct str, an identifier */
    PROP_BOOL,       /* bool */
    PROP_INT,        /* int */
    PROP_WORD,       /* an enum, one of words */
    PROP_LABEL,      /* struct label */
    PROP_LIMIT,      /* int64_t; whole or decimal string, scaled */
    PROP_DEFAULT,    /* struct str: any JSON, normalised */
    PROP_OPTIONS,    /* options or groups: [["value","English","中文"]] */
    PROP_NAMES,      /* struct names */
    PROP_NAMES_LIST, /* array of struct names */
    PROP_FIELDS      /* the fields */
};

struct prop {
    struct str name;
    enum prop_kind kind;
    size_t at;    /* offset in struct entity or struct field */
    size_t count; /* offset of the number of elements, or of has_… */
    bool needed;
    const struct str *words; /* PROP_WORD: names in order of the enum */
    size_t n_words;
    const char *doc;
};

struct props {
    const struct prop *p;
    size_t n;
};

extern const struct props entity_props, field_props;

/* The word closest to s (at most two slips, ASCII), or empty. */
struct str nearest(struct str s, const struct str *words, size_t n);

/* The fields every such entity has, before its own. */
struct fields_out {
    const struct field *f[16];
    size_t n;
};
void system_fields(const struct entity *e, struct fields_out *out);

/* The file a flaw is in (may be empty) and the context that notes it. */
struct spot {
    struct ctx *c;
    struct str file;
};

/* Notes a broken rule at path. a and b are the message's {0} and {1}; an
 * unknown word with something near it (b) has the message CODE_near. */
void flaw(const struct spot *s, struct str path, const char *code, struct str a,
          struct str b);

/* Rules of one entity, and of one field (path as in messages; e is NULL for a
 * field on its own). */
void entity_rules(const struct spot *s, const struct entity *e);
void field_rules(const struct spot *s, const struct entity *e,
                 const struct field *f);
void default_rules(const struct spot *s, struct str path,
                   const struct field *f);
bool is_identifier(struct str s, size_t max);
bool type_is_text(enum field_type t);   /* has characters to count */
bool type_is_number(enum field_type t); /* has min and max */

/* "12.5" or "-3" times 10^scale; false when not exact or too large. */
bool scaled(struct str s, int scale, int64_t *out);

/* 'text' as SQL has it. */
struct str sql_quoted(struct arena *a, struct str s);

/* What stands in the database for a default given as JSON text. */
struct str default_sql(struct arena *a, const struct field *f, bool postgres);

#endif
