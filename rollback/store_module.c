#include "rollback/store_module.h"

#include <dlfcn.h>

#include "core/install.h"
#include "core/mem.h"

int store_module_load(const struct odb_module **ret, struct err *e)
{
    AUTO(mem_free_ptr) char *exe = NULL;
    if (install_self(&exe, e) != 0)
        return e->class;
    AUTO(mem_free_ptr) char *path = install_part(exe, ODB_FILE);
    if (install_check(path, exe, e) != 0)
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
