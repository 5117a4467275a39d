/* Secrets that an operator hands over in files: never in arguments, which
 * everybody on the machine can read, nor in the database. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/ctx.h"

/* The secret called name ("smtp_password"): the file that GUANXI_NAME_FILE
 * names, else the systemd credential $CREDENTIALS_DIRECTORY/name; *found false
 * when there is neither. Line ends at its end do not belong to it. In
 * c->arena. ERR_FORBIDDEN "secret_open" when others may read the file;
 * ERR_IO "secret_read" when it can't be read; ERR_INVALID "secret_size" when it
 * is empty or longer than 4096 bytes. */
enum err secret_read(struct ctx *c, const char *name, struct str *out,
                     bool *found) MUST_CHECK;

/* A key of 32 bytes as 64 hexadecimal digits in a file of ours: read, or made
 * (0600) when make is set and there is none. Errors as above. */
enum err secret_key_file(struct ctx *c, struct str path, bool make,
                         unsigned char out[32], bool *found) MUST_CHECK;

/* 64 hexadecimal digits, or else any text of at least 32 bytes, which is
 * hashed: the 32 bytes of a key. ERR_INVALID "secret_key" when too short. */
enum err secret_key(struct ctx *c, struct str text,
                    unsigned char out[32]) MUST_CHECK;

#endif
