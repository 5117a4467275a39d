/* Phone numbers as people write them: "138…", "+86 138…" and "0086 138…" are
 * one. */
#ifndef BASE_PHONE_H
#define BASE_PHONE_H

#include "base/arena.h"
#include "base/str.h"

#define PHONE_LEAST 5 /* digits of a form; fewer are an extension */
#define PHONE_WAYS 4

/* The one form of all ways to write a number: its digits, 0086 as 86, and
 * without that where a mobile number is behind it. Of a landline the code
 * stays, for the 0 of its area is not written behind it. The form of a form is
 * itself. In the arena. */
struct str phone_form(struct arena *a, struct str typed);

/* The digits of which this is the form, as they may be stored; how many, itself
 * among them. In the arena. */
size_t phone_ways(struct arena *a, struct str form, struct str out[PHONE_WAYS]);

#endif
