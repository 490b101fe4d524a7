/* path: clean absolute paths, compared by whole components. */
#include "core/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/quote.h"
#include "core/str.h"

static bool is_dots(const char *component, size_t len)
{
    return (len == 1 && component[0] == '.') || (len == 2 && component[0] == '.' && component[1] == '.');
}

bool path_is_clean(const char *path)
{
    if (path[0] != '/')
        return false;
    size_t start = 1; /* of the component */
    for (size_t i = 1; i < STR_MAX_PATH; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        if (i == 1 && path[i] == '\0')
            return true;
        if (i == start || is_dots(path + start, i - start))
            return false;
        if (path[i] == '\0')
            return true;
        start = i + 1;
    }
    return false;
}

/* Appends the components of `text` to the clean path in `buf`, "" standing for "/". False when it gets too long. */
static bool walk(char *buf, size_t *len, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "/");
        if (n == 2 && is_dots(text, n)) {
            while (*len > 0 && buf[--*len] != '/')
                ;
        } else if (n > 0 && !is_dots(text, n)) {
            if (n + 1 >= STR_MAX_PATH - *len)
                return false;
            buf[(*len)++] = '/';
            memcpy(buf + *len, text, n);
            *len += n;
        }
        text += n + (text[n] == '/');
    }
    return true;
}

bool path_lexical_into(const char *base, const char *text, char *ret)
{
    size_t len = 0;
    if (!*text || (text[0] != '/' && !walk(ret, &len, base)) || !walk(ret, &len, text))
        return false;
    if (len == 0)
        ret[len++] = '/';
    ret[len] = '\0';
    return true;
}

int path_lexical(const char *base, const char *text, char **ret_path, struct err *e)
{
    char buf[STR_MAX_PATH];
    if (!*text)
        return err_set(e, ERR_INPUT, "a path is empty");
    if (!path_lexical_into(base, text, buf)) {
        AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
        quote_termn(&name, text, strnlen(text, 60));
        return err_set(e, ERR_INPUT, "the path that begins with %s is longer than %d bytes", name.buf, STR_MAX_PATH - 1);
    }
    *ret_path = mem_strdup(buf);
    return 0;
}

/* Where the object behind `fd` is, as the kernel names it; `text` is what it was opened as. */
static int name_of(int fd, const char *text, char **ret_path, struct err *e)
{
    static const char gone[] = " (deleted)";
    char link[40];
    char buf[STR_MAX_PATH];
    struct stat opened;
    struct stat named;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, buf, sizeof buf);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
    if ((size_t)len == sizeof buf || (len < 0 && errno == ENAMETOOLONG))
        return err_set(e, ERR_INPUT, "the real path of %s is longer than %d bytes", shown, STR_MAX_PATH - 1);
    if (len < 0)
        return err_sys(e, ERR_IO, errno, "cannot tell where %s is (is /proc mounted?)", shown);
    buf[len] = '\0';
    /* A pipe or a socket has no path; what lies outside our root begins with "(unreachable)". */
    if (!path_is_clean(buf))
        return err_set(e, ERR_INPUT, "%s has no place in the file system", shown);
    /* The mark of a removed object is also a name that a file may have. */
    if (str_ends(buf, gone) && (fstat(fd, &opened) < 0 || lstat(buf, &named) < 0 || opened.st_dev != named.st_dev || opened.st_ino != named.st_ino))
        return err_set(e, ERR_MISSING, "%s was removed", shown);
    *ret_path = mem_strdup(buf);
    return 0;
}

int path_open_real(const char *path)
{
    if (!path_is_clean(path)) {
        errno = EINVAL;
        return -1;
    }
    return fs_open_how(AT_FDCWD, path, O_PATH, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

/* A path without links is its own answer: the first look into /proc costs more than all the rest. */
int path_resolve(const char *text, int *ret_fd, char **ret_path, struct err *e)
{
    *ret_fd = path_open_real(text);
    if (*ret_fd >= 0) {
        *ret_path = mem_strdup(text);
        return 0;
    }
    AUTO(mem_close_fd) int fd = open(text, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        int sys = errno;
        AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
        return err_sys(e, err_class_of(sys), sys, "cannot open %s", shown);
    }
    int result = name_of(fd, text, ret_path, e);
    if (result == 0)
        *ret_fd = take_fd(&fd);
    return result;
}

const char *path_below(const char *path, const char *prefix)
{
    size_t len = 0;
    while (prefix[len] != '\0' && path[len] == prefix[len])
        len++;
    if (prefix[len] != '\0')
        return NULL;
    if (len == 1) /* "/" */
        return path + 1;
    if (path[len] != '\0' && path[len] != '/')
        return NULL;
    return path + len + (path[len] == '/');
}

char *path_join(const char *dir, const char *name)
{
    size_t n_dir = strlen(dir);
    size_t n_name = strlen(name);
    bool slash = n_dir > 0 && dir[n_dir - 1] != '/' && n_name > 0;
    char *joined = mem_resize(NULL, n_dir + slash + n_name + 1, 1);
    memcpy(joined, dir, n_dir);
    if (slash)
        joined[n_dir] = '/';
    memcpy(joined + n_dir + slash, name, n_name + 1);
    return joined;
}

char *path_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return mem_strdup("/");
    return mem_strndup(path, (size_t)(slash - path));
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
