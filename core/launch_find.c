/* launch_find: where a program is, seen from a shim. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/launch.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/str.h"

/* 0 when `path` can be executed, else why not. */
static int judge(const char *path, const struct stat *self)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return errno;
    if (self && st.st_dev == self->st_dev && st.st_ino == self->st_ino)
        return ENOENT;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? EISDIR : EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

static int not_found(const char *name, int sys, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(name);
    if (sys == ENOENT || sys == ENOTDIR)
        return err_set(e, ERR_MISSING, "%s: command not found", shown);
    return err_sys(e, ERR_DENIED, sys, "cannot execute %s", shown);
}

static char *candidate(const char *dir, size_t len, const char *name)
{
    if (len == 0) /* an empty entry is the current directory: execvp(3) */
        return path_join(".", name);
    AUTO(mem_free_ptr) char *copy = mem_strndup(dir, len);
    return path_join(copy, name);
}

int launch_find(const char *name, const char *search_path, const char *self, char **ret_path, struct err *e)
{
    struct stat own;
    bool has_self = self && strcmp(name, path_base(self)) != 0 && stat(self, &own) == 0;
    int why = ENOENT;
    if (strchr(name, '/')) {
        why = judge(name, NULL);
        if (why != 0)
            return not_found(name, why, e);
        *ret_path = mem_strdup(name);
        return 0;
    }
    for (const char *dir = search_path; *name && dir;) {
        size_t len = strcspn(dir, ":");
        AUTO(mem_free_ptr) char *path = len + strlen(name) + 2 < STR_MAX_PATH ? candidate(dir, len, name) : NULL;
        int sys = path ? judge(path, has_self ? &own : NULL) : ENOENT;
        if (sys == 0) {
            *ret_path = take_ptr(&path);
            return 0;
        }
        if (sys == EACCES) /* the search goes on, and the answer is not "not found" */
            why = EACCES;
        dir = dir[len] == ':' ? dir + len + 1 : NULL;
    }
    return not_found(name, why, e);
}
