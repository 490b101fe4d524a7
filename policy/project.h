/* project: the profile a project brings along, DIR/.nono/profile.json, and whether the user has allowed it.
 *
 * Such a file comes with strangers' code: until it is allowed it takes no part. Allowing keeps its bytes in the state directory, which is closed to every
 * sandbox; a run is given those, and only while the file still has the same ones. So neither the file nor the moment of reading it can be turned
 * against the user. */
#pragma once

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

enum project_trust {
    PROJECT_NONE,    /* there is no such file */
    PROJECT_UNKNOWN, /* never allowed nor denied */
    PROJECT_CHANGED, /* was allowed with other bytes */
    PROJECT_ALLOWED,
    PROJECT_DENIED, /* not to be asked about again, whatever it holds */
};
extern const char *const project_trust_names[]; /* in enum order */

struct project {
    enum project_trust trust;
    char *root;      /* the directory that holds .nono; NULL when there is none */
    char *path;      /* of the profile */
    char *kept;      /* the allowed bytes: what a run is given when `trust` is PROJECT_ALLOWED */
    struct str text; /* what the file holds now */
};
#define PROJECT_INIT {.text = STR_INIT(STR_MAX_PROFILE)}
void project_release(struct project *p);

/* The nearest one in `from` (clean, real) or above it, not above the home directory when `from` is in it, and not beyond a directory that belongs to another
 * user. ERR_DENIED when the file or .nono belongs to another user or can be written by others, ERR_INPUT when it is no file: then there is none in force. */
MUST_CHECK int project_find(const struct world *w, const char *from, struct project *ret, struct err *e);
/* A file in the state directory with p->text, to be looked at before it is allowed; project_forget removes it. Caller owns *ret_path. */
MUST_CHECK int project_propose(const struct world *w, const struct project *p, char **ret_path, struct err *e);
void project_forget(const char *proposed);
/* Keeps p->text as it was read. ERR_IO. */
MUST_CHECK int project_allow(const struct world *w, const struct project *p, struct err *e);
MUST_CHECK int project_deny(const struct world *w, const struct project *p, struct err *e);
