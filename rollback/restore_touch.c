/* restore_touch: keeps and recovers the directories a restore works in. */
#include "rollback/restore_touch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/quote.h"
#include "rollback/restore_meta.h"

enum {
    JOURNAL_MAX = STR_MAX_REPORT,
    RECOVER_SLACK_NS = 10 * 1000 * 1000, /* of a directory's time against the last line of the journal */
};

void restore_touch_names(const char *id, char ret_new[RESTORE_NAME_MAX], char ret_old[RESTORE_NAME_MAX])
{
    (void)snprintf(ret_new, RESTORE_NAME_MAX, ".nono-restore-%s", id);
    (void)snprintf(ret_old, RESTORE_NAME_MAX, ".nono-replaced-%s", id);
}

static int64_t ns_of(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* Index of `path`, or where it belongs. The last one is tried first: paths come nearly in order. */
static size_t find(const struct restore_touches *t, const char *path, bool *ret_found)
{
    size_t low = 0;
    size_t high = t->n;
    *ret_found = false;
    if (high > 0 && strcmp(t->item[high - 1].path, path) < 0)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(t->item[middle].path, path);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct restore_touched *insert(struct restore_touches *t, size_t at, const char *path)
{
    mem_reserve(&t->item, &t->cap, t->n + 1, sizeof(*t->item));
    memmove(&t->item[at + 1], &t->item[at], (t->n - at) * sizeof(*t->item));
    t->n++;
    t->item[at] = (struct restore_touched){.path = mem_strdup(path), .mode = (mode_t)-1};
    return &t->item[at];
}

void restore_touch_want(struct restore_touches *t, const char *path, const struct snapshot_node *want)
{
    bool found = false;
    size_t at = find(t, path, &found);
    struct restore_touched *item = found ? &t->item[at] : insert(t, at, path);
    item->want = want;
}

static int write_journal(struct restore_touches *t, int session_dir, const struct restore_touched *d, struct err *e)
{
    AUTO(str_release) struct str line = STR_INIT(CHANGE_MAX_PATH + 64);
    if (t->journal < 0)
        t->journal = fs_open_own(session_dir, "temps", O_WRONLY | O_APPEND);
    if (t->journal < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot write the journal of the restore");
    str_addf(&line, "%o %" PRId64 " %s", (unsigned)d->mode, d->mtime_ns, d->path);
    str_addn(&line, "", 1);
    int rc = str_check(&line, "a path", e);
    return rc < 0 ? rc : fs_write_all(t->journal, line.buf, line.len, e);
}

int restore_touch_note(struct restore_touches *t, int session_dir, const char *path, const struct snapshot_node *want, struct err *e)
{
    AUTO(mem_free_ptr) char *copy = mem_strdup(path);
    const struct restore_touched d = {.path = copy, .mode = want->mode, .mtime_ns = want->mtime_ns};
    return write_journal(t, session_dir, &d, e);
}

int restore_touch(struct restore_touches *t, struct restore_tree *tree, int session_dir, const char *path, struct err *e)
{
    bool found = false;
    size_t at = find(t, path, &found);
    struct stat st;
    if (found && t->item[at].mode != (mode_t)-1)
        return 0;
    AUTO(mem_close_fd) int fd = -1;
    int rc = restore_tree_dir(tree, path, O_PATH, &fd, e);
    if (rc < 0)
        return rc;
    if (fstatat(fd, "", &st, AT_EMPTY_PATH) < 0)
        return err_sys(e, ERR_IO, errno, "cannot look at its directory");
    struct restore_touched *d = found ? &t->item[at] : insert(t, at, path);
    d->mode = st.st_mode & 07777;
    d->mtime_ns = ns_of(&st.st_mtim);
    rc = write_journal(t, session_dir, d, e);
    if (rc == 0 && (st.st_mode & 0700) != 0700 && geteuid() != 0 && st.st_uid == geteuid()) {
        rc = restore_meta_mode(fd, d->mode | 0700, e);
        d->opened_up = rc == 0;
    }
    return rc;
}

static int settle(const struct restore_touched *d, struct restore_tree *tree, struct store *s, struct err *e)
{
    AUTO(mem_close_fd) int fd = -1;
    int rc = restore_tree_dir(tree, d->path, O_PATH, &fd, e);
    if (rc < 0)
        return rc == ERR_MISSING ? 0 : rc;
    if (d->want)
        return restore_meta_put(s, fd, d->want, e);
    if (d->opened_up)
        rc = restore_meta_mode(fd, d->mode, e);
    return rc < 0 ? rc : restore_meta_time(fd, d->mtime_ns, e);
}

void restore_touch_settle(struct restore_touches *t, struct restore_tree *tree, struct store *s, struct strlist *failed)
{
    for (size_t i = t->n; i-- > 0;) {
        struct err e = ERR_INIT;
        if (settle(&t->item[i], tree, s, &e) == 0)
            continue;
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        quote_term(&line, t->item[i].path);
        str_addf(&line, ": %s", e.text);
        strlist_add(failed, line.buf);
    }
}

/* What was built goes. What was taken out of its place goes, too, but for a directory in which somebody put something meanwhile. */
static bool remove_temps(int dir, const char *id)
{
    struct err ignored = ERR_INIT;
    char new_name[RESTORE_NAME_MAX];
    char old_name[RESTORE_NAME_MAX];
    restore_touch_names(id, new_name, old_name);
    bool gone = fs_remove_tree(dir, new_name, &ignored) == 0;
    if (unlinkat(dir, old_name, 0) == 0 || errno == ENOENT)
        return gone;
    return errno == EISDIR && unlinkat(dir, old_name, AT_REMOVEDIR) == 0 && gone;
}

void restore_touch_clean(const struct restore_touches *t, const struct restore_tree *tree, const char *id, struct strlist *failed)
{
    for (size_t i = 0; i < t->n; i++) {
        AUTO(mem_close_fd) int fd = -1;
        struct err ignored = ERR_INIT;
        if (restore_tree_dir(tree, t->item[i].path, O_RDONLY, &fd, &ignored) < 0 || remove_temps(fd, id))
            continue;
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        quote_term(&line, *t->item[i].path ? t->item[i].path : ".");
        str_add(&line, ": a temporary file of the restore could not be removed");
        strlist_add(failed, line.buf);
    }
}

void restore_touches_release(struct restore_touches *t)
{
    for (size_t i = 0; i < t->n; i++)
        mem_free(t->item[i].path);
    mem_free(t->item);
    mem_close_fd(&t->journal);
    *t = (struct restore_touches){.journal = -1};
}

static void recover_dir(struct restore_tree *tree, const char *path, const struct restore_touched *was, int64_t last_ns, const char *id)
{
    AUTO(mem_close_fd) int fd = -1;
    struct err ignored = ERR_INIT;
    struct stat st;
    if (restore_tree_dir(tree, path, O_RDONLY, &fd, &ignored) < 0 || fstat(fd, &st) < 0)
        return;
    (void)remove_temps(fd, id);
    if (ns_of(&st.st_mtim) <= last_ns + RECOVER_SLACK_NS) /* nobody worked in it after the restore */
        (void)!restore_meta_time(fd, was->mtime_ns, &ignored);
    if ((st.st_mode & 07777) == (was->mode | 0700) && was->mode != (was->mode | 0700))
        (void)!restore_meta_mode(fd, was->mode, &ignored);
}

static void recover_entry(struct restore_tree *tree, const char *text, int64_t last_ns, const char *id)
{
    char *end = NULL;
    struct restore_touched was = {.mode = (mode_t)strtoul(text, &end, 8) & 07777};
    if (end == text || *end != ' ')
        return;
    const char *time = end + 1;
    was.mtime_ns = strtoll(time, &end, 10);
    if (end != time && *end == ' ')
        recover_dir(tree, end + 1, &was, last_ns, id);
}

/* Backwards: a directory may be closed to us again once it has its mode back. */
static void recover_all(struct restore_tree *tree, const struct str *journal, int64_t last_ns, const char *id)
{
    size_t end = journal->len;
    while (end > 0 && journal->buf[end - 1] != '\0') /* torn */
        end--;
    while (end > 0) {
        size_t start = end - 1;
        while (start > 0 && journal->buf[start - 1] != '\0')
            start--;
        recover_entry(tree, journal->buf + start, last_ns, id);
        end = start;
    }
}

void restore_touch_recover(int session_dir, const struct session_record *r)
{
    AUTO(restore_tree_close) struct restore_tree tree = RESTORE_TREE_INIT;
    AUTO(str_release) struct str journal = STR_INIT(JOURNAL_MAX);
    struct err ignored = ERR_INIT;
    struct stat st;
    if (fstatat(session_dir, "temps", &st, AT_SYMLINK_NOFOLLOW) < 0 || fs_read(session_dir, "temps", &journal, &ignored) < 0)
        return;
    if (restore_tree_open(&tree, r->workdir, r->root_inode, &ignored) < 0)
        return;
    recover_all(&tree, &journal, ns_of(&st.st_mtim), r->id);
    (void)unlinkat(session_dir, "temps", 0);
}
