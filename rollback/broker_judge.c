/* broker_judge: what may be done where, by the policy and by where a thing lies, and nono's own way to the directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/broker_own.h"
#include "rollback/stash.h"

enum { TRUSTED_NS = 10 * 1000 * 1000 };

static bool is_below(const char *path, const char *above)
{
    return path_is_within(path, above) && strcmp(path, above) != 0;
}

/* Something in particular is said of a path below `dir`. */
static bool has_rules_below(const struct caps *c, const char *dir)
{
    for (size_t i = 0; i < c->n_grants; i++)
        if (is_below(c->grant[i].path, dir))
            return true;
    for (size_t i = 0; i < c->n_denies; i++)
        if (is_below(c->deny[i].path, dir))
            return true;
    for (size_t i = 0; i < c->n_masks; i++)
        if (is_below(c->mask[i].path, dir))
            return true;
    for (size_t i = 0; i < c->n_hidden; i++)
        if (is_below(c->hidden[i].path, dir))
            return true;
    return false;
}

/* A bind mount may show a denied tree under another name, which only the masks know. */
static bool is_masked(const struct caps *c, const char *path)
{
    for (size_t i = 0; i < c->n_masks; i++)
        if (c->mask[i].kind != CAPS_MASK_PIN && path_is_within(path, c->mask[i].path))
            return true;
    return false;
}

static unsigned granted_at(const struct caps *c, const char *path)
{
    struct caps_answer answer;
    caps_evaluate(c, path, 0, &answer);
    return answer.deny || answer.blocked || is_masked(c, path) || stash_is_over(path) ? 0 : answer.granted;
}

static bool is_entry_of(const struct broker_dir *d, const char *path)
{
    size_t len = strlen(d->path);
    return d->alike && len > 1 && strncmp(path, d->path, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

unsigned broker_granted(const struct broker *b, const struct broker_dir *in, const char *path)
{
    const struct broker_dir *last = b->last_dir < BROKER_DIRS ? &b->dir[b->last_dir] : NULL;
    if (stash_is_over(path)) /* the directory itself, as an entry of the one above it, too */
        return 0;
    if (!in && last && is_entry_of(last, path))
        in = last;
    return in && in->alike ? in->granted : granted_at(b->caps, path);
}

bool broker_holds_pinned(const struct broker *b, const char *path)
{
    const struct caps *c = b->caps;
    for (size_t i = 0; i < c->n_masks; i++)
        if (path_is_within(c->mask[i].path, path))
            return true;
    for (size_t i = 0; i < c->n_denies; i++)
        if (!c->deny[i].overridden && path_is_within(c->deny[i].path, path))
            return true;
    return false;
}

bool broker_is_captured(struct broker *b, const char *path)
{
    if (kept_has(&b->kept, path))
        return true;
    b->has_unkept = true;
    int scratch = kept_scratch(&b->kept, path);
    if (scratch >= 0 && scratch < BROKER_MAX_SCRATCH)
        b->scratch_used |= UINT64_C(1) << scratch;
    return false;
}

/* The same directory without the command's mounts in between. */
static int open_same(const char *path, const struct mutate_look *l)
{
    struct stat found;
    int fd = path_open_real(path);
    if (fd >= 0 && fstat(fd, &found) == 0 && (uint64_t)found.st_dev == l->device && (uint64_t)found.st_ino == l->inode)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static void fill(struct broker *b, struct broker_dir *d, const struct mutate_look *l, const char *path, bool is_gone)
{
    bool *is_set = &b->is_set[d - b->dir];
    if (*is_set)
        mem_close_fd(&d->fd);
    *is_set = true;
    d->look = *l;
    d->fd = -1;
    d->granted = granted_at(b->caps, path);
    d->alike = !has_rules_below(b->caps, path);
    d->is_direct = caps_is_direct(path);
    d->is_captured = kept_has(&b->kept, path);
    memcpy(d->path, path, strlen(path) + 1);
    if (d->is_direct || is_gone)
        return;
    broker_take_own(b); /* the caller has got there already, perhaps from a place below what is closed to it */
    d->fd = open_same(path, l);
    broker_take_caller(b);
}

static bool is_dir_of(const struct broker_dir *d, const struct mutate_look *l)
{
    return d->look.inode == l->inode && d->look.device == l->device && d->look.birth_ns == l->birth_ns;
}

/* The place in the table, which is none of what this call has looked up: each has its descriptor from there. NULL: there is no other. */
static struct broker_dir *place_in_table(struct broker *b, const struct mutate_look *l)
{
    size_t at = (size_t)(l->inode ^ (l->device * 31)) % BROKER_DIRS;
    for (size_t i = 0; i < BROKER_DIRS; i++, at = (at + 1) % BROKER_DIRS) {
        struct broker_dir *d = &b->dir[at];
        if (!b->is_set[at] || d->turn != b->turn || is_dir_of(d, l)) {
            b->last_dir = at;
            return d;
        }
    }
    return NULL;
}

/* Where a directory lies that is held open, so that no other has its number. The command can move one only by a call that passes through here; somebody
 * outside can at any time, also between a look and what follows it, so that for a moment more, and for this call, it counts as where it was. */
static bool is_trusted(const struct broker *b, const struct broker_dir *d, const struct mutate_look *l, int64_t now_ns)
{
    bool is_of_this_call = d->turn == b->turn;
    bool is_young = d->moves == b->moves && now_ns - d->read_ns < TRUSTED_NS && l->nlink > 0;
    return d->fd >= 0 && (is_of_this_call || is_young);
}

struct broker_dir *broker_dir(struct broker *b, int pin, int *ret_error)
{
    char path[STR_MAX_PATH];
    struct mutate_look l;
    bool is_gone = false;
    int64_t now_ns = broker_now_ns();
    int r = mutate_look(pin, "", &l);
    if (r == 0 && !S_ISDIR(l.mode))
        r = -ENOTDIR;
    if (r < 0) {
        *ret_error = r;
        return NULL;
    }
    struct broker_dir *d = place_in_table(b, &l);
    if (!d) {
        *ret_error = -ELOOP;
        return NULL;
    }
    bool is_known = b->is_set[d - b->dir] && is_dir_of(d, &l);
    if (is_known && is_trusted(b, d, &l, now_ns)) {
        d->look = l;
        d->turn = b->turn;
        return d;
    }
    r = broker_path_of(pin, path, &is_gone);
    if (r < 0 || path[0] != '/') {
        *ret_error = r < 0 ? r : -EACCES;
        return NULL;
    }
    if (!is_known || is_gone || strcmp(d->path, path) != 0)
        fill(b, d, &l, path, is_gone);
    d->look = l;
    d->turn = b->turn;
    d->moves = b->moves;
    d->read_ns = now_ns;
    return d;
}

void broker_moves(struct broker *b)
{
    b->moves++;
}

int broker_place_of(struct broker *b, const struct broker_name *n, unsigned access, struct broker_place *ret)
{
    int error = 0;
    if (n->object >= 0)
        return BROKER_PROCEED;
    struct broker_dir *d = broker_dir(b, n->dir, &error);
    if (!d || d->is_direct || d->fd < 0) {
        b->is_denied |= d && !d->is_direct && (d->granted & access) != access;
        return BROKER_PROCEED;
    }
    size_t len = strcmp(d->path, "/") == 0 ? 0 : strlen(d->path);
    size_t name_len = strlen(n->name);
    if (len + 1 + name_len >= sizeof ret->path)
        return -ENAMETOOLONG;
    memcpy(ret->path, d->path, len);
    ret->path[len] = '/';
    memcpy(ret->path + len + 1, n->name, name_len + 1);
    ret->dir = d;
    bool is_granted = (broker_granted(b, d, ret->path) & access) == access;
    b->is_denied |= !is_granted;
    return is_granted ? 0 : BROKER_PROCEED;
}
