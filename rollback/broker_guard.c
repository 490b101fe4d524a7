/* broker_guard: asks the rules of core/guard.h, and finds out what they want to know. */
#include "rollback/broker_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/mem.h"
#include "core/path.h"

enum {
    MAX_POINTERS = 64, /* that one command writes; the next one is refused */
    PATH_OF_FD = 40,
};

/* Files that lead git to a repository, by what they are: a rename does not lose them. */
static int pointer[MAX_POINTERS];
static size_t n_pointers;
static const char nothing[] = "";

static int deny(const struct notify_call *c, const char *path)
{
    denials_add(DENIALS_WRITE, DENIALS_BY_GUARD, path, c ? c->tid : 0);
    return -EACCES;
}

/* Whether the command made the directory that the first `len` bytes of the path name. */
static bool is_born(const struct broker *b, const char *path, size_t len)
{
    char directory[STR_MAX_PATH];
    if (len >= sizeof directory)
        return false;
    memcpy(directory, path, len);
    directory[len] = '\0';
    AUTO(mem_close_fd) int fd = path_open_real(directory);
    return fd >= 0 && mutate_is_made(b->mutate, fd);
}

static bool is_pointer(const struct guard_match *m)
{
    return m->kind == GUARD_GIT_POINTER || m->kind == GUARD_GIT_COMMON;
}

int broker_guard_place(struct broker *b, const struct notify_call *c, enum guard_operation operation, const struct mutate_place *p, bool must_exist)
{
    struct stat st;
    if (b->caps->n_guards == 0 || (must_exist && fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0))
        return 0;
    return broker_guard(b, c, operation, p->path, operation == GUARD_MAKE_DIR);
}

int broker_guard(struct broker *b, const struct notify_call *c, enum guard_operation operation, const char *path, bool is_dir)
{
    struct guard_match m;
    const struct guard_act act = {.operation = operation, .path = path, .is_dir = is_dir};
    enum guard_verdict v = guard_judge(b->caps, &act, &m);
    if (v == GUARD_ALLOWED)
        return 0;
    if (v != GUARD_IF_BORN || !is_born(b, path, m.base))
        return deny(c, path);
    bool is_written = operation == GUARD_CREATE || operation == GUARD_WRITE;
    return is_written && is_pointer(&m) && n_pointers == MAX_POINTERS ? deny(c, path) : 0;
}

void broker_guard_opened(struct broker *b, const char *path, int fd)
{
    struct guard_match m;
    char name[PATH_OF_FD];
    const struct guard_act act = {.operation = GUARD_WRITE, .path = path};
    if (n_pointers == MAX_POINTERS || guard_judge(b->caps, &act, &m) == GUARD_ALLOWED || !is_pointer(&m))
        return;
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int pin = open(name, O_PATH | O_CLOEXEC);
    if (pin >= 0)
        pointer[n_pointers++] = pin;
}

/* A small file as a whole, mapped; 0 bytes and 0 when it is not there. */
static int read_whole(int dir, const char *name, struct view *ret, struct stat *ret_st)
{
    *ret = (struct view){nothing, 0};
    AUTO(mem_close_fd) int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (fstat(fd, ret_st) < 0 || !S_ISREG(ret_st->st_mode) || ret_st->st_size > GIT_CONFIG_MAX_FILE)
        return -EACCES;
    char *map = mmap(NULL, GIT_CONFIG_MAX_FILE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return -ENOMEM;
    size_t len = 0;
    ssize_t n = 1;
    while (len < GIT_CONFIG_MAX_FILE && (n = read(fd, map + len, GIT_CONFIG_MAX_FILE - len)) > 0)
        len += (size_t)n;
    if (n != 0) {
        (void)munmap(map, GIT_CONFIG_MAX_FILE);
        return n < 0 ? -errno : -EACCES;
    }
    *ret = (struct view){map, len};
    return 0;
}

static void view_release(struct view *v)
{
    if (v->ptr != nothing)
        (void)munmap((char *)(uintptr_t)v->ptr, GIT_CONFIG_MAX_FILE);
}

static int write_whole(int fd, struct view v)
{
    while (v.len > 0) {
        ssize_t n = write(fd, v.ptr, v.len);
        if (n < 0)
            return -errno;
        v.ptr += n;
        v.len -= (size_t)n;
    }
    return 0;
}

/* What was judged goes to the place, in a file that only nono has had open; what the command wrote goes away. */
static int put_copy(struct broker *b, const struct mutate_place *from, const struct mutate_place *to, struct view text, mode_t mode, unsigned flags)
{
    static const char name[] = ".nono-guarded";
    char path[STR_MAX_PATH];
    size_t dir = (size_t)(path_base(to->path) - to->path);
    if (dir + sizeof name > sizeof path)
        return -ENAMETOOLONG;
    memcpy(path, to->path, dir);
    memcpy(path + dir, name, sizeof name);
    const struct mutate_place copy = {.dir = to->dir, .name = name, .path = path, .is_scratch = to->is_scratch};
    AUTO(mem_close_fd) int fd = mutate_open(b->mutate, &copy, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return fd;
    int r = write_whole(fd, text);
    if (r == 0 && fchmod(fd, mode & 07777) < 0)
        r = -errno;
    if (r == 0)
        r = mutate_rename(b->mutate, &copy, to, flags);
    if (r < 0) {
        (void)!mutate_unlink(b->mutate, &copy);
        return r;
    }
    broker_guard_opened(b, to->path, fd);
    (void)!mutate_unlink(b->mutate, from);
    return BROKER_SENT;
}

static int replace(struct broker *b, const struct notify_call *c, const struct guard_match *m, const struct mutate_place *from,
                   const struct mutate_place *to, unsigned flags)
{
    char why[GIT_CONFIG_MAX_NAME];
    AUTO(view_release) struct view before = {nothing, 0};
    AUTO(view_release) struct view after = {nothing, 0};
    struct stat st = {0};
    if (flags & RENAME_EXCHANGE)
        return deny(c, to->path);
    int r = read_whole(to->dir, to->name, &before, &st);
    if (r == 0)
        r = read_whole(from->dir, from->name, &after, &st);
    if (r < 0 || !guard_content_is_safe(b->caps, to->path, m, before, after, why))
        return deny(c, to->path);
    return put_copy(b, from, to, after, st.st_mode, flags);
}

static bool is_directory(const struct mutate_place *p)
{
    struct stat st;
    return fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static bool is_same_file(const struct mutate_place *a, const struct mutate_place *b)
{
    struct stat x;
    struct stat y;
    return fstatat(a->dir, a->name, &x, AT_SYMLINK_NOFOLLOW) == 0 && fstatat(b->dir, b->name, &y, AT_SYMLINK_NOFOLLOW) == 0 &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* One way of a rename. */
static int judge_way(struct broker *b, const struct notify_call *c, const struct mutate_place *from, const struct mutate_place *to, unsigned flags)
{
    struct guard_match m;
    bool is_dir = is_directory(from);
    const struct guard_act leaves = {.operation = GUARD_RENAME_FROM, .path = from->path, .is_dir = is_dir, .other = to->path};
    const struct guard_act comes = {.operation = GUARD_RENAME_TO, .path = to->path, .is_dir = is_dir, .other = from->path};
    enum guard_verdict v = guard_judge(b->caps, &leaves, &m);
    if (v != GUARD_ALLOWED && (v != GUARD_IF_BORN || !is_born(b, from->path, m.base)))
        return deny(c, from->path);
    switch (guard_judge(b->caps, &comes, &m)) {
    case GUARD_ALLOWED:
        return 0;
    case GUARD_IF_BORN:
        return is_born(b, to->path, m.base) ? 0 : deny(c, to->path);
    case GUARD_IF_CONTENT:
        return is_same_file(from, to) ? 0 : replace(b, c, &m, from, to, flags);
    case GUARD_ELSEWHERE:
        return -EXDEV;
    case GUARD_DENIED:
        break;
    }
    return deny(c, to->path);
}

int broker_guard_rename(struct broker *b, const struct notify_call *c, const struct mutate_place *from, const struct mutate_place *to, unsigned flags)
{
    if (b->caps->n_guards == 0)
        return 0;
    int r = judge_way(b, c, from, to, flags);
    return r == 0 && (flags & RENAME_EXCHANGE) ? judge_way(b, c, to, from, flags) : r;
}

/* Where the directory of a repository really is, which may be behind links. */
static bool leads_to_guarded(const struct broker *b, const char *path, struct view text)
{
    char target[STR_MAX_PATH];
    char real[STR_MAX_PATH];
    char again[STR_MAX_PATH + sizeof "gitdir: "];
    char why[GIT_CONFIG_MAX_NAME];
    bool is_gone = false;
    const struct guard_match m = {.kind = GUARD_GIT_POINTER};
    if (!guard_pointer_target(path, text, target))
        return false;
    AUTO(mem_close_fd) int fd = open(target, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT;
    if (broker_path_of(fd, real, &is_gone) < 0 || is_gone)
        return false;
    int n = snprintf(again, sizeof again, "gitdir: %s", real);
    return n > 0 && (size_t)n < sizeof again && guard_content_is_safe(b->caps, path, &m, (struct view){"", 0}, (struct view){again, (size_t)n}, why);
}

static void settle(struct broker *b, int pin)
{
    char path[STR_MAX_PATH];
    char parent[STR_MAX_PATH];
    char why[GIT_CONFIG_MAX_NAME];
    bool is_gone = false;
    struct guard_match m;
    struct stat st;
    AUTO(view_release) struct view text = {nothing, 0};
    if (broker_path_of(pin, path, &is_gone) < 0 || is_gone || !path_is_clean(path) || !path_lexical_into(path, "..", parent))
        return;
    const struct guard_act act = {.operation = GUARD_WRITE, .path = path};
    if (guard_judge(b->caps, &act, &m) == GUARD_ALLOWED || !is_pointer(&m))
        return;
    AUTO(mem_close_fd) int dir = path_open_real(parent);
    if (dir < 0)
        return;
    const struct mutate_place place = {.dir = dir, .name = path_base(path), .path = path, .is_scratch = !broker_is_captured(b, path)};
    bool is_safe = read_whole(dir, place.name, &text, &st) == 0 && guard_content_is_safe(b->caps, path, &m, (struct view){"", 0}, text, why) &&
                   (m.kind != GUARD_GIT_POINTER || leads_to_guarded(b, path, text));
    if (is_safe)
        return;
    (void)deny(NULL, path);
    (void)!mutate_unlink(b->mutate, &place);
}

void broker_guard_settle(struct broker *b)
{
    for (size_t i = 0; i < n_pointers; i++) {
        if (b->mutate)
            settle(b, pointer[i]);
        (void)close(pointer[i]);
    }
    n_pointers = 0;
}
