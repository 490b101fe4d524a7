/* cmd: what a command and an option are. One table of these is the parser, --help, usage errors, completions and
 * the manual page; a command is one file (shell/cmd_NAME.c) and one row (shell/commands.def). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

/* What the value of an option or an operand is; completions ask for candidates by it. */
enum cmd_value {
    VAL_NONE,    /* no candidates */
    VAL_TEXT,
    VAL_NUMBER,
    VAL_FILE,
    VAL_DIR,
    VAL_PROFILE, /* a profile name, or a file */
    VAL_OWN_PROFILE, /* the same, the user's own only: one that can be changed */
    VAL_GROUP,
    VAL_GROUPS,    /* names of groups, with commas between them */
    VAL_KEY,       /* a key of a profile: "filesystem.allow" */
    VAL_KEY_VALUE, /* what the VAL_KEY before it may hold */
    VAL_KEY_ITEM,  /* what the VAL_KEY before it holds in the profile before that */
    VAL_SESSION,
    VAL_CHANGED,  /* a path that the VAL_SESSION before it changed */
    VAL_WRAPPED,  /* a program of hook.json */
    VAL_VARIABLE, /* the name of an environment variable */
    VAL_COMMAND, /* a program and its arguments: the rest of the line */
    VAL_CHOICE,  /* one of opt.choices */
};

enum cmd_opt_type {
    OPT_FLAG,  /* bool */
    OPT_COUNT, /* int, counts repetitions */
    OPT_TEXT,  /* const char *, last one wins */
    OPT_LIST,  /* struct strlist, in order */
    OPT_UINT,  /* uint64_t; its default comes from cmd.args_init */
    OPT_CHOICE /* int, index into choices */
};

struct cmd_opt {
    enum cmd_opt_type type;
    size_t offset;      /* of the field in the command's argument struct */
    char letter;        /* 0 when none */
    const char *name;   /* without "--" */
    const char *alias;  /* second long name, shown nowhere; NULL */
    enum cmd_value value;
    const char *metavar; /* "DIR" */
    const char *const *choices; /* NULL-terminated, for VAL_CHOICE; of a list, too */
    const char *const *choice_help; /* one for each choice; NULL */
    const char *help;    /* one line; NULL: a private option, parsed but shown nowhere */
    const char *heading; /* "FILESYSTEM"; options with the same heading stand together in --help; NULL is "OPTIONS" */
    const char *env;     /* variable (NONO_*) that sets it when the option is absent, NULL; a list is split at commas, a flag is 0 or 1 */
    const char *conflicts; /* name of an option it excludes, NULL */
};

/* The field's type is checked at compile time. S is the argument struct, f the field. */
#define CMD_CHECKED_(S, f, T) (offsetof(S, f) + 0 * sizeof(char[_Generic(((S *)0)->f, T : 1)]))
#define FLAG(S, f, l, n, h, ...) \
    {.type = OPT_FLAG, .offset = CMD_CHECKED_(S, f, bool), .letter = (l), .name = (n), .help = (h), __VA_ARGS__}
#define COUNT(S, f, l, n, h, ...) \
    {.type = OPT_COUNT, .offset = CMD_CHECKED_(S, f, int), .letter = (l), .name = (n), .help = (h), __VA_ARGS__}
#define TEXT(S, f, l, n, v, m, h, ...)                                                                          \
    {.type = OPT_TEXT, .offset = CMD_CHECKED_(S, f, const char *), .letter = (l), .name = (n), .value = (v), \
     .metavar = (m), .help = (h), __VA_ARGS__}
#define LIST(S, f, l, n, v, m, h, ...)                                                                               \
    {.type = OPT_LIST, .offset = CMD_CHECKED_(S, f, struct strlist), .letter = (l), .name = (n), .value = (v), \
     .metavar = (m), .help = (h), __VA_ARGS__}
#define UINT(S, f, l, n, m, h, ...)                                                                                \
    {.type = OPT_UINT, .offset = CMD_CHECKED_(S, f, uint64_t), .letter = (l), .name = (n), .value = VAL_NUMBER, \
     .metavar = (m), .help = (h), __VA_ARGS__}
#define CHOICE(S, f, l, n, c, m, h, ...)                                                                         \
    {.type = OPT_CHOICE, .offset = CMD_CHECKED_(S, f, int), .letter = (l), .name = (n), .value = VAL_CHOICE, \
     .choices = (c), .metavar = (m), .help = (h), __VA_ARGS__}

struct cmd_operand {
    const char *name; /* "ID", "PROGRAM"; NULL ends the list */
    enum cmd_value value;
    bool required;
    bool rest; /* takes all that is left, options included (`run`); "--" before it is optional */
    bool many; /* takes any number of words; options may stand between them */
    const char *const *choices, *const *choice_help; /* for VAL_CHOICE, as in cmd_opt */
    const char *help;
};

/* What a command's run() gets beside its own arguments. */
struct cmd_context {
    const struct world *world;
    const struct cmd *cmd;
    const struct cmd *const *table; /* all commands, NULL-terminated */
    const struct cmd_group *groups;  /* .name NULL ends it */
    char **env;                     /* the environment of this process */
};

struct cmd_args_head { /* first member of every argument struct */
    struct strlist operands;
    int verbosity; /* -v of the command or the program */
    bool silent;
    bool help, version; /* consumed by cmd_parse: a command never sees them set */
};

struct cmd {
    const char *path;    /* "run", "rollback list" */
    const char *section; /* heading of the overview: "CORE USAGE" */
    const char *summary; /* one line, no full stop */
    const char *about;   /* paragraph(s) for --help and the manual page, NULL */
    const struct cmd_operand *operands; /* NULL when none */
    const struct cmd_opt *opts;         /* n_opts of them */
    size_t n_opts;
    const char *const *examples; /* NULL-terminated pairs: line, meaning; NULL when none */
    size_t args_size;            /* of the argument struct, which starts with struct cmd_args_head */
    const void *args_init;       /* argument struct to start from, its lists empty; NULL: zeros */
    int failure; /* exit status when run() fails with anything but ERR_USAGE; 0: CMD_OTHER. CMD_NOT_STARTED for run, wrap, shell */
    bool hidden;
    bool light; /* starts in the static program (core/whole.h): writes, asks and changes nothing before it first needs a library */
    bool without_home; /* runs also when the environment is unusable (no HOME): ctx->world is NULL then */
    /* Runs with parsed arguments. Returns the exit status (>= 0), or an error class with `e` set. */
    int (*run)(const struct cmd_context *ctx, const void *args, struct err *e);
};

/* A group of commands that is not a command itself ("rollback"): the overview line for its leaves. */
struct cmd_group {
    const char *name, *section, *summary;
};

/* Exit statuses; cmd_status_rows says what they mean, for the manual page. */
enum cmd_status {
    CMD_OK = 0,
    CMD_OTHER = 1,       /* an answer of "no", or an error that is none of these */
    CMD_USAGE = 2,
    CMD_NOT_STARTED = 125, /* nono failed before the program started */
    CMD_NOT_EXECUTABLE = 126,
    CMD_NOT_FOUND = 127,
    CMD_SIGNAL = 128,      /* plus the signal's number */
};

struct cmd_status_row {
    const char *status; /* "2", "128+n" */
    const char *meaning;
};
extern const struct cmd_status_row cmd_status_rows[]; /* .status NULL ends it */

enum {
    CMD_MAX_OPTS = 64,    /* of one command, the global ones included */
    CMD_MAX_LABEL = 80,   /* "nono rollback restore", terminator included */
};

struct cmd_parsed {
    const struct cmd *cmd;         /* NULL: help of the whole or of a group */
    const struct cmd_group *group; /* with cmd NULL: of this group */
    void *args;                    /* cmd->args_size bytes; released by cmd_parsed_release; NULL with help or version */
    bool help, version;            /* were asked for */
    struct cmd_args_head global;   /* what stood before the command; without operands */
};

/* argv[0] is skipped. Strings in args point into argv or the environment. ERR_USAGE names the word at fault, the nearest known
 * one, and "see 'nono CMD --help'".
 *
 * With cmd NULL and neither help nor version the line was incomplete ("nono", "nono rollback"): the caller prints the same help, but on
 * stderr and with CMD_USAGE, as cargo does for its nested commands. Help that was asked for ("--help", "nono help rollback") is an
 * answer: stdout, status 0. */
MUST_CHECK int cmd_parse(const struct cmd *const *table, const struct cmd_group *groups, int argc, char **argv,
                         struct cmd_parsed *ret, struct err *e);
void cmd_parsed_release(struct cmd_parsed *p);
/* Converts the text of an option that takes a value and stores it in the field. ERR_USAGE; `source` is what messages call the
 * option: "--profile", "NONO_PROFILE". */
MUST_CHECK int cmd_store(const struct cmd_opt *o, void *args, const char *text, const char *source, struct err *e);
/* Same for every option of `c` that has a variable, is not `seen` (by index as in cmd_opt_at) and is not excluded by one that is. */
MUST_CHECK int cmd_store_env(const struct cmd *c, void *args, const bool *seen, struct err *e);

/* The table, read. `c` may be NULL where options are asked for: then only the global ones (-s, -v, -h, -V) count. */
const struct cmd *cmd_find(const struct cmd *const *table, const char *path);
/* The command whose path is `word`, or "`word` `leaf`"; leaf may be NULL. */
const struct cmd *cmd_find_words(const struct cmd *const *table, const char *word, const char *leaf);
const struct cmd_group *cmd_find_group(const struct cmd_group *groups, const char *name);
/* "list" for "rollback list" when `g` is rollback, NULL when `c` is not in the group. */
const char *cmd_leaf(const struct cmd *c, const struct cmd_group *g);
const struct cmd_group *cmd_group_of(const struct cmd_group *groups, const struct cmd *c); /* NULL when it is in none */
const struct cmd_opt *cmd_opt_at(const struct cmd *c, size_t i); /* its own first, then the global ones; NULL after the last */
const struct cmd_opt *cmd_opt_named(const struct cmd *c, const char *name, size_t len, size_t *ret_index);
const struct cmd_opt *cmd_opt_lettered(const struct cmd *c, char letter, size_t *ret_index);
bool cmd_opt_has_value(const struct cmd_opt *o);
/* The operand that the i-th word fills, NULL when there is none. */
const struct cmd_operand *cmd_operand_at(const struct cmd *c, size_t i);

/* Name of the manual page: "nono-run" for "run", "nono" for "". */
void cmd_page(const char *path, struct str *out);

/* Text for a person, wrapped at 80 columns. Headings stand alone on a line, in capitals and not indented. */
void cmd_help_overview(const struct cmd *const *table, const struct cmd_group *groups, struct str *out);
void cmd_help_group(const struct cmd *const *table, const struct cmd_group *group, struct str *out);
void cmd_help(const struct cmd *c, struct str *out);
