/* real: where a path really is, for many paths at once. */
#include "policy/real.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"

void real_cache_release(struct real_cache *c)
{
    for (size_t i = 0; i < c->n; i++) {
        mem_free(c->directory[i].path);
        mem_free(c->directory[i].real);
    }
    mem_free(c->directory);
    *c = (struct real_cache){0};
}

void real_release(struct real *r)
{
    mem_free(r->path);
    mem_free(r->link);
    *r = (struct real){0};
}

/* The real path of the deepest part of `path` that exists, with the rest behind it. */
static char *real_prefix(const char *path)
{
    AUTO(mem_free_ptr) char *at = mem_strdup(path);
    for (;;) {
        AUTO(mem_close_fd) int fd = -1;
        AUTO(mem_free_ptr) char *real = NULL;
        struct err ignored = ERR_INIT;
        if (path_resolve(at, &fd, &real, &ignored) == 0) {
            const char *rest = path_below(path, at);
            return rest && *rest ? path_join(real, rest) : take_ptr(&real);
        }
        if (strcmp(at, "/") == 0)
            return mem_strdup(path);
        char *parent = path_parent(at);
        mem_free(at);
        at = parent;
    }
}

static const char *real_of_directory(struct real_cache *c, const char *path)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->directory[i].path, path) == 0)
            return c->directory[i].real;
    mem_reserve(&c->directory, &c->cap, c->n + 1, sizeof *c->directory);
    c->directory[c->n] = (struct real_directory){.path = mem_strdup(path), .real = real_prefix(path)};
    return c->directory[c->n++].real;
}

/* What a link leads to that cannot be opened: its text is followed once, and as far as it exists. */
static char *dangling_target(const char *link, const char *directory)
{
    char text[STR_MAX_PATH];
    ssize_t len = readlink(link, text, sizeof text - 1);
    if (len <= 0)
        return mem_strdup(link);
    text[len] = '\0';
    AUTO(mem_free_ptr) char *clean = NULL;
    struct err ignored = ERR_INIT;
    if (path_lexical(directory, text, &clean, &ignored) < 0)
        return mem_strdup(link);
    return real_prefix(clean);
}

static void follow_link(const char *directory, struct real *r)
{
    AUTO(mem_close_fd) int fd = -1;
    struct err why = ERR_INIT;
    char *target = NULL;
    struct stat st;
    r->link = r->path;
    r->path = NULL;
    if (path_resolve(r->link, &fd, &target, &why) == 0 && fstat(fd, &st) == 0) {
        r->path = target;
        r->exists = true;
        r->is_dir = S_ISDIR(st.st_mode);
        return;
    }
    mem_free(target);
    r->sys = why.sys ? why.sys : ENOENT;
    r->path = dangling_target(r->link, directory);
}

/* The same name is another object in every process. */
static bool find_per_process(const char *path, struct real *ret)
{
    static const struct {
        const char *name, *means;
        bool is_dir;
    } names[] = {
        {"/proc/self", "/proc/self", true},          {"/proc/thread-self", "/proc/thread-self", true},
        {"/dev/fd", "/proc/self/fd", true},          {"/dev/stdin", "/proc/self/fd/0", false},
        {"/dev/stdout", "/proc/self/fd/1", false},   {"/dev/stderr", "/proc/self/fd/2", false},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *below = path_below(path, names[i].name);
        if (!below)
            continue;
        *ret = (struct real){
            .path = *below ? path_join(names[i].means, below) : mem_strdup(names[i].means),
            .exists = true,
            .is_dir = *below ? strcmp(below, "fd") == 0 : names[i].is_dir,
        };
        return true;
    }
    return false;
}

void real_find(struct real_cache *c, const char *path, struct real *ret)
{
    if (find_per_process(path, ret))
        return;
    *ret = (struct real){0};
    AUTO(mem_free_ptr) char *parent = path_parent(path);
    const char *directory = real_of_directory(c, parent);
    ret->path = strcmp(path, "/") == 0 ? mem_strdup("/") : path_join(directory, path_base(path));
    struct stat st;
    if (fstatat(AT_FDCWD, ret->path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        ret->sys = errno;
    } else if (S_ISLNK(st.st_mode)) {
        follow_link(directory, ret);
    } else {
        ret->exists = true;
        ret->is_dir = S_ISDIR(st.st_mode);
    }
}
