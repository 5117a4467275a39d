/* Texts shown to people, by message id and language. They live in
 * locale/en.json and locale/zh.json and are compiled in by
 * tools/messagegen.c. */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include "base/buf.h"
#include "base/ctx.h"

struct message {
    struct str id;
    struct str text[LANG_COUNT]; /* by enum lang */
};

/* All of them, sorted by id. Written by messagegen. */
extern const struct message messages[];
extern const size_t message_count;

/* The text of id with its placeholders, or NULL when there is no such id. */
const struct message *message_find(struct str id);

/* Appends the text of id, {0} {1} … replaced by args; a missing argument
 * leaves its place empty. An unknown id is printed as it is. */
void message_print(struct buf *b, enum lang lang, struct str id,
                   const struct val *args, size_t n);

/* The same as one text of at most 16 KiB in c->arena. */
struct str message_text(struct ctx *c, enum lang lang, const char *id,
                        struct args args);

/* The text of a noted problem. */
void message_problem(struct buf *b, enum lang lang, const struct problem *p);

/* All problems noted in c as one text of at most max characters; the title of e
 * when there are none. */
struct str message_errors(struct ctx *c, enum err e, size_t max);

/* Appends the title of an error ("Not found"): message title_<code>. */
void message_title(struct buf *b, enum lang lang, enum err e);

#endif
