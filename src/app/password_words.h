/* Tables of what passwords are often made of: rules are in password_rules.c. */
#ifndef APP_PASSWORD_WORDS_H
#define APP_PASSWORD_WORDS_H

#include "base/str.h"

extern const struct str password_common[], password_words[],
    password_surnames[], password_tails[], password_walks[];
extern const size_t password_common_n, password_words_n, password_surnames_n,
    password_tails_n, password_walks_n;

#endif
