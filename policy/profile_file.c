/* profile_file: the file of a user's own profile: found, held, and replaced as a whole. */
#include "policy/profile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/find.h"
#include "policy/profile.h"

enum { NEW_MODE = 0644, MODE_BITS = 07777 };

static const char suffix[] = ".json";

void profile_file_release(struct profile_file *f)
{
    mem_free(f->name);
    mem_free(f->path);
    mem_free(f->real);
    mem_close_fd(&f->lock);
    str_release(&f->text);
}

static int fail(const char *verb, const char *path, int sys, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    return err_sys(e, err_class_of(sys), sys, "cannot %s '%s'", verb, shown);
}

static int locate_path(const struct world *w, const char *path, struct profile_file *f, struct err *e)
{
    const char *base = path_base(path);
    f->name = mem_strndup(base, strlen(base) - (str_ends(base, suffix) ? strlen(suffix) : 0));
    if (path[0] != '/' && !w->cwd)
        return err_set(e, ERR_INPUT, "cannot find a file by a relative path: the current directory is gone");
    return path_lexical(w->cwd ? w->cwd : "/", path, &f->path, e);
}

static int locate(const struct world *w, const char *name_or_path, struct profile_file *f, struct err *e)
{
    if (find_is_path(name_or_path))
        return locate_path(w, name_or_path, f, e);
    if (!profile_name_is_valid(name_or_path)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(name_or_path);
        return err_set(e, ERR_INPUT, "Invalid profile name '%s': must be alphanumeric with hyphens only", shown);
    }
    f->name = mem_strdup(name_or_path);
    f->path = find_user_path(w, name_or_path);
    return 0;
}

/* Where the file is, or would be; a link to nothing is refused: what it was to hold is somewhere else, or was never made. */
static int follow(struct profile_file *f, struct err *e)
{
    struct stat st;
    char *real = realpath(f->path, NULL);
    if (real) {
        f->real = mem_strdup(real);
        free(real);
        f->exists = true;
    } else if (errno == ENOENT && lstat(f->path, &st) < 0 && errno == ENOENT) {
        AUTO(mem_free_ptr) char *parent = path_parent(f->path);
        real = realpath(parent, NULL);
        if (!real)
            return fail("reach", parent, errno, e);
        f->real = path_join(real, path_base(f->path));
        free(real);
    } else {
        return fail("reach", f->path, errno ? errno : ENOENT, e);
    }
    return 0;
}

static int take_lock(struct profile_file *f, struct err *e)
{
    AUTO(mem_free_ptr) char *parent = path_parent(f->real);
    f->lock = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = f->lock < 0 ? -1 : flock(f->lock, LOCK_EX);
    while (r < 0 && f->lock >= 0 && errno == EINTR)
        r = flock(f->lock, LOCK_EX);
    return r < 0 ? fail("lock", parent, errno, e) : 0;
}

/* Read only after the lock is held: somebody else may have been faster. */
static int read_held(struct profile_file *f, struct err *e)
{
    struct stat st;
    int r = take_lock(f, e);
    if (r < 0)
        return r;
    f->mode = NEW_MODE;
    f->exists = stat(f->real, &st) == 0;
    if (!f->exists)
        return 0;
    f->mode = st.st_mode & MODE_BITS;
    return fs_read(AT_FDCWD, f->real, &f->text, e);
}

static int no_file(const struct world *w, const struct profile_file *f, const char *name_or_path, struct err *e)
{
    AUTO(profile_release) struct profile found = {0};
    if (find_is_path(name_or_path)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(name_or_path);
        return err_set(e, ERR_MISSING, "Profile not found: %s", shown);
    }
    int r = find_profile(w, name_or_path, &found, e);
    if (r < 0)
        return r;
    return err_set(e, ERR_MISSING,
                   "'%s' is built in and cannot be changed; make one of your own over it: nono profile init my-%s --extends %s", f->name,
                   f->name, f->name);
}

int profile_file_open(const struct world *w, const char *name_or_path, struct profile_file *ret, struct err *e)
{
    AUTO(profile_file_release) struct profile_file made = PROFILE_FILE_INIT;
    struct stat st;
    int r = locate(w, name_or_path, &made, e);
    if (r < 0)
        return r;
    if (lstat(made.path, &st) < 0 && err_class_of(errno) == ERR_MISSING)
        return no_file(w, &made, name_or_path, e);
    r = follow(&made, e);
    if (r == 0)
        r = read_held(&made, e);
    if (r == 0 && !made.exists)
        r = no_file(w, &made, name_or_path, e);
    if (r < 0)
        return r;
    *ret = made;
    made = (struct profile_file)PROFILE_FILE_INIT;
    return 0;
}

/* `f` has a name and a path, and is consumed. */
static int make_located(struct profile_file *f, struct profile_file *ret, struct err *e)
{
    int r = follow(f, e);
    if (r == 0)
        r = read_held(f, e);
    if (r < 0)
        return r;
    *ret = *f;
    *f = (struct profile_file)PROFILE_FILE_INIT;
    return 0;
}

int profile_file_make(const struct world *w, const char *name_or_path, struct profile_file *ret, struct err *e)
{
    AUTO(profile_file_release) struct profile_file made = PROFILE_FILE_INIT;
    int r = locate(w, name_or_path, &made, e);
    if (r == 0 && !find_is_path(name_or_path)) {
        AUTO(mem_free_ptr) char *directory = find_directory(w);
        r = fs_make_dirs(directory, e);
    }
    return r < 0 ? r : make_located(&made, ret, e);
}

int profile_file_make_at(const struct world *w, const char *path, struct profile_file *ret, struct err *e)
{
    AUTO(profile_file_release) struct profile_file made = PROFILE_FILE_INIT;
    int r = locate_path(w, path, &made, e);
    return r < 0 ? r : make_located(&made, ret, e);
}

int profile_file_write(struct profile_file *f, const char *text, size_t len, struct err *e)
{
    if (len > STR_MAX_PROFILE)
        return err_set(e, ERR_LIMIT, "a profile may not be longer than %d bytes", STR_MAX_PROFILE);
    /* A rename asks for no permission to the file itself; its owner took it away on purpose. */
    if (f->exists && access(f->real, W_OK) < 0)
        return fail("write", f->path, errno, e);
    int r = fs_replace(AT_FDCWD, f->real, text, len, f->mode, e);
    if (r < 0)
        return r;
    f->exists = true;
    str_clear(&f->text);
    str_addn(&f->text, text, len);
    return str_check(&f->text, "the profile", e);
}
