/* COPY … FROM STDIN. Owns nothing. Threads: the connection's.
 * Invariant: after an error the transaction has failed; the caller rolls it
 * back. */
#include "db/bulk.h"
#include "db/pg.h"

static enum err lost(struct ctx *c, struct pg_conn *k) {
    return engine_fail(c, ERR_UNAVAILABLE, NULL, S(""),
                       str_trim(str_of(PQerrorMessage(k->h))), NULL);
}

enum err pg_copy_begin(struct ctx *c, struct str statement) {
    struct pg_conn *k = pg_of(c->db);
    TRY(pg_ready(c, k));
    PGresult *res = PQexec(k->h, str_cstr(c->arena, statement));
    if (PQresultStatus(res) != PGRES_COPY_IN)
        return pg_fail(c, k, res, NULL);
    PQclear(res);
    return OK;
}

enum err pg_copy_send(struct ctx *c, struct str bytes) {
    struct pg_conn *k = pg_of(c->db);
    return PQputCopyData(k->h, bytes.p, (int)bytes.n) == 1 ? OK : lost(c, k);
}

enum err pg_copy_end(struct ctx *c) {
    struct pg_conn *k = pg_of(c->db);
    if (PQputCopyEnd(k->h, NULL) != 1)
        return lost(c, k);
    PGresult *res = PQgetResult(k->h);
    if (PQresultStatus(res) != PGRES_COMMAND_OK)
        return pg_fail(c, k, res, NULL);
    PQclear(res);
    while ((res = PQgetResult(k->h)) != NULL)
        PQclear(res);
    return OK;
}
