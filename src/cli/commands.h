/* The rows of the subcommand table: each file of src/cli defines one. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command serve_command;
extern const struct command init_command;
extern const struct command demo_command;
extern const struct command user_command;
extern const struct command import_command;
extern const struct command export_command;
extern const struct command analyze_command;
extern const struct command backup_command;
extern const struct command copy_command;
extern const struct command restore_command;
extern const struct command migrate_command;
extern const struct command doctor_command;
extern const struct command model_command;
extern const struct command openapi_command;

#endif
