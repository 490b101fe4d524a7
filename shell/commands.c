/* commands: the tables that the rows of commands.def make. */
#include "shell/commands.h"

#define CMD(name) &cmd_##name,
#define GROUP(name, section, summary)
const struct cmd *const commands[] = {
#include "shell/commands.def"
    NULL,
};
#undef CMD
#undef GROUP

#define CMD(name)
#define GROUP(name, section, summary) {#name, section, summary},
const struct cmd_group command_groups[] = {
#include "shell/commands.def"
    {NULL, NULL, NULL},
};
