#include "tests/unit/journal_session.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/mutate.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static struct mutate *m; /* of the session that is open */

struct at {
    char path[4096];
    int dir;
    struct mutate_place place;
};

static bool reach(const char *relative, struct at *ret)
{
    (void)snprintf(ret->path, sizeof ret->path, "%s/%s", fixture_tree(), relative);
    char *slash = strrchr(ret->path, '/');
    AUTO(mem_free_ptr) char *dir = mem_strndup(ret->path, (size_t)(slash - ret->path));
    ret->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    ret->place = (struct mutate_place){.dir = ret->dir, .name = slash + 1, .path = ret->path};
    return ret->dir >= 0;
}

static void leave(struct at *x)
{
    mem_close_fd(&x->dir);
}

static void put(const struct mutate_place *p, int flags, const char *text)
{
    int fd = mutate_open(m, p, flags | O_WRONLY | O_CREAT, 0644);
    if (fd < 0)
        return;
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

static int on_object(const char *verb, const struct mutate_place *p, const char *rest)
{
    AUTO(mem_close_fd) int fd = openat(p->dir, p->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    const struct mutate_object o = {.fd = fd, .path = p->path};
    const struct timespec times[2] = {{.tv_sec = atol(rest)}, {.tv_sec = atol(rest), .tv_nsec = 5}};
    if (fd < 0)
        return -errno;
    if (strcmp(verb, "chmod") == 0)
        return mutate_chmod(m, &o, (mode_t)strtoul(rest, NULL, 8));
    if (strcmp(verb, "touch") == 0)
        return mutate_utimens(m, &o, times);
    if (strcmp(verb, "attr") == 0)
        return mutate_setxattr(m, &o, "user.t", rest, strlen(rest), 0);
    if (strcmp(verb, "noattr") == 0)
        return mutate_removexattr(m, &o, "user.t");
    return mutate_truncate(m, &o, atol(rest));
}

static int on_two(const char *verb, const struct mutate_place *p, const struct mutate_place *q)
{
    if (strcmp(verb, "ln") == 0) {
        AUTO(mem_close_fd) int fd = openat(p->dir, p->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : mutate_link(m, &(struct mutate_object){.fd = fd, .path = p->path}, q);
    }
    return mutate_rename(m, p, q, strcmp(verb, "swap") == 0 ? RENAME_EXCHANGE : 0);
}

static int do_one(const char *verb, const char *first, const char *second)
{
    struct at a = {.dir = -1};
    struct at b = {.dir = -1};
    int r = 0;
    bool is_link = strcmp(verb, "sym") == 0;
    bool is_two = strcmp(verb, "mv") == 0 || strcmp(verb, "swap") == 0 || strcmp(verb, "ln") == 0;
    if (!reach(is_link ? second : first, &a) || (is_two && !reach(second, &b)))
        r = -ENOENT;
    else if (is_two)
        r = on_two(verb, &a.place, &b.place);
    else if (is_link)
        r = mutate_symlink(m, first, &a.place);
    else if (strcmp(verb, "mkdir") == 0)
        r = mutate_mkdir(m, &a.place, 0755);
    else if (strcmp(verb, "write") == 0)
        put(&a.place, O_TRUNC, second);
    else if (strcmp(verb, "append") == 0)
        put(&a.place, O_APPEND, second);
    else if (strcmp(verb, "rm") == 0)
        r = mutate_unlink(m, &a.place);
    else if (strcmp(verb, "rmdir") == 0)
        r = mutate_rmdir(m, &a.place);
    else if (strcmp(verb, "fifo") == 0)
        r = mutate_mknod(m, &a.place, S_IFIFO | 0644, 0);
    else
        r = on_object(verb, &a.place, second);
    leave(&a);
    leave(&b);
    return r;
}

static void do_all(const char *operations)
{
    AUTO(mem_free_ptr) char *text = mem_strdup(operations);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *more = NULL;
        const char *verb = strtok_r(line, " ", &more);
        const char *first = strtok_r(NULL, " ", &more);
        const char *second = strtok_r(NULL, " ", &more);
        if (verb && first)
            (void)do_one(verb, first, second ? second : "");
    }
}

static struct session *open_one(const struct journal_trees *t)
{
    static char word[] = "test";
    static char *const command[] = {word, NULL};
    struct session *s = NULL;
    struct err e = ERR_INIT;
    AUTO(strlist_release) struct strlist roots = STRLIST_INIT;
    AUTO(strlist_release) struct strlist exclude = STRLIST_INIT;
    if (t->root)
        strlist_add_take(&roots, path_join(fixture_tree(), t->root));
    if (t->exclude)
        strlist_add(&exclude, t->exclude);
    AUTO(mem_free_ptr) char *tree = path_join(fixture_tree(), t->workdir ? t->workdir : "");
    const struct session_request r = {
        .state_dir = fixture_state(),
        .workdir = tree,
        .kind = "run",
        .command = command,
        .exclude = &exclude,
        .roots = &roots,
        .capture = &session_capture_broker,
    };
    CHECK_OK(session_open(&r, &s, &e), &e);
    m = session_mutate(s);
    return s;
}

struct session_record journal_session(const char *operations)
{
    return journal_session_trees(&(struct journal_trees){0}, operations);
}

struct session_record journal_session_trees(const struct journal_trees *t, const char *operations)
{
    struct err e = ERR_INIT;
    AUTO(session_free_ptr) struct session *s = open_one(t);
    do_all(operations);
    CHECK_OK(session_close(s, false, 0, &e), &e);
    return fixture_record(session_record(s)->id);
}

struct session *journal_session_begin(const char *operations)
{
    struct session *s = open_one(&(struct journal_trees){0});
    do_all(operations);
    return s;
}

struct session_record journal_session_end(struct session *s, const char *operations)
{
    struct err e = ERR_INIT;
    m = session_mutate(s);
    do_all(operations);
    CHECK_OK(session_close(s, false, 0, &e), &e);
    struct session_record r = fixture_record(session_record(s)->id);
    session_free_ptr(&s);
    return r;
}

struct session_record journal_session_cut(const char *operations)
{
    int fds[2];
    char id[SESSION_ID_MAX] = "";
    CHECK(pipe(fds) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct session *s = open_one(&(struct journal_trees){0});
        (void)!write(fds[1], session_record(s)->id, strlen(session_record(s)->id));
        do_all(operations);
        _exit(0);
    }
    (void)close(fds[1]);
    CHECK(read(fds[0], id, sizeof id - 1) > 0);
    (void)close(fds[0]);
    CHECK(waitpid(pid, NULL, 0) == pid);
    return fixture_record(id);
}
