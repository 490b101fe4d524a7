/* real: where a path really is, for many paths at once. */
#include "policy/real.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"
#include "policy/missing.h"

enum { USUAL_PATHS = 224, USUAL_SLOTS = 512 }; /* what the groups name */

void real_cache_release(struct real_cache *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->known[i].path != c->known[i].real.path)
            mem_free(c->known[i].path);
        real_release(&c->known[i].real);
    }
    mem_free(c->known);
    mem_free(c->slot);
    mem_free(c->missing);
    *c = (struct real_cache){0};
}

void real_release(struct real *r)
{
    mem_free(r->path);
    mem_free(r->link);
    *r = (struct real){0};
}

/* The real path of the deepest part of `path` that exists, with the rest behind it. */
static char *real_prefix(const char *path)
{
    AUTO(mem_free_ptr) char *at = mem_strdup(path);
    for (;;) {
        AUTO(mem_close_fd) int fd = -1;
        AUTO(mem_free_ptr) char *real = NULL;
        struct err ignored = ERR_INIT;
        if (path_resolve(at, &fd, &real, &ignored) == 0) {
            const char *rest = path_below(path, at);
            return rest && *rest ? path_join(real, rest) : take_ptr(&real);
        }
        if (strcmp(at, "/") == 0)
            return mem_strdup(path);
        char *parent = path_parent(at);
        mem_free(at);
        at = parent;
    }
}

/* The clean path that the text of a link means, NULL when there is none. `link` is real but for its last name. `exact`: nor when ".." stands
 * behind a name, which may itself be a link. */
static char *read_target(const char *link, bool exact)
{
    char text[STR_MAX_PATH];
    ssize_t len = readlink(link, text, sizeof text - 1);
    if (len <= 0)
        return NULL;
    text[len] = '\0';
    const char *names = text;
    while (str_starts(names, "../"))
        names += strlen("../");
    if (exact && strstr(names, ".."))
        return NULL;
    AUTO(mem_free_ptr) char *directory = path_parent(link);
    struct err ignored = ERR_INIT;
    char *clean = NULL;
    return path_lexical(directory, text, &clean, &ignored) < 0 ? NULL : clean;
}

/* What a link leads to that cannot be opened: its text is followed once, and as far as it exists. */
static char *dangling_target(const char *link)
{
    AUTO(mem_free_ptr) char *clean = read_target(link, false);
    return clean ? real_prefix(clean) : mem_strdup(link);
}

/* The same name is another object in every process. */
static bool find_per_process(const char *path, struct real *ret)
{
    static const struct {
        const char *name, *means;
        bool is_dir;
    } names[] = {
        {"/proc/self", "/proc/self", true},          {"/proc/thread-self", "/proc/thread-self", true},
        {"/dev/fd", "/proc/self/fd", true},          {"/dev/stdin", "/proc/self/fd/0", false},
        {"/dev/stdout", "/proc/self/fd/1", false},   {"/dev/stderr", "/proc/self/fd/2", false},
    };
    if (path[1] != 'p' && path[1] != 'd') /* nearly every path */
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *below = path_below(path, names[i].name);
        if (!below)
            continue;
        *ret = (struct real){
            .path = *below ? path_join(names[i].means, below) : mem_strdup(names[i].means),
            .exists = true,
            .is_dir = *below ? strcmp(below, "fd") == 0 : names[i].is_dir,
        };
        return true;
    }
    return false;
}

static void set_object(struct real *r, const struct stat *st)
{
    r->exists = true;
    r->is_dir = S_ISDIR(st->st_mode);
    r->device = st->st_dev;
    r->inode = st->st_ino;
}

/* Where a link leads, read from its text: asking /proc costs several times as much. Whether it may be followed at all, and that it leads
 * to this object, is the kernel's word. NOLINTNEXTLINE(misc-no-recursion): REAL_MAX_LINKS deep at most. */
static bool follow_text(struct real_cache *c, const struct stat *object, struct real *r)
{
    AUTO(real_release) struct real target = {0};
    AUTO(mem_free_ptr) char *path = c->depth < REAL_MAX_LINKS ? read_target(r->link, true) : NULL;
    if (!path)
        return false;
    c->depth++;
    real_find(c, path, &target);
    c->depth--;
    if (!target.exists || target.device != object->st_dev || target.inode != object->st_ino)
        return false;
    r->path = take_ptr(&target.path);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): see follow_text. */
static void follow_link(struct real_cache *c, struct real *r)
{
    AUTO(mem_close_fd) int fd = -1;
    struct err why = ERR_INIT;
    struct stat st;
    r->link = take_ptr(&r->path);
    int sys = stat(r->link, &st) < 0 ? errno : 0;
    if (sys == 0 && (follow_text(c, &st, r) || path_resolve(r->link, &fd, &r->path, &why) == 0)) {
        set_object(r, &st);
        return;
    }
    r->sys = sys ? sys : why.sys ? why.sys : ENOENT;
    r->path = dangling_target(r->link);
}

static char *join(const char *directory, const char *name, size_t len)
{
    size_t above = directory[1] ? strlen(directory) : 0;
    char *path = mem_resize(NULL, above + len + 2, 1);
    memcpy(path, directory, above);
    path[above] = '/';
    memcpy(path + above + 1, name, len);
    path[above + 1 + len] = '\0';
    return path;
}

/* `name`, of `len` bytes, in the directory `d`, which `c` knows. NOLINTNEXTLINE(misc-no-recursion): see follow_text. */
static void look(struct real_cache *c, const struct real *d, const char *name, size_t len, struct real *ret)
{
    struct stat st;
    *ret = (struct real){.path = join(d->path, name, len), .sys = d->exists && !d->is_dir ? ENOTDIR : d->sys};
    if (ret->sys)
        return;
    if (fstatat(AT_FDCWD, ret->path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        ret->sys = errno;
    } else if (S_ISLNK(st.st_mode)) {
        follow_link(c, ret);
    } else {
        set_object(ret, &st);
    }
}

/* FNV-1a: the mark of a longer path goes on from that of its beginning. */
static uint32_t mark_on(uint32_t mark, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mark = (mark ^ (unsigned char)bytes[i]) * 16777619u;
    return mark;
}

static uint32_t mark_of(const char *path, size_t len)
{
    return mark_on(2166136261u, path, len);
}

static const struct real_known *find_known(const struct real_cache *c, const char *path, size_t len, uint32_t mark)
{
    for (size_t at = mark; c->n_slots; at++) {
        uint32_t number = c->slot[at & (c->n_slots - 1)];
        if (number == 0)
            return NULL;
        const struct real_known *k = &c->known[number - 1];
        if (k->mark == mark && k->len == len && memcmp(k->path, path, len) == 0)
            return k;
    }
    return NULL;
}

static void put_number(struct real_cache *c, size_t number)
{
    size_t at = c->known[number - 1].mark;
    while (c->slot[at & (c->n_slots - 1)])
        at++;
    c->slot[at & (c->n_slots - 1)] = (uint32_t)number;
}

static void make_room(struct real_cache *c)
{
    mem_reserve(&c->known, &c->cap, c->n ? c->n + 1 : USUAL_PATHS, sizeof *c->known);
    if (2 * (c->n + 1) <= c->n_slots)
        return;
    c->n_slots = c->n_slots ? 2 * c->n_slots : USUAL_SLOTS;
    mem_free(c->slot);
    c->slot = mem_array(c->n_slots, sizeof *c->slot);
    for (size_t number = 1; number <= c->n; number++)
        put_number(c, number);
}

/* Takes over `known.path`. */
static const struct real_known *add_known(struct real_cache *c, struct real_known known)
{
    make_room(c);
    c->known[c->n] = known;
    put_number(c, ++c->n);
    return &c->known[c->n - 1];
}

static const struct real_known *know_root(struct real_cache *c)
{
    uint32_t mark = mark_of("/", 1);
    const struct real_known *known = find_known(c, "/", 1, mark);
    if (known)
        return known;
    struct real root = {.path = mem_strdup("/"), .exists = true, .is_dir = true};
    return add_known(c, (struct real_known){.path = root.path, .len = 1, .mark = mark, .real = root});
}

/* One more name is not in directory number `number`. */
static void count_miss(struct real_cache *c, size_t number)
{
    struct real_known *directory = &c->known[number - 1];
    const struct real *d = &directory->real;
    if (++directory->n_missing != REAL_MAX_MISSES || c->listed)
        return;
    c->listed = number;
    c->missing = mem_alloc(sizeof *c->missing);
    if (missing_read(d->path, d->device, d->inode, c->missing))
        return;
    mem_free(c->missing);
    c->missing = NULL;
}

/* What lies at `path`, of `len` bytes, whose last name begins at `start`. NOLINTNEXTLINE(misc-no-recursion): see follow_text. */
static const struct real_known *learn(struct real_cache *c, const struct real_known *directory, const char *path, size_t start, size_t len, uint32_t mark)
{
    struct real_known found = {.len = len, .mark = mark};
    bool is_own = directory->path == directory->real.path;
    size_t number = (size_t)(directory - c->known) + 1;
    if (c->missing && c->listed == number && missing_has(c->missing, path + start, len - start)) {
        found.real = (struct real){.path = join(directory->real.path, path + start, len - start), .sys = ENOENT};
    } else {
        bool exists = directory->real.exists;
        look(c, &directory->real, path + start, len - start, &found.real);
        if (exists && found.real.sys == ENOENT && !found.real.link)
            count_miss(c, number);
    }
    found.path = is_own && !found.real.link ? found.real.path : mem_dup(path, len);
    return add_known(c, found);
}

/* `path` is `len` long here. From the left where its directory is not known yet, so that one that is missing costs nothing for all that
 * would lie below it. NOLINTNEXTLINE(misc-no-recursion): see follow_text. */
static const struct real *know(struct real_cache *c, const char *path, size_t len)
{
    size_t marked = len; /* the directory's part of `path`, of which `mark` is */
    while (marked > 1 && path[--marked] != '/')
        ;
    uint32_t mark = mark_of(path, marked);
    const struct real_known *at = marked > 1 ? find_known(c, path, marked, mark) : NULL;
    if (!at) {
        at = know_root(c);
        marked = 1;
        mark = mark_of(path, marked);
    }
    for (size_t start = marked + (marked > 1); start < len;) {
        size_t end = start;
        while (end < len && path[end] != '/')
            end++;
        mark = mark_on(mark, path + marked, end - marked);
        const struct real_known *next = find_known(c, path, end, mark);
        at = next ? next : learn(c, at, path, start, end, mark);
        marked = end;
        start = end + 1;
    }
    return &at->real;
}

/* NOLINTNEXTLINE(misc-no-recursion): see follow_text. */
void real_find(struct real_cache *c, const char *path, struct real *ret)
{
    if (find_per_process(path, ret))
        return;
    *ret = *know(c, path, strlen(path));
    ret->path = mem_strdup(ret->path);
    ret->link = mem_strdup(ret->link);
}
