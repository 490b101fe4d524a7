/* Random operations on random trees, taken back, and the taking back taken back: by a text of everything that must come back. A failure is shrunk
 * to the operations that matter. MUTATE_RANDOM="FIRST COUNT": other seeds; odd ones run as an ordinary user when they can. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "rollback/undo.h"
#include "tests/unit/mutate_do.h"
#include "tests/unit/tap.h"

enum { FILE_LIMIT = 64 * 1024 * 1024 }; /* above the journal */

enum { MAX_OPERATIONS = 60, HELD = 6, SEEDS = 250, PATH = 64, KINDS = 34, MAX_THERE = 200 };

struct operation {
    unsigned kind, number, p_choice, q_choice;
    char p[PATH], q[PATH]; /* found when it is done */
};
struct list {
    struct operation item[MAX_OPERATIONS];
    size_t n;
};
struct job {
    struct list first, second;
    bool as_user;
};

static unsigned long long state;

static unsigned pick(unsigned n)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)((state >> 33) % n);
}

static bool makes_new(unsigned kind)
{
    return kind <= 4 || kind == 12 || kind == 20 || kind == 21 || kind == 22 || kind == 23;
}

static void make_list(struct list *l, unsigned least, unsigned more, bool is_first)
{
    static const unsigned makers[] = {0, 1, 2, 0, 1, 20, 21, 22, 3, 4, 12};
    l->n = least + pick(more);
    for (size_t i = 0; i < l->n; i++) {
        struct operation *o = &l->item[i];
        o->kind = is_first && pick(10) < 7 ? makers[pick(11)] : pick(KINDS);
        o->number = pick(100000);
        o->p_choice = pick(100000);
        o->q_choice = pick(100000);
    }
}

/* What there is when the operation is done. */
static struct {
    char path[MAX_THERE][PATH];
    bool is_dir[MAX_THERE];
    size_t n;
    const char *base;
} there;

static int see(const char *path, const struct stat *st, int type, struct FTW *where)
{
    const char *below = path + strlen(there.base) + 1;
    (void)type;
    if (there.n == MAX_THERE || strlen(below) > PATH - 4 || where->level > 6)
        return 0;
    (void)snprintf(there.path[there.n], PATH, "%s", below);
    there.is_dir[there.n++] = S_ISDIR(st->st_mode);
    return 0;
}

/* Mostly one that is there, or a new name in a directory that is there. */
static void choose(unsigned choice, bool is_new, char ret[PATH])
{
    const char name = "abcd"[choice % 4];
    unsigned n = choice / 16;
    size_t i = n % there.n;
    if (!is_new && choice / 4 % 4 != 0 && strchr(there.path[i], '/')) { /* not a tree itself */
        (void)snprintf(ret, PATH, "%s", there.path[i]);
        return;
    }
    for (size_t tries = 0; tries < there.n && !there.is_dir[i]; tries++)
        i = (i + 1) % there.n;
    (void)snprintf(ret, PATH, "%.60s/%c", there.path[i], name);
}

static void find_paths(const struct fixture *f, struct operation *o)
{
    there.n = 0;
    there.base = f->base;
    for (int i = 0; i < FIXTURE_TREES; i++)
        (void)nftw(f->tree[i], see, 10, FTW_PHYS);
    (void)nftw(f->scratch, see, 10, FTW_PHYS);
    choose(o->p_choice, makes_new(o->kind), o->p);
    choose(o->q_choice, o->q_choice % 2, o->q);
}

static int held[HELD];
static bool is_loud; /* says what is done */

static int hold(const struct doer *d, const struct operation *o)
{
    int *slot = &held[o->number % HELD];
    if (*slot >= 0)
        (void)close(*slot);
    *slot = do_open(d, o->p, O_RDWR | O_CREAT, 0600);
    return *slot < 0 ? *slot : 0;
}

static int write_held(const struct operation *o)
{
    int fd = held[o->number % HELD];
    struct stat st;
    if (fd < 0)
        return -ENOENT;
    if (o->number % 3 == 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        char *map = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (map != MAP_FAILED) {
            *map = 'm';
            (void)munmap(map, 1);
        }
    }
    return write(fd, o->p, o->number % 20) < 0 ? -errno : 0;
}

static void release_held(void)
{
    for (size_t i = 0; i < HELD; i++) {
        if (held[i] >= 0)
            (void)close(held[i]);
        held[i] = -1;
    }
}

static int write_link_text(const struct doer *d, const struct operation *o)
{
    static const char *const target[] = {"a", "../b", "/nowhere", "c/d"};
    return do_symlink(d, target[o->number % 4], o->p);
}

static int change_owner(const struct doer *d, const struct operation *o)
{
    return geteuid() == 0 ? do_chown(d, o->p, o->number % 5, o->number % 3) : -EPERM;
}

static int change_list(const struct doer *d, const struct operation *o)
{
    /* user::rw- user:1:r-- group::r-- mask::rwx other::---, as the kernel lays it out */
    static const unsigned char acl[] = {2, 0, 0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,   4,  0, 1, 0, 0,   0,   4,   0,
                                        4, 0, 255, 255, 255, 255, 16, 0, 7,   0,   255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255};
    return do_setxattr(d, o->p, o->number % 2 ? "system.posix_acl_access" : "system.posix_acl_default", acl, sizeof acl);
}

static int run_names(const struct doer *d, const struct operation *o)
{
    static const unsigned flags[] = {0, 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_EXCHANGE};
    switch (o->kind) {
    case 0:
    case 1:
    case 2:
        return do_mkdir(d, o->p, o->number % 7 ? 0755 : 0700);
    case 3:
        return do_mknod(d, o->p, (o->number % 2 ? S_IFIFO : S_IFREG) | 0644);
    case 4:
        return write_link_text(d, o);
    case 5:
    case 6:
        /* Two names in a scratch tree are followed by no journal. */
        return o->p[0] == 's' && o->q[0] == 's' ? -EXDEV : do_link(d, o->p, o->q);
    case 7:
    case 8:
    case 9:
        return do_unlink(d, o->p);
    case 10:
    case 11:
        return do_rmdir(d, o->p);
    case 12:
        return do_bind(d, o->p);
    case 13: {
        char dir[PATH];
        (void)snprintf(dir, sizeof dir, "%s", o->p);
        *strrchr(dir, '/') = '\0';
        return do_tmpfile(d, dir, o->q, "nameless");
    }
    default:
        return do_rename(d, o->p, o->q, flags[o->number % 6]);
    }
}

static int run_things(const struct doer *d, const struct operation *o)
{
    static const mode_t modes[] = {0755, 0700, 0555, 0, 0644, 04755, 0200, 02775, 01777};
    char text[PATH];
    int len = snprintf(text, sizeof text, "%u", o->number);
    switch (o->kind) {
    case 20:
    case 21:
        return do_write(d, o->p, O_WRONLY | O_CREAT | O_EXCL, text);
    case 22:
        return do_write(d, o->p, O_WRONLY | O_CREAT | O_TRUNC, text);
    case 23:
        return do_write(d, o->p, O_WRONLY | O_CREAT | O_APPEND, text);
    case 24:
        return do_write(d, o->p, o->number % 5 == 0 ? O_ACCMODE | O_TRUNC : o->number % 2 ? O_RDWR : O_RDONLY | O_TRUNC, text);
    case 25:
        return do_truncate(d, o->p, o->number % 4 == 0 ? 2 * FILE_LIMIT : o->number % 200); /* over the limit: it fails late */
    case 26:
        return hold(d, o);
    case 27:
        return write_held(o);
    case 28:
        return do_chmod(d, o->p, modes[o->number % 9]);
    case 29:
        return change_owner(d, o);
    case 30:
        return do_utimens(d, o->p, o->number);
    case 31:
        return do_setxattr(d, o->p, o->number % 2 ? "user.x" : "user.y", text, (size_t)len);
    case 32:
        return o->number % 3 ? do_removexattr(d, o->p, o->number % 2 ? "user.x" : "user.y") : do_removexattr(d, o->p, "system.posix_acl_access");
    default:
        return o->number % 2 ? change_list(d, o) : do_will_write(d, o->p);
    }
}

static void run_list(const struct fixture *f, int number, struct list *l)
{
    static const int usual[] = {0,      -ENOENT, -EEXIST, -ENOTDIR, -EISDIR,     -ENOTEMPTY, -EINVAL, -EXDEV,
                                -ELOOP, -EACCES, -EPERM,  -ENXIO,   -EOPNOTSUPP, -ENODATA,   -EBADF,  -EFBIG};
    struct fixture_session s;
    fixture_begin(f, number, &s);
    const struct doer d = {.f = f, .m = &s.m};
    for (size_t i = 0; i < HELD; i++)
        held[i] = -1;
    for (size_t i = 0; i < l->n; i++) {
        find_paths(f, &l->item[i]);
        if (is_loud)
            (void)fprintf(stderr, "# %d: kind %u number %u %s %s\n", number, l->item[i].kind, l->item[i].number, l->item[i].p, l->item[i].q);
        int r = l->item[i].kind < 20 ? run_names(&d, &l->item[i]) : run_things(&d, &l->item[i]);
        bool is_usual = false;
        for (size_t j = 0; j < sizeof usual / sizeof *usual; j++)
            is_usual = is_usual || r == usual[j];
        if (!is_usual)
            tap_fail(__FILE__, __LINE__, "operation %zu, kind %u: %s", i, l->item[i].kind, strerror(-r));
    }
    release_held();
    fixture_end(&s);
}

static time_t clock_of_ages;

static int age_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = ++clock_of_ages, .tv_nsec = 5}};
    (void)st;
    (void)type;
    if (where->level > 0)
        (void)utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}

/* Every time becomes another one: within one tick of the clock, a time that was not brought back would look as if it was. */
static void age(const struct fixture *f)
{
    for (int i = 0; i < FIXTURE_TREES; i++)
        (void)nftw(f->tree[i], age_one, 10, FTW_PHYS | FTW_DEPTH);
}

static void check_same(const char *what, const struct fixture *f, const char *wanted)
{
    char *now = fixture_state(f);
    if (strcmp(now, wanted) != 0)
        tap_fail(__FILE__, __LINE__, "%s:\n%s\nnot\n%s", what, now, wanted);
    free(now);
}

static void check_undo(const struct fixture *f, int number, int by)
{
    struct fixture_session s;
    struct err e = ERR_INIT;
    tap_next_tick();
    fixture_begin(f, by, &s);
    int rc = fixture_try_undo(f, number, &s, INT64_MAX, &e);
    if (rc != UNDO_DONE)
        tap_fail(__FILE__, __LINE__, "undo of %d: %d, %s", number, rc, e.text);
    fixture_end(&s);
}

static void attempt(struct job *j, const char *base)
{
    static struct fixture f;
    if (j->as_user)
        tap_drop_root();
    (void)umask(022);
    CHECK(mkdir(base, 0755) == 0);
    fixture_init(&f, base);
    char *empty = fixture_state(&f);
    run_list(&f, 1, &j->first);
    age(&f);
    char *before = fixture_state(&f);
    run_list(&f, 2, &j->second);
    char *after = fixture_state(&f);
    check_undo(&f, 2, 3);
    check_same("undone", &f, before);
    check_undo(&f, 3, 4);
    check_same("undo undone", &f, after);
    check_undo(&f, 4, 5);
    check_same("undone again", &f, before);
    check_undo(&f, 1, 6);
    check_same("all undone", &f, empty);
    free(empty);
    free(before);
    free(after);
}

static int run(struct job *j, bool is_quiet)
{
    static char base[300];
    static unsigned number;
    int status = 0;
    (void)snprintf(base, sizeof base, "%s/%u", tap_tmpdir(), number++);
    pid_t pid = fork();
    if (pid == 0) {
        if (is_quiet)
            (void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        attempt(j, base);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    struct err e = ERR_INIT;
    int dir = open(tap_tmpdir(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK_OK(fs_remove_tree(dir, strrchr(base, '/') + 1, &e), &e);
    (void)close(dir);
    return status;
}

static void shrink(struct job *j)
{
    struct list *lists[2] = {&j->first, &j->second};
    for (int round = 0; round < 2; round++) {
        for (size_t which = 0; which < 2; which++) {
            for (size_t i = lists[which]->n; i-- > 0;) {
                struct list all = *lists[which];
                lists[which]->n--;
                memmove(&lists[which]->item[i], &lists[which]->item[i + 1], (lists[which]->n - i) * sizeof *all.item);
                if (run(j, true) == 0)
                    *lists[which] = all;
            }
        }
    }
}

TEST(random_operations_come_back)
{
    static struct job job;
    unsigned long first = 1;
    unsigned long count = SEEDS;
    const char *wish = getenv("MUTATE_RANDOM");
    if (wish) {
        char *end = NULL;
        first = strtoul(wish, &end, 10);
        count = strtoul(end, NULL, 10);
    }
    /* Some file systems take any length. */
    const struct rlimit limit = {FILE_LIMIT, FILE_LIMIT};
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    (void)alarm(0);
    CHECK(chmod(tap_tmpdir(), 0777) == 0);
    for (unsigned long seed = first; seed < first + count; seed++) {
        state = seed;
        (void)pick(2);
        job.as_user = geteuid() == 0 && seed % 2;
        make_list(&job.first, 10, 50, true);
        make_list(&job.second, 5, 55, false);
        if (run(&job, true) == 0)
            continue;
        shrink(&job);
        is_loud = true;
        int status = run(&job, false);
        tap_fail(__FILE__, __LINE__, "seed %lu%s, status %x", seed, job.as_user ? ", as an ordinary user" : "", (unsigned)status);
    }
}
