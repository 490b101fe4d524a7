/* sample_commands: a table with one of everything, for the tests of parser, help, completion and manual page. */
#pragma once

#include "core/cmd.h"

struct sample_run_args {
    struct cmd_args_head head;
    struct strlist allow, groups;
    const char *profile, *workdir, *note;
    uint64_t timeout;
    int format;
    bool block_net, allow_net, hook;
};

struct sample_list_args {
    struct cmd_args_head head;
    bool json;
};

static const char *const sample_formats[] = {"text", "json", NULL};
static const char *const sample_format_help[] = {"for people", "for programs", NULL};
static const struct sample_run_args sample_run_init = {.timeout = 30, .format = 1};

static const struct cmd_opt sample_run_opts[] = {
    LIST(struct sample_run_args, allow, 'a', "allow", VAL_DIR, "DIR", "Grant read and write below DIR", .heading = "FILESYSTEM",
         .env = "NONO_TEST_ALLOW"),
    LIST(struct sample_run_args, groups, 0, "groups", VAL_GROUPS, "NAMES", "Use groups"),
    TEXT(struct sample_run_args, profile, 'p', "profile", VAL_PROFILE, "NAME", "Use a profile", .env = "NONO_TEST_PROFILE"),
    TEXT(struct sample_run_args, workdir, 0, "workdir", VAL_DIR, "DIR", "Work there", .heading = "FILESYSTEM"),
    TEXT(struct sample_run_args, note, 0, "note", VAL_TEXT, "TEXT", "Keep a note"),
    UINT(struct sample_run_args, timeout, 't', "timeout", "SECS", "Stop after so long"),
    CHOICE(struct sample_run_args, format, 0, "format", sample_formats, "FORMAT", "Print so", .choice_help = sample_format_help),
    FLAG(struct sample_run_args, block_net, 'b', "block-net", "Block the network", .heading = "NETWORK", .alias = "net-block",
         .env = "NONO_TEST_BLOCK", .conflicts = "allow-net"),
    FLAG(struct sample_run_args, allow_net, 'n', "allow-net", "Open the network", .heading = "NETWORK", .env = "NONO_TEST_OPEN"),
    FLAG(struct sample_run_args, hook, 0, "hook", NULL),
};
static const struct cmd_operand sample_run_operands[] = {
    {.name = "PROGRAM", .value = VAL_COMMAND, .required = true, .rest = true, .help = "what to run"},
    {.name = NULL},
};
static const char *const sample_run_examples[] = {"nono run -- ls", "list a directory", NULL};
static const struct cmd sample_run = {
    .path = "run",
    .section = "CORE USAGE",
    .summary = "Run a command",
    .about = "First paragraph.\n\nSecond one, .with \\ and 'odd' things.\n.starting oddly",
    .operands = sample_run_operands,
    .opts = sample_run_opts,
    .n_opts = sizeof sample_run_opts / sizeof sample_run_opts[0],
    .examples = sample_run_examples,
    .args_size = sizeof(struct sample_run_args),
    .args_init = &sample_run_init,
};

static const struct cmd_opt sample_list_opts[] = {FLAG(struct sample_list_args, json, 0, "json", "Print JSON")};
static const struct cmd sample_list = {
    .path = "rollback list",
    .section = "SESSIONS",
    .summary = "List sessions",
    .opts = sample_list_opts,
    .n_opts = 1,
    .args_size = sizeof(struct sample_list_args),
};

static const struct cmd_operand sample_restore_operands[] = {
    {.name = "ID", .value = VAL_SESSION, .required = true, .help = "the session"},
    {.name = "PATH", .value = VAL_FILE, .many = true, .help = "only these"},
    {.name = NULL},
};
static const struct cmd sample_restore = {
    .path = "rollback restore",
    .section = "SESSIONS",
    .summary = "Take a session back",
    .operands = sample_restore_operands,
    .opts = sample_list_opts,
    .n_opts = 1,
    .args_size = sizeof(struct sample_list_args),
};

static const struct cmd_operand sample_set_operands[] = {
    {.name = "NAME", .value = VAL_OWN_PROFILE, .required = true},
    {.name = "KEY", .value = VAL_KEY, .required = true},
    {.name = "VALUE", .value = VAL_KEY_VALUE, .many = true},
    {.name = NULL},
};
static const struct cmd sample_set = {
    .path = "set",
    .section = "CORE USAGE",
    .summary = "Change a profile",
    .operands = sample_set_operands,
    .args_size = sizeof(struct cmd_args_head),
    .hidden = true,
};
static const struct cmd_operand sample_remove_operands[] = {
    {.name = "NAME", .value = VAL_OWN_PROFILE, .required = true},
    {.name = "KEY", .value = VAL_KEY, .required = true},
    {.name = "VALUE", .value = VAL_KEY_ITEM, .many = true},
    {.name = NULL},
};
static const struct cmd sample_remove = {
    .path = "remove",
    .section = "CORE USAGE",
    .summary = "Change a profile",
    .operands = sample_remove_operands,
    .args_size = sizeof(struct cmd_args_head),
    .hidden = true,
};

static const char *const sample_shells[] = {"bash", "zsh", NULL};
static const struct cmd_operand sample_hook_operands[] = {
    {.name = "SHELL", .value = VAL_CHOICE, .required = true, .choices = sample_shells},
    {.name = NULL},
};
static const struct cmd sample_hook = {
    .path = "hook",
    .section = "GETTING STARTED",
    .summary = "Print shell code",
    .operands = sample_hook_operands,
    .args_size = sizeof(struct cmd_args_head),
};
static const struct cmd sample_hook_install = {
    .path = "hook install",
    .section = "GETTING STARTED",
    .summary = "Install shell code",
    .args_size = sizeof(struct cmd_args_head),
};
static const struct cmd sample_hidden = {
    .path = "__hidden",
    .section = "",
    .summary = "Seen nowhere",
    .args_size = sizeof(struct cmd_args_head),
    .hidden = true,
};

static const struct cmd *const sample_table[] = {&sample_hook,    &sample_hook_install, &sample_run,    &sample_set,
                                                 &sample_list,    &sample_restore,      &sample_remove, &sample_hidden, NULL};
static const struct cmd_group sample_groups[] = {
    {"hook", "GETTING STARTED", "Wrap programs"},
    {"rollback", "SESSIONS", "Manage sessions"},
    {NULL, NULL, NULL},
};
