/* values_path: files and directories, as candidates for completion where a shell cannot list them itself. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "shell/values.h"

enum { MAX_PATHS = 2000 };

/* The directory that `prefix` names up to its last '/', as one to open: with a '/' behind it, so that a link is followed. Caller owns. */
static char *directory_of(const struct world *w, const char *prefix)
{
    const char *slash = strrchr(prefix, '/');
    AUTO(mem_free_ptr) char *typed = slash ? mem_strndup(prefix, (size_t)(slash + 1 - prefix)) : mem_strdup("./");
    if (!w || !str_starts(typed, "~/"))
        return take_ptr(&typed);
    return path_join(w->home, typed + 2);
}

static bool is_directory(int fd, const char *name)
{
    struct stat st;
    return fstatat(fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

void values_add_paths(const struct world *w, const struct complete_request *r, struct complete_values *ret)
{
    const char *slash = strrchr(r->prefix, '/');
    const char *begun = slash ? slash + 1 : r->prefix;
    AUTO(mem_free_ptr) char *kept = mem_strndup(r->prefix, (size_t)(begun - r->prefix));
    AUTO(mem_free_ptr) char *directory = directory_of(w, r->prefix);
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    AUTO(mem_close_fd) int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fs_list(AT_FDCWD, directory, &names, &ignored) < 0)
        return;
    for (size_t i = 0; i < names.n && ret->value.n < MAX_PATHS; i++) {
        const char *name = names.item[i];
        if (!str_starts(name, begun) || (name[0] == '.' && begun[0] != '.'))
            continue;
        bool is_dir = is_directory(fd, name);
        if (r->kind == VAL_DIR && !is_dir)
            continue;
        AUTO(str_release) struct str path = STR_INIT(STR_MAX_LINE);
        str_addf(&path, "%s%s%s", kept, name, is_dir ? "/" : "");
        strlist_add(&ret->value, path.buf);
    }
}
