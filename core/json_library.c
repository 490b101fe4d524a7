/* json_library: cJSON, loaded when the first text is parsed. */
#include "core/json_library.h"

#include <cjson/cJSON.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"

#define SONAME "libcjson.so.1"

/* `ret_function` points to a function pointer, to which C offers no conversion from what dlsym returns. */
static bool find(void *library, const char *name, void *ret_function)
{
    void *symbol = dlsym(library, name);
    memcpy(ret_function, &symbol, sizeof symbol);
    return symbol != NULL;
}

int json_library_load(struct json_library *ret, struct err *e)
{
    void (*init_hooks)(cJSON_Hooks *hooks) = NULL;
    void *library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return err_set(e, ERR_IO, "cannot load " SONAME ", which reads JSON: install cJSON again");
    bool found = find(library, "cJSON_ParseWithLengthOpts", &ret->parse) && find(library, "cJSON_Delete", &ret->remove) &&
                 find(library, "cJSON_InitHooks", &init_hooks);
    (void)dlclose(library); /* it stays mapped */
    if (!found)
        return err_set(e, ERR_IO, SONAME " is too old: nono needs cJSON 1.7.13 or newer");
    init_hooks(&(cJSON_Hooks){.malloc_fn = mem_alloc, .free_fn = mem_free});
    return 0;
}
