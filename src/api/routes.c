/* Every route of the program; the generic ones last, so that a verb of its
 * own goes before /{object}/{id}. */
#include "api/routes.h"

const struct route_list *const all_routes[] = {
    &custom_field_routes, &drop_routes,       &metrics_routes,
    &backup_routes,       &health_routes,     &openapi_routes,
    &session_routes,      &setup_routes,      &user_routes,
    &token_routes,        &setting_routes,    &schema_routes,
    &analytics_routes,    &churn_routes,      &retention_routes,
    &grading_routes,      &ladder_routes,     &customer_routes,
    &search_routes,       &import_routes,     &export_routes,
    &job_routes,          &sessions_routes,   &two_factor_routes,
    &reset_routes,        &audit_routes,      &batch_routes,
    &changes_routes,      &events_routes,     &tag_routes,
    &share_routes,        &attachment_routes, &unmask_routes,
    &outlook_routes,      &record_routes,     NULL,
};
