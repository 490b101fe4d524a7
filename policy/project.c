/* project: profiles of projects, and the store of those that were allowed. */
#include "policy/project.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"

const char *const project_trust_names[] = {"none", "unknown", "changed", "allowed", "denied", NULL};

static const char directory_name[] = ".nono";
static const char profile_name[] = "profile.json";
static const char path_name[] = "path";     /* whose the entry is */
static const char proposed_name[] = "proposed.json";
static const char denied_name[] = "denied"; /* empty */
enum { ENTRY_MODE = 0600 };

void project_release(struct project *p)
{
    mem_free(take_ptr(&p->root));
    mem_free(take_ptr(&p->path));
    mem_free(take_ptr(&p->kept));
    str_release(&p->text);
}

static int refuse(const char *path, const char *why, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    return err_set(e, ERR_DENIED, "%s %s: it takes no part", shown, why);
}

static int check_owner(const struct world *w, const char *path, const struct stat *st, struct err *e)
{
    if (st->st_uid != w->uid)
        return refuse(path, "belongs to another user", e);
    return st->st_mode & (S_IWGRP | S_IWOTH) ? refuse(path, "can be written by others", e) : 0;
}

static int read_profile(const struct world *w, struct project *p, struct err *e)
{
    AUTO(mem_free_ptr) char *directory = path_join(p->root, directory_name);
    AUTO(mem_close_fd) int dir = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (dir < 0 || fstat(dir, &st) < 0)
        return refuse(directory, "cannot be opened as a directory", e);
    int r = check_owner(w, directory, &st, e);
    if (r == 0 && fstatat(dir, profile_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot look at the profile of the project");
    if (r == 0)
        r = check_owner(w, p->path, &st, e);
    return r < 0 ? r : fs_read(dir, profile_name, &p->text, e);
}

static bool has_profile(const char *directory)
{
    AUTO(mem_free_ptr) char *below = path_join(directory, directory_name);
    AUTO(mem_free_ptr) char *path = path_join(below, profile_name);
    struct stat st;
    return lstat(path, &st) == 0;
}

/* NULL when there is none. */
static char *find_root(const struct world *w, const char *from)
{
    AUTO(mem_free_ptr) char *at = mem_strdup(from);
    struct stat st;
    while (stat(at, &st) == 0 && st.st_uid == w->uid) {
        if (has_profile(at))
            return take_ptr(&at);
        if (strcmp(at, w->home) == 0 || strcmp(at, "/") == 0)
            break;
        char *above = path_parent(at);
        mem_free(at);
        at = above;
    }
    return NULL;
}

/* Another path of the same name finds a foreign entry, and is not known. */
static char *entry_of(const struct world *w, const char *path)
{
    AUTO(mem_free_ptr) char *all = path_join(w->state_dir, "projects");
    AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
    str_addf(&name, "%016" PRIx64, hash_text(path));
    return path_join(all, name.buf);
}

static bool holds(int dir, const char *name, const char *text, size_t len)
{
    AUTO(str_release) struct str found = STR_INIT(STR_MAX_PROFILE);
    struct err ignored = ERR_INIT;
    return fs_read(dir, name, &found, &ignored) == 0 && found.len == len && memcmp(found.buf, text, len) == 0;
}

static enum project_trust trust_of(const struct world *w, const struct project *p, char **ret_kept)
{
    AUTO(mem_free_ptr) char *entry = entry_of(w, p->path);
    AUTO(mem_close_fd) int dir = -1;
    struct err ignored = ERR_INIT;
    if (fs_open_private(entry, false, &dir, &ignored) < 0 || !holds(dir, path_name, p->path, strlen(p->path)))
        return PROJECT_UNKNOWN;
    if (faccessat(dir, denied_name, F_OK, 0) == 0)
        return PROJECT_DENIED;
    if (!holds(dir, profile_name, p->text.buf, p->text.len))
        return faccessat(dir, profile_name, F_OK, 0) == 0 ? PROJECT_CHANGED : PROJECT_UNKNOWN;
    *ret_kept = path_join(entry, profile_name);
    return PROJECT_ALLOWED;
}

int project_find(const struct world *w, const char *from, struct project *ret, struct err *e)
{
    AUTO(project_release) struct project p = PROJECT_INIT;
    int r = 0;
    p.root = find_root(w, from);
    if (p.root) {
        AUTO(mem_free_ptr) char *directory = path_join(p.root, directory_name);
        p.path = path_join(directory, profile_name);
        r = read_profile(w, &p, e);
        if (r == 0)
            p.trust = trust_of(w, &p, &p.kept);
    }
    if (r < 0)
        return r;
    *ret = p;
    p = (struct project)PROJECT_INIT;
    return 0;
}

static int open_entry(const struct world *w, const struct project *p, int *ret, struct err *e)
{
    AUTO(mem_free_ptr) char *entry = entry_of(w, p->path);
    AUTO(mem_free_ptr) char *all = path_parent(entry);
    int r = fs_make_dirs(all, e);
    return r < 0 ? r : fs_open_private(entry, true, ret, e);
}

int project_propose(const struct world *w, const struct project *p, char **ret_path, struct err *e)
{
    AUTO(mem_close_fd) int dir = -1;
    int r = open_entry(w, p, &dir, e);
    if (r == 0)
        r = fs_replace(dir, proposed_name, p->text.buf, p->text.len, ENTRY_MODE, e);
    if (r < 0)
        return r;
    AUTO(mem_free_ptr) char *entry = entry_of(w, p->path);
    *ret_path = path_join(entry, proposed_name);
    return 0;
}

void project_forget(const char *proposed)
{
    (void)unlink(proposed);
}

static int drop(int dir, const char *name, struct err *e)
{
    return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? err_sys(e, ERR_IO, errno, "cannot change what is allowed") : 0;
}

/* The path comes last: an entry without it is nobody's. */
int project_allow(const struct world *w, const struct project *p, struct err *e)
{
    AUTO(mem_close_fd) int dir = -1;
    int r = open_entry(w, p, &dir, e);
    if (r == 0)
        r = drop(dir, path_name, e);
    if (r == 0)
        r = drop(dir, denied_name, e);
    if (r == 0)
        r = fs_replace(dir, profile_name, p->text.buf, p->text.len, ENTRY_MODE, e);
    return r < 0 ? r : fs_replace(dir, path_name, p->path, strlen(p->path), ENTRY_MODE, e);
}

int project_deny(const struct world *w, const struct project *p, struct err *e)
{
    AUTO(mem_close_fd) int dir = -1;
    int r = open_entry(w, p, &dir, e);
    if (r == 0)
        r = fs_replace(dir, denied_name, "", 0, ENTRY_MODE, e);
    if (r == 0)
        r = drop(dir, profile_name, e);
    return r < 0 ? r : fs_replace(dir, path_name, p->path, strlen(p->path), ENTRY_MODE, e);
}
