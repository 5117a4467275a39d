/* Where PostgreSQL's own programs find the server: an address without its
 * password, which everybody on the machine could read among a process's
 * arguments. Owns nothing. */
#include "db/pg.h"

#include "base/secret.h"

#define ADDRESS_MAX 8192

/* keyword='value', quotes and backslashes escaped. */
static void option(struct buf *b, const PQconninfoOption *o) {
    if (b->n > 0)
        buf_byte(b, ' ');
    buf_cstr(b, o->keyword);
    buf_cstr(b, "='");
    for (const char *p = o->val; *p != '\0'; p++) {
        if (*p == '\'' || *p == '\\')
            buf_byte(b, '\\');
        buf_byte(b, *p);
    }
    buf_byte(b, '\'');
}

static void options(struct ctx *c, const PQconninfoOption *o, struct buf *b,
                    struct str *password) {
    for (; o->keyword != NULL; o++) {
        if (o->val == NULL)
            continue;
        if (str_eqc(str_of(o->keyword), "password"))
            *password = str_dup(c->arena, str_of(o->val));
        else
            option(b, o);
    }
}

enum err db_tool_address(struct ctx *c, struct str url, struct str *address,
                         struct str *password) {
    struct buf b;
    char *message = NULL;
    bool found;
    struct pq_library pq;
    *password = (struct str){0};
    TRY(pg_library(c, &pq));
    PQconninfoOption *o = pq.parse(str_cstr(c->arena, url), &message);
    if (o == NULL) {
        pq.free_memory(message); /* may quote the URL with its password */
        return fail(c, ERR_INVALID, "db", "db_url");
    }
    buf_init(&b, c->arena, ADDRESS_MAX);
    options(c, o, &b, password);
    pq.free_options(o);
    *address = buf_view(&b);
    if (!buf_ok(&b))
        return fail(c, ERR_INVALID, "db", "db_url");
    return password->n > 0 ? OK
                           : secret_read(c, "pg_password", password, &found);
}
