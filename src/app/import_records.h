/* Private to the import files: a chunk of rows with one record each. First all
 * rows are read, then what they are duplicates of is looked up with one query
 * for each kind of key, then each row is decided in its order. */
#ifndef APP_IMPORT_RECORDS_H
#define APP_IMPORT_RECORDS_H

#include "app/import_work.h"

#include "store/bulk.h"

#define IMPORT_KEYS_MAX 8

/* What names the record of a row. */
struct import_name {
    struct str column;         /* where it is looked up; empty: source and id */
    struct str value;          /* what is looked up there */
    struct str also;           /* name_sort, when phone and name name it */
    struct str text;           /* the same within the chunk and the maps */
    const struct field *field; /* NULL: none of its own */
    bool decides;              /* which record the row means */
    bool unique;               /* no second record may have it */
};

/* What a row gives, made ahead of its turn: see import_kind.make. */
struct import_made {
    const struct val *v; /* by column; those of import_is_late are left out */
    size_t failed;       /* column that could not be read, or SIZE_MAX */
    struct aside_reason reason; /* why */
    const struct import_name *names;
    size_t n_names;
    /* Of the record that is new with these values and the defaults. */
    struct bulk_made record;
    struct str hash; /* empty: it has late values */
};

/* A row that could be read. */
struct import_candidate {
    const struct import_row *row;
    struct record *read; /* what the row gives */
};

/* One record to be written. */
struct import_entry {
    struct record *record;          /* new, or as it is to become */
    struct record *before;          /* NULL: new */
    const struct import_made *made; /* new and just as made; or NULL */
};

/* What a key leads to. */
struct import_hit {
    int64_t id;
    bool several; /* more than one record has it */
};

struct import_records_state {
    const struct entity_info *info;
    const struct entity_info *own; /* without figures: see own_fields */
    struct record *fresh;          /* with defaults */
    size_t *places;                /* by column: of its field */
    size_t external, source;       /* places of these fields, or SIZE_MAX */
    struct scope may_update;
    bool updates;  /* may change records at all */
    size_t parent; /* column of contact.customer_id, or SIZE_MAX */
    /* Customers to be found, to get new contacts, to have theirs changed. */
    struct scope may_read_parent, may_add_to, may_change_of;
    struct import_maker *maker; /* the reading thread's own */
    bool all;                   /* may create for anybody */
    const struct field *key;    /* the one chosen; NULL: all together */
    bool key_external;          /* … is the external id */
    bool bars;                  /* customers, and somebody may not come back */
    /* the chunk */
    VEC(struct import_candidate) candidates;
    VEC(struct import_entry) entries;
    struct map keys; /* of its records → entry index + 1 */
    struct map hits; /* of the keys of its rows → struct import_hit */
};

/* Does the value of the column take a look into the database, or a setting? */
bool import_is_late(const struct import_work *w, size_t column);
/* Does the record bear somebody else's id? Not every entity can. */
bool import_has_external(const struct import_work *w, const struct record *r);

/* import_make_open: before the thread that reads ahead begins. */
void import_make_open(struct ctx *c, const struct import_work *w);
void import_make_close(const struct import_work *w);
enum err import_make(struct ctx *c, const struct import_work *w,
                     struct import_row *r) MUST_CHECK;
const struct import_made *import_made_of(const struct import_row *r);

/* The names of a record; at most IMPORT_KEYS_MAX are written to out. */
size_t import_names(struct ctx *c, const struct import_work *w,
                    const struct record *r, struct import_name *out);

/* Looks up the names of all candidates. */
enum err import_look_up(struct ctx *c, struct import_work *w) MUST_CHECK;

/* What a row is a duplicate of: a record there, or an entry of this chunk
 * (from 1). clash: the field whose value another record has already. */
struct import_match {
    int64_t id;
    size_t entry;
    bool ambiguous;
    const struct import_name *clash;
};
void import_find_match(const struct import_work *w, const struct import_made *k,
                       struct import_match *out);

enum err import_records_write(struct ctx *c, struct import_work *w) MUST_CHECK;

#endif
