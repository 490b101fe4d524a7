/* git_config: what a configuration file of git says, and whether a new one makes git execute something that the old one did not. Pure; allocates
 * nothing: it runs on the thread of core/notify.h.
 *
 * Read as git itself reads it. A file that git would refuse, one with a NUL, or one with a longer name or value than these is malformed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

enum {
    GIT_CONFIG_MAX_NAME = 1024, /* terminator included, as below */
    GIT_CONFIG_MAX_VALUE = 8 * 1024,
    GIT_CONFIG_MAX_FILE = 1024 * 1024, /* bytes of a file that is worth reading */
};

struct git_config {
    struct view text;
    size_t at, name_len; /* of the section that holds there */
    char section[GIT_CONFIG_MAX_NAME];
};

/* "core.bare", "remote.My Fork.url": section and key in lower case, what is between them as it is. */
struct git_config_entry {
    char name[GIT_CONFIG_MAX_NAME];
    char value[GIT_CONFIG_MAX_VALUE];
    bool has_value; /* false: the key alone, which means true */
};

void git_config_init(struct git_config *c, struct view text);
/* 1: an entry; 0: there is none any more; -1: malformed. */
int git_config_next(struct git_config *c, struct git_config_entry *ret);

/* Where the file is, which decides what may stand in it. */
struct git_config_place {
    unsigned depth; /* directories from the one that holds the submodules' repositories down to the file's own: of a submodule; 0: of no submodule */
};
/* True for what git executes nothing by, whatever its value, or with just this value. What is not known is not harmless. */
bool git_config_is_harmless(const struct git_config_entry *entry, struct git_config_place place);
/* True when all that is not harmless is the same in both, in the same order. Otherwise, and when one is malformed, false: `ret_name` is the entry
 * that tells them apart, "" for a malformed file. */
bool git_config_is_safe_change(struct view before, struct view after, struct git_config_place place, char ret_name[GIT_CONFIG_MAX_NAME]);
