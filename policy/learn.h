/* learn: from what a command used to the few grants that a careful person would write. Pure but for one look: groups are expanded, and their paths
 * resolved.
 *
 * In this order: a group that there is already, instead of the paths it stands for; the directory that belongs to a program (~/.cache/NAME, ~/.NAME,
 * /opt/NAME); else the file itself, or the directory of several. Never the home directory, /, /etc, /tmp and their like as a whole, nor anything
 * that is denied, or holds what is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

/* One path that was used. */
struct learn_use {
    const char *path; /* clean, real */
    unsigned access;  /* caps_access */
    bool existed;     /* before; otherwise it was made */
    bool is_dir;      /* as far as it is known */
    bool executed;    /* as a program, its interpreter or its loader */
    unsigned count;
    const char *program; /* that did it first; "" when it is not known */
};

enum learn_fate {
    LEARN_COVERED,  /* the policy grants it */
    LEARN_WORKDIR,  /* below the working directory, which the policy does not grant for that */
    LEARN_PROPOSED, /* by `proposal` */
    LEARN_DENIED,   /* a rule denies it: whoever wants it must override that */
    LEARN_LEFT,     /* nothing narrow enough could grant it: a new name directly in a place that is everybody's */
    LEARN_LISTED,   /* only listed, and as a whole everybody's: programs look around there, and get along without */
};
enum { LEARN_NO_PROPOSAL = -1 };
struct learn_need {
    struct learn_use use; /* borrowed */
    enum learn_fate fate;
    ptrdiff_t proposal;
    const struct caps_origin *rule; /* what covers or denies it; NULL */
};

struct learn_proposal {
    char *group;     /* name of a group; NULL: a path */
    char *path;      /* clean, real */
    char *text;      /* the same as a profile should have it: "~/.cache/x" */
    unsigned access; /* caps_access */
    bool is_file;
    size_t n_needs;
};

struct learn {
    struct learn_need *need; /* one for each use, in their order */
    size_t n_needs;
    struct learn_proposal *proposal; /* groups first, then paths bytewise */
    size_t n_proposals, cap_proposals;
    unsigned workdir_access; /* that the uses below the working directory want beyond the policy; 0: none. Who writes there may read it, too */
    size_t covered, denied, left, listed;
};

struct learn_request {
    const struct world *world;
    const struct caps *caps; /* of the profile, with what it gives of the working directory; before it is split or masked */
    const char *workdir;
    const struct strlist *groups; /* in effect */
    const struct learn_use *use;
    size_t n;
};
void learn_make(const struct learn_request *r, struct learn *ret);
void learn_release(struct learn *l);

/* learn_place. The path a person would grant for `use`: itself, a directory above it; NULL when there is none. *ret_is_file: itself, as a file.
 * Caller owns. */
char *learn_place(const struct learn_request *r, const struct learn_use *use, bool has_company, bool *ret_is_file);
/* What is granted there: a program that writes into its own directory will read it the next time. */
unsigned learn_access(const struct learn_request *r, const struct learn_use *use, const char *place);
/* A name that will be another one the next time: a number, a hash, a random suffix. */
bool learn_is_volatile(const char *name, size_t len);
/* "~/x" for what is below the home directory. Caller owns. */
char *learn_text(const struct world *w, const char *path);
