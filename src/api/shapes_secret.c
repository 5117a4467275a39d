/* Shapes of sessions, the second step, forgotten passwords, the audit chain. */
#include "api/shapes.h"

SHAPE(sessions, "Where one is signed in, last used first.", 0, NULL,
      {"data", "[#session_known]", NULL});

SHAPE(session_known, "A browser that is signed in.", 0, NULL,
      {"id", "integer", NULL}, {"current", "boolean", "The one that asks."},
      {"created_at", "instant", NULL},
      {"seen_at", "instant", "Exact to five minutes."},
      {"expires_at", "instant", "Its end, in use or not."},
      {"address", "text", NULL}, {"agent", "text", "What the browser says."});

SHAPE(sessions_end, "Which sessions.", 0, NULL,
      {"current?", "=keep end", "The one that asks: kept when not said."});

SHAPE(two_factor, "One's second step of sign-in.", 0, NULL,
      {"state", "=off pending on", NULL},
      {"required", "boolean", "The role asks for it."},
      {"confirmed_at", "instant|null", NULL},
      {"recovery_codes_left", "integer", NULL});

SHAPE(two_factor_begin, "The person is there.", 0, NULL,
      {"password", "text", "The current one."});

SHAPE(two_factor_new, "What the authenticator app needs.", 201, NULL,
      {"secret", "text", "Base 32, to be typed."},
      {"uri", "text", "otpauth://…, to be shown as a QR code."});

SHAPE(two_factor_code, "A code of the app.", 0, NULL, {"code", "text", NULL});

SHAPE(two_factor_again, "The person is there.", 0, NULL,
      {"password", "text", "The current one."},
      {"code", "text", "Of the app, or a recovery code."});

SHAPE(recovery_codes, "Each signs in once; shown this once.", 0, NULL,
      {"recovery_codes", "[text]", NULL});

SHAPE(password_reset_ask, "Who has forgotten the password.", 0, NULL,
      {"email", "text", NULL});

SHAPE(password_reset_use, "The link of the mail, and a new password.", 0, NULL,
      {"token", "text", NULL}, {"password", "text", NULL});

SHAPE(audit_state, "How far the audit trail is sealed.", 0, NULL,
      {"seals", "integer", "Links of the chain."},
      {"sealed", "integer", "Entries in them."},
      {"unsealed", "integer", "Entries newer than the last seal."},
      {"sealed_at", "instant|null", "When the last one was made."},
      {"hash", "text|null", "Of the last one."},
      {"keyed", "boolean", "Does the master key stand behind it?"});

static const struct shape *const list[] = {
    &sessions,           &session_known,      &sessions_end,
    &two_factor,         &two_factor_begin,   &two_factor_new,
    &two_factor_code,    &two_factor_again,   &recovery_codes,
    &password_reset_ask, &password_reset_use, &audit_state,
};

const struct shape_list secret_shapes = {list, COUNT_OF(list)};
