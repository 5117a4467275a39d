/* Numbers of documents that the program makes by a company's pattern:
 * "SO{yyyy}{mm}{dd}-{nnn}" gives SO20260321-001, SO20260321-002 … A series
 * counts anew where another day, month or year changes the text around it. */
#ifndef APP_NUMBER_H
#define APP_NUMBER_H

#include "base/ctx.h"

/* One {n…} for the running number, at most once each {yyyy} {yy} {mm} {dd},
 * else plain text; at most 40 characters. */
bool number_pattern_good(struct str pattern);

/* The next free number of an order of this day. Two never get the same, those
 * typed by hand are passed over; one made in vain leaves a gap. Inside a write
 * function. */
enum err number_of_order(struct ctx *c, int32_t day,
                         struct str *out) MUST_CHECK;

#endif
