/* Loads libpq. Owns nothing. Any thread. */
#include "db/pq.h"

#include "base/library.h"

bool pq_library_open(struct pq_library *l) {
    static const char *const names[] = {"libpq.so.5"};
    const struct library_symbol all[] = {
        {"PQcancel", &l->cancel},
        {"PQgetCancel", &l->canceller},
        {"PQcmdTuples", &l->changed},
        {"PQclear", &l->clear},
        {"PQnfields", &l->columns},
        {"PQcmdStatus", &l->command},
        {"PQconnectdbParams", &l->connect},
        {"PQconsumeInput", &l->consume},
        {"PQputCopyEnd", &l->end_copy},
        {"PQresultErrorField", &l->error_field},
        {"PQexec", &l->exec},
        {"PQexecPrepared", &l->exec_prepared},
        {"PQfinish", &l->finish},
        {"PQfreeCancel", &l->free_canceller},
        {"PQfreemem", &l->free_memory},
        {"PQconninfoFree", &l->free_options},
        {"PQgetisnull", &l->is_null},
        {"PQgetlength", &l->length},
        {"PQerrorMessage", &l->message},
        {"PQgetResult", &l->next_result},
        {"PQnotifies", &l->notification},
        {"PQparameterStatus", &l->parameter},
        {"PQconninfoParse", &l->parse},
        {"PQprepare", &l->prepare},
        {"PQputCopyData", &l->put_copy},
        {"PQreset", &l->reset},
        {"PQresultStatus", &l->result_status},
        {"PQntuples", &l->rows},
        {"PQsetNoticeProcessor", &l->set_notices},
        {"PQsocket", &l->socket},
        {"PQstatus", &l->status},
        {"PQtransactionStatus", &l->transaction},
        {"PQftype", &l->type},
        {"PQgetvalue", &l->value},
        {"PQserverVersion", &l->version},
    };
    return library_open(names, COUNT_OF(names), all, COUNT_OF(all));
}
