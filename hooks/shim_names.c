/* shim_names: the programs to be wrapped, with the versions of them that PATH holds. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/hash.h"
#include "core/mem.h"
#include "hooks/shim.h"

/* Calls `visit` for each absolute directory of PATH but the shims. */
static void each_directory(const struct world *w, const char *shims, void (*visit)(void *data, const char *dir), void *data)
{
    for (const char *at = w->path; *at; at += *at == ':') {
        size_t len = strcspn(at, ":");
        AUTO(mem_free_ptr) char *dir = mem_strndup(at, len);
        if (dir[0] == '/' && strcmp(dir, shims) != 0)
            visit(data, dir);
        at += len;
    }
}

static void add_state(void *data, const char *dir)
{
    uint64_t *sum = data;
    struct stat st;
    *sum = hash_add(*sum, dir, strlen(dir) + 1);
    if (stat(dir, &st) < 0)
        return;
    const uint64_t state[] = {st.st_dev, st.st_ino, (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec};
    *sum = hash_add(*sum, state, sizeof state);
}

struct search {
    const struct hook_settings *settings;
    struct strlist *found;
    int64_t since_ns; /* directories that have not changed from then on are left out */
};

static bool has_changed(int fd, int64_t since_ns)
{
    enum { NS_PER_S = 1000000000 };
    struct stat st;
    return fstat(fd, &st) == 0 && (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec >= since_ns;
}

static bool add_version(const struct search *s, const char *name)
{
    const char *program = hook_program_of(s->settings, name);
    return program && strcmp(program, name) != 0 && hook_name_is_valid(name) && strlist_add_once(s->found, name);
}

/* Each directory has its share: what a command has put into one takes none from the versions of the system. */
static void search_directory(void *data, const char *dir)
{
    const struct search *s = data;
    size_t left = SHIM_VERSIONS_MAX;
    struct err ignored = ERR_INIT;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    AUTO(mem_close_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || !has_changed(fd, s->since_ns) || fs_list(fd, ".", &names, &ignored) < 0)
        return;
    for (size_t i = 0; i < names.n && left > 0; i++) {
        struct stat st;
        if (hook_program_of(s->settings, names.item[i]) && fstatat(fd, names.item[i], &st, 0) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111))
            left -= add_version(s, names.item[i]);
    }
}

/* Versions that have a link already. */
static int known_versions(int shims, const struct search *s, struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    int r = fs_list(shims, ".", &names, e);
    for (size_t i = 0; r == 0 && i < names.n; i++)
        (void)add_version(s, names.item[i]);
    return r;
}

int shim_names(const struct world *w, const struct hook_settings *s, bool again, struct strlist *ret, struct err *e)
{
    enum { SEEN_LEN = 17 };
    AUTO(mem_free_ptr) char *dir = shim_dir(w);
    AUTO(mem_close_fd) int shims = -1;
    AUTO(str_release) struct str seen = STR_INIT(SEEN_LEN);
    struct search search = {.settings = s, .found = ret};
    struct err ignored = ERR_INIT;
    char now[SEEN_LEN + 1];
    uint64_t sum = HASH_START;
    for (size_t i = 0; i < s->programs.n; i++) {
        strlist_add(ret, s->programs.item[i]);
        sum = hash_add(sum, s->programs.item[i], strlen(s->programs.item[i]) + 1);
    }
    int r = fs_open_private(dir, true, &shims, e);
    if (r < 0)
        return r;
    each_directory(w, dir, add_state, &sum);
    (void)snprintf(now, sizeof now, "%016" PRIx64 "\n", sum);
    if (!again && fs_read(shims, SHIM_SEEN, &seen, &ignored) == 0 && strcmp(seen.buf, now) == 0)
        return known_versions(shims, &search, e);
    each_directory(w, dir, search_directory, &search);
    /* Not written: it is looked for again the next time. */
    (void)!fs_publish(shims, SHIM_SEEN, now, SEEN_LEN, 0600, &ignored);
    return 0;
}

void shim_new_names(const struct world *w, const struct hook_settings *s, int64_t since_ns, struct strlist *ret)
{
    struct search search = {.settings = s, .found = ret, .since_ns = since_ns};
    AUTO(mem_free_ptr) char *dir = shim_dir(w);
    each_directory(w, dir, search_directory, &search);
}
