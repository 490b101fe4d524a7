/* hook_doctor: whether what is to be wrapped is, and how it could be started all the same. Looks, changes nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"
#include "hooks/hook.h"

enum hook_reach {
    HOOK_WRAPPED,   /* the first of its name on PATH is the link */
    HOOK_BYPASSED,  /* another one stands before the link */
    HOOK_UNREACHED, /* there is no link, or its directory is not on PATH */
    HOOK_NOT_FOUND, /* there is nothing to wrap */
};
extern const char *const hook_reach_names[]; /* in enum order */

struct hook_finding {
    char *name;
    enum hook_reach reach;
    char *found; /* the program itself, the first on PATH; NULL */
};

/* A script on PATH that names its interpreter by an absolute path: the kernel starts that. */
struct hook_script_found {
    char *path, *interpreter;
};

enum { HOOK_DOCTOR_MAX_SCRIPTS = 10000, HOOK_DOCTOR_MAX_FILES = 100000 };

struct hook_doctor {
    struct hook_finding *program;
    size_t n_programs;
    struct hook_script_found *script;
    size_t n_scripts, cap_scripts;
    bool shims_on_path, shims_first;
};
/* `names` from shim_names. */
MUST_CHECK int hook_doctor_look(const struct world *w, const struct hook_settings *s, const struct strlist *names, struct hook_doctor *ret, struct err *e);
void hook_doctor_release(struct hook_doctor *d);
