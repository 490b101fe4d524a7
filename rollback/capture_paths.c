/* capture_paths: capture by two looks at certain paths, before and after: of a restore that goes beyond one tree. The states hold these and the directories
 * above them, from "/" on. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/world.h"
#include "rollback/index.h"
#include "rollback/left.h"
#include "rollback/restore_tree.h"
#include "rollback/scan_object.h"
#include "rollback/session_own.h"
#include "rollback/session_tree.h"

static const char paths_name[] = "paths"; /* in the directory of the session: absolute, each with its NUL; what a session that was cut off is closed by */
enum { PATHS_MAX_TEXT = STR_MAX_REPORT };

/* A directory that is being written. */
struct level {
    struct snapshot_dir dir;
    size_t path_len; /* of its path, which has no '/' at its end */
};

struct look {
    const struct session_record *record;
    struct store *store;
    struct restore_tree tree;
    struct scan_reader reader;
    struct level *level;
    size_t depth, cap;
    struct str path; /* of the innermost level; "" is "/" */
};

static void look_release(struct look *l)
{
    while (l->depth > 0)
        snapshot_dir_release(&l->level[--l->depth].dir);
    mem_free(l->level);
    str_release(&l->path);
    scan_reader_release(&l->reader);
    restore_tree_close(&l->tree);
}

static struct snapshot_entry *add_entry(struct level *at, const char *name, const struct snapshot_node *node)
{
    struct snapshot_dir *d = &at->dir;
    mem_reserve(&d->entry, &d->cap, d->n + 1, sizeof(*d->entry));
    struct snapshot_entry *x = &d->entry[d->n++];
    *x = (struct snapshot_entry){.name = mem_strdup(name), .node = *node};
    return x;
}

static int push(struct look *l, const struct snapshot_node *node, struct err *e)
{
    if (l->depth >= LEFT_MAX_DEPTH)
        return err_set(e, ERR_LIMIT, "more than %d directories below each other", LEFT_MAX_DEPTH);
    mem_reserve(&l->level, &l->cap, l->depth + 1, sizeof(*l->level));
    l->level[l->depth++] = (struct level){.dir = {.self = *node}, .path_len = l->path.len};
    return 0;
}

static void cut_path(struct look *l, size_t len)
{
    l->path.len = len;
    if (l->path.buf != str_empty)
        l->path.buf[len] = '\0';
}

/* The innermost directory is complete. */
static int pop(struct look *l, struct oid ret[2], struct err *e)
{
    struct level *at = &l->level[l->depth - 1];
    int rc = snapshot_dir_write(l->store, &at->dir, &ret[0], &ret[1], e);
    if (rc < 0)
        return rc;
    if (l->depth > 1) {
        const char *name = strrchr(l->path.buf, '/') + 1;
        struct snapshot_entry *x = add_entry(at - 1, name, &at->dir.self);
        x->files = ret[0];
        x->meta = ret[1];
    }
    snapshot_dir_release(&at->dir);
    l->depth--;
    if (l->depth > 0)
        cut_path(l, l->level[l->depth - 1].path_len);
    return 0;
}

/* What is at the path; type 0: nothing, or no way there. */
static int look_at(struct look *l, const char *path, struct snapshot_node *ret, struct err *e)
{
    struct index_entry found = {0};
    struct err why = ERR_INIT;
    const char *name = NULL;
    int dir = -1;
    *ret = (struct snapshot_node){0};
    if (restore_tree_parent(&l->tree, path, &dir, &name, &why) < 0)
        return 0;
    int rc = scan_object(&l->reader, dir, *name ? name : ".", &found, &why);
    if (rc == ERR_MISSING)
        return 0;
    if (rc < 0) {
        *e = why;
        return err_add(e, "%s", "what is there now cannot be kept");
    }
    index_entry_node(&found, ret);
    return 0;
}

/* Goes down to where `path` lies, as far as there are directories, and adds it there. */
static int add_path(struct look *l, const char *path, struct err *e)
{
    for (const char *at = path + l->path.len; *at == '/' && at[1];) {
        struct snapshot_node node;
        size_t len = strcspn(at + 1, "/");
        AUTO(mem_free_ptr) char *whole = mem_strndup(path, (size_t)(at + 1 - path) + len);
        int rc = look_at(l, whole, &node, e);
        if (rc < 0)
            return rc;
        if (node.type != SNAPSHOT_DIR) {
            if (node.type != 0 && at[1 + len] == '\0')
                (void)add_entry(&l->level[l->depth - 1], path_base(whole), &node);
            return 0;
        }
        if (at[1 + len] != '\0' && !session_tree_has(l->record, whole)) /* somebody else's, and on the way only */
            node.mtime_ns = 0;
        str_addn(&l->path, at, len + 1);
        rc = str_check(&l->path, "a path", e);
        if (rc == 0)
            rc = push(l, &node, e);
        if (rc < 0)
            return rc;
        at += 1 + len;
    }
    return 0;
}

static int by_walk(const void *a, const void *b)
{
    return change_path_order(*(char *const *)a, *(char *const *)b);
}

static bool is_around(const struct look *l, const char *path)
{
    return strncmp(path, l->path.buf, l->path.len) == 0 && (path[l->path.len] == '/' || path[l->path.len] == '\0');
}

static int take(struct look *l, struct strlist *paths, struct oid ret[2], struct err *e)
{
    struct snapshot_node top = {0};
    if (paths->n > 1)
        qsort(paths->item, paths->n, sizeof(*paths->item), by_walk);
    int rc = restore_tree_open(&l->tree, "/", 0, e);
    if (rc == 0)
        rc = look_at(l, "/", &top, e);
    top.mtime_ns = 0;
    if (rc == 0)
        rc = push(l, &top, e);
    for (size_t i = 0; rc == 0 && i < paths->n; i++) {
        if (i > 0 && strcmp(paths->item[i], paths->item[i - 1]) == 0)
            continue;
        while (rc == 0 && l->depth > 1 && !is_around(l, paths->item[i]))
            rc = pop(l, ret, e);
        if (rc == 0)
            rc = add_path(l, paths->item[i], e);
    }
    while (rc == 0 && l->depth > 0)
        rc = pop(l, ret, e);
    return rc;
}

static int write_paths(const struct session *s, const struct strlist *paths, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(PATHS_MAX_TEXT);
    for (size_t i = 0; i < paths->n; i++)
        str_addn(&text, paths->item[i], strlen(paths->item[i]) + 1);
    int rc = str_check(&text, "the paths of the restore", e);
    return rc < 0 ? rc : fs_publish(s->dir_fd, paths_name, text.buf, text.len, 0600, e);
}

static int read_paths(const struct session *s, struct strlist *ret, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(PATHS_MAX_TEXT);
    int rc = fs_read(s->dir_fd, paths_name, &text, e);
    for (size_t at = 0; rc == 0 && at < text.len; at += strlen(text.buf + at) + 1) {
        if (!path_is_clean(text.buf + at))
            return err_set(e, ERR_CORRUPT, "the paths of the restore are damaged");
        strlist_add(ret, text.buf + at);
    }
    return rc;
}

static int state_of(struct session *s, struct strlist *paths, struct oid ret[2], struct err *e)
{
    AUTO(look_release) struct look l = {
        .record = &s->record,
        .store = s->store,
        .tree = RESTORE_TREE_INIT,
        .reader = {.store = s->store, .keep = true},
        .path = STR_INIT(CHANGE_MAX_PATH),
    };
    return take(&l, paths, ret, e);
}

static int begin(struct session *s, struct oid *ret_before, struct err *e)
{
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    for (size_t i = 0; i < s->request_paths->n; i++)
        strlist_add_take(&paths, session_tree_path(&s->record, s->request_paths->item[i]));
    int rc = write_paths(s, &paths, e);
    if (rc == 0)
        rc = state_of(s, &paths, s->trees, e);
    if (rc == 0)
        rc = snapshot_write(s->store, &s->trees[0], &s->trees[1], NULL, s->record.id, world_now_ns(), ret_before, e);
    return rc < 0 ? rc : store_commit(s->store, e);
}

static int end(struct session *s, struct oid *ret_after, struct err *e)
{
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    struct oid trees[2] = {0};
    int rc = read_paths(s, &paths, e);
    if (rc == 0)
        rc = state_of(s, &paths, trees, e);
    if (rc == 0 && oid_is_zero(&s->trees[1]))
        rc = snapshot_read(s->store, &s->record.before, &s->trees[0], &s->trees[1], e);
    if (rc < 0)
        return rc;
    *ret_after = s->record.before;
    if (!oid_equal(&trees[0], &s->trees[0]) || !oid_equal(&trees[1], &s->trees[1]))
        rc = snapshot_write(s->store, &trees[0], &trees[1], &s->record.before, s->record.id, world_now_ns(), ret_after, e);
    return rc < 0 ? rc : store_commit(s->store, e);
}

const struct session_capture session_capture_paths = {.name = "paths", .begin = begin, .end = end};
