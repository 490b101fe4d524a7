/* guard: files that a command may not create or change although it may write around them: what other programs execute, or trust, without being
 * asked. Pure: judges paths, looks at no file; allocates nothing, since it runs on the thread of core/notify.h.
 *
 * A pattern (struct caps_guard) is
 * - a name, "*.pem": every file of that name, at any depth; '*' and '?' stand for text without '/';
 * - a path, ".vscode/tasks.json": the same; with the last component "**" all that is below;
 * - an absolute path, which is that place;
 * - ".git": what git executes in any repository: hooks, configuration, and what leads to other ones;
 * - one of these but the last, with '!' in front: where it fits, names and paths do not.
 * What a person granted to write is guarded, and what groups and programs bring (caches, temporary directories) is not: of several grants
 * around a path the nearest counts.
 *
 * A directory that the command made itself holds nothing of anybody else: names and paths in it are free as long as it is the directory in which
 * the pattern begins. What git executes is not free anywhere: it is judged by what it says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/caps.h"
#include "core/git_config.h"

enum guard_operation {
    GUARD_CREATE,      /* a regular file comes to be, and is written afterwards */
    GUARD_WRITE,       /* one that is there is opened for writing, or cut */
    GUARD_MAKE_DIR,
    GUARD_MAKE_LINK,   /* a symbolic link */
    GUARD_MAKE_OTHER,  /* a socket, a named pipe */
    GUARD_LINK_TO,     /* a file that is there gets this name as another one */
    GUARD_LINK_FROM,   /* the file of this name gets another one */
    GUARD_REMOVE,
    GUARD_CHANGE_MODE, /* mode, owner, attributes; not times */
    GUARD_RENAME_FROM, /* both ends of a rename are asked about; an exchange is two renames */
    GUARD_RENAME_TO,
    GUARD_OPERATIONS,
};

struct guard_act {
    enum guard_operation operation;
    const char *path;  /* clean, of a real directory: no link on it but as its last name */
    bool is_dir;       /* the object is a directory */
    const char *other; /* of a rename: its other end; NULL otherwise */
};

enum guard_verdict {
    GUARD_ALLOWED,
    GUARD_DENIED,
    GUARD_IF_BORN,    /* allowed when the command made the directory that ret->base says */
    GUARD_IF_CONTENT, /* a rename: allowed when guard_content_is_safe */
    GUARD_ELSEWHERE,  /* a directory from where nothing is guarded: as from another file system, EXDEV; what copies it is judged by itself */
};

enum guard_kind {
    GUARD_FILE,       /* a name or a path of the patterns */
    GUARD_FILE_ABOVE, /* a directory on the way to one */
    GUARD_GIT_DIR,    /* of a repository, or one of its directories in which such files are */
    GUARD_GIT_MODULE, /* something below the directory of submodules, which may be a repository */
    GUARD_GIT_CONFIG,
    GUARD_GIT_HOOK,
    GUARD_GIT_POINTER, /* a file .git, which says where the repository is */
    GUARD_GIT_COMMON,  /* a file commondir, which says where its configuration is */
};

struct guard_match {
    enum guard_kind kind;
    const struct caps_guard *rule;
    size_t base;                   /* the first so many bytes of the path; 0: no directory helps */
    struct git_config_place place; /* of GUARD_GIT_CONFIG */
};

/* `ret` is set unless the verdict is GUARD_ALLOWED. */
enum guard_verdict guard_judge(const struct caps *c, const struct guard_act *act, struct guard_match *ret);
/* Whether a file that says `after` may be at the path of which `m` is the match, in the place of one that says `before` (empty: there was none). Nobody
 * else may have it open for writing, or another name for it. `ret_why` is what is wrong, for a person, not safe for a terminal. */
bool guard_content_is_safe(const struct caps *c, const char *path, const struct guard_match *m, struct view before, struct view after,
                           char ret_why[GIT_CONFIG_MAX_NAME]);
/* What GUARD_GIT_POINTER leads to, clean; false when it says nothing of the kind. */
bool guard_pointer_target(const char *path, struct view text, char ret[STR_MAX_PATH]);

/* What a path, clean, is in a repository; false when git executes nothing by it. `ret->rule` is left alone. */
bool guard_fit_git(const char *path, bool is_dir, struct guard_match *ret);
/* Whether a pattern that is neither ".git" nor begins with '!' fits the path below its first `root` bytes. */
bool guard_pattern_fits(const char *pattern, const char *path, size_t root);
/* True when the path could be guarded, wherever it is granted: what may be lifted for itself. */
bool guard_names(const struct caps *c, const char *path);
/* True when something of what may be written is guarded. */
bool guard_is_asked(const struct caps *c);
enum { GUARD_MAX_PATTERN = 1024 };
/* ERR_INPUT for a text that is no pattern. Where variables are to be expanded, before that. */
MUST_CHECK int guard_check_pattern(const char *pattern, struct err *e);
