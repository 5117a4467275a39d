/* The filter tree as a condition. Three-valued logic is avoided: a test on an
 * empty field is false, its negation true, on both engines alike. */
#include "store/filter.h"

#include "base/fold.h"
#include "base/token.h"
#include "model/value.h"

struct target {
    struct str alias, column;
};

static void column(struct sqlb *b, struct target t) {
    sqlb_column(b, t.alias, t.column);
}

static void values_in(struct ctx *c, struct sqlb *b, struct target t,
                      const struct filter *f) {
    bool text = field_is_text(f->field);
    column(b, t);
    if (text) {
        struct str *s = NEW_ARRAY(c->arena, struct str, f->n_values + 1);
        for (size_t i = 0; i < f->n_values; i++)
            s[i] = f->values[i].type == VAL_STR ? f->values[i].s : S("");
        sqlb_in_strs(b, s, f->n_values);
        return;
    }
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, f->n_values + 1);
    size_t n = 0;
    for (size_t i = 0; i < f->n_values; i++)
        if (f->values[i].type == VAL_I64)
            ids[n++] = f->values[i].i;
    sqlb_in_ids(b, ids, n);
}

static void compare(struct sqlb *b, struct target t, const char *op,
                    struct val v) {
    column(b, t);
    switch (op[0] == '>' ? (op[1] == '=' ? 2 : 1)
                         : (op[0] == '<' ? (op[1] == '=' ? 4 : 3) : 0)) {
    case 1:
        SQLB(b, " > ");
        break;
    case 2:
        SQLB(b, " >= ");
        break;
    case 3:
        SQLB(b, " < ");
        break;
    case 4:
        SQLB(b, " <= ");
        break;
    default:
        SQLB(b, " = ");
    }
    sqlb_value(b, v);
}

/* The column in which text is looked for, and the needle in its form. */
static struct target text_target(struct ctx *c, const struct filter *f,
                                 struct target t, struct str *needle) {
    struct str raw = f->values[0].s;
    if (field_has_digits(f->field)) {
        struct str digits = text_digits(c->arena, raw);
        if (digits.n > 0) {
            *needle = digits;
            t.column = str_cat(c->arena, f->field->name, S("_digits"));
            return t;
        }
    }
    if (field_has_fold(f->field)) {
        *needle = text_fold(c->arena, raw);
        t.column = str_cat(c->arena, f->field->name, S("_fold"));
        return t;
    }
    *needle = raw;
    return t;
}

static void starts_with(struct ctx *c, struct sqlb *b, const struct filter *f,
                        struct target t) {
    struct str needle;
    t = text_target(c, f, t, &needle);
    int64_t chars = 0;
    for (size_t i = 0; i < needle.n; i++)
        chars += ((unsigned char)needle.p[i] & 0xC0) != 0x80;
    SQLB(b, "substr(");
    column(b, t);
    SQLB(b, ", 1, CAST(");
    sqlb_value(b, V(chars));
    SQLB(b, " AS INTEGER)) = ");
    sqlb_value(b, V(needle));
}

/* A searched field narrows by the search index first: "… AND ". */
static void by_index(struct ctx *c, struct sqlb *b, const struct entity_info *i,
                     const struct filter *f, struct str needle) {
    struct token_query q;
    if (!f->field->search || f->field->fill.n > 0 || needle.n == 0)
        return;
    tokens_of_query(c->arena, needle, &q);
    if (q.n == 0)
        return;
    db_search_match(b, i->e->name, S("t"), q.alt[0].p, q.alt[0].n);
    SQLB(b, " AND ");
}

static void contains(struct ctx *c, struct sqlb *b, const struct entity_info *i,
                     const struct filter *f, struct target t) {
    struct str needle;
    struct target where = text_target(c, f, t, &needle);
    by_index(c, b, i, f, needle);
    sqlb_contains(b, where.alias, where.column, needle);
}

/* The column as it is has no index of its own. */
static void equals(struct ctx *c, struct sqlb *b, const struct entity_info *i,
                   const struct filter *f, struct target t) {
    struct str needle;
    if (f->field->search && f->values[0].type == VAL_STR) {
        (void)text_target(c, f, t, &needle);
        by_index(c, b, i, f, needle);
    }
    compare(b, t, "=", f->values[0]);
}

static void not_empty(struct sqlb *b, struct target t) {
    column(b, t);
    SQLB(b, " IS NOT NULL AND ");
}

static void test(struct ctx *c, struct sqlb *b, const struct entity_info *i,
                 const struct filter *f) {
    struct target t = {info_is_side(i, f->field) ? S("s") : S("t"),
                       f->field->name};
    bool null = f->n_values == 1 && f->values[0].type == VAL_NULL;
    SQLB(b, "(");
    if (f->op == OP_EMPTY || ((f->op == OP_EQ || f->op == OP_NE) && null)) {
        bool want = f->op == OP_EMPTY ? f->values[0].i == 1 : f->op == OP_EQ;
        column(b, t);
        if (want)
            SQLB(b, " IS NULL)");
        else
            SQLB(b, " IS NOT NULL)");
        return;
    }
    if (f->op == OP_NE || f->op == OP_NOT_IN) {
        column(b, t);
        SQLB(b, " IS NULL OR NOT ");
    } else {
        not_empty(b, t);
    }
    switch (f->op) {
    case OP_EQ:
        equals(c, b, i, f, t);
        break;
    case OP_NE:
        SQLB(b, "(");
        compare(b, t, "=", f->values[0]);
        SQLB(b, ")");
        break;
    case OP_GT:
        compare(b, t, ">", f->values[0]);
        break;
    case OP_GTE:
        compare(b, t, ">=", f->values[0]);
        break;
    case OP_LT:
        compare(b, t, "<", f->values[0]);
        break;
    case OP_LTE:
        compare(b, t, "<=", f->values[0]);
        break;
    case OP_IN:
    case OP_NOT_IN:
        SQLB(b, "(");
        values_in(c, b, t, f);
        SQLB(b, ")");
        break;
    case OP_CONTAINS:
        contains(c, b, i, f, t);
        break;
    case OP_STARTS:
        starts_with(c, b, f, t);
        break;
    case OP_HAS:
        sqlb_contains(
            b, t.alias, t.column,
            str_fmt(c->arena, "," STR_FMT ",", STR_ARG(f->values[0].s)));
        break;
    case OP_EMPTY:
        break;
    }
    SQLB(b, ")");
}

static void group(struct ctx *c, struct sqlb *b, const struct entity_info *i,
                  const struct filter *f);

static void any(struct ctx *c, struct sqlb *b, const struct entity_info *i,
                const struct filter *f) {
    switch (f->kind) {
    case FILTER_TEST:
        test(c, b, i, f);
        break;
    case FILTER_NOT:
        SQLB(b, "NOT ");
        any(c, b, i, f->kids[0]);
        break;
    case FILTER_AND:
    case FILTER_OR:
        group(c, b, i, f);
        break;
    }
}

static void group(struct ctx *c, struct sqlb *b, const struct entity_info *i,
                  const struct filter *f) {
    if (f->n_kids == 0) {
        if (f->kind == FILTER_AND)
            SQLB(b, "(1=1)");
        else
            SQLB(b, "(1=0)");
        return;
    }
    SQLB(b, "(");
    for (size_t k = 0; k < f->n_kids; k++) {
        if (k > 0 && f->kind == FILTER_AND)
            SQLB(b, " AND ");
        if (k > 0 && f->kind == FILTER_OR)
            SQLB(b, " OR ");
        any(c, b, i, f->kids[k]);
    }
    SQLB(b, ")");
}

enum err filter_where(struct ctx *c, struct sqlb *b,
                      const struct entity_info *i, const struct filter *f) {
    if (f == NULL)
        SQLB(b, "(1=1)");
    else
        any(c, b, i, f);
    return OK;
}
