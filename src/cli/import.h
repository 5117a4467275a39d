/* Private to the command import: one call, on the database or over a server.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "base/json.h"
#include "cli/command.h"
#include "cli/progress.h"

struct import_call {
    struct cli *cli;
    struct str entity, name; /* plural; of the file */
    int fd;                  /* the file */
    json_t *change;          /* {"mapping","options"} as PATCH takes it */
    bool dry, revert;  /* revert: import_id is to be taken back, no file */
    struct str socket; /* of the server that holds the database; or empty */
    struct progress progress;
    /* out */
    int64_t import_id; /* of a revert: given */
    struct str state;  /* of the job: done, failed, cancelled */
    struct str error;
    struct str report; /* JSON or empty */
};

/* Both import the file and fill the members below "out". What is wrong before
 * the job is noted in the context. into: where the rows set aside go, or -1.
 */
enum err import_here(struct import_call *call, int into) MUST_CHECK;
enum err import_there(struct import_call *call, int into) MUST_CHECK;

#endif
