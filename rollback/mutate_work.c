/* mutate: the steps that operations are made of. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/mutate_parts.h"

enum { EMPTY_PATH = 0x1000 };

void work_link(int fd, char ret[WORK_LINK])
{
    (void)snprintf(ret, WORK_LINK, "/proc/self/fd/%d", fd);
}

int work_may_remove(const struct mutate *m, int dir, const struct mutate_look *l)
{
    struct mutate_look in;
    if (!m->guise.own)
        return 0;
    if (syscall(SYS_faccessat2, dir, "", W_OK | X_OK, AT_EACCESS | EMPTY_PATH) < 0)
        return -errno;
    int r = mutate_look(dir, "", &in);
    if (r < 0)
        return r;
    uid_t caller = (uid_t)setfsuid((uid_t)-1);
    return in.mode & S_ISVTX && caller != 0 && caller != l->uid && caller != in.uid ? -EPERM : 0;
}

/* The journal says for as long what the mode was: nono may be killed meanwhile. */
static int open_closed(struct work *w, const char *link, int flags, const char *path, const struct mutate_look *l)
{
    const struct journal_entry x = work_entry(w, JOURNAL_MODE, path, l);
    uint64_t at = 0;
    int r = work_write(w, &x, &at);
    if (r < 0)
        return r;
    if (chmod(link, (l->mode & 07777) | S_IRUSR | S_IXUSR) < 0) {
        r = -errno;
        journal_cut(&w->m->journal, at);
        return r;
    }
    int fd = open(link, flags);
    r = fd < 0 ? -errno : fd;
    if (chmod(link, l->mode & 07777) == 0)
        journal_cut(&w->m->journal, at);
    return r;
}

int work_open_for_reading(struct work *w, int fd, const char *path, const struct mutate_look *l)
{
    char link[WORK_LINK];
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (is_dir(l) ? O_DIRECTORY : 0);
    work_link(fd, link);
    work_as_own(w->m);
    int opened = open(link, flags | O_NOATIME);
    int r = opened < 0 && errno == EPERM ? open(link, flags) : opened;
    if (r < 0)
        r = errno == EACCES && geteuid() == l->uid ? open_closed(w, link, flags, path, l) : -errno;
    work_as_caller(w->m);
    return r;
}

int work_is_empty(struct work *w, int fd, const char *path, const struct mutate_look *l)
{
    AUTO(mem_close_fd) int dir = work_open_for_reading(w, fd, path, l);
    return dir < 0 ? dir : fs_is_empty(dir);
}

int work_attribute(struct work *w, const struct mutate_object *o, const struct mutate_look *l, const char *name, bool only_present)
{
    static char value[JOURNAL_MAX_VALUE]; /* one operation at a time */
    char link[WORK_LINK];
    if (strlen(name) > JOURNAL_MAX_NAME || name[0] == '\0')
        return -ERANGE;
    work_link(o->fd, link);
    work_as_own(w->m);
    ssize_t len = getxattr(link, name, value, sizeof value);
    if (len < 0 && errno == EACCES && !S_ISLNK(l->mode)) {
        AUTO(mem_close_fd) int fd = work_open_for_reading(w, o->fd, o->path, l);
        len = fd < 0 ? -1 : fgetxattr(fd, name, value, sizeof value);
    }
    int sys = len < 0 ? errno : 0;
    work_as_caller(w->m);
    if (sys != 0 && sys != ENODATA && sys != EOPNOTSUPP)
        return only_present && sys == EPERM ? 0 : -sys;
    if (sys != 0 && only_present)
        return 0;
    struct journal_entry x = work_entry(w, JOURNAL_ATTRIBUTE, o->path, l);
    x.other = name;
    x.flags = sys != 0 ? JOURNAL_ABSENT : 0;
    x.value = value;
    x.value_len = sys != 0 ? 0 : (size_t)len;
    return work_write(w, &x, NULL);
}

/* Too large to be copied. */
static int decide_large(struct mutate *m, const char *path, struct journal_entry *x)
{
    if (m->large++ == 0) {
        (void)snprintf(m->large_path, sizeof m->large_path, "%s", path);
        m->large_size = x->size;
    }
    if (!m->skips_large)
        return -EFBIG;
    x->flags |= JOURNAL_ABSENT;
    x->stash = 0;
    return 0;
}

static int copy_content(struct work *w, const struct mutate_object *o, const struct mutate_look *l, struct journal_entry *x)
{
    struct mutate *m = w->m;
    if (m->n_stash == 0)
        return -EXDEV;
    unsigned index = 0;
    struct stash *s = work_stash(m, l, &index); /* a copy can go to any */
    s = s ? s : &m->stash[0];
    AUTO(mem_close_fd) int from = work_open_for_reading(w, o->fd, o->path, l);
    if (from < 0)
        return from;
    work_as_own(m);
    bool is_large = l->size > m->max_copy && l->occupied > m->max_copy;
    int r = is_large ? stash_clone(s, from, &x->stash_id) : stash_copy(s, from, &x->stash_id);
    work_as_caller(m);
    x->stash = index;
    return r == -EFBIG && is_large ? decide_large(m, o->path, x) : r;
}

static void drop_copy(struct mutate *m, const struct journal_entry *x)
{
    char name[STASH_NAME];
    if (x->stash_id == 0)
        return;
    stash_name(x->stash_id, name);
    work_as_own(m);
    (void)unlinkat(m->stash[x->stash].dir, name, 0);
    work_as_caller(m);
}

static int secure_content(struct work *w, const struct mutate_object *o, const struct mutate_look *l)
{
    struct journal_entry x = work_entry(w, JOURNAL_CONTENT, o->path, l);
    x.size = l->size;
    int r = l->size > 0 ? copy_content(w, o, l, &x) : 0;
    /* Writing takes it away. */
    if (r == 0)
        r = work_attribute(w, o, l, "security.capability", true);
    if (r == 0)
        r = work_write(w, &x, NULL);
    if (r == 0)
        r = mutate_inodes_add(&w->m->inodes, l, INODE_SECURED | INODE_TIMES);
    if (r < 0)
        drop_copy(w->m, &x);
    w->has_secured = r == 0;
    w->secured = *l;
    return r;
}

int work_secure(struct work *w, const struct mutate_object *o, const struct mutate_look *l)
{
    unsigned known = mutate_inodes_flags(&w->m->inodes, l);
    if (is_dir(l) || S_ISLNK(l->mode) || l->nlink == 0 || known & (INODE_BORN | INODE_SECURED) || is_plain_scratch(w->m, l, o->is_scratch))
        return 0;
    return S_ISREG(l->mode) ? secure_content(w, o, l) : work_times(w, o->path, l);
}

bool work_unlock(const struct mutate_look *l, int pin)
{
    char link[WORK_LINK];
    if (!is_dir(l) || l->mode & S_IWUSR || geteuid() != l->uid)
        return false;
    work_link(pin, link);
    return chmod(link, (l->mode & 07777) | S_IRWXU) == 0;
}

void work_lock(const struct mutate_look *l, int pin)
{
    char link[WORK_LINK];
    work_link(pin, link);
    (void)chmod(link, l->mode & 07777);
}

/* A place in the stash, and the record that names it. */
struct slot {
    bool is_tree; /* what is in the directory goes with it */
    int dir;
    char name[STASH_NAME];
    uint64_t at;
};

/* Whether it is what was looked at, and still empty when it is a directory; else it goes back. */
static int check_stashed(struct work *w, const struct mutate_place *p, const struct mutate_look *l, const struct slot *to, int pin)
{
    struct mutate_look moved;
    int r = mutate_look(to->dir, to->name, &moved);
    int wrong = r < 0 ? r : is_same(&moved, l) ? 0 : -EAGAIN;
    if (wrong == 0 && is_dir(l) && !to->is_tree) {
        r = work_is_empty(w, pin, p->path, l);
        wrong = r < 0 ? r : r == 0 ? -ENOTEMPTY : 0;
    }
    if (wrong == 0 || fs_rename(to->dir, to->name, p->dir, p->name, RENAME_NOREPLACE) == 0)
        return wrong;
    /* There is something new in its place: this one was taken away, whatever it is. */
    journal_settle(&w->m->journal, to->at, moved.device, moved.inode, false);
    return 0;
}

int work_stash_away(struct work *w, const struct mutate_place *p, const struct mutate_look *l, int pin, bool is_tree)
{
    struct mutate *m = w->m;
    struct slot to = {.is_tree = is_tree, .dir = -1};
    struct journal_entry x = work_entry(w, JOURNAL_STASHED, p->path, l);
    x.size = S_ISREG(l->mode) ? l->size : 0;
    struct stash *s = work_stash(m, l, &x.stash);
    if (!s)
        return -EXDEV;
    int r = work_may_remove(m, p->dir, l);
    if (r < 0)
        return r;
    work_as_own(m);
    r = stash_slot(s, &to.dir, to.name);
    x.stash_id = s->next;
    if (r == 0)
        r = work_write(w, &x, &to.at);
    bool is_unlocked = r == 0 && work_unlock(l, pin); /* the record has the mode */
    if (r == 0 && renameat(p->dir, p->name, to.dir, to.name) < 0)
        r = -errno;
    if (r == 0)
        r = check_stashed(w, p, l, &to, pin);
    if (r == 0)
        (void)stash_take(s);
    else if (is_unlocked)
        work_lock(l, pin);
    work_as_caller(m);
    return r;
}
