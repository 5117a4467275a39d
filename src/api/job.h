/* Answers of routes that start long work or hand out a stored file. */
#ifndef API_JOB_H
#define API_JOB_H

#include "api/route.h"
#include "app/job.h"

/* 202 {"job":{…}} with Location; wakes the runners. */
enum err call_job_started(struct ctx *c, struct call *call,
                          int64_t id) MUST_CHECK;

/* Content-Disposition of an attachment, whatever letters its name has. */
struct str call_attachment(struct ctx *c, struct str name);

/* A stored file as an attachment. name empty: its own. Not in a write
 * function. */
enum err call_send_file(struct ctx *c, struct call *call, int64_t id,
                        struct str name) MUST_CHECK;

#endif
