/* blocked_memory: what the search found, kept in a private directory. Looking for fifty names in ten directories takes two milliseconds, which is a third
 * of a start; whether anything has changed since is known from as many calls as there are directories and findings. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/blocked_parts.h"
#include "core/fs.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/path.h"

enum {
    MAX_MEMORY = 256 * 1024, /* of one file */
    N_FILES = 16,            /* of different profiles and search paths */
    SETTLED_S = 2,           /* a directory may change twice within the resolution of its times */
};

/* A link that leads to a link there leads somewhere else when that one changes. */
static const char *const links = "/etc/alternatives";

/* "commands.0b": by what is searched, not by what is found. */
static void file_name(const struct caps *c, const struct strlist *directories, char *ret, size_t size)
{
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < directories->n + c->n_blocked; i++) {
        const char *text = i < directories->n ? directories->item[i] : c->blocked[i - directories->n].name;
        hash = hash_add(hash, text, strlen(text));
    }
    (void)snprintf(ret, size, "commands.%02x", (unsigned)(hash % N_FILES));
}

static void add_directory(const char *path, struct str *key, time_t *newest)
{
    struct stat st = {0};
    if (stat(path, &st) == 0 && st.st_ctim.tv_sec > *newest)
        *newest = st.st_ctim.tv_sec;
    str_addn(key, path, strlen(path) + 1);
    str_addf(key, "%" PRIu64 " %" PRIu64 " %lld.%09ld %lld.%09ld\n", (uint64_t)st.st_dev, (uint64_t)st.st_ino, (long long)st.st_mtim.tv_sec,
             st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

/* All that an answer depends on, but for the files themselves. */
static void make_key(const struct caps *c, const struct strlist *directories, struct str *key, time_t *ret_newest)
{
    *ret_newest = 0;
    str_add(key, "nono commands 1\n");
    for (size_t i = 0; i < directories->n; i++)
        add_directory(directories->item[i], key, ret_newest);
    add_directory(links, key, ret_newest);
    for (size_t i = 0; i < c->n_blocked; i++)
        str_addn(key, c->blocked[i].name, strlen(c->blocked[i].name) + 1);
    str_addc(key, '\n');
}

/* The next text of `rest`, which ends with NUL; NULL when there is none. */
static const char *next_text(struct view *rest)
{
    const char *text = rest->ptr;
    const char *end = rest->len ? memchr(rest->ptr, '\0', rest->len) : NULL;
    if (!end)
        return NULL;
    rest->len -= (size_t)(end + 1 - rest->ptr);
    rest->ptr = end + 1;
    return text;
}

static bool is_file(const char *path, int flags, const struct blocked_name *n)
{
    struct stat st;
    return fstatat(AT_FDCWD, path, &st, flags) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_dev == n->device && (uint64_t)st.st_ino == n->inode &&
           (uint64_t)st.st_nlink == n->n_links;
}

static bool is_current(const struct caps *c, const struct blocked_name *n)
{
    if (n->command >= c->n_blocked || !path_is_clean(n->path) || !path_is_clean(n->real))
        return false;
    bool is_link = strcmp(n->path, n->real) != 0;
    return is_file(n->real, AT_SYMLINK_NOFOLLOW, n) && (!is_link || is_file(n->path, 0, n));
}

/* 1 when one was added, 0 at the end, -1 when the memory is of no use. */
static int read_name(const struct caps *c, struct view *rest, struct blocked_names *ret)
{
    struct blocked_name n = {0};
    if (rest->len == 0)
        return 0;
    const char *numbers = next_text(rest);
    const char *path = next_text(rest);
    const char *real = next_text(rest);
    const char *other = next_text(rest);
    if (!other)
        return -1;
    char *at = NULL;
    n.command = strtoul(numbers, &at, 10);
    n.device = strtoull(at, &at, 10);
    n.inode = strtoull(at, &at, 10);
    n.n_links = strtoull(at, &at, 10);
    n.path = mem_strdup(path);
    n.real = mem_strdup(real);
    n.other = *other ? mem_strdup(other) : NULL;
    blocked_names_add(ret, n);
    return is_current(c, &n) ? 1 : -1;
}

bool blocked_recall(const struct caps *c, const struct strlist *directories, struct blocked_names *ret)
{
    AUTO(str_release) struct str key = STR_INIT(MAX_MEMORY);
    AUTO(str_release) struct str text = STR_INIT(MAX_MEMORY);
    AUTO(mem_close_fd) int dir = -1;
    struct err ignored = ERR_INIT;
    char name[32];
    time_t newest;
    file_name(c, directories, name, sizeof name);
    if (!c->memory || fs_open_private(c->memory, false, &dir, &ignored) < 0 || fs_read(dir, name, &text, &ignored) < 0)
        return false;
    make_key(c, directories, &key, &newest);
    if (key.failed || text.len < key.len || memcmp(text.buf, key.buf, key.len) != 0)
        return false;
    struct view rest = {.ptr = text.buf + key.len, .len = text.len - key.len};
    int r = 1;
    while (r > 0)
        r = read_name(c, &rest, ret);
    if (r < 0)
        blocked_names_release(ret);
    return r == 0;
}

void blocked_remember(const struct caps *c, const struct strlist *directories, const struct blocked_names *names)
{
    AUTO(str_release) struct str text = STR_INIT(MAX_MEMORY);
    AUTO(mem_close_fd) int dir = -1;
    struct err ignored = ERR_INIT;
    struct timespec now = {0};
    char name[32];
    time_t newest;
    make_key(c, directories, &text, &newest);
    if (!c->memory || clock_gettime(CLOCK_REALTIME, &now) < 0 || newest + SETTLED_S > now.tv_sec ||
        fs_open_private(c->memory, false, &dir, &ignored) < 0)
        return;
    for (size_t i = 0; i < names->n; i++) {
        const struct blocked_name *n = &names->item[i];
        str_addf(&text, "%zu %" PRIu64 " %" PRIu64 " %" PRIu64, n->command, n->device, n->inode, n->n_links);
        str_addc(&text, '\0');
        str_addn(&text, n->path, strlen(n->path) + 1);
        str_addn(&text, n->real, strlen(n->real) + 1);
        str_addn(&text, n->other ? n->other : "", n->other ? strlen(n->other) + 1 : 1);
    }
    file_name(c, directories, name, sizeof name);
    if (!text.failed && fs_publish(dir, name, text.buf, text.len, 0600, &ignored) < 0)
        return;
}
