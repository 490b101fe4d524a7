/* expand: what comes out is clean and absolute; a path without variables means itself. */
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "policy/expand.h"
#include "tests/fuzz/fuzz.h"

static char home[] = "/home/u", tmpdir[] = "/tmp", config[] = "/home/u/.config", data_home[] = "/d", state[] = "/s", cache[] = "/c";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct world w = {.home = home,
                            .cwd = home,
                            .tmpdir = tmpdir,
                            .config_home = config,
                            .data_home = data_home,
                            .state_home = state,
                            .cache_home = cache,
                            .uid = 1000};
    AUTO(mem_free_ptr) char *text = mem_strndup((const char *)data, size);
    AUTO(mem_free_ptr) char *path = NULL;
    AUTO(mem_free_ptr) char *option = NULL;
    AUTO(mem_free_ptr) char *plain = NULL;
    struct err e = ERR_INIT;
    if (expand_path(&w, "/work", text, &path, &e) == 0)
        FUZZ_CHECK(path_is_clean(path));
    else
        FUZZ_CHECK(!path && e.class < 0 && *e.text && !strchr(e.text, '\n'));
    if (expand_option(&w, text, &option, &e) == 0)
        FUZZ_CHECK(path_is_clean(option));
    if (path && text[0] == '/' && !strchr(text, '$'))
        FUZZ_CHECK(path_lexical("/", text, &plain, &e) == 0 && strcmp(plain, path) == 0 && strcmp(option, path) == 0);
    return 0;
}
