/* restore_meta: metadata by descriptor, through /proc/self/fd where the call has no form for O_PATH. */
#include "rollback/restore_meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/mem.h"

enum { FD_PATH_MAX = 40 };

static void fd_path(int fd, char ret[FD_PATH_MAX])
{
    (void)snprintf(ret, FD_PATH_MAX, "/proc/self/fd/%d", fd);
}

int restore_meta_time(int fd, int64_t mtime_ns, struct err *e)
{
    int64_t sec = mtime_ns / 1000000000;
    int64_t nsec = mtime_ns % 1000000000;
    if (nsec < 0) {
        sec--;
        nsec += 1000000000;
    }
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = sec, .tv_nsec = nsec}};
    if (utimensat(fd, "", times, AT_EMPTY_PATH) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot set its time");
    return 0;
}

int restore_meta_mode(int fd, mode_t mode, struct err *e)
{
    char path[FD_PATH_MAX];
    fd_path(fd, path);
    if (chmod(path, mode) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot set its mode");
    return 0;
}

static const struct snapshot_xattr *find(const struct snapshot_xattrs *x, const char *name)
{
    for (size_t i = 0; i < x->n; i++) {
        if (strcmp(x->item[i].name, name) == 0)
            return &x->item[i];
    }
    return NULL;
}

static int put_xattrs(struct store *s, int fd, const struct snapshot_node *want, struct err *e)
{
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs now = {0};
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs before = {0};
    char path[FD_PATH_MAX];
    fd_path(fd, path);
    int rc = snapshot_xattrs_of(fd, "", &now, e);
    if (rc == 0 && !oid_is_zero(&want->xattrs))
        rc = snapshot_xattrs_read(s, &want->xattrs, &before, e);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < now.n; i++) {
        if (!find(&before, now.item[i].name) && removexattr(path, now.item[i].name) < 0 && errno != ENODATA)
            return err_sys(e, err_class_of(errno), errno, "cannot remove its attribute");
    }
    for (size_t i = 0; i < before.n; i++) {
        const struct snapshot_xattr *x = &before.item[i];
        const struct snapshot_xattr *old = find(&now, x->name);
        if (old && old->len == x->len && memcmp(old->value, x->value, x->len) == 0)
            continue;
        if (setxattr(path, x->name, x->value, x->len, 0) < 0)
            return err_sys(e, err_class_of(errno), errno, "cannot set its attribute");
    }
    return 0;
}

int restore_meta_put(struct store *s, int fd, const struct snapshot_node *want, struct err *e)
{
    struct stat st;
    int owner_sys = 0;
    int rc = 0;
    if (fstatat(fd, "", &st, AT_EMPTY_PATH) < 0)
        return err_sys(e, ERR_IO, errno, "cannot look at it");
    if ((st.st_uid != want->uid || st.st_gid != want->gid) && fchownat(fd, "", want->uid, want->gid, AT_EMPTY_PATH) < 0)
        owner_sys = errno;
    mode_t mode = owner_sys ? want->mode & 01777 : want->mode;
    /* An owner can change the attributes only of what it may write. */
    if (want->type != SNAPSHOT_LINK && !(st.st_mode & S_IWUSR) && mode & S_IWUSR)
        rc = restore_meta_mode(fd, mode, e);
    if (rc == 0)
        rc = put_xattrs(s, fd, want, e);
    bool mode_may_differ = (st.st_mode & 07777) != mode || st.st_uid != want->uid || st.st_gid != want->gid || !oid_is_zero(&want->xattrs);
    if (rc == 0 && want->type != SNAPSHOT_LINK && mode_may_differ)
        rc = restore_meta_mode(fd, mode, e);
    if (rc == 0)
        rc = restore_meta_time(fd, want->mtime_ns, e);
    if (rc == 0 && owner_sys)
        rc = err_sys(e, ERR_DENIED, owner_sys, "cannot give it back to its owner");
    return rc;
}
