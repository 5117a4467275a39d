/* Parts of `guanxi serve`. */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "api/server.h"
#include "cli/company.h"

/* The server has stopped because somebody asked for a backup to be put back
 * (store_restore_asked): does so while 503 maintenance is answered. Closes s;
 * cli->c has no company afterwards. The company is then the backup, or what it
 * was, and restore.json tells which. CLI_FAILED: neither can be opened; a
 * message has been printed. */
enum cli_exit serve_restore(const struct cli *cli, struct store *s,
                            const struct server_options *o);

#endif
