/* trace_place: paths as the caller sees them. */
#include "core/trace_place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"

enum { NAME_LENGTH = 64, MAX_HOPS = 8 /* dangling links behind one another */ };

void trace_place_release(struct trace_place *p)
{
    if (p->fd >= 0)
        (void)close(p->fd);
    p->fd = -1;
}

/* Of a process that may not be looked at, something stays unseen. One that is gone cannot be looked at either: its call is over, or comes again. */
static void lose(const struct notify_call *c)
{
    if (notify_is_waiting(c) == 0)
        denials_lose();
}

static int open_start(const struct notify_call *c, int dirfd)
{
    char name[NAME_LENGTH];
    (void)snprintf(name, sizeof name, "fd/%d", dirfd);
    int fd = notify_open(c, dirfd == AT_FDCWD ? "cwd" : name, 0);
    if (fd == -EACCES || fd == -EPERM)
        lose(c);
    return fd;
}

static int open_at(int start, const char *text, bool follow, uint64_t resolve)
{
    uint64_t all = RESOLVE_NO_MAGICLINKS | resolve | (*text == '/' ? RESOLVE_IN_ROOT : 0);
    int fd = fs_open_how(start, text, O_PATH | (follow ? 0 : O_NOFOLLOW), all);
    return fd < 0 ? -errno : fd;
}

static bool read_name(int fd, char ret[STR_MAX_PATH])
{
    char name[NAME_LENGTH];
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(name, ret, STR_MAX_PATH - 1);
    ret[len > 0 ? len : 0] = '\0';
    return ret[0] == '/';
}

/* In place, of an absolute text, ".." taken lexically. */
static void clean(char *text)
{
    char *to = text;
    for (const char *at = text; *at;) {
        size_t len = strcspn(at + 1, "/") + 1;
        bool is_up = len == 3 && strncmp(at, "/..", len) == 0;
        bool is_here = len == 1 || (len == 2 && at[1] == '.');
        while (is_up && to > text && *--to != '/')
            ;
        if (!is_up && !is_here) {
            memmove(to, at, len);
            to += len;
        }
        at += len;
    }
    if (to == text)
        *to++ = '/';
    *to = '\0';
}

/* What means another object in every process cannot be looked up by this one. True when `text` is such a path; `ret_known` when it can be told. */
static bool find_own(const char *text, struct trace_place *ret, bool *ret_known)
{
    static const char *const open_already[] = {"/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc/self/fd", "/proc/thread-self/fd"};
    if (!str_starts(text, "/dev/") && !str_starts(text, "/proc/"))
        return false;
    (void)snprintf(ret->path, sizeof ret->path, "%s", text);
    clean(ret->path);
    for (size_t i = 0; i < sizeof open_already / sizeof *open_already; i++)
        if (path_is_within(ret->path, open_already[i]))
            return true;
    *ret_known = path_is_within(ret->path, "/proc/self") || path_is_within(ret->path, "/proc/thread-self");
    return *ret_known;
}

/* Cuts the last name off, which then begins at the result; NULL when there is none that could be. */
static const char *cut_last(char *text)
{
    size_t len = strlen(text);
    while (len > 1 && text[len - 1] == '/')
        text[--len] = '\0';
    char *slash = strrchr(text, '/');
    char *name = slash ? slash + 1 : text;
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return NULL;
    return name;
}

/* The nearest directory above that can be looked up, and the rest behind it. *ret_last: that is one name. */
static bool find_above(int start, char text[STR_MAX_PATH], struct trace_place *ret, int *ret_dir, bool *ret_last)
{
    char rest[STR_MAX_PATH] = "";
    for (bool is_last = true;; is_last = false) {
        char longer[STR_MAX_PATH];
        const char *name = cut_last(text);
        if (!name || snprintf(longer, sizeof longer, "/%s%s", name, rest) >= (int)sizeof longer)
            return false;
        memcpy(rest, longer, sizeof rest);
        size_t at = (size_t)(name - text);
        text[at] = '\0';
        AUTO(mem_close_fd) int dir = open_at(start, at ? text : ".", true, 0);
        if (dir < 0 && at == 0)
            return false;
        if (dir < 0)
            continue;
        if (!read_name(dir, longer) ||
            snprintf(ret->path, sizeof ret->path, "%s%s", strcmp(longer, "/") == 0 ? "" : longer, rest) >= (int)sizeof ret->path)
            return false;
        ret->lacks_last = is_last && ret->sys == ENOENT;
        *ret_last = is_last;
        *ret_dir = take_fd(&dir);
        return true;
    }
}

/* What a link that leads nowhere, or where the caller may not go, says in its place. */
static bool follow_link(int dir, const struct trace_place *p, char text[STR_MAX_PATH])
{
    ssize_t len = readlinkat(dir, path_base(p->path), text, STR_MAX_PATH - 1);
    if (len <= 0)
        return false;
    text[len] = '\0';
    return true;
}

static atomic_bool roots_differ;

void trace_place_roots_differ(void)
{
    atomic_store(&roots_differ, true);
}

/* *ret_own: for the caller of this alone, which closes it. */
static int open_root(const struct notify_call *c, int *ret_own)
{
    int root = *ret_own = atomic_load(&roots_differ) ? notify_open(c, "root", O_DIRECTORY) : -1;
    if (!atomic_load(&roots_differ))
        root = notify_root(c);
    if (root == -EACCES)
        lose(c);
    return root;
}

/* A path without links in it is itself. Nothing in it has to be left out. */
static bool is_plain(const char *text)
{
    if (atomic_load(&roots_differ))
        return false;
    for (const char *at = text; *at == '/';) {
        size_t len = strcspn(at + 1, "/");
        if (len == 0 || (at[1] == '.' && (len == 1 || (len == 2 && at[2] == '.'))))
            return false;
        at += len + 1;
    }
    return *text == '/';
}

static bool find_plain(const struct notify_call *c, const char *text, struct trace_place *ret)
{
    int root = is_plain(text) ? notify_root(c) : -1;
    ret->fd = root < 0 ? -1 : open_at(root, text, true, RESOLVE_NO_SYMLINKS);
    if (ret->fd < 0) {
        ret->fd = -1;
        return false;
    }
    (void)snprintf(ret->path, sizeof ret->path, "%s", text);
    return true;
}

static bool find(const struct notify_call *c, int dirfd, char text[STR_MAX_PATH], unsigned how, struct trace_place *ret)
{
    bool follow = how & TRACE_PLACE_FOLLOW;
    AUTO(mem_close_fd) int from = *text == '/' ? -1 : open_start(c, dirfd);
    for (int hop = 0; hop < MAX_HOPS; hop++) {
        AUTO(mem_close_fd) int dir = -1;
        AUTO(mem_close_fd) int own = -1;
        bool is_last = false;
        int start = *text == '/' ? open_root(c, &own) : from;
        if (start < 0)
            return false;
        ret->fd = open_at(start, text, follow, 0);
        ret->sys = ret->fd < 0 ? -ret->fd : 0;
        if (ret->fd >= 0)
            return read_name(ret->fd, ret->path);
        ret->fd = -1;
        if (how & TRACE_PLACE_FOUND_ONLY) {
            (void)snprintf(ret->path, sizeof ret->path, "%s", text);
            return true;
        }
        if (!find_above(start, text, ret, &dir, &is_last))
            return false;
        if (!follow || !is_last || !follow_link(dir, ret, text))
            return true;
        mem_close_fd(&from);
        from = take_fd(&dir);
    }
    return false;
}

bool trace_place_find(const struct notify_call *c, int dirfd, char text[STR_MAX_PATH], unsigned how, struct trace_place *ret)
{
    bool is_known = false;
    *ret = (struct trace_place)TRACE_PLACE_INIT;
    if (*text == '\0')
        return false;
    if (find_own(text, ret, &is_known))
        return is_known && notify_is_waiting(c) == 0;
    return (find_plain(c, text, ret) || find(c, dirfd, text, how, ret)) && notify_is_waiting(c) == 0;
}

bool trace_place_of_fd(const struct notify_call *c, int fd, struct trace_place *ret)
{
    *ret = (struct trace_place)TRACE_PLACE_INIT;
    ret->fd = open_start(c, fd);
    return ret->fd >= 0 && read_name(ret->fd, ret->path) && notify_is_waiting(c) == 0;
}
