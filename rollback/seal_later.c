/* seal_later: follows a path through the sessions that came after, as their own journals tell it, to where its content is. */
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/seal_job.h"
#include "rollback/session_tree.h"

enum { LATER_MAX = 256 }; /* sessions one after the other that are looked at */

void seal_later_release(struct seal_later *l)
{
    for (size_t i = 0; l->source && i < l->list.n; i++)
        seal_source_release(&l->source[i]);
    mem_free(l->source);
    mem_free(l->is_opened);
    session_list_release(&l->list);
    *l = (struct seal_later){0};
}

static int read_later(struct seal_job *j, struct err *e)
{
    struct seal_later *l = &j->later;
    if (l->is_read)
        return 0;
    int rc = session_list_read(j->state_dir, NULL, &l->list, e);
    if (rc < 0)
        return rc;
    l->is_read = true;
    l->source = mem_array(l->list.n + 1, sizeof(*l->source));
    l->is_opened = mem_array(l->list.n + 1, sizeof(*l->is_opened));
    for (size_t i = 0; i < l->list.n; i++)
        seal_source_init(&l->source[i]);
    return 0;
}

static bool is_later(const struct seal_job *j, const struct session_record *r)
{
    return r->ended_ns != 0 && strcmp(r->id, j->record->id) != 0 && r->started_ns >= j->record->started_ns;
}

/* Its journal, NULL when it has none. */
static struct seal_source *source_of(struct seal_job *j, size_t i)
{
    struct seal_later *l = &j->later;
    const struct session_record *r = &l->list.item[i];
    struct err ignored = ERR_INIT;
    if (!l->is_opened[i] && r->journal.known && r->journal.kept && seal_source_open(j->place, r, &l->source[i], &ignored) < 0) {
        seal_source_release(&l->source[i]);
        seal_source_init(&l->source[i]);
    }
    l->is_opened[i] = true;
    return l->source[i].net.root ? &l->source[i] : NULL;
}

#define NOT_KNOWN UINT64_MAX /* a size */

/* What is found must be what the last session that is known left. */
static bool is_it(const struct left_node *x, uint64_t size, int64_t mtime_ns)
{
    return x->mtime_ns == mtime_ns && (!S_ISREG(x->mode) || x->size == NOT_KNOWN || x->size == size);
}

/* Where a content may be, on its way through the sessions. */
struct trail {
    struct left_node at; /* what it was when the last session looked; its name is not used */
    char *path;
    const struct journal_net_object *object[LATER_MAX]; /* what they say of the inode */
    size_t n;
    bool has_copy; /* the content is found; what is left to find is the inode, which has the attributes */
    struct oid copy;
    uint64_t copy_size;
};

static int take_attributes(struct seal_job *j, const struct trail *t, struct left_node *x, struct err *e)
{
    int rc = 0;
    for (size_t i = t->n; rc == 0 && i-- > 0;)
        rc = seal_object_attributes(j, t->object[i], &x->xattrs, e);
    return rc;
}

static int take_copy(struct seal_job *j, const struct seal_source *s, const struct journal_net_object *o, struct trail *t, struct err *e)
{
    struct stat st;
    int rc = 0;
    if (o->is_unkept)
        return 0;
    if (o->stash_id != 0) {
        AUTO(mem_close_fd) int fd = seal_source_copy(s, o->stash, o->stash_id);
        if (fd < 0 || fstat(fd, &st) < 0 || (uint64_t)st.st_size != o->size)
            return 0;
        rc = store_put_fd(j->store, fd, o->size, &t->copy, e);
    } else {
        rc = store_put(j->store, STORE_BLOB, "", 0, &t->copy, e);
    }
    t->has_copy = rc == 0;
    t->copy_size = o->size;
    return rc;
}

/* Where it is, or was; caller owns. */
static char *stashed_path(const struct seal_source *s, const struct journal_net_node *n)
{
    char name[STASH_NAME];
    stash_name(n->stash_id, name);
    return path_join(n->stash < STASH_MAX && s->stash[n->stash].dir >= 0 ? s->stash[n->stash].path : "/", name);
}

static int take_stashed(struct seal_job *j, const struct seal_source *s, const struct journal_net_node *n, const struct trail *t, struct left_node *x,
                        bool *ret_found, struct err *e)
{
    struct index_entry found = {0};
    struct err why = ERR_INIT;
    char name[STASH_NAME];
    stash_name(n->stash_id, name);
    *ret_found = false;
    int rc = scan_object(&j->reader, n->stash < STASH_MAX ? s->stash[n->stash].dir : -1, name, &found, &why);
    if (rc < 0 && j->reader.store_failed) {
        *e = why;
        return rc;
    }
    if (rc < 0 || (found.mode & S_IFMT) != (x->mode & S_IFMT))
        return 0;
    if (S_ISDIR(x->mode) ? found.ino != x->inode : !is_it(&t->at, found.size, t->at.mtime_ns))
        return 0;
    x->content = found.content;
    x->xattrs = found.xattrs;
    x->flags = (uint8_t)found.flags;
    *ret_found = true;
    return 0;
}

/* The session has a snapshot only. */
static int take_snapshot(struct seal_job *j, const struct session_record *r, const struct trail *t, struct left_node *x, bool *ret_found,
                         struct err *e)
{
    struct snapshot_node node;
    *ret_found = false;
    int rc = snapshot_find(j->store, &r->before, session_tree_top(r), t->path, &node, e);
    if (rc < 0)
        return rc == ERR_MISSING ? 0 : rc;
    bool is_dir = S_ISDIR(x->mode) && node.type == SNAPSHOT_DIR;
    bool fits = is_dir || (S_ISREG(x->mode) && node.type == SNAPSHOT_FILE) || (S_ISLNK(x->mode) && node.type == SNAPSHOT_LINK);
    if (!fits || node.flags & SNAPSHOT_UNREADABLE || (!is_dir && !is_it(&t->at, node.size, node.mtime_ns)))
        return 0;
    x->content = node.content;
    x->xattrs = node.xattrs;
    *ret_found = true;
    return 0;
}

static void lead_to(struct trail *t, char *path)
{
    mem_free(t->path);
    t->path = path;
}

/* It is at that place now, unless a later session took it away again. 1: it is found. */
static int move_on(struct seal_job *j, struct trail *t, char *path, struct left_node *x, bool *ret_found, struct err *e)
{
    lead_to(t, path);
    struct left_node now = t->at;
    int rc = seal_object_live(j, &now, path, ret_found, e);
    x->content = now.content;
    x->xattrs = now.xattrs;
    x->flags = now.flags;
    return rc < 0 ? rc : *ret_found;
}

/* The session says nothing of it, but may have moved a directory that it is in. */
static int follow_above(struct seal_job *j, struct trail *t, const struct seal_state *state, struct left_node *x, bool *ret_found, struct err *e)
{
    AUTO(mem_free_ptr) char *above = mem_strdup(t->path);
    struct seal_pair p;
    for (char *end = strrchr(above, '/'); end && end > above; end = strrchr(above, '/')) {
        *end = '\0';
        if (!seal_pair_at(state, above, &p))
            continue;
        if (p.before.from != SEAL_LEFT)
            return 0;
        AUTO(mem_free_ptr) char *to = left_path(p.before.left);
        return strcmp(to, above) == 0 ? 0 : move_on(j, t, path_join(to, t->path + strlen(above) + 1), x, ret_found, e);
    }
    return 0;
}

/* The session found it as the one before left it: somebody may have been at it between them, or until this one ended. */
static bool came_as_left(const struct trail *t, const struct seal_side *before, const struct journal_net_object *o)
{
    const struct left_node *left = before->from == SEAL_LEFT ? before->left : NULL;
    if (o && o->has_time)
        return is_it(&t->at, o->has_content ? o->size : t->at.size, o->mtime_ns);
    if (before->from == SEAL_STASHED && before->node->mode != 0)
        return is_it(&t->at, t->at.size, before->node->mtime_ns);
    return !left || is_it(&t->at, left->size, left->mtime_ns);
}

/* A restore may have taken it out of there. */
static void lead_to_stash(struct trail *t, const struct seal_source *s, const struct journal_net_node *n)
{
    lead_to(t, stashed_path(s, n));
    if (n->mode != 0)
        t->at.mtime_ns = n->mtime_ns;
}

static void note_object(struct trail *t, const struct journal_net_object *o)
{
    if (o && t->n < LATER_MAX)
        t->object[t->n++] = o;
}

/* A directory is known by its inode: what somebody did to its entries is no matter. */
static int follow_dir(struct seal_job *j, struct trail *t, const struct seal_source *s, const struct seal_pair *p, struct left_node *x,
                      bool *ret_found, struct err *e)
{
    const struct seal_side *before = &p->before;
    uint64_t inode = before->from == SEAL_LEFT ? before->left->inode : before->node ? before->node->inode : 0;
    if (before->from == SEAL_NOTHING || before->from == SEAL_LOST)
        return 0;
    if (inode != x->inode)
        return 1;
    if (before->from == SEAL_LEFT) {
        t->at = *before->left;
        return move_on(j, t, left_path(before->left), x, ret_found, e);
    }
    if (before->from == SEAL_REMOVED) { /* its attributes are nowhere, and it comes back without */
        x->xattrs = (struct oid){0};
        *ret_found = true;
        return 1;
    }
    int rc = take_stashed(j, s, before->node, t, x, ret_found, e);
    if (rc == 0 && !*ret_found)
        lead_to_stash(t, s, before->node);
    return rc < 0 ? rc : *ret_found;
}

/* One session on. 1: the trail ends here, found or not. */
static int follow(struct seal_job *j, struct trail *t, const struct seal_source *s, struct left_node *x, bool *ret_found, struct err *e)
{
    const struct seal_state state = seal_source_state(s);
    struct seal_pair p;
    if (S_ISDIR(x->mode))
        note_object(t, journal_net_object(&s->net, x->device, x->inode));
    if (!seal_pair_at(&state, t->path, &p))
        return follow_above(j, t, &state, x, ret_found, e);
    if (S_ISDIR(x->mode))
        return follow_dir(j, t, s, &p, x, ret_found, e);
    const struct journal_net_object *o = seal_side_object(&state, &p.before);
    if (!came_as_left(t, &p.before, o))
        return 1;
    note_object(t, o);
    bool is_written = o && o->has_content;
    int rc = is_written && !t->has_copy ? take_copy(j, s, o, t, e) : 0;
    if (rc < 0 || (is_written && !t->has_copy))
        return rc < 0 ? rc : 1;
    if (is_written)
        t->at.size = NOT_KNOWN;
    if (p.before.from == SEAL_LEFT) {
        t->at = *p.before.left;
        return move_on(j, t, left_path(p.before.left), x, ret_found, e);
    }
    if (p.before.from != SEAL_STASHED)
        return 1;
    rc = take_stashed(j, s, p.before.node, t, x, ret_found, e);
    if (rc < 0 || *ret_found)
        return rc < 0 ? rc : 1;
    lead_to_stash(t, s, p.before.node);
    return 0;
}

/* With the content that was found first, whatever became of it later. */
static void settle(const struct trail *t, struct left_node *x, bool *ret_found)
{
    if (!t->has_copy)
        return;
    x->content = t->copy;
    x->flags = 0;
    *ret_found = true;
}

static int find(struct seal_job *j, struct trail *t, struct left_node *x, bool *ret_found, struct err *e)
{
    *ret_found = false;
    int rc = read_later(j, e);
    for (size_t i = j->later.list.n; rc == 0 && i-- > 0;) {
        const struct session_record *r = &j->later.list.item[i];
        if (!is_later(j, r))
            continue;
        if (r->has_before && !oid_is_zero(&r->before))
            rc = take_snapshot(j, r, t, x, ret_found, e) < 0 ? e->class : *ret_found;
        const struct seal_source *s = rc == 0 ? source_of(j, i) : NULL;
        if (s)
            rc = follow(j, t, s, x, ret_found, e);
    }
    if (rc >= 0 && !*ret_found && S_ISDIR(x->mode))
        rc = seal_object_live_dir(j, x, t->path, ret_found, e);
    if (rc >= 0)
        settle(t, x, ret_found);
    if (rc >= 0 && *ret_found)
        rc = take_attributes(j, t, x, e);
    return rc < 0 ? rc : 0;
}

int seal_later_find(struct seal_job *j, struct left_node *x, const char *path, bool *ret_found, struct err *e)
{
    struct trail t = {.at = *x, .path = mem_strdup(path)};
    int rc = find(j, &t, x, ret_found, e);
    mem_free(t.path);
    return rc;
}

int seal_later_find_returned(struct seal_job *j, const struct journal_net_node *n, struct left_node *ret, bool *ret_found, struct err *e)
{
    *ret = (struct left_node){.device = n->device, .inode = n->inode, .mode = n->mode, .mtime_ns = n->mtime_ns, .size = NOT_KNOWN, .nlink = 1};
    *ret_found = false;
    if (n->mode == 0)
        return 0;
    struct trail t = {.at = *ret, .path = stashed_path(&j->source, n)};
    int rc = find(j, &t, ret, ret_found, e);
    *ret_found = *ret_found && t.at.inode == n->inode && t.at.device == n->device;
    ret->uid = n->uid;
    ret->gid = n->gid;
    ret->size = t.has_copy ? t.copy_size : t.at.size;
    ret->rdev = t.at.rdev;
    ret->nlink = t.at.nlink;
    mem_free(t.path);
    return rc;
}

/* Ended now, and was not when the list was read. */
static bool is_news(const struct seal_later *l, const struct session_record *r)
{
    for (size_t i = 0; i < l->list.n; i++) {
        if (strcmp(l->list.item[i].id, r->id) == 0)
            return l->list.item[i].ended_ns == 0;
    }
    return true;
}

int seal_later_has_news(const struct seal_job *j, bool *ret, struct err *e)
{
    AUTO(session_list_release) struct session_list now = {0};
    *ret = false;
    if (!j->later.is_read)
        return 0;
    int rc = session_list_read(j->state_dir, NULL, &now, e);
    for (size_t i = 0; rc == 0 && i < now.n && !*ret; i++)
        *ret = is_later(j, &now.item[i]) && is_news(&j->later, &now.item[i]);
    return rc;
}
