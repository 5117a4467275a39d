/* What an entity is: plain structs, the same for definitions compiled into
 * the binary (const tables written by modelc from model/NAME.json) and for
 * custom ones read at run time. Pure: text in, structs out, no database. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/ctx.h"
#include "base/str.h"

enum field_type {
    FT_TEXT,     /* one line, max characters                 | TEXT    */
    FT_LONGTEXT, /* several lines                            | TEXT    */
    FT_INT,      /* 64-bit integer                           | BIGINT  */
    FT_DECIMAL,  /* scaled by 10^scale, exact; JSON "12.50"  | BIGINT  */
    FT_MONEY,    /* minor units of currency; JSON integer    | BIGINT  */
    FT_BOOL,     /* 0/1; JSON true/false                     | SMALLINT*/
    FT_DATE,     /* days since 1970; JSON "2026-03-21"       | INTEGER */
    FT_INSTANT,  /* UTC ms; JSON RFC 3339                    | BIGINT  */
    FT_ENUM,     /* one of options                           | TEXT    */
    FT_SET,      /* several of options; stored ",a,b,"; JSON array */
    FT_REF,      /* id of a row of entity `to`               | BIGINT  */
    FT_EMAIL,    /* | TEXT */
    FT_PHONE,    /* | TEXT, plus <name>_digits */
    FT_URL,      /* | TEXT */
    FT_JSON,     /* | TEXT; JSON value */
    FT_BLOB,     /* | BLOB; never in the API */
    FT_TYPE_COUNT
};

/* How rows of an entity are seen (DESIGN S1). */
enum scope_kind {
    SCOPE_OWNER,           /* owner_id; NULL = pool */
    SCOPE_PARENT,          /* sees it who sees the record in field `parent` */
    SCOPE_OWNER_OR_PARENT, /* either */
    SCOPE_SHARED,          /* everybody with the entity's right */
    SCOPE_SYSTEM,          /* never through the records API */
};

enum on_delete {
    DEL_RESTRICT,
    DEL_CASCADE,
    DEL_CLEAR,
    DEL_KEEP /* no foreign key: the id may outlive its row */
};

/* How confidential a field is by nature; what a role shows of it when it does
 * not say (store/rights.h). */
enum grade {
    GRADE_INTERNAL, /* by the right to the record */
    GRADE_PUBLIC,   /* likewise; anybody may know it */
    GRADE_PERSONAL, /* masked in lists of others' records */
    GRADE_HIGH,     /* masked everywhere, shown one by one for a reason */
};

/* Which part of a text a mask leaves (model/mask.h). */
enum mask {
    MASK_AUTO, /* of the type: phone, e-mail, else everything is covered */
    MASK_ALL,
    MASK_PHONE,
    MASK_NAME,
    MASK_ID,
    MASK_CARD,
    MASK_EMAIL,
    MASK_ADDRESS,
};

/* What a decimal tells, for those who show it. */
enum unit {
    UNIT_NONE,
    UNIT_BASE_CURRENCY, /* money, whatever currency the record is in */
    UNIT_CHANCE,        /* 0 to 1 */
    UNIT_ESTIMATE,      /* a number to come: one digit says enough */
};

struct label {
    struct str text[LANG_COUNT]; /* by enum lang */
};

struct option {
    struct str value;
    struct label label;
};

struct field {
    struct str name;
    enum field_type type;
    struct label label;
    struct str doc;     /* one line for the data dictionary; may be empty */
    bool required;      /* not NULL, not empty */
    bool unique;        /* among live rows */
    bool index;         /* plain index (field, id) */
    bool readonly;      /* set by the program, shown by the API */
    bool secret;        /* never leaves the server, never filtered on */
    bool search;        /* has <name>_fold and feeds the search index */
    bool sortable;      /* text: has <name>_sort; others: as index */
    bool points;        /* phone/email: primary row of contact_point */
    bool sidecar;       /* lives in the entity's sidecar table */
    bool system;        /* id, rev, created_at …: added by the parser */
    bool create_only;   /* may be set on create, not changed later */
    bool currency_code; /* text: holds an ISO 4217 code */
    bool custom;        /* x_…, made at run time */
    bool made;    /* required, but filled in by the program if left empty */
    bool retired; /* custom: kept, but neither shown nor taken */
    int64_t max;  /* text: characters; numbers: largest; 0 = default */
    int64_t min;  /* text: fewest characters; numbers: smallest */
    bool has_min, has_max;
    int scale; /* FT_DECIMAL: digits behind the point */
    enum unit unit;
    bool past;           /* FT_DATE: a day on which something happened */
    struct str currency; /* FT_MONEY: field with the ISO code, or empty=base */
    struct str to;       /* FT_REF: entity name */
    enum on_delete on_delete;
    const struct option *options; /* FT_ENUM, FT_SET */
    size_t n_options;
    struct str def;     /* default as JSON text, or empty */
    struct str pattern; /* text: regular expression the whole must match */
    /* Where this field is set, the text may be one a company begins with. */
    struct str start_texts;
    bool summed; /* follows from the records in the body, where there are any */
    bool wanted; /* people are asked for it, programs may leave it empty */
    struct str company_default; /* or empty: member of the session's company */
    struct str fill;  /* custom: what rows older than the column hold, JSON */
    struct str group; /* form section id, or empty */
    enum grade grade;
    enum mask mask;
};

/* A list of field names: an index, a unique key, a form row. */
struct names {
    const struct str *p;
    size_t n;
};

struct entity {
    struct str name, plural; /* "customer", "customers" */
    struct label label;
    struct str doc;
    enum scope_kind scope;
    struct str parent;      /* SCOPE_PARENT…: name of the ref field */
    struct str title;       /* field shown where one line must do */
    struct str sidecar;     /* entity whose row has the same id, or empty */
    struct str sidecar_of;  /* reverse of it, or empty */
    struct str body_member; /* SCOPE_PARENT: these come in the body of their
                               parent, under this name; or empty */
    bool record;            /* has rev, created_*, updated_*, deleted_*, source,
                               external_id; records API, audit, change log, bin */
    bool append_only;       /* records API reads only */
    const struct field *fields; /* system fields first */
    size_t n_fields;
    const struct names *indexes; /* plain, several columns */
    size_t n_indexes;
    const struct names *uniques; /* among live rows */
    size_t n_uniques;
    const struct names *one_of; /* of each list exactly one field is set */
    size_t n_one_of;
    struct names list;        /* default columns */
    const struct names *form; /* default rows of the form */
    size_t n_form;
    struct str on_save;          /* name of the app hook, or empty */
    const struct option *groups; /* form sections: id and label */
    size_t n_groups;
    /* Groups that concern only records of which an enum has one value: the
     * field, the value, the groups. */
    const struct names *only_for;
    size_t n_only_for;
};

#define ONLY_FOR_GROUPS 2 /* where they begin in one of only_for */

struct model {
    const struct entity *entities;
    size_t n;
};

/* The definitions compiled into this binary (written by modelc). */
extern const struct model builtin_model;

/* Lookups: borrowed, NULL when there is none. */
const struct entity *model_entity(const struct model *m, struct str name);
const struct entity *model_plural(const struct model *m, struct str plural);
const struct field *entity_field(const struct entity *e, struct str name);
bool entity_has_group(const struct entity *e, struct str name);
const struct names *entity_only_for(const struct entity *e, struct str group);
const struct option *field_option(const struct field *f, struct str value);

const char *field_type_name(enum field_type t); /* "text", "money", … */
const char *unit_name(enum unit u);             /* "chance", … */
const char *scope_name(enum scope_kind s);      /* "owner", "parent", … */
const char *grade_word(enum grade g);           /* "internal", … */

/* Which extra columns a field has. */
bool field_has_fold(const struct field *f);   /* <name>_fold */
bool field_has_sort(const struct field *f);   /* <name>_sort */
bool field_has_digits(const struct field *f); /* <name>_digits */

/* The text that rows older than a custom field's column hold; empty when they
 * hold none. In the arena. */
struct str field_fill_text(struct arena *a, const struct field *f);

/* The longest text (characters) a field takes: its own max or the default of
 * its type; 0 for types that are not text. */
int64_t field_max_chars(const struct field *f);

/* Limits of what a company may add. */
#define CUSTOM_NAME_MAX 40
#define CUSTOM_FIELDS_MAX 200 /* of one entity, retired ones too */
#define CUSTOM_GROUP "custom" /* where they stand unless told otherwise */
#define PATTERN_MAX 500

/* The default of a new FT_INT that is the number of the writing transaction
 * (PostgreSQL; 0 on SQLite). */
#define DEFAULT_TRANSACTION "\"@transaction\""

/* The system fields in order, for one entity: id; and for records rev,
 * created_at, created_by, updated_at, updated_by, deleted_at, deleted_with,
 * source, external_id; owner_id for owner scopes. Then its own fields. Those of
 * a sidecar are marked sidecar and readonly: the store shows them as fields of
 * the entity they stand beside. */

#endif
