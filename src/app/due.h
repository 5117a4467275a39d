/* When work by the calendar of the company is due. */
#ifndef APP_DUE_H
#define APP_DUE_H

#include "app/settings.h"

/* The instant (ms) of a setting's time of day on a day of the company; 0 where
 * the setting is empty: none is wanted. */
enum err due_on(struct ctx *c, enum setting_id time, int32_t day,
                int64_t *out) MUST_CHECK;

/* The instant (ms) at which this run of the last night's work was due, after_ms
 * (less than a day) behind the setting night.time; 0 where that is more than
 * late_ms ago, or no work of the night is wanted. */
enum err due_tonight(struct ctx *c, int64_t after_ms, int64_t late_ms,
                     int64_t *out) MUST_CHECK;

#endif
