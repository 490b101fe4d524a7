/* grant_opts: the options that say what a command may do, shared by run, shell and wrap. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "core/feature.h"
#include "policy/resolve.h"

struct grant_args {
    struct strlist allow, read, write, allow_file, read_file, write_file;
    struct strlist override_deny, allow_command, block_command, open_port, listen_port, unix_socket;
    struct strlist env, env_allow, env_deny;
    struct strlist keep_fd, allow_degraded;
    const char *profile, *workdir;
    bool allow_cwd, block_net, allow_net, dry_run;
};

#define GRANT_FS_ "FILESYSTEM"
/* Rows for the option table of the argument struct S, whose field `f` is a struct grant_args: those that make the policy. */
#define GRANT_RULES(S, f)                                                                                             \
    LIST(S, f.allow, 'a', "allow", VAL_DIR, "DIR", "Grant read and write below DIR", .heading = GRANT_FS_,            \
         .env = "NONO_ALLOW"),                                                                                        \
        LIST(S, f.read, 'r', "read", VAL_DIR, "DIR", "Grant read below DIR", .heading = GRANT_FS_),                   \
        LIST(S, f.write, 'w', "write", VAL_DIR, "DIR", "Grant write below DIR", .heading = GRANT_FS_),                \
        LIST(S, f.allow_file, 0, "allow-file", VAL_FILE, "FILE", "Grant read and write of one file",                  \
             .heading = GRANT_FS_),                                                                                   \
        LIST(S, f.read_file, 0, "read-file", VAL_FILE, "FILE", "Grant read of one file", .heading = GRANT_FS_),       \
        LIST(S, f.write_file, 0, "write-file", VAL_FILE, "FILE", "Grant write of one file", .heading = GRANT_FS_),    \
        LIST(S, f.override_deny, 0, "override-deny", VAL_FILE, "PATH",                                                \
             "Lift the deny on PATH; a grant must cover it", .heading = GRANT_FS_),                                   \
        FLAG(S, f.allow_cwd, 0, "allow-cwd",                                                                          \
             "Grant the working directory without asking: as the profile says, else read", .heading = GRANT_FS_),     \
        TEXT(S, f.workdir, 0, "workdir", VAL_DIR, "DIR", "Use DIR as the working directory", .heading = GRANT_FS_),   \
        LIST(S, f.open_port, 0, "open-port", VAL_TEXT, "N",                                                           \
             "Block the network but for connecting to TCP port N, of any host", .heading = "NETWORK",                 \
             .alias = "allow-port"),                                                                                  \
        LIST(S, f.listen_port, 0, "listen-port", VAL_TEXT, "N",                                                       \
             "Block the network but for accepting connections on TCP port N", .heading = "NETWORK",                   \
             .alias = "allow-bind"),                                                                                  \
        LIST(S, f.unix_socket, 0, "allow-unix-socket", VAL_FILE, "PATH",                                              \
             "Let the command connect to the Unix socket PATH, or to those in the directory PATH",                    \
             .heading = "NETWORK"),                                                                                   \
        FLAG(S, f.block_net, 0, "block-net", "Block the network, but for ports that options name", .heading = "NETWORK", .alias = "net-block",         \
             .env = "NONO_BLOCK_NET", .conflicts = "allow-net"),                                                      \
        FLAG(S, f.allow_net, 0, "allow-net", "Give up the host list of the profile: any host may be reached",         \
             .heading = "NETWORK", .alias = "net-allow", .env = "NONO_ALLOW_NET"),                                    \
        LIST(S, f.allow_command, 0, "allow-command", VAL_TEXT, "NAME", "Let a blocked program be started",            \
             .heading = "COMMANDS"),                                                                                  \
        LIST(S, f.block_command, 0, "block-command", VAL_TEXT, "NAME", "Let nothing inside start a program",                \
             .heading = "COMMANDS"),                                                                                  \
        LIST(S, f.env_allow, 0, "env-allow", VAL_VARIABLE, "NAME", "Pass on a variable that would be withheld; * stands for any text", \
             .heading = "ENVIRONMENT"),                                                                               \
        LIST(S, f.env_deny, 0, "env-deny", VAL_VARIABLE, "NAME", "Withhold a variable; * stands for any text",            \
             .heading = "ENVIRONMENT"),                                                                               \
        LIST(S, f.allow_degraded, 0, "allow-degraded", VAL_CHOICE, "FEATURE",                                           \
             "Start even where nothing can hold FEATURE (signals)", .choices = feature_names, .choice_help = feature_help), \
        TEXT(S, f.profile, 'p', "profile", VAL_PROFILE, "NAME", "Use a profile, by name or file",                     \
             .env = "NONO_PROFILE")

/* The same, and those that are about starting a command. */
#define GRANT_OPTS(S, f)                                                                                              \
    GRANT_RULES(S, f),                                                                                                \
        LIST(S, f.env, 0, "env", VAL_TEXT, "NAME=VALUE", "Set a variable", .heading = "ENVIRONMENT"),                 \
        LIST(S, f.keep_fd, 0, "keep-fd", VAL_NUMBER, "N", "Leave descriptor N open: a file, a pipe or a socket"),     \
        FLAG(S, f.dry_run, 0, "dry-run", "Show what would be granted, and start nothing")

/* The options as words, to be kept: paths absolute, the profile always named, `allow_cwd` instead of the flag, no value of --env, which may be a
 * secret. */
void grant_words(const struct grant_args *a, const struct world *w, bool allow_cwd, struct strlist *ret);
/* The way back. Borrows from the words; ERR_INPUT for one that is none of these. `ret` is to be released with grant_release. */
MUST_CHECK int grant_parse(const struct strlist *words, struct grant_args *ret, struct err *e);
void grant_release(struct grant_args *a);
/* The request for policy/resolve; borrows from the arguments. */
struct resolve_request grant_request(const struct grant_args *a, const struct world *w, const char *workdir);
