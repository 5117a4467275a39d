/* libpq, loaded when a company lies in PostgreSQL (base/library.h). */
#ifndef DB_PQ_H
#define DB_PQ_H

#include "base/compiler.h"

#include <libpq-fe.h>

/* The functions used, with the types of libpq's own header. */
struct pq_library {
    __typeof__(PQcancel) *cancel;
    __typeof__(PQgetCancel) *canceller;
    __typeof__(PQcmdTuples) *changed;
    __typeof__(PQclear) *clear;
    __typeof__(PQnfields) *columns;
    __typeof__(PQcmdStatus) *command;
    __typeof__(PQconnectdbParams) *connect;
    __typeof__(PQconsumeInput) *consume;
    __typeof__(PQputCopyEnd) *end_copy;
    __typeof__(PQresultErrorField) *error_field;
    __typeof__(PQexec) *exec;
    __typeof__(PQexecPrepared) *exec_prepared;
    __typeof__(PQfinish) *finish;
    __typeof__(PQfreeCancel) *free_canceller;
    __typeof__(PQfreemem) *free_memory;
    __typeof__(PQconninfoFree) *free_options;
    __typeof__(PQgetisnull) *is_null;
    __typeof__(PQgetlength) *length;
    __typeof__(PQerrorMessage) *message;
    __typeof__(PQgetResult) *next_result;
    __typeof__(PQnotifies) *notification;
    __typeof__(PQparameterStatus) *parameter;
    __typeof__(PQconninfoParse) *parse;
    __typeof__(PQprepare) *prepare;
    __typeof__(PQputCopyData) *put_copy;
    __typeof__(PQreset) *reset;
    __typeof__(PQresultStatus) *result_status;
    __typeof__(PQntuples) *rows;
    __typeof__(PQsetNoticeProcessor) *set_notices;
    __typeof__(PQsocket) *socket;
    __typeof__(PQstatus) *status;
    __typeof__(PQtransactionStatus) *transaction;
    __typeof__(PQftype) *type;
    __typeof__(PQgetvalue) *value;
    __typeof__(PQserverVersion) *version;
};

/* False when the library is not installed. */
bool pq_library_open(struct pq_library *l) MUST_CHECK;

#endif
