/* left: a walk beside the state before, which says where to look, and where to look at everything. */
#include "rollback/left.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/str.h"

static int64_t ns_of(const struct timespec *t)
{
    int64_t ns;
    if (__builtin_mul_overflow((int64_t)t->tv_sec, INT64_C(1000000000), &ns) || __builtin_add_overflow(ns, (int64_t)t->tv_nsec, &ns))
        return t->tv_sec < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

void left_stat(struct left_node *x, const struct stat *st)
{
    x->is_there = true;
    x->device = (uint64_t)st->st_dev;
    x->inode = (uint64_t)st->st_ino;
    x->size = (uint64_t)st->st_size;
    x->rdev = (uint64_t)st->st_rdev;
    x->mtime_ns = ns_of(&st->st_mtim);
    x->ctime_ns = ns_of(&st->st_ctim);
    x->mode = st->st_mode;
    x->uid = st->st_uid;
    x->gid = st->st_gid;
    x->nlink = (uint32_t)st->st_nlink;
}

bool left_is_still(const struct left_node *x, const struct stat *st)
{
    return x->is_there && x->device == (uint64_t)st->st_dev && x->inode == (uint64_t)st->st_ino && x->mode == st->st_mode &&
           x->size == (uint64_t)st->st_size && x->ctime_ns == ns_of(&st->st_ctim) && x->mtime_ns == ns_of(&st->st_mtim);
}

/* Deepest first, so that depth costs no stack. */
void left_free(struct left_node *root)
{
    struct left_node *x = root;
    while (x) {
        if (x->n > 0) {
            x = x->child[--x->n];
            continue;
        }
        struct left_node *above = x == root ? NULL : x->parent;
        mem_free(x->child);
        mem_free(x->name);
        mem_free(x->at);
        mem_free(x);
        x = above;
    }
}

void left_free_ptr(struct left_node **root)
{
    left_free(*root);
    *root = NULL;
}

static int by_name(const void *key, const void *item)
{
    struct left_node *const *x = item;
    return strcmp(key, (*x)->name);
}

struct left_node *left_child(const struct left_node *dir, const char *name)
{
    struct left_node **found = dir->n == 0 ? NULL : bsearch(name, dir->child, dir->n, sizeof(*dir->child), by_name);
    return found ? *found : NULL;
}

struct left_node *left_find(struct left_node *root, const char *path)
{
    struct left_node *x = root;
    while (*path == '/')
        path++;
    while (x && *path) {
        size_t len = strcspn(path, "/");
        AUTO(mem_free_ptr) char *name = mem_strndup(path, len);
        x = left_child(x, name);
        path += len + (path[len] == '/');
    }
    return x;
}

char *left_path(const struct left_node *x)
{
    size_t len = 0;
    const struct left_node *top = x;
    for (; top->parent; top = top->parent)
        len += strlen(top->name) + 1;
    const char *prefix = top->at ? top->at : "";
    size_t prefix_len = strlen(prefix);
    if (len + prefix_len == 0)
        return mem_strdup("/");
    len += prefix_len;
    char *path = mem_alloc(len + 1);
    memcpy(path, prefix, prefix_len);
    for (const struct left_node *at = x; at->parent; at = at->parent) {
        size_t own = strlen(at->name);
        len -= own;
        memcpy(path + len, at->name, own);
        path[--len] = '/';
    }
    return path;
}

/* A directory that is being looked at. */
struct frame {
    struct left_node *left;
    bool is_whole;
    struct strlist names;                   /* sorted; of one that is whole */
    const struct journal_net_node **touched; /* sorted; of one that is not */
    size_t n, i;
    int fd;
    bool is_empty;
};

struct walk {
    struct frame *frame;
    size_t depth, cap;
    size_t n_entries;
};

static void frame_release(struct frame *f)
{
    strlist_release(&f->names);
    mem_free(f->touched);
    mem_close_fd(&f->fd);
}

static void walk_release(struct walk *w)
{
    while (w->depth > 0)
        frame_release(&w->frame[--w->depth]);
    mem_free(w->frame);
}

static int order(const void *a, const void *b)
{
    const struct journal_net_node *const *x = a;
    const struct journal_net_node *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* Where much went away and nothing came, as in a stash that was taken back, one look tells it of all. */
static void list_touched(const struct journal_net_node *node, struct frame *f)
{
    enum { MANY = 8 };
    for (const struct journal_net_node *x = node->child; x; x = x->next)
        f->n++;
    f->touched = mem_array(f->n + 1, sizeof(*f->touched));
    size_t i = 0;
    for (const struct journal_net_node *x = node->child; x; x = x->next)
        f->touched[i++] = x;
    if (f->n > 1)
        qsort(f->touched, f->n, sizeof(*f->touched), order);
    AUTO(mem_close_fd) int fd = f->n >= MANY ? openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    f->is_empty = fd >= 0 && fs_is_empty(fd) == 1;
}

/* What lies here is what lay here, so that only what was touched in it matters. */
static bool is_partial(const struct journal_net_node *node)
{
    return node && journal_net_in_place(node);
}

/* The descriptor is the frame's from here on. */
static int push(struct walk *w, struct left_node *x, const struct journal_net_node *node, int fd, struct err *e)
{
    if (w->depth >= LEFT_MAX_DEPTH) {
        mem_close_fd(&fd);
        return err_set(e, ERR_LIMIT, "more than %d directories below each other", LEFT_MAX_DEPTH);
    }
    mem_reserve(&w->frame, &w->cap, w->depth + 1, sizeof(*w->frame));
    struct frame *f = &w->frame[w->depth++];
    *f = (struct frame){.left = x, .is_whole = !is_partial(node), .fd = fd};
    struct err ignored = ERR_INIT;
    if (!f->is_whole) {
        list_touched(node, f);
        return 0;
    }
    x->is_closed = fd < 0 || fs_list(fd, ".", &f->names, &ignored) < 0;
    f->n = f->names.n;
    return 0;
}

static struct left_node *add_child(struct left_node *dir, const char *name)
{
    struct left_node *x = mem_alloc(sizeof(*x));
    x->name = mem_strdup(name);
    x->parent = dir;
    mem_reserve(&dir->child, &dir->cap, dir->n + 1, sizeof(*dir->child));
    dir->child[dir->n++] = x;
    return x;
}

static int enter(struct walk *w, struct frame *f, struct left_node *x, const struct journal_net_node *node, struct err *e)
{
    int how = (is_partial(node) ? O_PATH : O_RDONLY) | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(f->fd, x->name, how);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        return err_sys(e, ERR_IO, errno, "cannot look at what the command left");
    return push(w, x, node, fd, e);
}

static int look(struct walk *w, struct err *e)
{
    struct frame *f = &w->frame[w->depth - 1];
    struct stat st;
    if (f->i == f->n) {
        frame_release(f);
        w->depth--;
        return 0;
    }
    const struct journal_net_node *node = f->is_whole ? NULL : f->touched[f->i];
    const char *name = f->is_whole ? f->names.item[f->i] : node->name;
    f->i++;
    if (++w->n_entries > LEFT_MAX)
        return err_set(e, ERR_LIMIT, "more than %d entries that the command left", LEFT_MAX);
    bool is_there = f->fd >= 0 && !f->is_empty && fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!is_there && f->is_whole)
        return 0;
    struct left_node *x = add_child(f->left, name);
    if (is_there)
        left_stat(x, &st);
    return is_there && S_ISDIR(st.st_mode) ? enter(w, f, x, node, e) : 0;
}

/* Without `n` all of it. */
static int take(const char *path, const struct journal_net *n, struct left_node **ret, struct err *e)
{
    AUTO(walk_release) struct walk w = {0};
    AUTO(left_free_ptr) struct left_node *root = mem_alloc(sizeof(*root));
    struct stat st;
    int fd = open(path, (n ? O_PATH : O_RDONLY) | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    root->name = mem_strdup("");
    root->at = n ? NULL : mem_strdup(path);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot look at what the command left");
    left_stat(root, &st);
    int rc = push(&w, root, n ? n->root : NULL, fd, e);
    while (rc == 0 && w.depth > 0)
        rc = look(&w, e);
    if (rc == 0)
        *ret = take_ptr(&root);
    return rc;
}

int left_take(const struct journal_net *n, struct left_node **ret, struct err *e)
{
    return take("/", n, ret, e);
}

int left_take_tree(const char *path, struct left_node **ret, struct err *e)
{
    return take(path, NULL, ret, e);
}

static struct left_node *insert_child(struct left_node *dir, const char *name)
{
    struct left_node *x = add_child(dir, name);
    size_t i = dir->n - 1;
    for (; i > 0 && strcmp(dir->child[i - 1]->name, name) > 0; i--)
        dir->child[i] = dir->child[i - 1];
    dir->child[i] = x;
    return x;
}

int left_add(struct left_node *root, const char *path, const struct stat *st, struct err *e)
{
    struct left_node *x = root;
    for (const char *at = path; *at == '/';) {
        size_t len = strcspn(at + 1, "/");
        AUTO(mem_free_ptr) char *name = mem_strndup(at + 1, len);
        AUTO(mem_free_ptr) char *above = mem_strndup(path, (size_t)(at + 1 - path) + len);
        struct left_node *next = left_child(x, name);
        struct stat dir;
        bool is_last = at[1 + len] == '\0';
        if (!next) {
            if (!is_last && lstat(above, &dir) < 0)
                return err_sys(e, err_class_of(errno), errno, "cannot look at a directory of the session");
            next = insert_child(x, name);
            left_stat(next, is_last ? st : &dir);
        }
        x = next;
        at += 1 + len;
    }
    return 0;
}
