/* broker_path: where the paths of a caller lead, without following a magic link of /proc by the kernel: it would be nono's own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/broker_own.h"

enum { NAME_LENGTH = 64, TRIES = 8 };

static const char gone[] = " (deleted)";

void broker_name_release(struct broker_name *n)
{
    mem_close_fd(&n->dir);
    mem_close_fd(&n->object);
}

static int own_fds = -1; /* nono's directory of descriptors in /proc */

void broker_path_begin(void)
{
    if (own_fds < 0)
        own_fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void broker_path_end(void)
{
    mem_close_fd(&own_fds);
}

int broker_path_of(int fd, char ret[STR_MAX_PATH], bool *ret_gone)
{
    static const char dir[] = "/proc/self/fd/";
    char name[NAME_LENGTH];
    struct stat st;
    (void)snprintf(name, sizeof name, "%s%d", dir, fd);
    ssize_t len = own_fds < 0 ? readlink(name, ret, STR_MAX_PATH) : readlinkat(own_fds, name + sizeof dir - 1, ret, STR_MAX_PATH);
    if (len <= 0 || len >= STR_MAX_PATH)
        return len < 0 ? -errno : -ENAMETOOLONG;
    ret[len] = '\0';
    size_t tail = sizeof gone - 1;
    *ret_gone = false;
    if ((size_t)len <= tail || strcmp(ret + len - tail, gone) != 0)
        return 0;
    if (fstat(fd, &st) < 0)
        return -errno;
    *ret_gone = st.st_nlink == 0;
    if (*ret_gone)
        ret[(size_t)len - tail] = '\0';
    return 0;
}

int broker_read_link(int dir, const char *name, char ret[STR_MAX_PATH])
{
    ssize_t len = readlinkat(dir, name, ret, STR_MAX_PATH);
    if (len < 0)
        return -errno;
    if (len >= STR_MAX_PATH)
        return -ENAMETOOLONG;
    ret[len] = '\0';
    return len == 0 ? -ENOENT : 0;
}

/* All processes of the command have the same root: the baseline refuses chroot(2) and what else could change it. */
static int root_of(struct broker *b, const struct notify_call *c)
{
    if (b->view < 0)
        b->view = notify_open(c, "root", O_DIRECTORY);
    return b->view;
}

static int open_at(int start, const char *path, unsigned long long resolve)
{
    int fd = fs_open_how(start, path, O_PATH | O_DIRECTORY, resolve);
    return fd < 0 ? -errno : fd;
}

/* A link on the way may lead to the root, which has to be the caller's: the path is then taken from there. */
static int open_from_root(struct broker *b, const struct notify_call *c, int start, const char *path)
{
    char whole[STR_MAX_PATH];
    bool is_gone = false;
    int root = root_of(b, c);
    if (root < 0)
        return root;
    if (path[0] == '/')
        return open_at(root, path, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    int r = broker_path_of(start, whole, &is_gone);
    if (r < 0 || is_gone)
        return r < 0 ? r : -ENOENT;
    size_t len = strlen(whole);
    if (len + 1 + strlen(path) >= sizeof whole)
        return -ENAMETOOLONG;
    whole[len] = '/';
    memcpy(whole + len + 1, path, strlen(path) + 1);
    return open_at(root, whole, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/* The directory `path`, "" for the start itself. Takes `start`, -1 when the path is absolute. */
static int open_dir(struct broker *b, const struct notify_call *c, int start, const char *path)
{
    AUTO(mem_close_fd) int taken = start;
    if (path[0] == '/')
        return open_from_root(b, c, -1, path);
    if (taken < 0)
        return taken;
    if (!*path)
        return take_fd(&taken);
    int fd = open_at(taken, path, RESOLVE_NO_SYMLINKS);
    return fd == -ELOOP ? open_from_root(b, c, taken, path) : fd;
}

static const char *after(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(path, prefix, len) == 0 ? path + len : NULL;
}

/* "/proc/self/fd/3/x" and the like: "fd/3" in `ret_link`, and *ret_rest is what follows ("/x"). */
static bool is_own_link(const char *path, char ret_link[NAME_LENGTH], const char **ret_rest)
{
    static const char *const dirs[] = {"/proc/self/", "/proc/thread-self/", "/dev/"};
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        const char *at = after(path, dirs[i]);
        bool is_dev = i == 2;
        for (int n = 0; at && is_dev && n < 3; n++)
            if (strcmp(at, names[n]) == 0) {
                (void)snprintf(ret_link, NAME_LENGTH, "fd/%d", n);
                *ret_rest = "";
                return true;
            }
        size_t len = 0;
        if (at && after(at, "fd/"))
            len = strlen("fd/") + strspn(at + strlen("fd/"), "0123456789");
        else if (at && !is_dev && (after(at, "cwd") || after(at, "root")))
            len = at[0] == 'c' ? strlen("cwd") : strlen("root");
        if (len <= strlen("fd/") - 1 + (at && at[0] == 'f') || len >= NAME_LENGTH || (at[len] && at[len] != '/'))
            continue;
        memcpy(ret_link, at, len);
        ret_link[len] = '\0';
        *ret_rest = at + len;
        return true;
    }
    return false;
}

/* Splits off the last name. False when it names no entry: "", ".", "..", "/". */
static bool split(char *path, struct broker_name *ret, const char **ret_dir, const char **ret_name)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        path[--len] = '\0';
        ret->slash = true;
    }
    char *last = strrchr(path, '/');
    *ret_name = last ? last + 1 : path;
    if (!**ret_name || strcmp(*ret_name, ".") == 0 || strcmp(*ret_name, "..") == 0)
        return false;
    *ret_dir = last ? path : "";
    if (last == path)
        *ret_dir = "/";
    else if (last)
        *last = '\0';
    return true;
}

static int locate_below(struct broker *b, const struct notify_call *c, int start, char *path, struct broker_name *ret)
{
    const char *dir = NULL;
    const char *name = NULL;
    if (!split(path, ret, &dir, &name)) {
        ret->object = open_dir(b, c, start, path);
        return ret->object < 0 ? ret->object : 0;
    }
    size_t len = strlen(name);
    if (len >= sizeof ret->name) {
        mem_close_fd(&start);
        return -ENAMETOOLONG;
    }
    memcpy(ret->name, name, len + 1);
    ret->dir = open_dir(b, c, start, dir);
    return ret->dir < 0 ? ret->dir : 0;
}

/* The rest of a path that began at a link to an object of the caller. */
static int locate_after_link(struct broker *b, const struct notify_call *c, const char *link, const char *rest, struct broker_name *ret)
{
    char path[STR_MAX_PATH];
    int start = notify_open(c, link, 0);
    while (*rest == '/')
        rest++;
    if (start < 0 || !*rest) {
        ret->object = start;
        ret->is_own = true;
        return start < 0 ? start : 0;
    }
    (void)snprintf(path, sizeof path, "%s", rest);
    return locate_below(b, c, start, path, ret);
}

int broker_locate(struct broker *b, const struct notify_call *c, int from, int dirfd, const char *path, struct broker_name *ret)
{
    char text[STR_MAX_PATH];
    char link[NAME_LENGTH];
    const char *rest = NULL;
    size_t len = strlen(path);
    *ret = (struct broker_name)BROKER_NAME_INIT;
    if (len == 0 || len >= sizeof text)
        return len == 0 ? -ENOENT : -ENAMETOOLONG;
    if (is_own_link(path, link, &rest))
        return locate_after_link(b, c, link, rest, ret);
    memcpy(text, path, len + 1);
    int start = -1; /* stays so for an absolute path */
    if (path[0] != '/' && from >= 0)
        start = fcntl(from, F_DUPFD_CLOEXEC, 0);
    else if (path[0] != '/')
        start = dirfd == AT_FDCWD ? notify_open(c, "cwd", O_DIRECTORY) : notify_get_fd(c, dirfd);
    if (start < 0 && path[0] != '/')
        return start;
    return locate_below(b, c, start, text, ret);
}

/* Whether the directory that `path` has its name in is not there. Where a link leads there, or /proc, only the kernel can tell. */
static bool is_missing(struct broker *b, const struct notify_call *c, int from, int dirfd, const char *path)
{
    char text[STR_MAX_PATH];
    (void)snprintf(text, sizeof text, "%s", path);
    for (;;) {
        AUTO(broker_name_release) struct broker_name n = BROKER_NAME_INIT;
        struct stat st;
        int error = 0;
        size_t len = strlen(text);
        while (len > 0 && text[len - 1] == '/')
            len--;
        while (len > 0 && text[len - 1] != '/')
            len--;
        text[len] = '\0';
        int r = len > 0 ? broker_locate(b, c, from, dirfd, text, &n) : -EINVAL;
        if (r == -ENOENT)
            continue;
        if (r < 0 || n.object >= 0 || fstatat(n.dir, n.name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
            return false;
        const struct broker_dir *d = broker_dir(b, n.dir, &error);
        return d && !d->is_direct;
    }
}

int broker_find(struct broker *b, const struct notify_call *c, int from, int dirfd, const char *path, struct broker_name *ret)
{
    for (int i = 0; i < TRIES; i++) {
        int r = broker_locate(b, c, from, dirfd, path, ret);
        if (r == 0)
            return 0;
        broker_name_release(ret);
        if (r != -ENOENT)
            break;
        if (is_missing(b, c, from, dirfd, path))
            return -ENOENT;
    }
    return BROKER_PROCEED;
}
