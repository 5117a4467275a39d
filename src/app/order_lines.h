/* The lines of an order in one write with it. */
#ifndef APP_ORDER_LINES_H
#define APP_ORDER_LINES_H

#include "base/json.h"
#include "store/record.h"

/* Makes the lines of an order those of the array, in its order: an object with
 * "id" changes that line (with "rev", only while it has that revision), one
 * without is a new line, and lines not named go into the bin. Each with the
 * rights, checks and traces of a single write; the order, its customer and its
 * ceiling of discounts are reckoned once, behind the last. What is wrong with
 * one is noted for "lines[2].quantity", of all lines together: ERR_INVALID.
 * An order that was there before (is_new false) gets another revision when one
 * of them changes. ERR_RETRY: somebody has changed the order since it was read.
 * Inside a write function. */
enum err order_lines_put(struct ctx *c, const struct record *o, bool is_new,
                         json_t *lines) MUST_CHECK;

#endif
