/* blocked_search: the names of blocked commands, looked up in every directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/blocked_parts.h"
#include "core/mem.h"
#include "core/path.h"

enum { MAX_DIRECTORIES = 256 }; /* of a search path; each is a descriptor */

struct directory {
    int fd;
    char *path; /* real */
    struct caps_object object;
};

struct finding {
    const struct caps *caps;
    struct directory *directory;
    size_t n, cap;
    struct blocked_names *found;
};

static void finding_release(struct finding *f)
{
    for (size_t i = 0; i < f->n; i++) {
        mem_close_fd(&f->directory[i].fd);
        mem_free(f->directory[i].path);
    }
    mem_free(f->directory);
}

static bool is_known(const struct finding *f, const struct stat *st)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->directory[i].object.device == (uint64_t)st->st_dev && f->directory[i].object.inode == (uint64_t)st->st_ino)
            return true;
    return false;
}

/* One that cannot be entered holds nothing that a command could start. */
static int add_directory(struct finding *f, const char *path, struct err *e)
{
    struct stat st;
    AUTO(mem_close_fd) int fd = -1;
    AUTO(mem_free_ptr) char *real = NULL;
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode) || is_known(f, &st))
        return 0;
    int r = path_resolve(path, &fd, &real, e);
    if (r == ERR_MISSING || r == ERR_DENIED)
        return 0;
    if (r < 0 || fstat(fd, &st) < 0 || f->n == MAX_DIRECTORIES)
        return r < 0 ? err_add(e, "looking for blocked commands") : err_set(e, ERR_LIMIT, "PATH has more than %d directories", MAX_DIRECTORIES);
    mem_reserve(&f->directory, &f->cap, f->n + 1, sizeof *f->directory);
    f->directory[f->n++] = (struct directory){
        .fd = take_fd(&fd), .path = take_ptr(&real), .object = {.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino}};
    return 0;
}

/* Where the file is that a name leads to; NULL when it has gone. */
static char *real_of(const char *path)
{
    AUTO(mem_close_fd) int fd = -1;
    char *real = NULL;
    struct err ignored = ERR_INIT;
    return path_resolve(path, &fd, &real, &ignored) == 0 ? real : NULL;
}

static void look_up(struct finding *f, size_t command, const struct directory *d)
{
    struct stat st;
    const char *name = f->caps->blocked[command].name;
    if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    bool is_link = S_ISLNK(st.st_mode);
    if ((is_link && fstatat(d->fd, name, &st, 0) < 0) || !S_ISREG(st.st_mode))
        return;
    AUTO(mem_free_ptr) char *path = path_join(d->path, name);
    AUTO(mem_free_ptr) char *real = is_link ? real_of(path) : mem_strdup(path);
    if (real)
        blocked_names_add(f->found, (struct blocked_name){.command = command,
                                                          .path = take_ptr(&path),
                                                          .real = take_ptr(&real),
                                                          .device = (uint64_t)st.st_dev,
                                                          .inode = (uint64_t)st.st_ino,
                                                          .n_links = (uint64_t)st.st_nlink});
}

static bool may_have_others(const struct finding *f, const struct blocked_name *n)
{
    return !n->other && (n->n_links > 1 || !caps_blocked(f->caps, n->real));
}

/* The entry may be a name, that is not blocked, of one of the files. */
static bool is_of_interest(const struct finding *f, const struct dirent *entry)
{
    bool may_be = entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
    for (size_t i = 0; !may_be && i < f->found->n; i++)
        may_be = entry->d_ino == f->found->item[i].inode;
    return may_be && !caps_blocked(f->caps, entry->d_name);
}

static void note_other(struct finding *f, const struct directory *d, const char *name)
{
    struct stat st;
    if (fstatat(d->fd, name, &st, 0) < 0)
        return;
    for (size_t i = 0; i < f->found->n; i++) {
        struct blocked_name *n = &f->found->item[i];
        if (may_have_others(f, n) && (uint64_t)st.st_dev == n->device && (uint64_t)st.st_ino == n->inode)
            n->other = path_join(d->path, name);
    }
}

static void close_directory(DIR **dir)
{
    if (*dir)
        (void)closedir(*dir);
}

static int list_others(struct finding *f, const struct directory *d, struct err *e)
{
    AUTO(mem_close_fd) int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO(close_directory) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return errno == EACCES ? 0 : err_sys(e, ERR_IO, errno, "looking for other names of blocked commands");
    (void)take_fd(&fd);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (is_of_interest(f, entry))
            note_other(f, d, entry->d_name);
    return 0;
}

static int find_others(struct finding *f, struct err *e)
{
    bool wanted = false;
    int r = 0;
    for (size_t i = 0; i < f->found->n; i++)
        wanted |= may_have_others(f, &f->found->item[i]);
    for (size_t i = 0; wanted && r == 0 && i < f->n; i++)
        r = list_others(f, &f->directory[i], e);
    return r;
}

int blocked_search(const struct caps *c, const struct strlist *directories, struct blocked_names *ret, struct err *e)
{
    AUTO(finding_release) struct finding f = {.caps = c, .found = ret};
    int r = 0;
    for (size_t i = 0; r == 0 && i < directories->n; i++)
        r = add_directory(&f, directories->item[i], e);
    for (size_t i = 0; r == 0 && i < c->n_blocked; i++)
        for (size_t k = 0; k < f.n; k++)
            look_up(&f, i, &f.directory[k]);
    return r == 0 ? find_others(&f, e) : r;
}
