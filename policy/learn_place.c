/* learn_place: which path a careful person would grant. */
#include <ctype.h>
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "policy/learn.h"

enum { HEX_LONG = 8, RANDOM_TAIL = 6 };

static bool all(const char *name, size_t len, bool (*is)(char c))
{
    for (size_t i = 0; i < len; i++)
        if (!is(name[i]))
            return false;
    return len > 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
}

/* Six letters and digits of more than one sort, as mkstemp(3) and tempfile make them: "Xa3bQz", "k8_2hvqd", not "config" or "sqlite3". */
static bool is_random(const char *name, size_t len)
{
    bool digit = false;
    bool lower = false;
    bool upper = false;
    for (size_t i = 0; i < len; i++) {
        digit = digit || is_digit(name[i]);
        lower = lower || (name[i] >= 'a' && name[i] <= 'z');
        upper = upper || (name[i] >= 'A' && name[i] <= 'Z');
        if (!isalnum((unsigned char)name[i]) && name[i] != '_')
            return false;
    }
    return len >= RANDOM_TAIL && lower && ((digit && !is_digit(name[len - 1])) || (upper && name[0] >= 'a' && name[0] <= 'z' && digit) || (upper && digit));
}

bool learn_is_volatile(const char *name, size_t len)
{
    bool has_digit = false;
    for (size_t i = 0; i < len; i++)
        has_digit = has_digit || is_digit(name[i]);
    if (!has_digit)
        return false;
    if (all(name, len, is_digit) || (len >= HEX_LONG && all(name, len, is_hex)))
        return true;
    const char *tail = name + len;
    while (tail > name && (isalnum((unsigned char)tail[-1]) || tail[-1] == '_'))
        tail--;
    size_t tail_len = (size_t)(name + len - tail);
    if (tail > name && tail_len > 0 && (all(tail, tail_len, is_digit) ? tail_len >= RANDOM_TAIL - 2 : is_random(tail, tail_len)))
        return true;
    return strncmp(name, "tmp", strlen("tmp")) == 0 && len >= strlen("tmp") + RANDOM_TAIL;
}

char *learn_text(const struct world *w, const char *path)
{
    const char *below = path_below(path, w->home);
    return below && *below ? path_join("~", below) : mem_strdup(path);
}

/* Everybody's: what is asked for in them is asked for by name. */
static bool is_common(const struct learn_request *r, const char *path)
{
    static const char *const fixed[] = {"/",     "/bin",     "/boot",    "/dev",       "/dev/shm", "/etc",      "/home",    "/lib",       "/media",  "/mnt",
                                        "/opt",  "/proc",    "/root",    "/run",       "/sbin",    "/srv",      "/sys",     "/tmp",       "/usr",    "/usr/bin",
                                        "/usr/lib", "/usr/local", "/usr/share", "/usr/sbin", "/var",  "/var/cache", "/var/lib", "/var/log", "/var/run", "/var/tmp"};
    const struct world *w = r->world;
    AUTO(mem_free_ptr) char *local = path_join(w->home, ".local");
    const char *const own[] = {w->home, w->config_home, w->cache_home, w->data_home, w->state_home, local, w->tmpdir};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(path, fixed[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (path_is_within(own[i], path)) /* above one of them, too */
            return true;
    return false;
}

static bool holds_deny(const struct learn_request *r, const char *path)
{
    for (size_t i = 0; i < r->caps->n_denies; i++)
        if (!r->caps->deny[i].overridden && path_is_within(r->caps->deny[i].path, path))
            return true;
    return false;
}

static bool is_fit(const struct learn_request *r, const char *path)
{
    return !is_common(r, path) && !holds_deny(r, path);
}

/* The directory directly below `base` that `path` lies in, or is; NULL when it is a file directly in it, or elsewhere. */
static char *directory_below(const char *base, const struct learn_use *use)
{
    const char *below = path_below(use->path, base);
    if (!below || !*below)
        return NULL;
    size_t len = strcspn(below, "/");
    if (below[len] == '\0' && !use->is_dir)
        return NULL;
    AUTO(mem_free_ptr) char *name = mem_strndup(below, len);
    return learn_is_volatile(name, len) ? NULL : path_join(base, name);
}

/* Of a program: what carries its name in a place where each has one. */
static char *own_directory(const struct learn_request *r, const struct learn_use *use)
{
    static const char *const places[] = {"/opt", "/srv", "/etc", "/usr/local", "/usr/share", "/usr/lib", "/var/lib", "/var/cache", "/var/log", "/run"};
    const struct world *w = r->world;
    AUTO(mem_free_ptr) char *local = path_join(w->home, ".local");
    const char *const homes[] = {w->config_home, w->cache_home, w->data_home, w->state_home, local};
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        if (path_below(use->path, homes[i]))
            return directory_below(homes[i], use);
    }
    const char *below = path_below(use->path, w->home);
    if (below)
        return *below == '.' ? directory_below(w->home, use) : NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (path_below(use->path, places[i]))
            return directory_below(places[i], use);
    }
    return NULL;
}

/* The directory above the first name that will be another one the next time; NULL when there is no such name. The home directory stays what it is,
 * whatever it is called. */
static char *above_volatile(const char *home, const char *path)
{
    const char *below = path_below(path, home);
    for (const char *at = below ? below : path + 1; *at;) {
        size_t len = strcspn(at, "/");
        if (learn_is_volatile(at, len))
            return at == path + 1 ? mem_strdup("/") : mem_strndup(path, (size_t)(at - path) - 1);
        at += len + (at[len] == '/');
    }
    return NULL;
}

char *learn_place(const struct learn_request *r, const struct learn_use *use, bool has_company, bool *ret_is_file)
{
    *ret_is_file = false;
    AUTO(mem_free_ptr) char *own = own_directory(r, use);
    if (own && is_fit(r, own))
        return take_ptr(&own);
    AUTO(mem_free_ptr) char *steady = above_volatile(r->world->home, use->path);
    if (steady)
        return is_fit(r, steady) || (strcmp(steady, "/proc") == 0 && use->access == CAPS_READ) ? take_ptr(&steady) : NULL;
    if (use->is_dir && use->existed && is_fit(r, use->path))
        return mem_strdup(use->path);
    AUTO(mem_free_ptr) char *parent = path_parent(use->path);
    if ((has_company || !use->existed) && is_fit(r, parent))
        return take_ptr(&parent);
    *ret_is_file = true;
    return use->existed && !use->is_dir && !is_common(r, use->path) ? mem_strdup(use->path) : NULL;
}

unsigned learn_access(const struct learn_request *r, const struct learn_use *use, const char *place)
{
    AUTO(mem_free_ptr) char *own = own_directory(r, use);
    bool is_own = own && strcmp(own, place) == 0;
    return is_own && (use->access & CAPS_WRITE) ? CAPS_READWRITE : use->access;
}
