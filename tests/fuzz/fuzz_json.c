/* The reader of JSON, and what the server does with what it read: written out
 * again it must read back as the same text. */
#include "fuzz.h"

#include "base/json.h"
#include "base/utf8.h"

#include <jansson.h>

static int depth_of(json_t *j) {
    int most = 0;
    const char *key;
    json_t *v;
    size_t i;
    json_array_foreach(j, i, v) {
        int d = depth_of(v);
        most = d > most ? d : most;
    }
    json_object_foreach(j, key, v) {
        int d = depth_of(v);
        most = d > most ? d : most;
        if (!utf8_valid(str_of(key)))
            die("a key is no UTF-8");
    }
    return most + (json_is_array(j) || json_is_object(j));
}

static char *text_of(json_t *j) {
    return json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

static void fuzz_one(struct ctx *c, struct str s) {
    json_t *first, *second;
    if (json_read(c, s, &first) != OK)
        return;
    if (depth_of(first) > JSON_MAX_DEPTH)
        die("deeper than the limit");
    char *text = text_of(first);
    if (text == NULL)
        die("what was read can't be written");
    if (json_read(c, str_of(text), &second) != OK)
        die("what was written can't be read");
    char *again = text_of(second);
    if (strcmp(text, again) != 0)
        die("written twice, not the same");
    free(text);
    free(again);
}

static void fuzz_start(struct ctx *c) {
}

static const struct str fuzz_spice =
    S_INIT("{}[]\"\"::,,\\u0dtfn-+.eE019 \xff\xe4\0");
