#include "rollback/exclude.h"

#include <fnmatch.h>
#include <string.h>

#include "core/mem.h"
#include "core/path.h"

bool exclude_has_name(const struct strlist *l, const char *name)
{
    for (size_t i = 0; l && i < l->n; i++) {
        const char *wanted = l->item[i];
        bool is_pattern = wanted[strcspn(wanted, "*?[")] != '\0';
        if (wanted[0] != '/' && (strcmp(wanted, name) == 0 || (is_pattern && fnmatch(wanted, name, 0) == 0)))
            return true;
    }
    return false;
}

bool exclude_has_path(const struct strlist *l, const char *below)
{
    if (!l || l->n == 0)
        return false;
    AUTO(mem_free_ptr) char *whole = path_join("/", below);
    for (size_t i = 0; i < l->n; i++) {
        if (l->item[i][0] == '/' && path_is_within(whole, l->item[i]))
            return true;
    }
    for (const char *at = below; *at;) {
        size_t len = strcspn(at, "/");
        AUTO(mem_free_ptr) char *name = mem_strndup(at, len);
        if (exclude_has_name(l, name))
            return true;
        at += len + (at[len] == '/');
    }
    return false;
}
