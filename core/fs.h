/* fs: files by descriptor. Reads are capped, replacements are atomic, nothing follows a link it was not told to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/str.h"

/* Whole file into `ret` (appended). ERR_LIMIT when larger than ret->max; ERR_INPUT when it is not a regular file.
 * The last component may not be a link. */
MUST_CHECK int fs_read(int dirfd, const char *path, struct str *ret, struct err *e);
/* Same, for a file the person named or keeps (a profile, an rc file): links are followed. */
MUST_CHECK int fs_read_named(const char *path, struct str *ret, struct err *e);
MUST_CHECK int fs_write_all(int fd, const void *data, size_t len, struct err *e);
/* Temporary name in the same directory, fsync, rename, fsync of the directory: either the old or the new file is there.
 * A link of that name is replaced, not followed. `mode` is exact, whatever the umask. */
MUST_CHECK int fs_replace(int dirfd, const char *path, const void *data, size_t len, mode_t mode, struct err *e);
/* The same without waiting for the disk: this process may die at any instant, but after a power cut the file may be the old one, or empty. */
MUST_CHECK int fs_publish(int dirfd, const char *path, const void *data, size_t len, mode_t mode, struct err *e);
/* The same with a file of that directory that is needed no more: its content and its name are replaced, its mode stays. For who makes and removes
 * many files: a new inode costs several times as much where many were removed lately. */
MUST_CHECK int fs_publish_as(int dirfd, const char *spare, const char *name, const void *data, size_t len, struct err *e);
/* Creates what is missing of a clean path, 0700. An existing component may be a link to a directory. */
MUST_CHECK int fs_make_dirs(const char *path, struct err *e);
/* Opens a directory that must be ours: no link in the last component, owner is the caller, no write for others
 * (ERR_DENIED otherwise). Creates it (0700) when `create`. */
MUST_CHECK int fs_open_private(const char *path, bool create, int *ret_fd, struct err *e);
/* As mkdir(2) with 0700, which the caller can use whatever the umask. -1 with errno. */
int fs_mkdir(int dirfd, const char *name);
/* As openat(2) with these flags, O_CREAT, O_NOFOLLOW and O_CLOEXEC, of a file that its owner can read and write whatever the umask. -1 with errno. */
int fs_open_own(int dirfd, const char *name, int flags);
/* As openat2(2) with these flags, O_CLOEXEC and RESOLVE_*, tried again when it gives up (EAGAIN) because something is renamed or mounted
 * anywhere while it goes by "..". -1 with errno. */
int fs_open_how(int dirfd, const char *path, int flags, unsigned long long resolve);
/* Opens (creates) a lock file and takes flock(2). ERR_BUSY when `wait` is false and it is held. */
MUST_CHECK int fs_lock(int dirfd, const char *name, bool exclusive, bool wait, int *ret_fd, struct err *e);
/* Names in a directory, sorted bytewise, without "." and "..", appended. ERR_LIMIT beyond a million. */
MUST_CHECK int fs_list(int dirfd, const char *path, struct strlist *ret, struct err *e);
/* `dir` is open for reading, at its beginning. 1 when it has no entries, 0 when it has; a negative errno value. Allocates nothing. */
int fs_is_empty(int dir);
/* An entry as getdents64(2) writes it: struct linux_dirent64, of which C libraries give no name. */
struct fs_listed {
    uint64_t inode;
    int64_t next;
    uint16_t length; /* to the next one */
    uint8_t type;
    char name[];
};
/* renameat2(2), which not every C library has: `flags` are RENAME_* of linux/fs.h. -1 with errno. */
int fs_rename(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
/* Removes a file or a tree without following links or leaving the mount it is on; directories of ours that are closed
 * to us are opened. `name` is one component; one that is not there is no error. Stops at the first that cannot go. */
MUST_CHECK int fs_remove_tree(int dirfd, const char *name, struct err *e);
