/* A tagged value: what is bound to a statement, put into a message, read from
 * a row. VAL_IDS is a borrowed array of 64-bit integers bound as one value. */
#ifndef BASE_VAL_H
#define BASE_VAL_H

#include "base/str.h"

enum val_type { VAL_NULL, VAL_I64, VAL_F64, VAL_STR, VAL_BLOB, VAL_IDS };

struct val {
    enum val_type type;
    union {
        int64_t i;
        double f;
        struct str s; /* VAL_STR, VAL_BLOB */
        struct {
            const int64_t *p;
            size_t n;
        } ids;
    };
};

/* Values in order; v is borrowed for the call. */
struct args {
    const struct val *v;
    size_t n;
};

static inline struct val val_i64(int64_t i) {
    return (struct val){.type = VAL_I64, .i = i};
}
static inline struct val val_f64(double f) {
    return (struct val){.type = VAL_F64, .f = f};
}
static inline struct val val_str(struct str s) {
    return (struct val){.type = VAL_STR, .s = s};
}
static inline struct val val_cstr(const char *s) {
    return val_str(str_of(s));
}
static inline struct val val_blob(struct str s) {
    return (struct val){.type = VAL_BLOB, .s = s};
}
static inline struct val val_ids(const int64_t *p, size_t n) {
    return (struct val){.type = VAL_IDS, .ids = {p, n}};
}
static inline struct val val_self(struct val v) {
    return v;
}

#define V_NULL ((struct val){.type = VAL_NULL})

/* V(x): the value of an integer, double, slice, C string or struct val. */
#define V(x)                                                                   \
    _Generic((x),                                                              \
        bool: val_i64,                                                         \
        int: val_i64,                                                          \
        unsigned: val_i64,                                                     \
        long: val_i64,                                                         \
        long long: val_i64,                                                    \
        double: val_f64,                                                       \
        struct str: val_str,                                                   \
        char *: val_cstr,                                                      \
        const char *: val_cstr,                                                \
        struct val: val_self)(x)

/* ARGS(V(a), V(b)) or NO_ARGS. */
#define ARGS(...)                                                              \
    ((struct args){(const struct val[]){__VA_ARGS__},                          \
                   sizeof((const struct val[]){__VA_ARGS__}) /                 \
                       sizeof(struct val)})
#define NO_ARGS ((struct args){NULL, 0})

#endif
