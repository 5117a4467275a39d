/* `guanxi analyze groups`: customers who buy alike. */
#ifndef CLI_ANALYZE_GROUPS_H
#define CLI_ANALYZE_GROUPS_H

#include "cli/analyze_request.h"

/* Reads sale lines, groups their customers and prints groups and customers. */
enum err analyze_groups(struct ctx *c, struct str path,
                        const struct analyze_request *rq) MUST_CHECK;

#endif
