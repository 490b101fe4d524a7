/* install: where the parts of one installation lie. */
#include "core/install.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/str.h"

/* NONO_BUILD_DIR, NONO_PARTS_INSTALLED, NONO_PARTS_RELATIVE and NONO_BIN_RELATIVE (to a prefix): from CMakeLists.txt. */
#define BUILT_PARTS NONO_BUILD_DIR "/" NONO_PARTS_RELATIVE
#define BUILT_ENTRY NONO_BUILD_DIR "/shell/nono"

int install_self(char **ret, struct err *e)
{
    char exe[STR_MAX_PATH];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0)
        return err_sys(e, ERR_KERNEL, errno, "cannot read /proc/self/exe (is /proc mounted?)");
    exe[n] = '\0';
    if (!path_is_clean(exe))
        return err_set(e, ERR_KERNEL, "/proc/self/exe is not a path: was nono removed while it runs?");
    *ret = mem_strdup(exe);
    return 0;
}

char *install_part(const char *exe, const char *name)
{
    if (path_is_within(exe, NONO_BUILD_DIR))
        return path_join(BUILT_PARTS, name);
    AUTO(mem_free_ptr) char *directory = path_parent(exe);
    AUTO(mem_free_ptr) char *prefix = path_parent(directory);
    if (strcmp(path_base(exe), INSTALL_MAIN) == 0)
        return path_join(directory, name);
    AUTO(mem_free_ptr) char *parts = path_join(prefix, NONO_PARTS_RELATIVE);
    if (strcmp(path_base(directory), path_base(NONO_BIN_RELATIVE)) == 0 && access(parts, F_OK) == 0)
        return path_join(parts, name);
    return path_join(NONO_PARTS_INSTALLED, name);
}

char *install_entry(const char *exe)
{
    static const char below[] = "/" NONO_PARTS_RELATIVE "/" INSTALL_MAIN;
    if (strcmp(path_base(exe), INSTALL_MAIN) != 0)
        return mem_strdup(exe);
    if (path_is_within(exe, NONO_BUILD_DIR))
        return mem_strdup(BUILT_ENTRY);
    if (!str_ends(exe, below))
        return mem_strdup(exe);
    AUTO(mem_free_ptr) char *prefix = mem_strndup(exe, strlen(exe) - strlen(below));
    return path_join(prefix, NONO_BIN_RELATIVE "/nono");
}

int install_check(const char *part, const char *exe, struct err *e)
{
    struct stat it;
    struct stat self;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(part);
    if (stat(part, &it) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot find %s, a part of nono: is nono installed completely?", shown);
    if (stat(exe, &self) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot look at the program nono");
    bool is_trusted = (it.st_uid == 0 || it.st_uid == self.st_uid) && (it.st_mode & S_IWOTH) == 0;
    if (!is_trusted)
        return err_set(e, ERR_DENIED, "%s does not belong to the owner of nono: install nono again", shown);
    return 0;
}
