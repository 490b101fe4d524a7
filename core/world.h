/* world: everything that comes from outside the process, read once. The only file that calls getenv. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

/* Paths are clean and absolute. A variable that is set but relative or empty counts as unset, as the XDG base
 * directory specification says; HOME is different: see world_read. */
struct world {
    char *home;
    char *cwd;        /* real path; NULL when it is gone or unreadable */
    char *tmpdir;     /* TMPDIR, else "/tmp" */
    char *config_dir; /* $XDG_CONFIG_HOME/nono, else ~/.config/nono */
    char *state_dir;  /* $XDG_STATE_HOME/nono, else ~/.local/state/nono */
    char *data_dir;   /* $XDG_DATA_HOME/nono, else ~/.local/share/nono */
    char *config_home, *state_home, *data_home, *cache_home;
    char *policy_dir; /* in whose profiles/ profiles are looked for by name: config_dir, or the administrator's where those are locked */
    char *zdotdir; /* where zsh looks for its start-up files: $ZDOTDIR, else home */
    char *runtime_dir; /* state_dir/run. Not in $XDG_RUNTIME_DIR: /run is granted to read, and holding a deny inside it means
                          splitting it for every command */
    char *path;        /* PATH as it is, "" when unset */
    char *shell;       /* SHELL, else /bin/sh */
    char *exe;         /* the file of `nono`, no link in it: as the kernel started it, else from /proc/self/exe; of nono-main, the one beside it (core/install.h) */
    uid_t uid;
    gid_t gid;
    bool stdin_tty, stdout_tty, stderr_tty;
    bool stderr_redraws; /* a terminal, TERM set and not "dumb": a line can be drawn again in its place */
    bool color; /* NO_COLOR unset or empty, TERM set and not "dumb" */
};

/* ERR_INPUT when HOME is unset, empty or relative ("HOME is not set to an absolute path: set it and try again"). */
MUST_CHECK int world_read(struct world *ret, struct err *e);
void world_release(struct world *w);

/* Value of one of the variables nono documents (NONO_*), NULL when unset or empty. */
const char *world_env(const char *name);
int64_t world_now_ns(void); /* CLOCK_REALTIME; NONO_TEST_NOW (seconds) replaces it in test builds only */
