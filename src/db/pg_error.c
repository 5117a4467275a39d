/* What PostgreSQL's SQLSTATEs mean to us.
 * Owns: nothing. Threads: the connection's.
 * Invariant: every failed result passes here, so last_error and lost are
 * true. */
#include "db/pg.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *state; /* five characters, or a class of two */
    enum err e;
    const char *code;
} meanings[] = {
    {"23505", ERR_CONFLICT, "not_unique"},
    {"23503", ERR_INVALID, "foreign_key"},
    {"23514", ERR_INVALID, "check_failed"},
    {"23502", ERR_INVALID, "required"},
    {"22003", ERR_INVALID, "number_range"},
    {"22", ERR_INVALID, "wrong_type"}, /* not UTF-8 … */
    {"23", ERR_INVALID, "wrong_type"},
    {"40001", ERR_RETRY, NULL},
    {"40P01", ERR_RETRY, NULL},
    {"55P03", ERR_BUSY, NULL},
    {"57014", ERR_TOO_BROAD, NULL},
    {"57P01", ERR_UNAVAILABLE, NULL}, /* shutdown, pg_terminate_backend */
    {"57P02", ERR_UNAVAILABLE, NULL},
    {"57P03", ERR_UNAVAILABLE, NULL},
    {"25P03", ERR_UNAVAILABLE, NULL}, /* idle in transaction */
    {"08P01", ERR_INTERNAL, NULL},
    {"08", ERR_UNAVAILABLE, NULL},
    {"25006", ERR_UNAVAILABLE, "read_only"},
    {"53300", ERR_UNAVAILABLE, NULL},
    {"53100", ERR_FULL, NULL},
    {"53", ERR_IO, NULL},
    {"54", ERR_TOO_LARGE, NULL},
    {"58", ERR_IO, NULL},
    {"XX001", ERR_IO, NULL},
    {"XX002", ERR_IO, NULL},
};

const char *pg_state(const struct pg_conn *k, const PGresult *res) {
    const char *s = k->pq->error_field(res, PG_DIAG_SQLSTATE);
    return s == NULL ? "" : s;
}

static struct str diag(struct arena *a, const struct pg_conn *k,
                       const PGresult *res, int field) {
    return str_dup(a, str_of(k->pq->error_field(res, field)));
}

static struct str field_of(struct arena *a, const struct pg_conn *k,
                           const PGresult *res) {
    struct str column = diag(a, k, res, PG_DIAG_COLUMN_NAME);
    return column.n > 0 ? column : diag(a, k, res, PG_DIAG_CONSTRAINT_NAME);
}

static struct str message_of(struct ctx *c, struct pg_conn *k,
                             const PGresult *res) {
    struct str s = diag(c->arena, k, res, PG_DIAG_MESSAGE_PRIMARY);
    if (s.n == 0)
        s = str_trim(str_dup(c->arena, str_of(k->pq->message(k->h))));
    return s;
}

static enum err note(struct pg_conn *k, enum err e) {
    k->last_error = e;
    return e;
}

enum err pg_fail(struct ctx *c, struct pg_conn *k, PGresult *res,
                 const struct sql *q) {
    char state[6] = "";
    snprintf(state, sizeof state, "%s", pg_state(k, res));
    struct str message = message_of(c, k, res);
    struct str field = field_of(c->arena, k, res);
    struct str table = diag(c->arena, k, res, PG_DIAG_TABLE_NAME);
    k->pq->clear(res);
    if (k->pq->status(k->h) == CONNECTION_BAD) {
        k->lost = true;
        return engine_fail(c, note(k, ERR_UNAVAILABLE), NULL, S(""), message,
                           q);
    }
    if (str_eqc(S("25P02"), state)) /* the transaction failed before */
        return engine_fail(c, k->last_error, NULL, S(""), message, q);
    if (strcmp(state, "57014") == 0 && k->timeout_ms == 0)
        return engine_fail(c, note(k, ERR_CANCELLED), NULL, S(""), message, q);
    for (size_t i = 0; i < COUNT_OF(meanings); i++) {
        const char *m = meanings[i].state;
        if (strncmp(m, state, strlen(m)) != 0)
            continue;
        enum err e = note(k, meanings[i].e);
        if (e == ERR_UNAVAILABLE && meanings[i].code == NULL)
            k->lost = true;
        if (e == ERR_CONFLICT)
            return failv(c, e, field, meanings[i].code,
                         ARGS(V(table), V(field)));
        return engine_fail(c, e, meanings[i].code, field, message, q);
    }
    return engine_fail(c, note(k, ERR_INTERNAL), NULL, S(""), message, q);
}
