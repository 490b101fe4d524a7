/* hook_setup: what the hook commands have in common. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "core/err.h"
#include "hooks/hook.h"
#include "hooks/hook_file.h"

enum { HOOK_ANY_SHELL = -1 };

extern const char *const hook_setup_shell_help[]; /* in the order of hook_shell_names */
enum hook_shell hook_shell_named(const char *name);
/* hook.json as it is, and the links for what is wrapped by it. `names` may be NULL. ERR_DENIED inside a sandbox. */
MUST_CHECK int hook_setup_shims(const struct world *w, bool again, struct hook_settings *ret, struct strlist *ret_names, size_t *ret_changes,
                                struct err *e);
/* The profile that a wrapped program runs with: the one that hook.json names, else the user's own "developer", else the built-in one that suits the program.
 * Caller owns. */
MUST_CHECK int hook_setup_profile(const struct world *w, const struct hook_settings *s, const char *program, char **ret, struct err *e);
/* Whether a person seems to use it: it is $SHELL, or has a start-up file. */
bool hook_setup_is_used(const struct world *w, enum hook_shell shell);
/* ERR_DENIED when this is inside a sandbox, where none of it can be reached. */
MUST_CHECK int hook_setup_outside(struct err *e);
/* "~/.bashrc", safe for a terminal; caller owns. */
char *hook_setup_shown(const struct world *w, const char *path);
