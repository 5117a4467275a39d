/* One-time codes of authenticator apps (RFC 6238 over RFC 4226): SHA-1, six
 * digits, steps of thirty seconds. Pure. */
#ifndef BASE_TOTP_H
#define BASE_TOTP_H

#include "base/str.h"

#define TOTP_KEY_BYTES 20
#define TOTP_DIGITS 6
#define TOTP_STEP_S 30

/* The step an instant (UTC ms) lies in. */
int64_t totp_step(int64_t now_ms);

/* The six digits of a step, leading zeros kept. */
struct str totp_code(struct arena *a, struct str key, int64_t step);

/* The step whose code this is, of the current one, the one before and the one
 * after (clocks differ); 0 when it is none of them. */
int64_t totp_match(struct arena *a, struct str key, struct str code,
                   int64_t now_ms);

/* RFC 4648 base 32 in capitals, without padding. */
struct str base32_text(struct arena *a, struct str bytes);

#endif
