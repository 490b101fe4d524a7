/* export: content trees and two commits over them, as loose objects; the branches last. */
#include "rollback/export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/str.h"
#include "rollback/retention_set.h"
#include "rollback/snapshot.h"
#include "rollback/store.h"

#define EXPORT_AUTHOR "nono <nono@localhost>"
enum { EXPORT_COMMIT_MAX = 4096, NS_PER_S = 1000000000 };

struct job {
    struct store *store;
    struct store_export *out;
    struct retention_set seen;
    size_t objects;
};

static void job_release(struct job *j)
{
    store_export_close_ptr(&j->out);
    store_close_ptr(&j->store);
    retention_set_release(&j->seen);
}

static int copy_one(void *arg, const struct oid *id, enum store_kind kind, struct err *e)
{
    struct job *j = arg;
    (void)kind;
    if (!retention_set_add(&j->seen, id))
        return 0;
    int rc = store_export_add(j->out, id, e);
    j->objects += rc == 0;
    return rc < 0 ? rc : 1;
}

/* The state as one commit over its content tree: without what git has no place for. */
static int put_state(struct job *j, const struct session_record *r, const struct oid *state, const struct oid *parent, struct oid *ret, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(EXPORT_COMMIT_MAX);
    char hex[OID_HEX + 1];
    struct oid files = {0};
    struct oid meta = {0};
    int64_t when = (parent ? r->ended_ns : r->started_ns) / NS_PER_S;
    if (snapshot_read(j->store, state, &files, &meta, e) < 0 || snapshot_walk_tree(j->store, &files, copy_one, j, e) < 0)
        return e->class;
    oid_to_hex(&files, hex);
    str_addf(&text, "tree %s\n", hex);
    if (parent) {
        oid_to_hex(parent, hex);
        str_addf(&text, "parent %s\n", hex);
    }
    str_addf(&text, "author " EXPORT_AUTHOR " %" PRId64 " +0000\ncommitter " EXPORT_AUTHOR " %" PRId64 " +0000\n", when, when);
    str_addf(&text, "\n%s session %s\n", parent ? "after" : "before", r->id);
    int rc = str_check(&text, "a commit", e);
    if (rc == 0)
        rc = store_export_put(j->out, STORE_COMMIT, text.buf, text.len, ret, e);
    j->objects += rc == 0;
    return rc;
}

/* Opens the directory, which is made unless it is there and empty. */
static int open_empty(const char *dir, int *ret_fd, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(dir);
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    AUTO(mem_close_fd) int fd = -1;
    if (mkdir(dir, 0777) < 0 && errno != EEXIST)
        return err_sys(e, err_class_of(errno), errno, "cannot make %s", shown);
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open %s", shown);
    if (fs_list(fd, ".", &names, e) < 0)
        return e->class;
    if (names.n > 0)
        return err_set(e, ERR_EXISTS, "%s is not empty: name a directory that is, or that is not there yet", shown);
    *ret_fd = take_fd(&fd);
    return 0;
}

static int make_frame(int fd, struct err *e)
{
    static const char *const dirs[] = {"objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags"};
    static const char config[] = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
    static const char head[] = "ref: refs/heads/after\n";
    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
        if (mkdirat(fd, dirs[i], 0777) < 0)
            return err_sys(e, err_class_of(errno), errno, "cannot make %s of the repository", dirs[i]);
    }
    int rc = fs_publish(fd, "config", config, sizeof(config) - 1, 0644, e);
    return rc < 0 ? rc : fs_publish(fd, "HEAD", head, sizeof(head) - 1, 0644, e);
}

static int put_branch(int fd, const char *path, const struct oid *id, struct err *e)
{
    char line[OID_HEX + 2];
    oid_to_hex(id, line);
    line[OID_HEX] = '\n';
    return fs_publish(fd, path, line, OID_HEX + 1, 0644, e);
}

static int fill(struct job *j, const struct session_record *r, int fd, const char *dir, struct err *e)
{
    AUTO(mem_free_ptr) char *objects = path_join(dir, "objects");
    struct oid before = {0};
    struct oid after = {0};
    int rc = store_export_open(j->store, objects, &j->out, e);
    if (rc == 0)
        rc = put_state(j, r, &r->before, NULL, &before, e);
    if (rc == 0)
        rc = put_state(j, r, &r->after, &before, &after, e);
    if (rc == 0)
        rc = put_branch(fd, "refs/heads/before", &before, e);
    return rc < 0 ? rc : put_branch(fd, "refs/heads/after", &after, e);
}

int export_git(const char *state_dir, const struct session_record *r, const char *dir, struct export_result *ret, struct err *e)
{
    AUTO(job_release) struct job j = {0};
    AUTO(mem_close_fd) int fd = -1;
    if (!r->has_after)
        return err_set(e, ERR_INPUT, "session %s is not closed: nothing says yet what it changed", r->id);
    if (oid_equal(&r->before, &r->after))
        return err_set(e, ERR_INPUT, "session %s changed nothing: there are no states to export", r->id);
    int rc = store_open(state_dir, &j.store, e);
    if (rc == 0)
        rc = open_empty(dir, &fd, e);
    if (rc == 0)
        rc = make_frame(fd, e);
    if (rc == 0)
        rc = fill(&j, r, fd, dir, e);
    if (rc == 0)
        ret->objects = j.objects;
    return rc;
}
