/* fs: replacement of files, on disks that are full or read-only too. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/tap.h"

/* Every test stands in its own directory. */
static void enter_tmp(void)
{
    CHECK(chdir(tap_tmpdir()) == 0);
}

static void make_file(const char *path, const char *text)
{
    struct err e = ERR_INIT;
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_OK(fs_write_all(fd, text, strlen(text), &e), &e);
}

static void check_content(const char *path, const char *wanted)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str s = STR_INIT(STR_MAX_LINE);
    CHECK_OK(fs_read(AT_FDCWD, path, &s, &e), &e);
    CHECK_STR(s.buf, wanted);
}

static size_t count_entries(void)
{
    struct err e = ERR_INIT;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    CHECK_OK(fs_list(AT_FDCWD, ".", &names, &e), &e);
    return names.n;
}

TEST(replace_makes_and_replaces)
{
    struct err e = ERR_INIT;
    struct stat st;
    enter_tmp();
    (void)umask(077);
    CHECK_OK(fs_replace(AT_FDCWD, "f", "one", 3, 0644, &e), &e);
    check_content("f", "one");
    CHECK(stat("f", &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0644); /* whatever the umask */
    ino_t before = st.st_ino;
    AUTO(mem_close_fd) int old = open("f", O_RDONLY | O_CLOEXEC);
    CHECK_OK(fs_replace(AT_FDCWD, "f", "two", 3, 0600, &e), &e);
    check_content("f", "two");
    CHECK(stat("f", &st) == 0 && st.st_ino != before && (st.st_mode & 07777) == 0600);
    char text[4] = "";
    CHECK(read(old, text, 3) == 3);
    CHECK_STR(text, "one"); /* who had it open keeps the old one */
    CHECK_INT(count_entries(), 1);
}

TEST(publish_is_replace_without_the_wait)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str read = STR_INIT(16);
    CHECK(chdir(tap_tmpdir()) == 0);
    CHECK_OK(fs_publish(AT_FDCWD, "f", "one", 3, 0600, &e), &e);
    CHECK_OK(fs_publish(AT_FDCWD, "f", "two", 3, 0600, &e), &e);
    CHECK_OK(fs_read(AT_FDCWD, "f", &read, &e), &e);
    CHECK_STR(read.buf, "two");
    CHECK_INT(fs_publish(AT_FDCWD, "missing/f", "x", 1, 0600, &e), ERR_MISSING);
}

TEST(replace_by_descriptor_and_below_directories)
{
    struct err e = ERR_INIT;
    enter_tmp();
    CHECK(mkdir("a", 0700) == 0 && mkdir("a/b", 0700) == 0);
    AUTO(mem_close_fd) int dir = open("a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_OK(fs_replace(dir, "b/f", "", 0, 0600, &e), &e);
    check_content("a/b/f", "");
    AUTO(mem_free_ptr) char *absolute = path_join(tap_tmpdir(), "a/g");
    CHECK_OK(fs_replace(dir, absolute, "g", 1, 0600, &e), &e);
    check_content("a/g", "g");
}

TEST(replace_replaces_a_link_and_not_what_it_leads_to)
{
    struct err e = ERR_INIT;
    struct stat st;
    enter_tmp();
    make_file("target", "old");
    CHECK(symlink("target", "link") == 0);
    CHECK_OK(fs_replace(AT_FDCWD, "link", "new", 3, 0600, &e), &e);
    check_content("target", "old");
    CHECK(lstat("link", &st) == 0 && S_ISREG(st.st_mode));
}

TEST(replace_leaves_nothing_behind_when_it_fails)
{
    struct err e = ERR_INIT;
    enter_tmp();
    CHECK(mkdir("dir", 0700) == 0);
    CHECK_ERR(fs_replace(AT_FDCWD, "dir", "x", 1, 0600, &e), ERR_IO, &e); /* a file cannot replace a directory */
    CHECK_ERR(fs_replace(AT_FDCWD, "none/f", "x", 1, 0600, &e), ERR_MISSING, &e);
    CHECK_INT(count_entries(), 1);
    /* A file that may not get that large: the old one stays. */
    struct rlimit limit = {.rlim_cur = 1000, .rlim_max = 1000};
    char big[2000] = "";
    make_file("f", "old");
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK_ERR(fs_replace(AT_FDCWD, "f", big, sizeof big, 0600, &e), ERR_IO, &e);
    CHECK_STR(e.text, "cannot write f: File too large");
    check_content("f", "old");
    CHECK_INT(count_entries(), 2);
}

TEST(publish_does_the_same)
{
    struct err e = ERR_INIT;
    struct stat st;
    enter_tmp();
    CHECK(mkdir("dir", 0700) == 0 && symlink("target", "f") == 0);
    CHECK_OK(fs_publish(AT_FDCWD, "f", "one", 3, 0640, &e), &e);
    CHECK_OK(fs_publish(AT_FDCWD, "f", "two", 3, 0640, &e), &e);
    check_content("f", "two");
    CHECK(lstat("f", &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0640);
    CHECK_ERR(fs_publish(AT_FDCWD, "dir", "x", 1, 0600, &e), ERR_IO, &e);
    CHECK_INT(count_entries(), 2);
}

TEST(replace_says_what_is_denied)
{
    struct err e = ERR_INIT;
    tap_drop_root();
    enter_tmp();
    CHECK(mkdir("closed", 0500) == 0);
    CHECK_ERR(fs_replace(AT_FDCWD, "closed/f", "x", 1, 0600, &e), ERR_DENIED, &e);
    CHECK_STR(e.text, "cannot write closed/f: Permission denied");
}

TEST(replace_on_a_disk_that_is_full_or_read_only)
{
    enum { SIZE = 1 << 20 };
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *big = mem_alloc(SIZE);
    enter_tmp();
    CHECK(mkdir("disk", 0700) == 0);
    tap_own_mounts();
    if (mount("tmpfs", "disk", "tmpfs", 0, "size=64k") < 0)
        SKIP("tmpfs cannot be mounted here: %s", strerror(errno));
    CHECK_OK(fs_replace(AT_FDCWD, "disk/f", "old", 3, 0600, &e), &e);
    CHECK_ERR(fs_replace(AT_FDCWD, "disk/f", big, SIZE, 0600, &e), ERR_IO, &e);
    CHECK_STR(e.text, "cannot write disk/f: No space left on device");
    check_content("disk/f", "old");
    CHECK(mount(NULL, "disk", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    CHECK_ERR(fs_replace(AT_FDCWD, "disk/f", "new", 3, 0600, &e), ERR_DENIED, &e);
    CHECK_STR(e.text, "cannot write disk/f: Read-only file system");
    CHECK(chdir("disk") == 0);
    CHECK_INT(count_entries(), 1);
    CHECK(chdir("..") == 0 && umount2("disk", MNT_DETACH) == 0);
}
