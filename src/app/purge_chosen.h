/* Private to the purge: emptying the bin on demand. */
#ifndef APP_PURGE_CHOSEN_H
#define APP_PURGE_CHOSEN_H

#include "app/purge.h"

/* args: as purge_request left them. Takes what was in the bin when it was
 * asked for, and what belongs to it. */
enum err purge_chosen_job(struct ctx *c, struct job_run *run,
                          const json_t *args, struct job_end *end) MUST_CHECK;

#endif
