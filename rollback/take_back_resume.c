/* take_back: goes on with one that was cut off, unless somebody has been at work there since. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/restore_job.h"
#include "rollback/seal_job.h"
#include "rollback/seal_keep.h"
#include "rollback/take_back.h"
#include "rollback/undo.h"

enum { MAX_LAST = 64, BLOCK = 64 * 1024 };
#define SECOND_NS INT64_C(1000000000)
#define LAST_NS (5 * SECOND_NS) /* from a record to the end of what it announces, where no content is copied */

struct inode {
    uint64_t device, inode;
};

struct resume {
    struct session_record of; /* the session that is taken back */
    struct seal_source source;
    struct journal_view done; /* what was done to take it back */
    struct restore_tree tree; /* "/" */
    int64_t until_ns;         /* nono changed nothing later, but for what its last record names */
    struct inode last[MAX_LAST];
    size_t n_last;
    struct inode half; /* a file that it was writing to, and nobody since */
    int moving;
};

static void resume_release(struct resume *r)
{
    mem_close_fd(&r->moving);
    restore_tree_close(&r->tree);
    journal_view_release(&r->done);
    seal_source_release(&r->source);
    session_record_release(&r->of);
}

static bool look(struct resume *r, const char *path, struct stat *ret)
{
    struct err ignored = ERR_INIT;
    const char *name = NULL;
    int dir = -1;
    return path[1] != '\0' && restore_tree_parent(&r->tree, path + 1, &dir, &name, &ignored) == 0 && fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is(const struct inode *x, const struct stat *st)
{
    return x->device == (uint64_t)st->st_dev && x->inode == (uint64_t)st->st_ino;
}

static void add_last(struct resume *r, uint64_t device, uint64_t inode)
{
    if (inode != 0 && r->n_last < MAX_LAST)
        r->last[r->n_last++] = (struct inode){device, inode};
}

static void add_parent(struct resume *r, const char *path)
{
    AUTO(mem_free_ptr) char *parent = restore_dir_of(path);
    struct stat st;
    if (path[0] == '/' && look(r, *parent ? parent : "/", &st))
        add_last(r, (uint64_t)st.st_dev, (uint64_t)st.st_ino);
}

/* False when nothing was done. */
static bool read_last(struct resume *r, uint64_t *ret_step)
{
    struct journal_entry x;
    uint64_t at = r->done.end;
    if (!journal_previous(&r->done, &at, &x))
        return false;
    *ret_step = x.step;
    r->until_ns = x.time_ns + RESTORE_SETTLE_NS;
    do {
        add_last(r, x.device, x.inode);
        add_last(r, x.device, x.other_inode);
        add_parent(r, x.path);
        add_parent(r, x.other);
    } while (journal_previous(&r->done, &at, &x) && x.step == *ret_step);
    return true;
}

/* The file begins as what is kept, and there is no more of it. */
static bool is_begun(int file, int kept)
{
    AUTO(mem_free_ptr) unsigned char *a = mem_alloc(BLOCK);
    AUTO(mem_free_ptr) unsigned char *b = mem_alloc(BLOCK);
    for (;;) {
        ssize_t n = read(file, a, BLOCK);
        if (n <= 0)
            return n == 0;
        for (ssize_t have = 0; have < n;) {
            ssize_t more = read(kept, b + have, (size_t)(n - have));
            if (more <= 0)
                return false;
            have += more;
        }
        if (memcmp(a, b, (size_t)n) != 0)
            return false;
    }
}

static bool find_entry(const struct journal_view *v, uint64_t wanted, struct journal_entry *ret)
{
    for (uint64_t at = 0; journal_next(v, &at, ret);) {
        if (ret->at == wanted)
            return true;
    }
    return false;
}

/* A copy takes as long as it takes: what is in the file says whose it is. */
static void find_half(struct resume *r, int into_dir, uint64_t step)
{
    struct journal_entry x;
    struct stash stash = STASH_INIT;
    struct stat st;
    struct err ignored = ERR_INIT;
    char name[STASH_NAME];
    bool goes_back = step & UNDO_GOES_BACK;
    if (!find_entry(goes_back ? &r->done : &r->source.view, step & ~UNDO_GOES_BACK, &x) || x.kind != JOURNAL_CONTENT || !look(r, x.path, &st) ||
        !S_ISREG(st.st_mode) || (uint64_t)st.st_ino != x.inode || stash_open(goes_back ? into_dir : r->source.dir, x.stash, &stash, &ignored) < 0)
        return;
    stash_name(x.stash_id, name);
    int dir = -1;
    const char *base = NULL;
    bool is_there = restore_tree_parent(&r->tree, x.path + 1, &dir, &base, &ignored) == 0;
    AUTO(mem_close_fd) int file = is_there ? openat(dir, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    AUTO(mem_close_fd) int kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (x.size > 0) {
        mem_close_fd(&kept);
        kept = openat(stash.dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    }
    stash_close(&stash);
    if (file >= 0 && kept >= 0 && is_begun(file, kept))
        r->half = (struct inode){x.device, x.inode};
}

static int64_t ns_of(struct timespec t)
{
    return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

/* What a record announces is done a moment later, and writes no content but that of `half`. */
static bool is_ours(const struct resume *r, const struct stat *st)
{
    if (ns_of(st->st_ctim) <= r->until_ns || is(&r->half, st))
        return true;
    bool may_be_last = ns_of(st->st_ctim) <= r->until_ns + LAST_NS && (S_ISDIR(st->st_mode) || ns_of(st->st_mtim) <= r->until_ns);
    for (size_t i = 0; may_be_last && i < r->n_last; i++) {
        if (is(&r->last[i], st))
            return true;
    }
    return false;
}

static int check_path(void *arg, const char *path, const struct seal_pair *p, size_t n_children)
{
    struct resume *r = arg;
    struct stat st;
    (void)n_children;
    if (!look(r, path, &st)) /* nono moved it, or will find that it is not there */
        return 0;
    bool is_above = seal_pair_in_place(p) && S_ISDIR(st.st_mode) && p->after.left->inode == (uint64_t)st.st_ino;
    return !is_above && !is_ours(r, &st);
}

/* Directories that stayed where they are count when a record names them. */
static bool names_changed(struct resume *r, const struct journal_entry *x, const char *path)
{
    struct stat st;
    if (path[0] != '/' || !look(r, path, &st) || (uint64_t)st.st_dev != x->device)
        return false;
    bool is_named = (uint64_t)st.st_ino == x->inode || (x->other_inode != 0 && (uint64_t)st.st_ino == x->other_inode);
    return is_named && !is_ours(r, &st);
}

static bool is_untouched(struct resume *r)
{
    const struct seal_state state = seal_source_state(&r->source);
    struct journal_entry x;
    for (uint64_t at = 0; journal_next(&r->source.view, &at, &x);) {
        if (names_changed(r, &x, x.path) || names_changed(r, &x, x.other))
            return false;
    }
    return seal_pair_walk(&state, "/", check_path, r) == 0;
}

static int open_all(struct resume *r, const struct session *into, struct err *e)
{
    int rc = session_place_read(&into->place, into->record.undoes, &r->of, e);
    AUTO(mem_close_fd) int dir = -1;
    if (rc == 0)
        rc = session_place_open_dir(&into->place, r->of.id, &dir, e);
    if (rc == 0)
        rc = seal_keep_lock(dir, true, &r->moving, e);
    if (rc == 0)
        rc = seal_source_open(&into->place, &r->of, &r->source, e);
    if (rc == 0)
        rc = journal_read(into->dir_fd, "journal", &r->done, e);
    return rc == 0 ? restore_tree_open(&r->tree, "/", 0, e) : rc;
}

static int begin(struct session *into, struct err *e)
{
    struct mutate_setup setup = {.session_dir = into->dir_fd, .journal_name = "journal"};
    struct stash stash = STASH_INIT;
    struct err ignored = ERR_INIT;
    while (setup.n_stash < STASH_MAX && stash_open(into->dir_fd, setup.n_stash, &stash, &ignored) == 0) {
        stash_close(&stash);
        setup.n_stash++;
    }
    into->mutate = mem_alloc(sizeof *into->mutate);
    int rc = mutate_resume(&setup, into->mutate, e);
    if (rc < 0)
        mem_free(take_ptr(&into->mutate));
    return rc;
}

/* That it is not marked, as on a full disk, does not undo what was done: a restore of it finds that. */
static void mark(const struct session_record *of, const struct session *into)
{
    const struct restore_request q = {.state_dir = into->state_dir, .session = of, .n = 1};
    struct restore_job marking = RESTORE_JOB_INIT;
    struct err ignored = ERR_INIT;
    marking.request = &q;
    (void)!restore_undo_mark(&marking, &ignored);
}

static bool run(const struct resume *r, struct session *into)
{
    struct undo_result result;
    struct err e = ERR_INIT;
    if (begin(into, &e) < 0)
        return false;
    const struct undo_request request = {
        .session_dir = r->source.dir,
        .journal_name = "journal",
        .n_stash = seal_source_stashes(&r->source),
        .into = into->mutate,
        .into_dir = into->dir_fd,
        .into_name = "journal",
        .unchanged_since_ns = r->until_ns + LAST_NS,
    };
    int rc = undo_run(&request, &result, &e);
    if (rc == UNDO_DONE) {
        into->capture = &session_capture_broker;
        bool is_closed = session_close(into, false, 0, &e) == 0;
        if (is_closed)
            mark(&r->of, into);
        return is_closed;
    }
    mutate_end(into->mutate);
    mem_free(take_ptr(&into->mutate));
    return false;
}

bool take_back_resume(struct session *into)
{
    AUTO(resume_release) struct resume r = {.tree = RESTORE_TREE_INIT, .moving = -1};
    char other[SESSION_ID_MAX];
    struct err ignored = ERR_INIT;
    uint64_t step = 0;
    seal_source_init(&r.source);
    if (session_place_find_running(&into->place, &into->record, 1, into->record.id, other, &ignored) < 0 || *other ||
        open_all(&r, into, &ignored) < 0 || !read_last(&r, &step))
        return false;
    find_half(&r, into->dir_fd, step);
    return is_untouched(&r) && run(&r, into);
}
