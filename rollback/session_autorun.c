/* session_autorun: the changes that a journal tells of, as a list that autorun can walk. */
#include "rollback/session_autorun.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/autorun.h"
#include "rollback/seal_count.h"

struct walk {
    const char *root;
    struct seal_state state;
    struct seal_source *source;
    struct change_list list;
};

static uint8_t type_of(uint32_t mode)
{
    return S_ISREG(mode) ? SNAPSHOT_FILE : S_ISDIR(mode) ? SNAPSHOT_DIR : S_ISLNK(mode) ? SNAPSHOT_LINK : SNAPSHOT_FIFO;
}

static struct snapshot_node node_of(const struct left_node *x)
{
    return (struct snapshot_node){.type = type_of(x->mode), .mode = (uint16_t)(x->mode & 07777), .size = x->size};
}

/* What is where it was, and another content or none: only the mode is told apart, which is all that counts. */
static void set_before(const struct walk *w, const struct seal_pair *p, struct change *c)
{
    const struct journal_net_object *o = seal_side_object(&w->state, &p->before);
    c->before = (struct snapshot_node){.type = SNAPSHOT_FILE};
    if (!seal_pair_in_place(p) || !o || o->has_content) {
        c->kind = CHANGE_MODIFIED;
        return;
    }
    c->kind = CHANGE_METADATA;
    c->before = c->after;
    if (o->has_mode)
        c->before.mode = (uint16_t)(o->mode & 07777);
}

static int add(void *arg, const char *path, const struct seal_pair *p, size_t n_children)
{
    struct walk *w = arg;
    const char *below = path_below(path, w->root);
    if (!below)
        below = path; /* elsewhere */
    bool was_there = p->before.from != SEAL_NOTHING;
    (void)n_children;
    if (!below || !*below || p->after.from != SEAL_LEFT || (was_there && !seal_is_modified(&w->state, p)))
        return 0;
    struct change c = {.kind = CHANGE_CREATED, .after = node_of(p->after.left)};
    if (c.after.type == SNAPSHOT_DIR && was_there)
        return 0;
    if (was_there)
        set_before(w, p, &c);
    if (w->list.n >= CHANGE_MAX)
        return ERR_LIMIT;
    c.path = mem_strdup(below);
    mem_reserve(&w->list.item, &w->list.cap, w->list.n + 1, sizeof *w->list.item);
    w->list.item[w->list.n++] = c;
    return 0;
}

/* Takes `fd`. 0: not to be had whole. */
static int read_all(int fd, void **ret, size_t *ret_len)
{
    AUTO(mem_close_fd) int taken = fd;
    struct stat st;
    if (taken < 0 || fstat(taken, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > AUTORUN_MAX_CONTENT)
        return 0;
    AUTO(mem_free_ptr) char *buf = mem_alloc(AUTORUN_MAX_CONTENT + 1);
    size_t len = 0;
    ssize_t n;
    while (len < AUTORUN_MAX_CONTENT && (n = read(taken, buf + len, AUTORUN_MAX_CONTENT - len)) > 0)
        len += (size_t)n;
    *ret = take_ptr(&buf);
    *ret_len = len;
    return 1;
}

static int open_before(const struct walk *w, const struct seal_pair *p)
{
    const struct journal_net_object *o = seal_side_object(&w->state, &p->before);
    if (o && o->has_content && o->stash_id != 0)
        return seal_source_copy(w->source, o->stash, o->stash_id);
    if (p->before.from == SEAL_STASHED && p->before.node)
        return seal_source_copy(w->source, p->before.node->stash, p->before.node->stash_id);
    return -1;
}

static int read_kept(void *data, const struct change *c, bool after, void **ret, size_t *ret_len, struct err *e)
{
    struct walk *w = data;
    struct seal_pair p;
    AUTO(mem_free_ptr) char *path = c->path[0] == '/' ? mem_strdup(c->path) : path_join(w->root, c->path);
    if (after)
        return read_all(open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), ret, ret_len);
    if (c->kind == CHANGE_CREATED)
        return 1;
    if (w->source->dir < 0 || !seal_pair_at(&w->state, path, &p))
        return 0;
    (void)e;
    return read_all(open_before(w, &p), ret, ret_len);
}

static int find(struct session *s, struct walk *w, struct err *e)
{
    const struct autorun_place place = {.root = s->record.workdir, .search = s->search};
    const struct autorun_reader reader = {.read = read_kept, .data = w};
    AUTO(autorun_release) struct autorun found = {0};
    int rc = autorun_find(&reader, &w->list, &place, &found, e);
    if (rc == 0)
        session_keep_autorun(&s->record, &found);
    return rc;
}

int session_autorun(struct session *s, struct seal_source *source, struct err *e)
{
    struct walk w = {.root = s->record.workdir, .state = seal_source_state(source), .source = source};
    if (strcmp(s->record.kind, "restore") == 0)
        return 0;
    w.state.scope = NULL; /* what is left out is executed all the same */
    int rc = seal_pair_walk(&w.state, "/", add, &w);
    if (rc < 0)
        (void)err_set(e, ERR_LIMIT, "more than %d changed entries", CHANGE_MAX);
    if (rc == 0 && w.list.n > 0 && source->dir < 0) {
        source->dir = fcntl(s->dir_fd, F_DUPFD_CLOEXEC, 3);
        for (unsigned i = 0; rc == 0 && source->dir >= 0 && i < STASH_MAX; i++)
            rc = stash_open(source->dir, i, &source->stash[i], e);
        rc = rc == ERR_MISSING ? 0 : rc;
    }
    if (rc == 0)
        rc = find(s, &w, e);
    change_list_release(&w.list);
    return rc;
}
