/* seal_source: a session's own files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/seal_job.h"
#include "rollback/session_journal.h"

void seal_source_init(struct seal_source *ret)
{
    *ret = (struct seal_source){.dir = -1};
    for (unsigned i = 0; i < STASH_MAX; i++)
        ret->stash[i] = (struct stash)STASH_INIT;
}

void seal_source_release(struct seal_source *s)
{
    for (unsigned i = 0; i < STASH_MAX; i++)
        stash_close(&s->stash[i]);
    for (size_t i = 0; i < s->n_trees; i++)
        left_free(s->tree[i].root);
    mem_free(s->tree);
    mem_free(s->sessions);
    left_free_ptr(&s->left);
    journal_net_release(&s->net);
    journal_view_release(&s->view);
    mem_close_fd(&s->dir);
}

/* As most are: what was in it went before it did. */
static bool is_known_empty(const struct seal_source *s, const struct journal_net_node *x)
{
    char name[STASH_NAME];
    stash_name(x->stash_id, name);
    AUTO(mem_close_fd) int fd = openat(s->stash[x->stash].dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && fs_is_empty(fd) == 1;
}

static int add_tree(struct seal_source *s, const struct journal_net_node *x, struct err *e)
{
    AUTO(str_release) struct str path = STR_INIT(STR_MAX_PATH);
    AUTO(left_free_ptr) struct left_node *root = NULL;
    char name[STASH_NAME];
    stash_name(x->stash_id, name);
    str_addf(&path, "%s/%s", s->stash[x->stash].path, name);
    int rc = left_take_tree(path.buf, &root, e);
    if (rc == ERR_LIMIT)
        return rc;
    if (rc < 0 || (root->n == 0 && !root->is_closed)) /* what cannot be opened is missed when it is read */
        return 0;
    mem_reserve(&s->tree, &s->cap, s->n_trees + 1, sizeof(*s->tree));
    s->tree[s->n_trees++] = (struct seal_tree){.stash = x->stash, .stash_id = x->stash_id, .root = take_ptr(&root)};
    return 0;
}

static int add_trees(struct seal_source *s, struct err *e)
{
    const struct journal_net_node *x = s->net.root;
    int rc = 0;
    while (x && rc == 0) {
        bool is_stashed = x->kind == JOURNAL_NET_STASHED && S_ISDIR(x->mode) && x->stash < STASH_MAX && s->stash[x->stash].dir >= 0;
        if (is_stashed && !is_known_empty(s, x))
            rc = add_tree(s, x, e);
        const struct journal_net_node *next = x->child;
        while (!next && x) {
            next = x->next;
            x = x->parent;
        }
        x = next;
    }
    return rc;
}

int seal_source_open_stashes(struct seal_source *s, struct err *e)
{
    for (unsigned i = 0; i < STASH_MAX; i++) {
        int rc = stash_open(s->dir, i, &s->stash[i], e);
        if (rc == ERR_MISSING)
            break;
        if (rc < 0)
            return rc;
    }
    return add_trees(s, e);
}

unsigned seal_source_stashes(const struct seal_source *s)
{
    unsigned n = 0;
    while (n < STASH_MAX && s->stash[n].dir >= 0)
        n++;
    return n;
}

struct seal_state seal_source_state(const struct seal_source *s)
{
    const struct seal_scope *scope = s->sessions ? &s->scope : NULL;
    return (struct seal_state){.net = &s->net, .left = s->left, .tree = s->tree, .n_trees = s->n_trees, .scope = scope};
}

int seal_source_limit(struct seal_source *s, const struct session_record *r, int session_dir, struct err *e)
{
    AUTO(mem_close_fd) int above = openat(session_dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char link[sizeof "/proc/self/fd/" + 12];
    char path[STR_MAX_PATH];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", above);
    ssize_t len = above < 0 ? -1 : readlink(link, path, sizeof path - 1);
    if (len <= 0)
        return err_sys(e, ERR_IO, errno, "cannot tell where sessions lie");
    path[len] = '\0';
    mem_free(s->sessions);
    s->sessions = mem_strdup(path);
    s->scope = (struct seal_scope){.workdir = r->workdir, .roots = &r->roots, .exclude = &r->exclude, .sessions = s->sessions};
    return 0;
}

int seal_source_open(const struct session_place *p, const struct session_record *r, struct seal_source *ret, struct err *e)
{
    int rc = session_place_open_dir(p, r->id, &ret->dir, e);
    if (rc == 0)
        rc = journal_read(ret->dir, "journal", &ret->view, e);
    if (rc == 0)
        rc = left_read(ret->dir, &ret->left, e);
    if (rc < 0)
        return rc;
    session_journal_net(&ret->view, ret->dir, r->sealed_late, &ret->net);
    return seal_source_open_stashes(ret, e);
}

int seal_source_copy(const struct seal_source *s, unsigned stash, uint64_t id)
{
    char name[STASH_NAME];
    stash_name(id, name);
    return openat(stash < STASH_MAX ? s->stash[stash].dir : -1, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}
