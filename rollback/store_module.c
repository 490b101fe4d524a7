#include "rollback/store_module.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"

/* NONO_BUILD_DIR, NONO_ODB_BUILT, NONO_ODB_INSTALLED, NONO_ODB_RELATIVE: from CMakeLists.txt. */

static int own_path(char ret[STR_MAX_PATH], struct err *e)
{
    ssize_t n = readlink("/proc/self/exe", ret, STR_MAX_PATH - 1);
    if (n <= 0)
        return err_sys(e, ERR_KERNEL, errno, "cannot read /proc/self/exe");
    ret[n] = '\0';
    return path_is_clean(ret) ? 0 : err_set(e, ERR_KERNEL, "/proc/self/exe is not a path: was nono removed while it runs?");
}

/* A program in the build tree uses the module of that tree; any other the installed one, or the one beside it when a whole
 * prefix was moved (bin/ and libexec/ together). */
static char *find_module(const char *exe)
{
    struct stat st;
    if (path_is_within(exe, NONO_BUILD_DIR))
        return mem_strdup(NONO_ODB_BUILT);
    AUTO(mem_free_ptr) char *bin = path_parent(exe);
    AUTO(mem_free_ptr) char *prefix = path_parent(bin);
    AUTO(mem_free_ptr) char *beside = path_join(prefix, NONO_ODB_RELATIVE);
    if (strcmp(path_base(bin), "bin") == 0 && stat(beside, &st) == 0)
        return take_ptr(&beside);
    return mem_strdup(NONO_ODB_INSTALLED);
}

/* Whoever could write the module could as well have written the program: same owner, or root. */
static int check_owner(const char *path, const char *exe, struct err *e)
{
    struct stat module;
    struct stat self;
    if (stat(path, &module) != 0)
        return err_sys(e, err_class_of(errno), errno, "cannot find the object store module %s: is nono installed completely?", path);
    if (stat(exe, &self) != 0)
        return err_sys(e, err_class_of(errno), errno, "cannot look at %s", exe);
    bool is_trusted = (module.st_uid == 0 || module.st_uid == self.st_uid) && (module.st_mode & S_IWOTH) == 0;
    if (!is_trusted)
        return err_set(e, ERR_DENIED, "the object store module %s does not belong to the owner of nono: install nono again", path);
    return 0;
}

int store_module_load(const struct odb_module **ret, struct err *e)
{
    char exe[STR_MAX_PATH];
    if (own_path(exe, e) != 0)
        return e->class;
    AUTO(mem_free_ptr) char *path = find_module(exe);
    if (check_owner(path, exe, e) != 0)
        return e->class;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == NULL)
        return err_set(e, ERR_IO, "cannot load the object store module: %s", dlerror());
    const struct odb_module *module = dlsym(library, ODB_SYMBOL);
    bool fits = module != NULL && module->abi == ODB_ABI && module->err_size == sizeof(struct err);
    (void)dlclose(library);
    if (!fits)
        return err_set(e, ERR_IO, "%s is of another version of nono: install nono again", path);
    *ret = module;
    return 0;
}
