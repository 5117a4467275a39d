/* The route arrays, one per file of handlers. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/route.h"

extern const struct route_list analytics_routes;
extern const struct route_list attachment_routes;
extern const struct route_list backup_routes;
extern const struct route_list bin_routes;
extern const struct route_list audit_routes;
extern const struct route_list batch_routes;
extern const struct route_list changes_routes;
extern const struct route_list churn_routes;
extern const struct route_list events_routes;
extern const struct route_list share_routes;
extern const struct route_list tag_routes;
extern const struct route_list bars_routes;
extern const struct route_list drop_routes;
extern const struct route_list awaiting_routes;
extern const struct route_list grading_routes;
extern const struct route_list ladder_routes;
extern const struct route_list health_routes;
extern const struct route_list openapi_routes;
extern const struct route_list customer_routes;
extern const struct route_list custom_field_routes;
extern const struct route_list export_routes;
extern const struct route_list import_routes;
extern const struct route_list job_routes;
extern const struct route_list metrics_routes;
extern const struct route_list outlook_routes;
extern const struct route_list record_routes;
extern const struct route_list reset_routes;
extern const struct route_list retention_routes;
extern const struct route_list search_routes;
extern const struct route_list schema_routes;
extern const struct route_list session_routes;
extern const struct route_list sessions_routes;
extern const struct route_list setup_routes;
extern const struct route_list unmask_routes;
extern const struct route_list similar_routes;
extern const struct route_list user_routes;
extern const struct route_list token_routes;
extern const struct route_list setting_routes;
extern const struct route_list two_factor_routes;

#endif
