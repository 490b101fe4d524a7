/* hook_file: the start-up file of a shell that loads the hook, and the block nono keeps in it (hooks/rc.h). */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"
#include "hooks/hook.h"

enum hook_part {
    HOOK_INTERACTIVE, /* loads the hook: ~/.bashrc, ~/.zshrc, conf.d of fish */
    HOOK_SHIMS,       /* puts the shims first on PATH, for what is no interactive shell: ~/.profile, ~/.zshenv, conf.d */
    HOOK_N_PARTS,
    HOOK_SYSTEM = HOOK_N_PARTS, /* loads the hook for every user: /etc/bash.bashrc, /etc/zsh/zshenv, /etc/fish/conf.d */
    HOOK_SYSTEM_LOGIN,          /* bash, where the former is not read: /etc/profile.d; the same file as HOOK_SYSTEM for the others */
    HOOK_ALL_PARTS,
};

struct hook_file {
    enum hook_shell shell;
    enum hook_part part;
    char *path;        /* as the shell knows it; may be a link, may not exist */
    const char *block; /* name for the markers */
    struct str body;   /* what belongs between them */
};
/* ERR_INPUT when the path of nono or of the shims cannot stand in such a file. Looks at no file but, for bash, at which of its profiles there is. */
MUST_CHECK int hook_file_make(const struct world *w, enum hook_shell shell, enum hook_part part, struct hook_file *ret, struct err *e);
void hook_file_release(struct hook_file *f);

enum hook_file_state {
    HOOK_FILE_ABSENT,  /* no block of ours */
    HOOK_FILE_CURRENT,
    HOOK_FILE_STALE,   /* ours, of another version or place */
};
/* ERR_INPUT when the markers are damaged, or it is no text file. */
MUST_CHECK int hook_file_look(const struct hook_file *f, enum hook_file_state *ret, struct err *e);

/* Both replace the file by rename, where a link leads if it is one, with its mode. The file before hook_file_put is kept as FILE.nono-bak beside it, until
 * hook_file_drop has made it what it was. With `dry_run` nothing is written. *ret_changed: there was, or would be, something to do. ERR_DENIED when
 * it is somebody else's. */
MUST_CHECK int hook_file_put(const struct hook_file *f, bool dry_run, bool *ret_changed, struct err *e);
MUST_CHECK int hook_file_drop(const struct hook_file *f, bool dry_run, bool *ret_changed, struct err *e);
