/* mutate_do: the operations by paths relative to the base of a fixture, for tests. Each returns what the operation does. */
#pragma once

#include <time.h>

#include "tests/unit/mutate_fixture.h"

struct doer {
    const struct fixture *f;
    struct mutate *m;
};

int do_open(const struct doer *d, const char *path, int flags, mode_t mode); /* the descriptor */
int do_write(const struct doer *d, const char *path, int flags, const char *text); /* opens, writes, closes */
int do_mkdir(const struct doer *d, const char *path, mode_t mode);
int do_mknod(const struct doer *d, const char *path, mode_t mode);
int do_symlink(const struct doer *d, const char *target, const char *path);
int do_link(const struct doer *d, const char *from, const char *to);
int do_unlink(const struct doer *d, const char *path);
int do_rmdir(const struct doer *d, const char *path);
int do_rename(const struct doer *d, const char *from, const char *to, unsigned flags);
int do_bind(const struct doer *d, const char *path);
int do_tmpfile(const struct doer *d, const char *dir, const char *to, const char *text);
int do_chmod(const struct doer *d, const char *path, mode_t mode);
int do_chown(const struct doer *d, const char *path, uid_t uid, gid_t gid);
int do_utimens(const struct doer *d, const char *path, time_t seconds);
int do_setxattr(const struct doer *d, const char *path, const char *name, const void *value, size_t len);
int do_removexattr(const struct doer *d, const char *path, const char *name);
int do_truncate(const struct doer *d, const char *path, off_t length);
int do_will_write(const struct doer *d, const char *path);
