/* seal_names: the other names of a file that the session changed by one of them, or took one of them from: they were not touched as names, and are
 * part of both states all the same. Only where some are missing is the tree walked. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "rollback/seal_job.h"

struct finding {
    struct seal_job *job;
    uint64_t missing; /* names that are not known */
};

/* The file is known by fewer names than it had when the session was over. Each file counts once. */
static void count_file(struct finding *f, uint64_t device, uint64_t inode, uint64_t nlink)
{
    struct seal_inode *x = seal_inodes_find(&f->job->inodes, device, inode);
    if (!x || x->is_counted)
        return;
    x->is_counted = true;
    const struct journal_net_object *o = journal_net_object(f->job->state.net, device, inode);
    uint64_t names = (uint64_t)x->left + (o ? o->stashed : 0);
    bool is_changed = x->removed + x->added > 0 || o;
    if (is_changed && names < nlink)
        f->missing += nlink - names;
}

static void count_stashed(struct finding *f, const struct journal_net_node *n)
{
    char name[STASH_NAME];
    struct stat st;
    if (S_ISDIR(n->mode) || n->stash >= STASH_MAX)
        return;
    stash_name(n->stash_id, name);
    if (fstatat(f->job->source.stash[n->stash].dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        count_file(f, n->device, n->inode, st.st_nlink);
}

static int count(void *arg, const char *path, const struct seal_pair *p, size_t n_children)
{
    struct finding *f = arg;
    const struct seal_side *sides[] = {&p->before, &p->after};
    (void)path;
    (void)n_children;
    for (size_t i = 0; i < 2; i++) {
        const struct seal_side *x = sides[i];
        if (x->from == SEAL_LEFT && !S_ISDIR(x->left->mode))
            count_file(f, x->left->device, x->left->inode, x->left->nlink);
        else if (x->from == SEAL_STASHED)
            count_stashed(f, x->node);
    }
    return 0;
}

struct walk {
    struct seal_job *job;
    struct strlist dirs; /* still to be looked at, relative to the root */
    uint64_t missing;
};

/* Puts the path into both states, as it is. */
static int add_name(struct walk *w, const char *path, const struct stat *st, struct err *e)
{
    int rc = left_add(w->job->source.left, path, st, e);
    if (rc == 0)
        journal_net_touch(&w->job->source.net, path);
    w->missing--;
    return rc;
}

static bool is_wanted(const struct walk *w, const char *path, const struct stat *st)
{
    if (S_ISDIR(st->st_mode) || st->st_nlink < 2 || left_find(w->job->source.left, path))
        return false;
    const struct seal_inode *x = seal_inodes_find(&w->job->inodes, (uint64_t)st->st_dev, (uint64_t)st->st_ino);
    return x || journal_net_object(&w->job->source.net, (uint64_t)st->st_dev, (uint64_t)st->st_ino);
}

static int look_into(struct walk *w, const char *dir, struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    AUTO(mem_close_fd) int fd = -1;
    struct err ignored = ERR_INIT;
    int rc = 0;
    if (restore_tree_dir(&w->job->tree, dir + 1, O_RDONLY, &fd, &ignored) < 0 || fs_list(fd, ".", &names, &ignored) < 0)
        return 0;
    for (size_t i = 0; rc == 0 && i < names.n && w->missing > 0; i++) {
        AUTO(mem_free_ptr) char *path = path_join(dir, names.item[i]);
        struct stat st;
        if (fstatat(fd, names.item[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (is_wanted(w, path, &st))
            rc = add_name(w, path, &st, e);
        else if (S_ISDIR(st.st_mode))
            strlist_add(&w->dirs, path);
    }
    return rc;
}

int seal_names_find(struct seal_job *j, struct err *e)
{
    const struct session_record *r = j->record;
    struct finding f = {.job = j};
    int rc = seal_pair_walk(&j->state, r->workdir, count, &f);
    for (size_t i = 0; rc == 0 && i < r->roots.n; i++)
        rc = seal_pair_walk(&j->state, r->roots.item[i], count, &f);
    if (rc != 0 || f.missing == 0)
        return rc;
    struct walk w = {.job = j, .missing = f.missing};
    for (size_t i = r->roots.n; i-- > 0;)
        strlist_add(&w.dirs, r->roots.item[i]);
    strlist_add(&w.dirs, r->workdir);
    while (rc == 0 && w.missing > 0 && w.dirs.n > 0) {
        w.dirs.n--;
        AUTO(mem_free_ptr) char *dir = take_ptr(&w.dirs.item[w.dirs.n]);
        rc = look_into(&w, dir, e);
    }
    strlist_release(&w.dirs);
    j->n_elsewhere += w.missing;
    return rc;
}
