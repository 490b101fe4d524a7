/* restore_beside: the state before of a conflict, written under a name that is free. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/quote.h"
#include "rollback/restore_job.h"

#define SUFFIX ".nono-before"

enum { MAX_NAMES = 100, SUFFIX_MAX = sizeof(SUFFIX) + 8 };

/* The directory and the n-th name for it: PATH.nono-before, then PATH.nono-before-2. A long name loses its end. */
static char *beside_path(const char *path, unsigned n)
{
    AUTO(str_release) struct str text = STR_INIT(CHANGE_MAX_PATH + NAME_MAX);
    char suffix[SUFFIX_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t len = strlen(name);
    int suffix_len = n == 1 ? snprintf(suffix, sizeof(suffix), "%s", SUFFIX) : snprintf(suffix, sizeof(suffix), "%s-%u", SUFFIX, n);
    if (len + (size_t)suffix_len > NAME_MAX)
        len = NAME_MAX - (size_t)suffix_len;
    while (len > 1 && name[len] != '\0' && ((unsigned char)name[len] & 0xc0) == 0x80) /* not inside a character */
        len--;
    str_addn(&text, path, (size_t)(name - path) + len);
    str_add(&text, suffix);
    return str_take(&text);
}

static const struct snapshot_node *node_of(const struct restore_job *j, size_t i)
{
    return j->plan.span[i].is_cut ? &j->plan.span[i].first : &j->plan.changes.item[i].before;
}

enum found { FOUND_NOTHING, FOUND_SAME, FOUND_OTHER };

/* What is there under that name: a restore that was killed, or is run again, may have written it already. */
static enum found look(struct restore_job *j, char *path, const struct snapshot_node *node)
{
    const struct change as_wanted = {.path = path, .before = *node, .after = *node};
    struct restore_seen seen;
    struct err ignored = ERR_INIT;
    j->tree.believe_ns = 0;
    if (restore_tree_look(&j->tree, &as_wanted, &seen, &ignored) < 0)
        return FOUND_OTHER;
    if (seen.parent_sys == 0 && seen.node.type == 0)
        return FOUND_NOTHING;
    bool same = seen.node.type == node->type && seen.node.size == node->size && oid_equal(&seen.node.content, &node->content);
    return same ? FOUND_SAME : FOUND_OTHER;
}

static bool wants_one(const struct restore_job *j, size_t i)
{
    const struct restore_step *step = &j->plan.step[i];
    const struct snapshot_node *node = node_of(j, i);
    bool is_between = j->plan.span[i].is_cut && (step->verdict == RESTORE_PUT_BACK || step->verdict == RESTORE_DONE);
    bool is_known = node->type != 0 && node->type != SNAPSHOT_DIR && !(node->type == SNAPSHOT_FILE && (node->flags & SNAPSHOT_UNREADABLE));
    return (step->verdict == RESTORE_CONFLICT || is_between) && is_known && j->seen[i].parent_sys == 0;
}

void restore_beside_plan(struct restore_job *j)
{
    for (size_t i = 0; i < j->plan.n; i++) {
        struct restore_step *step = &j->plan.step[i];
        for (unsigned n = 1; wants_one(j, i) && !step->beside && n <= MAX_NAMES; n++) {
            AUTO(mem_free_ptr) char *path = beside_path(j->plan.changes.item[i].path, n);
            if (look(j, path, node_of(j, i)) != FOUND_OTHER)
                step->beside = take_ptr(&path);
        }
    }
}

/* 1: another name must be tried. */
static int put_as(struct restore_job *j, size_t i, char *path, struct err *e)
{
    struct change c = {.path = path, .before = *node_of(j, i)};
    const char *name = NULL;
    int parent = -1;
    enum found found = look(j, path, &c.before);
    if (found != FOUND_NOTHING)
        return found == FOUND_SAME ? 0 : 1;
    AUTO(mem_free_ptr) char *dir_path = restore_dir_of(path);
    int rc = restore_touch(&j->touches, &j->tree, j->undo->dir_fd, dir_path, e);
    if (rc == 0)
        rc = restore_tree_parent(&j->tree, path, &parent, &name, e);
    if (rc < 0)
        return rc;
    AUTO(mem_close_fd) int dir = fcntl(parent, F_DUPFD_CLOEXEC, 3);
    c.before.link_group = 0; /* a copy of its own */
    restore_put_drop(j, dir, j->new_name);
    rc = restore_put_new(j, dir, j->new_name, &c, e);
    if (rc == 0 && fs_rename(dir, j->new_name, dir, name, RENAME_NOREPLACE) < 0) {
        int sys = errno;
        bool linked = sys == EINVAL && linkat(dir, j->new_name, dir, name, 0) == 0; /* where the file system has no such rename */
        if (!linked)
            rc = errno == EEXIST ? 1 : err_sys(e, err_class_of(errno), errno, "cannot put the state before beside it");
    }
    restore_put_drop(j, dir, j->new_name);
    return rc;
}

static int put(struct restore_job *j, size_t i, struct err *e)
{
    struct restore_step *step = &j->plan.step[i];
    for (unsigned n = 1; n <= MAX_NAMES; n++) {
        AUTO(mem_free_ptr) char *path = beside_path(j->plan.changes.item[i].path, n);
        int rc = put_as(j, i, path, e);
        if (rc == 1)
            continue;
        if (rc == 0) {
            mem_free(step->beside);
            step->beside = take_ptr(&path);
        }
        return rc;
    }
    return err_set(e, ERR_EXISTS, "no name is free for the state before beside it");
}

void restore_beside_put(struct restore_job *j)
{
    for (size_t i = 0; i < j->plan.n; i++) {
        struct restore_step *step = &j->plan.step[i];
        struct err why = ERR_INIT;
        bool became_one = j->request->conflicts == RESTORE_BOTH && wants_one(j, i); /* found only when it was to be changed */
        if ((!step->beside && !became_one) || put(j, i, &why) == 0)
            continue;
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        quote_term(&line, j->plan.changes.item[i].path);
        str_addf(&line, ": %s", why.text);
        strlist_add(&j->failed, line.buf);
        mem_free(take_ptr(&step->beside));
    }
}
