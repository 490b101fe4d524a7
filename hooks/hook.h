/* hook: the shell code that wraps programs, and its settings. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

enum hook_shell { HOOK_BASH, HOOK_ZSH, HOOK_FISH };
extern const char *const hook_shell_names[]; /* in enum order, NULL-terminated; for cmd_operand.choices */

/* With these the longest script stays a few kilobytes: a shell reads it at every start. */
enum { HOOK_PROGRAMS_MAX = 64, HOOK_NAME_MAX = 64 };

/* The profile of one program, where it is not that of all. */
struct hook_choice {
    char *program, *profile;
};

/* $XDG_CONFIG_HOME/nono/hook.json, strict: {"programs": [...], "profile": "mine", "profiles": {"npm": "..."}, "on_missing": "refuse|warn",
 * "hints": true}. A missing file gives HOOK_SYSTEM_DIR/hook.json, which may also say "locked": true, and without that the defaults; programs match
 * [A-Za-z0-9._+-]+. */
struct hook_settings {
    struct strlist programs; /* python python3 node npm npx pip pip3 */
    char *profile;           /* of those that have none of their own; NULL: none is named */
    struct hook_choice *choice;
    size_t n_choices;
    bool refuse_when_missing;
    bool hints;
    bool locked; /* by the administrator: profiles are his and the built-in ones, and a user can only add programs */
    size_t n_locked; /* the first so many programs are the administrator's */
};
/* The administrator's hook.json and profiles/. */
#define HOOK_SYSTEM_DIR "/etc/nono"
/* ERR_DENIED when the administrator's file can be written by others than root. */
MUST_CHECK int hook_settings_read(const struct world *w, struct hook_settings *ret, struct err *e);
/* `name` is what messages call the text. */
MUST_CHECK int hook_settings_parse(const char *text, size_t len, const char *name, struct hook_settings *ret, struct err *e);
void hook_settings_release(struct hook_settings *s);

/* A name that is safe to write into a script and that a shell would look up on PATH: letters, digits and ._+-, not first a '-' or '.', no word
 * of the shells' own, none of the hook's. */
bool hook_name_is_valid(const char *name);

/* The listed program that `name` is, or is a version of ("python3.11" of "python3"); NULL when it is none. Points into `s`. */
const char *hook_program_of(const struct hook_settings *s, const char *name);
/* Whether the administrator has it wrapped, and a user cannot take it away. */
bool hook_is_locked(const struct hook_settings *s, const char *program);
/* The profile that is named for just that program, as it or as a version of it; NULL: none. */
const char *hook_own_profile_of(const struct hook_settings *s, const char *name);
/* The same, else the one that is named for all; NULL: none. */
const char *hook_profile_of(const struct hook_settings *s, const char *name);

/* The text of hook.json with `program` added, or with its profile changed (`profile` NULL: the one of all), and everything else as it was. `text` ends in a
 * NUL that `len` does not count; "" when there is no file. ERR_INPUT when the result would not be read. */
MUST_CHECK int hook_settings_add(const char *text, size_t len, const char *program, const char *profile, struct str *out, struct err *e);
/* Same without it. ERR_MISSING when it is not listed. */
MUST_CHECK int hook_settings_remove(const char *text, size_t len, const char *program, struct str *out, struct err *e);

/* The text for `eval`. `names`: what is wrapped, versions included. Every path and name in it went through core/quote. */
MUST_CHECK int hook_script(enum hook_shell shell, const struct world *w, const struct hook_settings *s, const struct strlist *names, struct str *out,
                           struct err *e);
