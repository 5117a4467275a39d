/* Finds shapes and reads their type words. Pure; any thread. */
#include "api/shapes.h"

#include "base/die.h"

const struct shape_list *const all_shapes[] = {&churn_shapes,   &custom_shapes,
                                               &general_shapes, &ladder_shapes,
                                               &outlook_shapes, &record_shapes,
                                               &secret_shapes,  &value_shapes,
                                               &work_shapes,    NULL};

static const struct {
    const char *word;
    enum shape_kind kind;
} words[] = {
    {"text", SHAPE_TEXT},       {"integer", SHAPE_INTEGER},
    {"number", SHAPE_NUMBER},   {"boolean", SHAPE_BOOLEAN},
    {"date", SHAPE_DATE},       {"instant", SHAPE_INSTANT},
    {"decimal", SHAPE_DECIMAL}, {"any", SHAPE_ANY},
    {"null", SHAPE_NULL},
};

static const struct {
    char first, last; /* last: 0 when open-ended */
    enum shape_kind kind;
} marks[] = {
    {'=', 0, SHAPE_ENUM},    {'@', 0, SHAPE_FIELD}, {'#', 0, SHAPE_OBJECT},
    {'[', ']', SHAPE_ARRAY}, {'{', '}', SHAPE_MAP},
};

/* Up to the next '|' outside brackets. */
static struct str cut(struct str *rest) {
    size_t i = 0;
    for (int depth = 0; i < rest->n; i++) {
        char ch = rest->p[i];
        if (ch == '[' || ch == '{')
            depth++;
        else if (ch == ']' || ch == '}')
            depth--;
        else if (ch == '|' && depth == 0)
            break;
    }
    struct str part = str_sub(*rest, 0, i);
    *rest = str_sub(*rest, i + 1, rest->n);
    return part;
}

bool shape_type_next(struct str *rest, struct shape_type *out) {
    if (rest->n == 0)
        return false;
    struct str s = cut(rest);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eqc(s, words[i].word)) {
            *out = (struct shape_type){.kind = words[i].kind};
            return true;
        }
    }
    for (size_t i = 0; i < COUNT_OF(marks) && s.n > 1; i++) {
        size_t end = marks[i].last == 0 ? s.n : s.n - 1;
        if (s.p[0] != marks[i].first ||
            (marks[i].last != 0 && s.p[end] != marks[i].last))
            continue;
        *out = (struct shape_type){marks[i].kind, str_sub(s, 1, end)};
        return true;
    }
    die("no such type of a shape: " STR_FMT, STR_ARG(s));
}

const struct shape *shape_find(struct str name) {
    for (size_t l = 0; all_shapes[l] != NULL; l++)
        for (size_t i = 0; i < all_shapes[l]->n; i++)
            if (str_eqc(name, all_shapes[l]->p[i]->name))
                return all_shapes[l]->p[i];
    return NULL;
}

struct str shape_member_name(const struct shape_member *m, bool *optional) {
    struct str s = str_of(m->name);
    *optional = str_ends(s, S("?"));
    return *optional ? str_sub(s, 0, s.n - 1) : s;
}
