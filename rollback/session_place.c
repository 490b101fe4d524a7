/* session_place: the directories, locks and markers behind sessions. */
#include "rollback/session_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/record.h"
#include "rollback/session_tree.h"

enum {
    ID_TRIES = 100,  /* sessions of one pid within one second */
    TAKE_TRIES = 50, /* a reader that tests a lock holds it for an instant */
    TAKE_PAUSE_NS = 2000000,
};

static bool read_digits(const char **p, size_t min, size_t max)
{
    size_t n = strspn(*p, "0123456789");
    *p += n;
    return n >= min && n <= max;
}

bool session_id_is_valid(const char *id)
{
    const char *p = id;
    if (!read_digits(&p, 8, 8) || *p++ != '-' || !read_digits(&p, 6, 6) || *p++ != '-' || !read_digits(&p, 1, 10))
        return false;
    if (*p == '-') {
        p++;
        if (!read_digits(&p, 1, 3))
            return false;
    }
    return *p == '\0';
}

static int open_below(const char *state_dir, const char *name, bool create, int *ret_fd, struct err *e)
{
    AUTO(mem_free_ptr) char *path = path_join(state_dir, name);
    return fs_open_private(path, create, ret_fd, e);
}

int session_place_open(const char *state_dir, bool create, struct session_place *ret, struct err *e)
{
    *ret = (struct session_place)SESSION_PLACE_INIT;
    int rc = fs_open_private(state_dir, create, &ret->state_fd, e);
    if (rc == 0)
        rc = open_below(state_dir, "sessions", create, &ret->sessions_fd, e);
    if (rc == 0)
        rc = open_below(state_dir, "open", create, &ret->open_fd, e);
    if (rc < 0)
        session_place_close(ret);
    return rc;
}

void session_place_close(struct session_place *p)
{
    mem_close_fd(&p->state_fd);
    mem_close_fd(&p->sessions_fd);
    mem_close_fd(&p->open_fd);
    *p = (struct session_place)SESSION_PLACE_INIT;
}

static void make_id(int64_t now_ns, int attempt, char ret[SESSION_ID_MAX])
{
    time_t now = (time_t)(now_ns / 1000000000);
    struct tm tm = {0};
    char stamp[20];
    (void)localtime_r(&now, &tm);
    if (strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm) == 0)
        stamp[0] = '\0';
    if (attempt == 0)
        (void)snprintf(ret, SESSION_ID_MAX, "%s-%d", stamp, (int)getpid());
    else
        (void)snprintf(ret, SESSION_ID_MAX, "%s-%d-%d", stamp, (int)getpid(), attempt + 1);
}

static int make_dir(const struct session_place *p, int64_t now_ns, char ret_id[SESSION_ID_MAX], struct err *e)
{
    for (int attempt = 0; attempt < ID_TRIES; attempt++) {
        make_id(now_ns, attempt, ret_id);
        if (!session_id_is_valid(ret_id))
            return err_set(e, ERR_IO, "the clock is set to no usable time");
        if (fs_mkdir(p->sessions_fd, ret_id) == 0)
            return 0;
        if (errno != EEXIST)
            return err_sys(e, err_class_of(errno), errno, "cannot make the directory of session %s", ret_id);
    }
    return err_set(e, ERR_BUSY, "too many sessions in one second");
}

int session_place_open_dir(const struct session_place *p, const char *id, int *ret_fd, struct err *e)
{
    int fd = openat(p->sessions_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open the directory of session %s", id);
    *ret_fd = fd;
    return 0;
}

/* The marker is another name of the lock, which says the tree: so that nothing has to be made for it, or removed after it. */
static int mark(const struct session_place *p, const struct session_record *r, int dir, int lock, struct err *e)
{
    if (fs_write_all(lock, r->workdir, strlen(r->workdir), e) == 0 && linkat(dir, "lock", p->open_fd, r->id, 0) == 0)
        return 0;
    if (symlinkat(r->workdir, p->open_fd, r->id) == 0) /* on a file system without hard links */
        return 0;
    return err_sys(e, err_class_of(errno), errno, "cannot mark session %s as open", r->id);
}

int session_place_add(const struct session_place *p, struct session_record *r, int *ret_dir_fd, int *ret_lock_fd, struct err *e)
{
    AUTO(mem_close_fd) int dir = -1;
    AUTO(mem_close_fd) int lock = -1;
    int rc = make_dir(p, r->started_ns, r->id, e);
    if (rc < 0)
        return rc;
    rc = session_place_open_dir(p, r->id, &dir, e);
    if (rc == 0)
        rc = fs_lock(dir, "lock", true, false, &lock, e);
    if (rc == 0)
        rc = mark(p, r, dir, lock, e);
    if (rc < 0) {
        struct err ignored = ERR_INIT;
        (void)!session_place_remove(p, r->id, &ignored);
        return rc;
    }
    *ret_dir_fd = take_fd(&dir);
    *ret_lock_fd = take_fd(&lock);
    return 0;
}

/* The record goes first: what has none is no session. */
int session_place_remove(const struct session_place *p, const char *id, struct err *e)
{
    AUTO(mem_close_fd) int dir = openat(p->sessions_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir >= 0)
        (void)unlinkat(dir, "session.json", 0);
    int rc = fs_remove_tree(p->sessions_fd, id, e);
    if (rc == 0)
        session_place_unmark(p, id);
    return rc;
}

void session_place_unmark(const struct session_place *p, const char *id)
{
    (void)unlinkat(p->open_fd, id, 0);
}

int session_place_read(const struct session_place *p, const char *id, struct session_record *ret, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    char name[SESSION_ID_MAX + 16];
    (void)snprintf(name, sizeof(name), "%s/session.json", id);
    int rc = fs_read(p->sessions_fd, name, &text, e);
    if (rc == 0)
        rc = record_parse(text.buf, text.len, name, ret, e);
    if (rc < 0)
        return rc;
    if (strcmp(ret->id, id) != 0) {
        session_record_release(ret);
        return err_set(e, ERR_CORRUPT, "%s is the record of another session", name);
    }
    return 0;
}

/* A record of changes waits for the disk, as the objects that it names did. That of a command which has changed nothing yet, or nothing at
 * all, does not: two waits of milliseconds for each command would be felt, and what a power cut can take is that one record. */
static bool is_worth_the_wait(const struct session_record *r)
{
    return strcmp(r->kind, "restore") == 0 || (r->has_after && !oid_equal(&r->before, &r->after));
}

int session_place_write(int dir_fd, const struct session_record *r, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    int rc = record_format(r, &text, e);
    if (rc < 0)
        return rc;
    return (is_worth_the_wait(r) ? fs_replace : fs_publish)(dir_fd, "session.json", text.buf, text.len, 0600, e);
}

int session_place_write_spare(int dir_fd, const struct session_record *r, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    int rc = record_format(r, &text, e);
    return rc < 0 ? rc : fs_publish_as(dir_fd, SESSION_SPARE, "session.json", text.buf, text.len, e);
}

static bool has_file(const struct session_place *p, const char *id, const char *file)
{
    char name[SESSION_ID_MAX + 16];
    struct stat st;
    (void)snprintf(name, sizeof(name), "%s/%s", id, file);
    return fstatat(p->sessions_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool session_place_has_spare(const struct session_place *p, const char *id)
{
    return has_file(p, id, SESSION_SPARE);
}

bool session_place_has_journal(const struct session_place *p, const char *id)
{
    return has_file(p, id, "journal") || session_place_has_spare(p, id);
}

int session_place_lock_record(int dir_fd, int *ret_fd, struct err *e)
{
    return fs_lock(dir_fd, "record", true, true, ret_fd, e);
}

static int open_lock(const struct session_place *p, const char *id)
{
    char name[SESSION_ID_MAX + 8];
    (void)snprintf(name, sizeof(name), "%s/lock", id);
    return openat(p->sessions_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
}

bool session_place_is_held(const struct session_place *p, const char *id)
{
    AUTO(mem_close_fd) int fd = open_lock(p, id);
    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* A shared lock that is granted means that only other testers are in the way. */
static bool lock_abandoned(int fd)
{
    const struct timespec pause = {.tv_nsec = TAKE_PAUSE_NS};
    for (int i = 0; i < TAKE_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (flock(fd, LOCK_SH | LOCK_NB) < 0)
            return false;
        (void)flock(fd, LOCK_UN);
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

int session_place_take(const struct session_place *p, const char *id, int *ret_dir_fd, int *ret_lock_fd, struct err *e)
{
    AUTO(mem_close_fd) int lock = -1;
    AUTO(mem_close_fd) int dir = openat(p->sessions_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir >= 0)
        lock = open_lock(p, id);
    if (lock < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open session %s", id);
    if (!lock_abandoned(lock))
        return err_set(e, ERR_BUSY, "session %s is still running", id);
    *ret_dir_fd = take_fd(&dir);
    *ret_lock_fd = take_fd(&lock);
    return 0;
}

/* What a power cut left empty may be of any tree: its record knows. */
static ssize_t read_marker(const struct session_place *p, const char *id, char ret[STR_MAX_PATH])
{
    ssize_t len = readlinkat(p->open_fd, id, ret, STR_MAX_PATH - 1);
    if (len >= 0 || errno != EINVAL)
        return len;
    AUTO(mem_close_fd) int fd = openat(p->open_fd, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    len = fd < 0 ? -1 : read(fd, ret, STR_MAX_PATH - 1);
    if (len == 0)
        ret[len++] = '/';
    return len;
}

int session_markers_read(const struct session_place *p, struct session_markers *ret, struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    *ret = (struct session_markers){0};
    int rc = fs_list(p->open_fd, ".", &names, e);
    for (size_t i = 0; rc == 0 && i < names.n; i++) {
        char target[STR_MAX_PATH];
        if (!session_id_is_valid(names.item[i]))
            continue;
        ssize_t len = read_marker(p, names.item[i], target);
        if (len <= 0)
            continue;
        target[len] = '\0';
        mem_reserve(&ret->item, &ret->cap, ret->n + 1, sizeof(*ret->item));
        struct session_marker *m = &ret->item[ret->n++];
        (void)snprintf(m->id, sizeof(m->id), "%s", names.item[i]);
        m->workdir = mem_strdup(target);
    }
    return rc;
}

int session_place_find_running(const struct session_place *p, const struct session_record *beside, size_t n, const char *but, char ret_id[SESSION_ID_MAX],
                               struct err *e)
{
    AUTO(session_markers_release) struct session_markers markers = {0};
    int rc = session_markers_read(p, &markers, e);
    ret_id[0] = '\0';
    for (size_t i = 0; rc == 0 && !*ret_id && i < markers.n; i++) {
        const struct session_marker *m = &markers.item[i];
        if (strcmp(m->id, but) != 0 && session_place_is_held(p, m->id) && session_place_meets(p, m, beside, n))
            memcpy(ret_id, m->id, SESSION_ID_MAX);
    }
    return rc;
}

void session_markers_release(struct session_markers *m)
{
    for (size_t i = 0; i < m->n; i++)
        mem_free(m->item[i].workdir);
    mem_free(m->item);
    *m = (struct session_markers){0};
}

bool session_place_meets(const struct session_place *p, const struct session_marker *m, const struct session_record *other, size_t n)
{
    AUTO(session_record_release) struct session_record r = {0};
    struct err ignored = ERR_INIT;
    if (session_place_read(p, m->id, &r, &ignored) < 0)
        r = (struct session_record){.workdir = path_is_clean(m->workdir) ? mem_strdup(m->workdir) : NULL};
    bool does = false;
    for (size_t i = 0; r.workdir && !does && i < n; i++)
        does = session_tree_meet(&r, &other[i]);
    return does;
}

void session_place_tell(const struct session_place *p, const char *id, const char *other)
{
    char name[2 * SESSION_ID_MAX + 8];
    (void)snprintf(name, sizeof(name), "%s/with.%s", id, other);
    int fd = openat(p->sessions_fd, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)close(fd);
}

void session_place_told(int dir_fd, struct strlist *ret)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    if (fs_list(dir_fd, ".", &names, &ignored) < 0)
        return;
    for (size_t i = 0; i < names.n && ret->n < SESSION_MAX_NOTES; i++) {
        if (str_starts(names.item[i], "with.") && session_id_is_valid(names.item[i] + 5))
            (void)strlist_add_once(ret, names.item[i] + 5);
    }
}
