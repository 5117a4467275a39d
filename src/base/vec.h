/* Typed arrays that grow in an arena:
 *     VEC(struct field) v = {0};
 *     *VEC_PUSH(arena, &v) = f;      v.p[i], v.n
 * Memory is the arena's. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(T)                                                                 \
    struct {                                                                   \
        T *p;                                                                  \
        size_t n, cap;                                                         \
    }

/* Pointer to a new, zeroed last element. */
#define VEC_PUSH(a, v)                                                         \
    ((v)->n == (v)->cap                                                        \
         ? ((v)->p = vec_grow((a), (v)->p, &(v)->cap, sizeof *(v)->p),         \
            &(v)->p[(v)->n++])                                                 \
         : &(v)->p[(v)->n++])

static inline void *vec_grow(struct arena *a, void *p, size_t *cap,
                             size_t size) {
    size_t want = *cap == 0 ? 8 : *cap * 2;
    p = arena_grow(a, p, *cap * size, want * size);
    *cap = want;
    return p;
}

#endif
