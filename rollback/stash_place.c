/* stash: where it lies. On the main thread. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/mutate_look.h"
#include "rollback/stash.h"

enum { ENTRY_NAME = 64, MAX_ABOVE = 64 };

static void entry_name(unsigned index, char ret[ENTRY_NAME])
{
    (void)snprintf(ret, ENTRY_NAME, index == 0 ? STASH_FIRST : STASH_FIRST "%u", index);
}

/* Things can be renamed from one to the other. */
static bool are_together(const struct mutate_look *a, const struct mutate_look *b)
{
    return a->device == b->device && a->mount == b->mount;
}

static int finish(int dir, struct stash *ret, struct err *e)
{
    struct mutate_look l;
    char link[40];
    int r = mutate_look(dir, "", &l);
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    ssize_t len = r < 0 ? -1 : readlink(link, ret->path, sizeof ret->path - 1);
    if (len <= 0)
        return err_sys(e, ERR_IO, r < 0 ? -r : errno, "cannot use the stash of the session");
    ret->path[len] = '\0';
    ret->device = l.device;
    ret->mount = l.mount;
    ret->dir = dir;
    return 0;
}

/* That stashes come and go there is no change of somebody's directory. */
static void keep_time(const char *dir, const struct stat *before)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, before->st_mtim};
    struct stat now;
    if (stat(dir, &now) == 0 && now.st_ino == before->st_ino && (now.st_mtim.tv_sec != before->st_mtim.tv_sec || now.st_mtim.tv_nsec != before->st_mtim.tv_nsec))
        (void)utimensat(AT_FDCWD, dir, times, 0);
}

/* `.nono-UID` in the directory `above`, and this session's directory in it. */
static int make_in(const struct stash_request *r, const char *above, struct stash *ret, struct err *e)
{
    char name[ENTRY_NAME];
    char path[STR_MAX_PATH + 2 * ENTRY_NAME];
    AUTO(mem_close_fd) int base = -1;
    int len = snprintf(path, sizeof path, "%s/.nono-%u", above[1] ? above : "", (unsigned)geteuid());
    if (len < 0 || len > STR_MAX_PATH - 2 * ENTRY_NAME)
        return err_set(e, ERR_LIMIT, "the path is too long");
    struct stat before;
    bool has_time = stat(above, &before) == 0;
    int rc = fs_open_private(path, true, &base, e);
    if (has_time)
        keep_time(above, &before);
    if (rc < 0)
        return rc;
    size_t used = (size_t)len;
    (void)snprintf(path + used, sizeof path - used, r->index == 0 ? "/%s" : "/%s.%u", r->id, r->index);
    entry_name(r->index, name);
    /* The link first: what lies elsewhere is found again whenever nono is killed. */
    if (symlinkat(path, r->session_dir, name) < 0)
        return err_sys(e, ERR_IO, errno, "cannot make the stash of the session");
    if (fs_mkdir(base, path + used + 1) < 0) {
        int sys = errno;
        (void)unlinkat(r->session_dir, name, 0);
        return err_sys(e, err_class_of(sys), sys, "cannot make the stash of the session");
    }
    AUTO(mem_close_fd) int dir = openat(base, path + used + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return err_sys(e, ERR_IO, errno, "cannot open the stash of the session");
    rc = finish(dir, ret, e);
    if (rc == 0)
        (void)take_fd(&dir);
    return rc;
}

static bool is_with(const char *path, const struct mutate_look *tree)
{
    struct mutate_look l;
    return mutate_look(AT_FDCWD, path, &l) == 0 && are_together(&l, tree);
}

/* From the highest directory downwards: the tree, or another one that the session may change, is most likely not above it. */
static int make_above(const struct stash_request *r, const struct mutate_look *tree, struct stash *ret, struct err *e)
{
    char above[STR_MAX_PATH];
    size_t end[MAX_ABOVE];
    size_t n = 0;
    (void)snprintf(above, sizeof above, "%s", r->tree);
    for (char *slash = strrchr(above, '/'); slash && n < MAX_ABOVE && above[1]; slash = strrchr(above, '/')) {
        slash[slash == above ? 1 : 0] = '\0';
        if (!is_with(above, tree))
            break;
        end[n++] = strlen(above);
    }
    while (n > 0) {
        struct err ignored = ERR_INIT;
        (void)snprintf(above, sizeof above, "%s", r->tree);
        above[end[--n]] = '\0';
        if (make_in(r, above, ret, &ignored) == 0)
            return 0;
    }
    struct err ignored = ERR_INIT;
    if (r->may_be_inside && S_ISDIR(tree->mode) && make_in(r, r->tree, ret, &ignored) == 0)
        return 0;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(r->tree);
    return err_set(e, ERR_KERNEL, "no directory above %s, on the same file system, can be written to: what is deleted there cannot be kept", shown);
}

static int look_at_both(const struct stash_request *r, struct mutate_look *ret_tree, bool *ret_together, struct err *e)
{
    struct mutate_look state;
    int sys = mutate_look(AT_FDCWD, r->tree, ret_tree);
    if (sys == 0)
        sys = mutate_look(r->session_dir, "", &state);
    if (sys < 0) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(r->tree);
        return err_sys(e, err_class_of(-sys), -sys, "cannot look at %s", shown);
    }
    *ret_together = are_together(ret_tree, &state);
    return 0;
}

static int make_beside(const struct stash_request *r, struct stash *ret, struct err *e)
{
    char name[ENTRY_NAME];
    entry_name(r->index, name);
    if (fs_mkdir(r->session_dir, name) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot make the stash of the session");
    AUTO(mem_close_fd) int dir = openat(r->session_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = dir < 0 ? err_sys(e, ERR_IO, errno, "cannot open the stash of the session") : finish(dir, ret, e);
    if (rc == 0)
        (void)take_fd(&dir);
    return rc;
}

int stash_make(const struct stash_request *r, struct stash *ret, struct err *e)
{
    struct stash s = STASH_INIT;
    struct mutate_look tree;
    bool together = false;
    int rc = look_at_both(r, &tree, &together, e);
    if (rc == 0)
        rc = together ? make_beside(r, &s, e) : make_above(r, &tree, &s, e);
    if (rc == 0)
        *ret = s;
    return rc;
}

int stash_prepare(const struct stash_request *r, struct stash *ret, struct err *e)
{
    struct stash s = STASH_INIT;
    struct mutate_look tree;
    bool together = false;
    int rc = look_at_both(r, &tree, &together, e);
    if (rc == 0 && !together)
        rc = make_above(r, &tree, &s, e);
    if (rc < 0)
        return rc;
    if (together) {
        int len = snprintf(s.path, sizeof s.path, "%s/" STASH_FIRST, r->session_path);
        if (len < 0 || (size_t)len >= sizeof s.path)
            return err_set(e, ERR_LIMIT, "the path is too long");
        s.device = tree.device;
        s.mount = tree.mount;
        s.later = r->session_dir;
    }
    *ret = s;
    return 0;
}

/* Where the link of a stash leads: two components below an absolute path, the first of them ours by name. ERR_CORRUPT. */
static int read_link(int session_dir, const char *name, char ret[STR_MAX_PATH], struct err *e)
{
    char wanted[ENTRY_NAME];
    ssize_t len = readlinkat(session_dir, name, ret, STR_MAX_PATH - 1);
    if (len <= 0)
        return err_sys(e, err_class_of(errno), errno, "cannot read the place of the stash");
    ret[len] = '\0';
    int used = snprintf(wanted, sizeof wanted, "/.nono-%u/", (unsigned)geteuid());
    const char *base = path_is_clean(ret) ? strrchr(ret, '/') : NULL;
    if (!base || base - ret < used - 1 || strncmp(base - used + 1, wanted, (size_t)used) != 0)
        return err_set(e, ERR_CORRUPT, "the link to the stash leads to where no stash is made");
    return 0;
}

/* Ids go on behind the largest that is there. */
static int find_next(struct stash *s, struct err *e)
{
    AUTO(strlist_release) struct strlist fans = STRLIST_INIT;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    char name[STASH_NAME];
    unsigned long long fan = 0;
    unsigned long last = 0;
    int r = fs_list(s->dir, ".", &fans, e);
    for (size_t i = 0; i < fans.n; i++) {
        unsigned long long number = strtoull(fans.item[i], NULL, 16);
        fan = number > fan ? number : fan;
    }
    (void)snprintf(name, sizeof name, "%llx", fan);
    if (r == 0 && fans.n > 0)
        r = fs_list(s->dir, name, &names, e);
    for (size_t i = 0; i < names.n; i++) {
        unsigned long number = strtoul(names.item[i], NULL, 16);
        last = number > last ? number : last;
    }
    s->next = fan * STASH_FAN + last + 1;
    return r;
}

int stash_open(int session_dir, unsigned index, struct stash *ret, struct err *e)
{
    struct stash s = STASH_INIT;
    char name[ENTRY_NAME];
    char path[STR_MAX_PATH];
    struct mutate_look l;
    AUTO(mem_close_fd) int dir = -1;
    entry_name(index, name);
    int r = mutate_look(session_dir, name, &l);
    if (r < 0)
        return err_sys(e, err_class_of(-r), -r, "the stash of the session cannot be found");
    if (S_ISLNK(l.mode)) {
        r = read_link(session_dir, name, path, e);
        if (r == 0)
            r = fs_open_private(path, false, &dir, e);
    } else {
        dir = openat(session_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = dir < 0 ? err_sys(e, err_class_of(errno), errno, "cannot open the stash of the session") : 0;
    }
    if (r == 0)
        r = finish(dir, &s, e);
    if (r < 0)
        return r;
    (void)take_fd(&dir);
    r = find_next(&s, e);
    if (r < 0)
        stash_close(&s);
    else
        *ret = s;
    return r;
}

void stash_close(struct stash *s)
{
    mem_close_fd(&s->dir);
    mem_close_fd(&s->fan);
    s->dir = s->fan = -1;
}

/* What lies elsewhere, and the directory it lies in when that was the last in it. One that is gone, or on a file system that is not there,
 * is no error. */
static int remove_elsewhere(int session_dir, const char *name, struct err *e)
{
    char path[STR_MAX_PATH];
    AUTO(mem_close_fd) int base = -1;
    int r = read_link(session_dir, name, path, e);
    if (r < 0) /* nothing of ours is there: the link alone goes */
        return r == ERR_CORRUPT ? 0 : r;
    char *slash = strrchr(path, '/');
    *slash = '\0';
    r = fs_open_private(path, false, &base, e);
    if (r == ERR_MISSING)
        return 0;
    if (r == 0)
        r = fs_remove_tree(base, slash + 1, e);
    AUTO(mem_free_ptr) char *above = path_parent(path);
    struct stat before;
    if (r == 0 && stat(above, &before) == 0 && rmdir(path) == 0)
        keep_time(above, &before);
    return r;
}

int stash_remove_all(int session_dir, struct err *e)
{
    for (unsigned i = 0; i < STASH_MAX; i++) {
        char name[ENTRY_NAME];
        struct mutate_look l;
        entry_name(i, name);
        if (mutate_look(session_dir, name, &l) < 0)
            continue;
        int r = S_ISLNK(l.mode) ? remove_elsewhere(session_dir, name, e) : 0;
        if (r == 0)
            r = fs_remove_tree(session_dir, name, e);
        if (r < 0)
            return r;
    }
    return 0;
}
