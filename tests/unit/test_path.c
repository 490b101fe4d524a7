/* path: cleanness, lexical walks, components, and where an open object is. */
#include "core/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"
#include "tests/unit/tap.h"

TEST(clean)
{
    static const char *const yes[] = {"/", "/a", "/a/b", "/...", "/a/..b", "/.a", "/a b", "/\xff", "/a\nb"};
    static const char *const no[] = {"", "a", "a/b", "//", "/a/", "/a//b", "/.", "/..", "/a/.", "/a/..", "/a/./b", "/a/../b", "./a", "//a"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        CHECK(path_is_clean(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK(!path_is_clean(no[i]));
}

/* A path of `len` bytes with components short enough for a file system. */
static char *long_path(size_t len)
{
    char *path = mem_alloc(len + 1);
    for (size_t i = 0; i < len; i++)
        path[i] = i % 200 == 0 && i + 1 < len ? '/' : 'a';
    return path;
}

TEST(clean_has_a_maximum)
{
    AUTO(mem_free_ptr) char *most = long_path(STR_MAX_PATH - 1);
    AUTO(mem_free_ptr) char *more = long_path(STR_MAX_PATH);
    CHECK(path_is_clean(most));
    CHECK(!path_is_clean(more));
}

TEST(lexical)
{
    static const struct {
        const char *base, *text, *wanted;
    } row[] = {
        {"/base", "x", "/base/x"},
        {"/base", "./x/", "/base/x"},
        {"/base", "../x", "/x"},
        {"/base", ".", "/base"},
        {"/base", "..", "/"},
        {"/base", "../../..", "/"},
        {"/", "x", "/x"},
        {"/base", "/", "/"},
        {"/base", "//a///b//", "/a/b"},
        {"/base", "/a/b/../c", "/a/c"},
        {"/base", "/a/../../b", "/b"},
        {"/b/c", "d/../../e", "/b/e"},
        {"/base", "...", "/base/..."},
        {"/base", "..x/y", "/base/..x/y"},
        {"/base", "~", "/base/~"},
        {"/a/b", "../../../c", "/c"},
        {"/", "..", "/"},
        {"/ab/cd", "..", "/ab"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct err e = ERR_INIT;
        AUTO(mem_free_ptr) char *path = NULL;
        CHECK_OK(path_lexical(row[i].base, row[i].text, &path, &e), &e);
        CHECK_STR(path, row[i].wanted);
    }
}

TEST(lexical_refuses_the_empty)
{
    struct err e = ERR_INIT;
    char *path = NULL;
    CHECK_ERR(path_lexical("/base", "", &path, &e), ERR_INPUT, &e);
    CHECK(!path);
}

TEST(lexical_has_a_maximum)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *most = long_path(STR_MAX_PATH - 1);
    AUTO(mem_free_ptr) char *more = long_path(STR_MAX_PATH);
    AUTO(mem_free_ptr) char *path = NULL;
    CHECK_OK(path_lexical("/", most, &path, &e), &e);
    CHECK_STR(path, most);
    char *none = NULL;
    CHECK_ERR(path_lexical("/", more, &none, &e), ERR_INPUT, &e);
    CHECK_ERR(path_lexical(most, "b", &none, &e), ERR_INPUT, &e);
    CHECK(!none);
    CHECK(strstr(e.text, "longer than 4095 bytes"));
    /* What is taken away again on the way still had to fit. */
    AUTO(mem_free_ptr) char *up = NULL;
    CHECK_OK(path_lexical(most, "..", &up, &e), &e);
    CHECK(path_is_clean(up));
}

TEST(lexical_quotes_what_it_refuses)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *more = long_path(STR_MAX_PATH);
    char *none = NULL;
    memcpy(more, "/\033[2J\n", 6);
    CHECK_ERR(path_lexical("/", more, &none, &e), ERR_INPUT, &e);
    CHECK(!strchr(e.text, '\033'));
}

TEST(within)
{
    CHECK(path_is_within("/a/b", "/a") && path_is_within("/a", "/a") && path_is_within("/a", "/") && path_is_within("/", "/"));
    CHECK(!path_is_within("/ab", "/a") && !path_is_within("/a", "/a/b") && !path_is_within("/", "/a") && !path_is_within("/b/a", "/a"));
}

TEST(below)
{
    CHECK_STR(path_below("/a/b/c", "/a"), "b/c");
    CHECK_STR(path_below("/a", "/a"), "");
    CHECK_STR(path_below("/a/b", "/"), "a/b");
    CHECK_STR(path_below("/", "/"), "");
    CHECK(!path_below("/ab", "/a"));
    CHECK(!path_below("/", "/a"));
}

TEST(join_parent_base)
{
    static const struct {
        const char *dir, *name, *wanted;
    } row[] = {{"/a", "b", "/a/b"}, {"/", "b", "/b"}, {"/a", "", "/a"}, {"/", "", "/"}, {"/a", "b/c", "/a/b/c"}, {"a/", "b", "a/b"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        AUTO(mem_free_ptr) char *path = path_join(row[i].dir, row[i].name);
        CHECK_STR(path, row[i].wanted);
    }
    static const char *const parent[][2] = {{"/a/b", "/a"}, {"/a", "/"}, {"/", "/"}, {"/a/b/c", "/a/b"}};
    for (size_t i = 0; i < sizeof parent / sizeof *parent; i++) {
        AUTO(mem_free_ptr) char *path = path_parent(parent[i][0]);
        CHECK_STR(path, parent[i][1]);
    }
    CHECK_STR(path_base("/a/b"), "b");
    CHECK_STR(path_base("/"), "");
    CHECK_STR(path_base("python"), "python");
}

static char *in_tmp(const char *name)
{
    return path_join(tap_tmpdir(), name);
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK(close(fd) == 0);
}

static void check_resolves(const char *text, const char *wanted)
{
    struct err e = ERR_INIT;
    struct stat opened;
    struct stat named;
    AUTO(mem_close_fd) int fd = -1;
    AUTO(mem_free_ptr) char *path = NULL;
    CHECK_OK(path_resolve(text, &fd, &path, &e), &e);
    CHECK_STR(path, wanted);
    CHECK(fstat(fd, &opened) == 0 && stat(wanted, &named) == 0 && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev);
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(fd, F_GETFL) & O_PATH);
}

static void check_refuses(const char *text, int class)
{
    struct err e = ERR_INIT;
    int fd = -1;
    char *path = NULL;
    CHECK_ERR(path_resolve(text, &fd, &path, &e), class, &e);
    CHECK(fd == -1 && !path);
}

TEST(resolve_follows_links)
{
    AUTO(mem_free_ptr) char *file = in_tmp("file");
    AUTO(mem_free_ptr) char *link = in_tmp("link");
    AUTO(mem_free_ptr) char *dirs = in_tmp("./x/..//link");
    AUTO(mem_free_ptr) char *dir = in_tmp("x");
    make_file(file);
    CHECK(symlink("file", link) == 0 && mkdir(dir, 0700) == 0);
    check_resolves(file, file);
    check_resolves(link, file);
    check_resolves(dirs, file);
    check_resolves("/", "/");
    CHECK(chdir(dir) == 0);
    check_resolves("../link", file);
    check_resolves(".", dir);
}

TEST(resolve_says_what_is_missing)
{
    AUTO(mem_free_ptr) char *missing = in_tmp("missing");
    AUTO(mem_free_ptr) char *file = in_tmp("file");
    AUTO(mem_free_ptr) char *below = in_tmp("file/x");
    AUTO(mem_free_ptr) char *loop = in_tmp("loop");
    AUTO(mem_free_ptr) char *longest = long_path(STR_MAX_PATH + 10);
    make_file(file);
    CHECK(symlink("loop", loop) == 0);
    check_refuses(missing, ERR_MISSING);
    check_refuses(below, ERR_MISSING);
    check_refuses("", ERR_MISSING);
    check_refuses(loop, ERR_IO);
    check_refuses(longest, ERR_IO);
}

TEST(resolve_says_what_is_denied)
{
    tap_drop_root();
    AUTO(mem_free_ptr) char *dir = in_tmp("closed");
    AUTO(mem_free_ptr) char *file = in_tmp("closed/file");
    CHECK(mkdir(dir, 0700) == 0);
    make_file(file);
    check_resolves(file, file);
    CHECK(chmod(dir, 0) == 0);
    check_refuses(file, ERR_DENIED);
    check_resolves(dir, dir); /* O_PATH asks for no permission on the object itself */
}

TEST(resolve_refuses_what_has_no_path)
{
    char name[40];
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", pair[0]);
    check_refuses(name, ERR_INPUT);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

/* Deeper than a path can name: reached by descriptor only. */
TEST(resolve_refuses_what_is_too_deep)
{
    char name[201] = "";
    memset(name, 'd', sizeof name - 1);
    CHECK(chdir(tap_tmpdir()) == 0);
    for (int i = 0; i < 25; i++)
        CHECK(mkdir(name, 0700) == 0 && chdir(name) == 0);
    struct err e = ERR_INIT;
    int fd = -1;
    char *path = NULL;
    CHECK_ERR(path_resolve(".", &fd, &path, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "the real path of . is longer than 4095 bytes");
    CHECK(fd == -1 && !path);
}

TEST(resolve_needs_proc_for_links_only)
{
    struct err e = ERR_INIT;
    int fd = -1;
    char *path = NULL;
    AUTO(mem_free_ptr) char *link = in_tmp("to_root");
    CHECK(symlink("/", link) == 0);
    tap_no_leak_check(); /* which reads /proc */
    tap_own_mounts();
    if (mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0)
        SKIP("tmpfs cannot be mounted here: %s", strerror(errno));
    CHECK_ERR(path_resolve(link, &fd, &path, &e), ERR_IO, &e);
    CHECK(strstr(e.text, "is /proc mounted?"));
    CHECK(fd == -1 && !path);
    check_resolves("/usr", "/usr");
}

TEST(resolve_knows_a_removed_file_from_one_of_that_name)
{
    AUTO(mem_free_ptr) char *gone = in_tmp("gone");
    AUTO(mem_free_ptr) char *marked = in_tmp("gone (deleted)");
    char name[40];
    make_file(gone);
    AUTO(mem_close_fd) int fd = open(gone, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && unlink(gone) == 0);
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    check_refuses(name, ERR_MISSING);
    make_file(marked); /* now the kernel's text names an existing file, another one */
    check_refuses(name, ERR_MISSING);
    check_resolves(marked, marked);
}

TEST(resolve_takes_any_bytes_and_shows_them_safely)
{
    struct err e = ERR_INIT;
    int fd = -1;
    char *none = NULL;
    AUTO(mem_free_ptr) char *odd = in_tmp("\033[2J\xff");
    CHECK_ERR(path_resolve(odd, &fd, &none, &e), ERR_MISSING, &e);
    CHECK(!strchr(e.text, '\033'));
    CHECK(strstr(e.text, "\\x1b[2J\\xff"));
    make_file(odd);
    check_resolves(odd, odd);
}
