/* shim: a directory of links to this program. */
#include "hooks/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"

static const char replacement[] = ".nono-link"; /* the next link, until it is renamed */

enum place {
    PLACE_EMPTY,
    PLACE_RIGHT,   /* a link to this program */
    PLACE_OLD,     /* a link to nono as it was called or placed earlier */
    PLACE_FOREIGN, /* anything else: never touched */
};

char *shim_dir(const struct world *w)
{
    return path_join(w->data_dir, "shims");
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static enum place look_at(int dirfd, const char *name, const char *exe)
{
    char target[STR_MAX_PATH];
    struct stat self;
    struct stat st;
    ssize_t len = readlinkat(dirfd, name, target, sizeof target - 1);
    if (len < 0)
        return errno == ENOENT ? PLACE_EMPTY : PLACE_FOREIGN;
    target[len] = '\0';
    if (strcmp(target, exe) == 0)
        return PLACE_RIGHT;
    if (strcmp(path_base(target), "nono") == 0)
        return PLACE_OLD;
    if (stat(exe, &self) == 0 && fstatat(dirfd, name, &st, 0) == 0 && is_same_file(&self, &st))
        return PLACE_OLD;
    return PLACE_FOREIGN;
}

static int put_link(int dirfd, const char *name, const char *exe, struct err *e)
{
    if ((unlinkat(dirfd, replacement, 0) < 0 && errno != ENOENT) || symlinkat(exe, dirfd, replacement) < 0 ||
        renameat(dirfd, replacement, dirfd, name) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot make the shim for '%s'", name);
    return 0;
}

/* The number of links that are made; with `act` false, that would be. */
static int sync_programs(int dirfd, const struct world *w, const struct strlist *wanted, bool act, struct err *e)
{
    int changes = 0;
    for (size_t i = 0; i < wanted->n; i++) {
        const char *name = wanted->item[i];
        enum place place = look_at(dirfd, name, w->exe);
        if (place == PLACE_FOREIGN) {
            AUTO(mem_free_ptr) char *dir = shim_dir(w);
            AUTO(mem_free_ptr) char *shown = quote_term_dup(dir);
            return err_set(e, ERR_EXISTS, "%s/%s is not a link to nono and would run in its place: remove it", shown, name);
        }
        if (place == PLACE_RIGHT)
            continue;
        changes++;
        int r = act ? put_link(dirfd, name, w->exe, e) : 0;
        if (r < 0)
            return r;
    }
    return changes;
}

static int sync_others(int dirfd, const struct world *w, const struct strlist *wanted, bool act, struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    int changes = 0;
    int r = fs_list(dirfd, ".", &names, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.item[i];
        enum place place = strlist_has(wanted, name) ? PLACE_EMPTY : look_at(dirfd, name, w->exe);
        if (place != PLACE_RIGHT && place != PLACE_OLD)
            continue;
        changes++;
        if (act && unlinkat(dirfd, name, 0) < 0 && errno != ENOENT) {
            AUTO(mem_free_ptr) char *shown = quote_term_dup(name);
            return err_sys(e, err_class_of(errno), errno, "cannot remove the shim '%s'", shown);
        }
    }
    return changes;
}

struct sync {
    bool act;
    bool keep; /* the links that are not wanted */
};

static int sync_dir(int dirfd, const struct world *w, const struct strlist *wanted, struct sync how, struct err *e)
{
    int others = how.keep ? 0 : sync_others(dirfd, w, wanted, how.act, e);
    if (others < 0)
        return others;
    int programs = sync_programs(dirfd, w, wanted, how.act, e);
    return programs < 0 ? programs : others + programs;
}

static int sync_links(const struct world *w, const struct strlist *names, bool keep, size_t *ret_changes, struct err *e)
{
    size_t ignored;
    size_t *changes = ret_changes ? ret_changes : &ignored;
    *changes = 0;
    AUTO(mem_free_ptr) char *path = shim_dir(w);
    AUTO(mem_close_fd) int dirfd = -1;
    if (strchr(path, ':') != NULL) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
        return err_set(e, ERR_INPUT, "%s cannot stand on PATH because of its ':': set XDG_DATA_HOME to a directory without one", shown);
    }
    int r = fs_open_private(path, true, &dirfd, e);
    if (r == 0)
        r = sync_dir(dirfd, w, names, (struct sync){.keep = keep}, e);
    if (r <= 0)
        return r;
    /* Several shells start at once: the lock keeps their replacement links apart. It is released with the descriptor. */
    if (flock(dirfd, LOCK_EX) < 0)
        return err_sys(e, ERR_IO, errno, "cannot lock the directory of shims");
    r = sync_dir(dirfd, w, names, (struct sync){.act = true, .keep = keep}, e);
    *changes = r > 0 ? (size_t)r : 0;
    return r < 0 ? r : 0;
}

int shim_sync(const struct world *w, const struct strlist *names, size_t *ret_changes, struct err *e)
{
    return sync_links(w, names, false, ret_changes, e);
}

int shim_add(const struct world *w, const struct strlist *names, size_t *ret_changes, struct err *e)
{
    return sync_links(w, names, true, ret_changes, e);
}

int shim_remove(const struct world *w, struct err *e)
{
    AUTO(mem_free_ptr) char *path = shim_dir(w);
    AUTO(mem_close_fd) int dirfd = -1;
    const struct strlist none = STRLIST_INIT;
    int r = fs_open_private(path, false, &dirfd, e);
    if (r == ERR_MISSING) {
        *e = (struct err)ERR_INIT;
        return 0;
    }
    if (r == 0)
        r = sync_dir(dirfd, w, &none, (struct sync){.act = true}, e);
    if (r < 0)
        return r;
    (void)unlinkat(dirfd, SHIM_SEEN, 0);
    return rmdir(path) < 0 && errno != ENOTEMPTY && errno != EEXIST ? err_sys(e, ERR_IO, errno, "cannot remove the directory of shims") : 0;
}

const char *shim_started_as(void)
{
    const char *file = (const char *)getauxval(AT_EXECFN); /* NOLINT(performance-no-int-to-ptr): that is how the kernel hands it over */
    return file != NULL ? file : "";
}

/* The directory of somebody whose HOME is another one, as `HOME=/x make` has it: made by nono, and writable by no third. */
static bool is_shim_dir(const char *dir, const struct stat *st)
{
    AUTO(mem_free_ptr) char *above = path_parent(dir);
    AUTO(mem_free_ptr) char *seen = path_join(dir, SHIM_SEEN);
    return strcmp(path_base(dir), "shims") == 0 && strcmp(path_base(above), "nono") == 0 && access(seen, F_OK) == 0 &&
           (st->st_uid == geteuid() || st->st_uid == 0) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

const char *shim_name(const struct world *w, const char *started_as)
{
    const char *slash = strrchr(started_as, '/');
    const char *name = slash != NULL ? slash + 1 : started_as;
    /* No start that is not through a shim should cost a system call. */
    if (strcmp(name, "nono") == 0 || !hook_name_is_valid(name))
        return NULL;
    AUTO(mem_free_ptr) char *dir = slash == NULL ? mem_strdup(".") : mem_strndup(started_as, slash == started_as ? 1 : (size_t)(slash - started_as));
    AUTO(mem_free_ptr) char *shims = shim_dir(w);
    struct stat here;
    struct stat there;
    struct stat link;
    if (lstat(started_as, &link) < 0 || !S_ISLNK(link.st_mode) || stat(dir, &here) < 0)
        return NULL;
    bool is_here = stat(shims, &there) == 0 && is_same_file(&here, &there);
    return is_here || (dir[0] == '/' && is_shim_dir(dir, &here)) ? name : NULL;
}
