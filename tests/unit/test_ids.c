#include "base/ids.h"

#include "test.h"

struct person {
    int64_t id;
    char rest[5];
};

static size_t place(const int64_t *ids, size_t n, int64_t id) {
    size_t at = 0;
    while (at < n && ids[at] < id)
        at++;
    return at;
}

/* Every length to 40, each id there is and each one beside it. */
static void finds_places(void) {
    int64_t ids[40];
    struct person people[40];
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        people[i].id = ids[i] = (int64_t)(3 * i) - 20;
    for (size_t n = 0; n <= COUNT_OF(ids); n++)
        for (int64_t id = -22; id <= 100; id++) {
            size_t want = place(ids, n, id);
            CHECK_I64(ids_from(ids, n, id), want);
            CHECK_I64(ids_from_of(people, sizeof *people, n, id), want);
            CHECK(ids_have(ids, n, id) == (want < n && ids[want] == id));
        }
}

static void finds_none(void) {
    const int64_t ends[] = {INT64_MIN, INT64_MAX};
    CHECK_I64(ids_from(NULL, 0, 1), 0);
    CHECK(!ids_have(NULL, 0, 1));
    CHECK_I64(ids_from(ends, 2, INT64_MIN), 0);
    CHECK_I64(ids_from(ends, 2, 0), 1);
    CHECK(ids_have(ends, 2, INT64_MAX));
}

int main(void) {
    RUN(finds_places);
    RUN(finds_none);
    return test_end();
}
