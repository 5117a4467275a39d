/* COPY … FROM STDIN. Owns nothing. Threads: the connection's.
 * Invariant: after an error the transaction has failed; the caller rolls it
 * back. */
#include "db/bulk.h"
#include "db/pg.h"

static enum err lost(struct ctx *c, struct pg_conn *k) {
    return engine_fail(c, ERR_UNAVAILABLE, NULL, S(""),
                       str_trim(str_of(k->pq->message(k->h))), NULL);
}

enum err pg_copy_begin(struct ctx *c, struct str statement) {
    struct pg_conn *k = pg_of(c->db);
    TRY(pg_ready(c, k));
    PGresult *res = k->pq->exec(k->h, str_cstr(c->arena, statement));
    if (k->pq->result_status(res) != PGRES_COPY_IN)
        return pg_fail(c, k, res, NULL);
    k->pq->clear(res);
    return OK;
}

enum err pg_copy_send(struct ctx *c, struct str bytes) {
    struct pg_conn *k = pg_of(c->db);
    return k->pq->put_copy(k->h, bytes.p, (int)bytes.n) == 1 ? OK : lost(c, k);
}

enum err pg_copy_end(struct ctx *c) {
    struct pg_conn *k = pg_of(c->db);
    if (k->pq->end_copy(k->h, NULL) != 1)
        return lost(c, k);
    PGresult *res = k->pq->next_result(k->h);
    if (k->pq->result_status(res) != PGRES_COMMAND_OK)
        return pg_fail(c, k, res, NULL);
    k->pq->clear(res);
    while ((res = k->pq->next_result(k->h)) != NULL)
        k->pq->clear(res);
    return OK;
}
