/* Turns locale/zh.json and locale/en.json into the const table of
 * base/message.h, at build time.
 *
 * How to add a message: put one line "id": "text" into BOTH files, in the
 * alphabetical place of its id (a-z, 0-9, _), with the same placeholders {0}
 * {1} … in both. The build fails when an id is missing on one side, out of
 * order, given twice, empty, or when its placeholders differ.
 *
 * Usage: messagegen zh.json en.json out.c (languages in the order of enum
 * lang). Owns: the parsed files, released at the end. Threads: one. */
#include "base/ctx.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct locale {
    const char *path;
    json_t *texts;
};

static bool complain(const struct locale *l, const char *id, const char *what) {
    fprintf(stderr, "messagegen: %s: \"%s\": %s\n", l->path, id, what);
    return false;
}

static bool load(struct locale *l) {
    json_error_t e;
    l->texts = json_load_file(l->path, JSON_REJECT_DUPLICATES, &e);
    if (l->texts == NULL)
        fprintf(stderr, "messagegen: %s:%d:%d: %s\n", l->path, e.line, e.column,
                e.text);
    else if (!json_is_object(l->texts))
        return complain(l, "", "is no object");
    return l->texts != NULL;
}

/* Bit k is set when {k} occurs. */
static unsigned placeholders(const char *text) {
    unsigned found = 0;
    for (const char *p = text; (p = strchr(p, '{')) != NULL; p++)
        if (p[1] >= '0' && p[1] <= '9' && p[2] == '}')
            found |= 1u << (p[1] - '0');
    return found;
}

static bool check_id(const struct locale *l, const char *id,
                     const char *before) {
    if (id[0] == '\0' ||
        id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        return complain(l, id, "an id is made of a-z, 0-9 and _");
    if (before != NULL && strcmp(before, id) > 0)
        return complain(l, id, "is not in alphabetical order");
    return true;
}

static bool check_text(const struct locale *l, const char *id,
                       const json_t *text) {
    if (!json_is_string(text) || json_string_length(text) == 0)
        return complain(l, id, "has no text");
    unsigned used = placeholders(json_string_value(text));
    if ((used & (used + 1)) != 0)
        return complain(l, id, "placeholders have a gap");
    return true;
}

/* Everything in l is well-formed and also in other. */
static bool check(const struct locale *l, const struct locale *other) {
    const char *id, *before = NULL;
    json_t *text;
    bool ok = true;
    json_object_foreach(l->texts, id, text) {
        ok &= check_id(l, id, before) && check_text(l, id, text);
        before = id;
        const json_t *there = json_object_get(other->texts, id);
        if (there == NULL)
            ok = complain(other, id, "is missing");
        else if (json_is_string(text) && json_is_string(there) &&
                 placeholders(json_string_value(text)) !=
                     placeholders(json_string_value(there)))
            ok = complain(l, id, "placeholders differ between languages");
    }
    return ok;
}

/* A C string literal; bytes beyond ASCII in octal, which cannot run into the
 * next character. */
static void literal(FILE *f, const char *s) {
    fputc('"', f);
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\' || c == '?')
            fprintf(f, "\\%03o", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}

static bool write_table(const struct locale *l, const char *path) {
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        fprintf(stderr, "messagegen: %s cannot be written\n", path);
        return false;
    }
    fputs("/* Made by tools/messagegen.c. */\n#include \"base/message.h\"\n"
          "const struct message messages[] = {\n",
          f);
    const char *id;
    json_t *text;
    json_object_foreach(l[0].texts, id, text) {
        fprintf(f, "{S_INIT(\"%s\"), {", id);
        for (int k = 0; k < LANG_COUNT; k++) {
            fputs("S_INIT(", f);
            literal(f, json_string_value(json_object_get(l[k].texts, id)));
            fputs("),", f);
        }
        fputs("}},\n", f);
    }
    fprintf(f, "};\nconst size_t message_count = %zu;\n",
            json_object_size(l[0].texts));
    bool failed = ferror(f) != 0;
    failed |= fclose(f) != 0;
    if (failed)
        fprintf(stderr, "messagegen: %s: write failed\n", path);
    return !failed;
}

int main(int argc, char **argv) {
    if (argc != LANG_COUNT + 2) {
        fprintf(stderr, "usage: messagegen zh.json en.json out.c\n");
        return 2;
    }
    struct locale l[LANG_COUNT] = {0};
    bool ok = true;
    for (int k = 0; k < LANG_COUNT; k++) {
        l[k].path = argv[k + 1];
        ok &= load(&l[k]);
    }
    for (int k = 0; ok && k < LANG_COUNT; k++)
        ok = check(&l[k], &l[(k + 1) % LANG_COUNT]);
    ok = ok && write_table(l, argv[argc - 1]);
    for (int k = 0; k < LANG_COUNT; k++)
        json_decref(l[k].texts);
    return ok ? 0 : 1;
}
