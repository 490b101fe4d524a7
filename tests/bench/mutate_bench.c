/* What capturing costs: mutate_bench DIRECTORY [FILES]. Each operation by the bare system call and through mutate, microseconds each, and undo of the
 * removal of a whole tree. The directory must not be there yet; it is left behind. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rollback/undo.h"

enum { PER_DIR = 20, FILES = 20000, PATH = 500 };

static char base[300];
static int n_files = FILES;
static struct mutate mutate;
static int session_fd[3];

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "mutate_bench: %s\n", what);
    exit(1);
}

static void must(int r, const char *what)
{
    if (r < 0)
        die(what);
}

static double now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others use the machine, too */
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void begin(int number, struct mutate *m)
{
    char path[PATH];
    char id[20];
    char tree[PATH];
    struct err e = ERR_INIT;
    struct stash s = STASH_INIT;
    (void)snprintf(path, sizeof path, "%s/session%d", base, number);
    (void)snprintf(id, sizeof id, "%d", number);
    (void)snprintf(tree, sizeof tree, "%s/tree", base);
    must(mkdir(path, 0700), path);
    session_fd[number] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct stash_request r = {.session_dir = session_fd[number], .session_path = path, .id = id, .tree = tree};
    const struct mutate_setup setup = {.session_dir = session_fd[number], .journal_name = "journal", .n_stash = 1};
    must(stash_make(&r, &s, &e), e.text);
    stash_close(&s);
    must(mutate_begin(&setup, m, &e), e.text);
}

/* One operation on file i of its directory; through mutate, or bare. */
typedef int operation(int dir, const char *dir_path, int i, bool captured);

static struct mutate_place place(int dir, const char *name, const char *dir_path, char path[PATH])
{
    (void)snprintf(path, PATH, "%.400s/%s", dir_path, name);
    return (struct mutate_place){.dir = dir, .name = name, .path = path};
}

/* Opens PREFIX and the number in the directory, and closes it. */
static int open_one(int dir, const char *dir_path, const char *prefix, int i, int flags, bool captured)
{
    char path[PATH];
    char name[20];
    (void)snprintf(name, sizeof name, "%s%d", prefix, i);
    const struct mutate_place p = place(dir, name, dir_path, path);
    int fd = captured ? mutate_open(&mutate, &p, O_WRONLY | flags, 0644) : openat(dir, name, O_WRONLY | O_CLOEXEC | flags, 0644);
    return fd < 0 ? fd : close(fd);
}

static int delete_one(int dir, const char *dir_path, const char *prefix, int i, bool captured)
{
    char path[PATH];
    char name[20];
    (void)snprintf(name, sizeof name, "%s%d", prefix, i);
    const struct mutate_place p = place(dir, name, dir_path, path);
    return captured ? mutate_unlink(&mutate, &p) : unlinkat(dir, name, 0);
}

static int create(int dir, const char *dir_path, int i, bool captured)
{
    return open_one(dir, dir_path, "new", i, O_CREAT | O_EXCL, captured);
}

static int open_again(int dir, const char *dir_path, int i, bool captured)
{
    return open_one(dir, dir_path, "new", i, 0, captured);
}

static int overwrite(int dir, const char *dir_path, int i, bool captured)
{
    return open_one(dir, dir_path, "file", i, 0, captured);
}

static int delete_new(int dir, const char *dir_path, int i, bool captured)
{
    return delete_one(dir, dir_path, "old", i, captured);
}

static int delete_older(int dir, const char *dir_path, int i, bool captured)
{
    return delete_one(dir, dir_path, "file", i, captured);
}

static int move(int dir, const char *dir_path, int i, bool captured)
{
    char path[2][PATH];
    char name[2][20];
    (void)snprintf(name[0], sizeof name[0], "new%d", i);
    (void)snprintf(name[1], sizeof name[1], "old%d", i);
    const struct mutate_place from = place(dir, name[0], dir_path, path[0]);
    const struct mutate_place to = place(dir, name[1], dir_path, path[1]);
    return captured ? mutate_rename(&mutate, &from, &to, 0) : renameat(dir, name[0], dir, name[1]);
}

static int make_and_remove_dir(int dir, const char *dir_path, int i, bool captured)
{
    char path[PATH];
    char name[20];
    (void)snprintf(name, sizeof name, "dir%d", i);
    const struct mutate_place p = place(dir, name, dir_path, path);
    int r = captured ? mutate_mkdir(&mutate, &p, 0755) : mkdirat(dir, name, 0755);
    if (r < 0)
        return r;
    return captured ? mutate_rmdir(&mutate, &p) : unlinkat(dir, name, AT_REMOVEDIR);
}

static double run(operation *what, const char *tree, bool captured)
{
    double spent = 0;
    for (int i = 0; i < n_files; i += PER_DIR) {
        char path[PATH];
        (void)snprintf(path, sizeof path, "%s/%s/d%d", base, tree, i / PER_DIR);
        int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        must(dir, path);
        double begun = now_us();
        for (int j = 0; j < PER_DIR; j++)
            must(what(dir, path, j, captured), "an operation failed");
        spent += now_us() - begun;
        (void)close(dir);
    }
    return spent / n_files;
}

static void populate(const char *tree)
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/%s", base, tree);
    must(mkdir(path, 0755), path);
    for (int i = 0; i < n_files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s/d%d", base, tree, i / PER_DIR);
        if (i % PER_DIR == 0)
            must(mkdir(path, 0755), path);
        (void)snprintf(path, sizeof path, "%s/%s/d%d/file%d", base, tree, i / PER_DIR, i % PER_DIR);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        must(fd, path);
        (void)!write(fd, path, strlen(path));
        (void)close(fd);
    }
}

static void compare(const char *name, operation *what)
{
    double bare = run(what, "bare", false);
    double captured = run(what, "tree", true);
    (void)printf("%-28s %8.2f %8.2f\n", name, bare, captured);
}

static void remove_dirs(void)
{
    char path[PATH];
    char tree[PATH];
    (void)snprintf(tree, sizeof tree, "%s/tree", base);
    int dir = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
    double begun = now_us();
    for (int i = 0; i < n_files / PER_DIR; i++) {
        char name[20];
        (void)snprintf(name, sizeof name, "d%d", i);
        const struct mutate_place p = place(dir, name, tree, path);
        must(mutate_rmdir(&mutate, &p), "rmdir");
    }
    (void)printf("%-28s %8s %8.2f\n", "rmdir, older", "", (now_us() - begun) / (n_files / PER_DIR));
    (void)close(dir);
}

static void undo(void)
{
    static struct mutate into;
    struct err e = ERR_INIT;
    static struct undo_result result;
    struct timespec t;
    mutate_end(&mutate);
    (void)clock_gettime(CLOCK_REALTIME, &t);
    begin(2, &into);
    const struct undo_request r = {.session_dir = session_fd[1],
                                   .journal_name = "journal",
                                   .n_stash = 1,
                                   .into = &into,
                                   .into_dir = session_fd[2],
                                   .into_name = "journal",
                                   .unchanged_since_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec};
    double begun = now_us();
    int rc = undo_run(&r, &result, &e);
    double spent = now_us() - begun;
    if (rc != UNDO_DONE)
        die(rc < 0 ? e.text : result.changed);
    mutate_end(&into);
    (void)printf("undo: %zu records, %.1f ms, %.2f us for each file\n", result.records, spent / 1e3, spent / n_files);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        die("usage: mutate_bench DIRECTORY [FILES]");
    if (argc > 2)
        n_files = (int)strtol(argv[2], NULL, 10) / PER_DIR * PER_DIR;
    must(mkdir(argv[1], 0755), argv[1]);
    char *real = realpath(argv[1], NULL);
    (void)snprintf(base, sizeof base, "%s", real);
    free(real);
    populate("bare");
    populate("tree");
    begin(0, &mutate);
    (void)printf("%-28s %8s %8s   us, %d times\n", "", "bare", "captured", n_files);
    compare("create and close", create);
    compare("open to write, born, close", open_again);
    compare("rename, born", move);
    compare("unlink, born", delete_new);
    compare("mkdir and rmdir", make_and_remove_dir);
    compare("open to write, first time", overwrite);
    compare("open to write, again", overwrite);
    mutate_end(&mutate);
    begin(1, &mutate);
    compare("unlink, older", delete_older);
    remove_dirs();
    undo();
    return 0;
}
