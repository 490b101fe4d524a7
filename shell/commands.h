/* commands: all commands of the program; commands.def has the rows. */
#pragma once

#include "core/cmd.h"

#define CMD(name) extern const struct cmd cmd_##name;
#define GROUP(name, section, summary)
#include "shell/commands.def"
#undef CMD
#undef GROUP

extern const struct cmd *const commands[];       /* NULL-terminated */
extern const struct cmd_group command_groups[]; /* .name NULL ends it */
