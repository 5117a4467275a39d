/* The definition language: which properties exist and where each is stored.
 * Owns nothing but const tables. Pure; any thread. A property added here is
 * at once read, written to the lock and known to editors. */
#include "model/props.h"

#include <stddef.h>

static const struct str type_words[] = {
    S_INIT("text"),  S_INIT("longtext"), S_INIT("int"),  S_INIT("decimal"),
    S_INIT("money"), S_INIT("bool"),     S_INIT("date"), S_INIT("instant"),
    S_INIT("enum"),  S_INIT("set"),      S_INIT("ref"),  S_INIT("email"),
    S_INIT("phone"), S_INIT("url"),      S_INIT("json"), S_INIT("blob")};

static const struct str scope_words[] = {S_INIT("owner"), S_INIT("parent"),
                                         S_INIT("owner_or_parent"),
                                         S_INIT("shared"), S_INIT("system")};

static const struct str delete_words[] = {S_INIT("restrict"), S_INIT("cascade"),
                                          S_INIT("clear"), S_INIT("keep")};

static const struct str grade_words[] = {S_INIT("internal"), S_INIT("public"),
                                         S_INIT("personal"), S_INIT("high")};

static const struct str mask_words[] = {
    S_INIT("auto"), S_INIT("all"),  S_INIT("phone"), S_INIT("name"),
    S_INIT("id"),   S_INIT("card"), S_INIT("email"), S_INIT("address")};

static const struct str unit_words[] = {S_INIT("none"), S_INIT("base_currency"),
                                        S_INIT("chance"), S_INIT("estimate")};

_Static_assert(COUNT_OF(type_words) == FT_TYPE_COUNT, "a name for each type");
_Static_assert(COUNT_OF(scope_words) == SCOPE_SYSTEM + 1, "scope names");
_Static_assert(COUNT_OF(delete_words) == DEL_KEEP + 1, "on_delete names");
_Static_assert(COUNT_OF(grade_words) == GRADE_HIGH + 1, "grade names");
_Static_assert(COUNT_OF(mask_words) == MASK_ADDRESS + 1, "mask names");
_Static_assert(COUNT_OF(unit_words) == UNIT_ESTIMATE + 1, "unit names");

#define E(m) offsetof(struct entity, m)
#define F(m) offsetof(struct field, m)
#define WORDS(w) .words = w, .n_words = COUNT_OF(w)

static const struct prop of_entity[] = {
    {S_INIT("$schema"), PROP_IGNORED, 0, .doc = "For editors."},
    {S_INIT("name"), PROP_NAME, E(name), .needed = true,
     .doc = "Singular, snake_case: table and type."},
    {S_INIT("plural"), PROP_NAME, E(plural), .needed = true,
     .doc = "The noun in URLs."},
    {S_INIT("label"), PROP_LABEL, E(label), .needed = true,
     .doc = "What people call it."},
    {S_INIT("doc"), PROP_TEXT, E(doc), .doc = "One line for the dictionary."},
    {S_INIT("scope"), PROP_WORD, E(scope), .needed = true, WORDS(scope_words),
     .doc = "How rows are seen."},
    {S_INIT("parent"), PROP_NAME, E(parent),
     .doc = "Ref field whose record decides who sees this one."},
    {S_INIT("title"), PROP_NAME, E(title),
     .doc = "Field shown where one line must do."},
    {S_INIT("record"), PROP_BOOL, E(record),
     .doc = "Has rev, created, updated, bin, source (default true)."},
    {S_INIT("append_only"), PROP_BOOL, E(append_only),
     .doc = "The records API only reads it."},
    {S_INIT("sidecar"), PROP_NAME, E(sidecar),
     .doc = "Entity with one row for each of these, same id."},
    {S_INIT("sidecar_of"), PROP_NAME, E(sidecar_of),
     .doc = "The entity this one stands beside."},
    {S_INIT("body_member"), PROP_NAME, E(body_member),
     .doc = "Written together with its parent: the member of the parent's "
            "body that holds all of them."},
    {S_INIT("on_save"), PROP_NAME, E(on_save),
     .doc = "Name of the rule that runs before saving."},
    {S_INIT("groups"), PROP_OPTIONS, E(groups), E(n_groups),
     .doc = "Form sections: [id, English, Chinese]."},
    {S_INIT("only_for"), PROP_NAMES_LIST, E(only_for), E(n_only_for),
     .doc = "Groups that concern only records with one value of an enum: "
            "[field, value, group, …]."},
    {S_INIT("fields"), PROP_FIELDS, E(fields), E(n_fields), .needed = true,
     .doc = "Fields in order; system fields are added."},
    {S_INIT("list"), PROP_NAMES, E(list), .doc = "Default columns."},
    {S_INIT("form"), PROP_NAMES_LIST, E(form), E(n_form),
     .doc = "Default rows of the form."},
    {S_INIT("indexes"), PROP_NAMES_LIST, E(indexes), E(n_indexes),
     .doc = "Plain indexes over several columns."},
    {S_INIT("uniques"), PROP_NAMES_LIST, E(uniques), E(n_uniques),
     .doc = "Keys unique among live rows."},
    {S_INIT("one_of"), PROP_NAMES_LIST, E(one_of), E(n_one_of),
     .doc = "Lists of fields of which exactly one is set."},
};

static const struct prop of_field[] = {
    {S_INIT("name"), PROP_NAME, F(name), .needed = true,
     .doc = "snake_case: column and JSON key."},
    {S_INIT("type"), PROP_WORD, F(type), .needed = true, WORDS(type_words),
     .doc = "What it holds."},
    {S_INIT("label"), PROP_LABEL, F(label), .needed = true,
     .doc = "What people call it."},
    {S_INIT("doc"), PROP_TEXT, F(doc), .doc = "One line for the dictionary."},
    {S_INIT("required"), PROP_BOOL, F(required),
     .doc = "Neither missing nor empty."},
    {S_INIT("unique"), PROP_BOOL, F(unique), .doc = "Among live rows."},
    {S_INIT("index"), PROP_BOOL, F(index), .doc = "Index on (field, id)."},
    {S_INIT("readonly"), PROP_BOOL, F(readonly),
     .doc = "Set by the program only."},
    {S_INIT("secret"), PROP_BOOL, F(secret), .doc = "Never leaves the server."},
    {S_INIT("search"), PROP_BOOL, F(search), .doc = "Found by the search box."},
    {S_INIT("sortable"), PROP_BOOL, F(sortable),
     .doc = "Index-backed sort; text by pinyin."},
    {S_INIT("points"), PROP_BOOL, F(points),
     .doc = "The primary contact point of its kind."},
    {S_INIT("made"), PROP_BOOL, F(made),
     .doc = "Filled in by the program when it is left empty."},
    {S_INIT("summed"), PROP_BOOL, F(summed),
     .doc = "Follows from the records in the body, where there are any."},
    {S_INIT("wanted"), PROP_BOOL, F(wanted),
     .doc = "Forms ask for it, though a program may leave it empty."},
    {S_INIT("company_default"), PROP_NAME, F(company_default),
     .doc = "Member of the session's company that forms begin with."},
    {S_INIT("start_texts"), PROP_NAME, F(start_texts),
     .doc = "Where the field named here is set, a company begins with texts "
            "in it; unchanged ones are shown in the viewer's language."},
    {S_INIT("create_only"), PROP_BOOL, F(create_only),
     .doc = "Given on create, never changed."},
    {S_INIT("currency_code"), PROP_BOOL, F(currency_code),
     .doc = "Text: a currency's ISO 4217 code, chosen from a list."},
    {S_INIT("max"), PROP_LIMIT, F(max), F(has_max),
     .doc = "Text: characters; numbers: largest."},
    {S_INIT("min"), PROP_LIMIT, F(min), F(has_min),
     .doc = "Text: fewest characters; numbers: smallest."},
    {S_INIT("pattern"), PROP_TEXT, F(pattern),
     .doc = "Text: regular expression that the whole value matches."},
    {S_INIT("scale"), PROP_INT, F(scale), .doc = "Digits behind the point."},
    {S_INIT("unit"), PROP_WORD, F(unit), WORDS(unit_words),
     .doc = "Decimal: what it tells, for those who show it."},
    {S_INIT("past"), PROP_BOOL, F(past),
     .doc = "Date: a day on which something happened; forms begin with today "
            "and ask about one to come."},
    {S_INIT("currency"), PROP_NAME, F(currency),
     .doc = "Field with the currency code; base currency when absent."},
    {S_INIT("to"), PROP_NAME, F(to), .doc = "Entity it points to."},
    {S_INIT("on_delete"), PROP_WORD, F(on_delete), WORDS(delete_words),
     .doc = "What happens when that row goes; keep = no foreign key."},
    {S_INIT("options"), PROP_OPTIONS, F(options), F(n_options),
     .doc = "[value, English, Chinese]."},
    {S_INIT("default"), PROP_DEFAULT, F(def), .doc = "Value when not given."},
    {S_INIT("group"), PROP_NAME, F(group), .doc = "Form section."},
    {S_INIT("grade"), PROP_WORD, F(grade), WORDS(grade_words),
     .doc = "How confidential: decides what roles show unless they say."},
    {S_INIT("mask"), PROP_WORD, F(mask), WORDS(mask_words),
     .doc = "What a masked value still shows; auto follows the type."},
};

const struct props entity_props = {of_entity, COUNT_OF(of_entity)};
const struct props field_props = {of_field, COUNT_OF(of_field)};

const char *unit_name(enum unit u) {
    return unit_words[u].p;
}

const char *field_type_name(enum field_type t) {
    return t < FT_TYPE_COUNT ? type_words[t].p : "";
}

const char *scope_name(enum scope_kind s) {
    return s < COUNT_OF(scope_words) ? scope_words[s].p : "";
}

const char *grade_word(enum grade g) {
    return g < COUNT_OF(grade_words) ? grade_words[g].p : "";
}

#define WORD_MAX 64

/* Slips between two short words: a letter more, less, another, or two swapped
 * (optimal string alignment); 99 when one is longer than any name. */
static size_t distance(struct str x, struct str y) {
    size_t rows[3][WORD_MAX + 1];
    if (x.n > WORD_MAX || y.n > WORD_MAX)
        return 99;
    for (size_t j = 0; j <= y.n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= x.n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3];
        const size_t *before = rows[(i + 1) % 3]; /* i - 2 */
        row[0] = i;
        for (size_t j = 1; j <= y.n; j++) {
            size_t best = above[j - 1] + (x.p[i - 1] != y.p[j - 1]);
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && x.p[i - 1] == y.p[j - 2] &&
                x.p[i - 2] == y.p[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[x.n % 3][y.n];
}

struct str nearest(struct str s, const struct str *words, size_t n) {
    struct str found = {0};
    size_t best = s.n <= 4 ? 2 : 3;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(s, words[i]);
        if (d < best) {
            best = d;
            found = words[i];
        }
    }
    return found;
}
