/* placeholder: nothing is left behind, and nothing of anybody else's is removed. */
#include "core/placeholder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/tap.h"

static char *at(const char *name)
{
    return path_join(tap_tmpdir(), name);
}

static bool exists(const char *name)
{
    AUTO(mem_free_ptr) char *path = at(name);
    return access(path, F_OK) == 0;
}

static void hold(struct caps *c, const char *name, struct placeholders *ret)
{
    AUTO(mem_free_ptr) char *journal = at("journal");
    struct err e = ERR_INIT;
    caps_init(c);
    caps_add_mask(c, at(name), exists(name) ? CAPS_MASK_FILE : CAPS_MASK_PLACEHOLDER);
    CHECK_OK(placeholder_hold(journal, c, ret, &e), &e);
}

static size_t journal_entries(void)
{
    AUTO(mem_free_ptr) char *journal = at("journal");
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err e = ERR_INIT;
    AUTO(mem_close_fd) int fd = open(journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_OK(fs_list(fd, ".", &names, &e), &e);
    return names.n - 1; /* the lock */
}

TEST(made_and_removed)
{
    AUTO(caps_release) struct caps c;
    struct placeholders p;
    struct stat st;
    hold(&c, "a/b/file", &p);
    AUTO(mem_free_ptr) char *path = at("a/b/file");
    CHECK(lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0 && (st.st_mode & 0777) == 0);
    CHECK_INT(journal_entries(), 3);
    placeholder_release(&p);
    CHECK(!exists("a"));
    CHECK_INT(journal_entries(), 0);
}

TEST(the_last_of_two_removes)
{
    AUTO(caps_release) struct caps c;
    AUTO(caps_release) struct caps d;
    struct placeholders first, second;
    hold(&c, "a/file", &first);
    hold(&d, "a/file", &second);
    placeholder_release(&first);
    CHECK(exists("a/file"));
    placeholder_release(&second);
    CHECK(!exists("a"));
    CHECK_INT(journal_entries(), 0);
}

TEST(what_somebody_made_of_it_stays)
{
    AUTO(caps_release) struct caps c;
    struct placeholders p;
    hold(&c, "a/file", &p);
    AUTO(mem_free_ptr) char *path = at("a/file");
    AUTO(mem_free_ptr) char *other = at("a/other");
    CHECK(unlink(path) == 0);
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    AUTO(mem_close_fd) int beside = open(other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && beside >= 0);
    placeholder_release(&p);
    CHECK(exists("a/file"));
    CHECK(exists("a/other"));
    CHECK_INT(journal_entries(), 0);
}

TEST(what_was_left_behind_goes_with_the_next)
{
    AUTO(caps_release) struct caps c;
    AUTO(caps_release) struct caps d;
    struct placeholders p;
    caps_init(&c);
    pid_t pid = fork();
    if (pid == 0) {
        hold(&c, "a/file", &p);
        _exit(0);
    }
    CHECK(waitpid(pid, NULL, 0) == pid);
    CHECK(exists("a/file"));
    hold(&d, "b", &p);
    CHECK(!exists("a"));
    placeholder_release(&p);
    CHECK(!exists("b"));
}

TEST(a_damaged_entry_harms_nothing)
{
    AUTO(caps_release) struct caps c;
    struct placeholders p;
    hold(&c, "x", &p);
    placeholder_release(&p);
    static const char *const texts[] = {"", "f", "f 1 2 relative", "q 0 0 /../..", "d 0 0 /"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        AUTO(mem_free_ptr) char *entry = at("journal/0123456789abcdef");
        AUTO(mem_close_fd) int fd = open(entry, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        AUTO(caps_release) struct caps again;
        CHECK(fd >= 0 && dprintf(fd, "%s", texts[i]) >= 0);
        hold(&again, "x", &p);
        placeholder_release(&p);
    }
    CHECK(!exists("x"));
}

TEST(what_nobody_could_create_needs_none)
{
    if (geteuid() == 0)
        tap_skip("root can create everything");
    AUTO(caps_release) struct caps c;
    struct placeholders p;
    AUTO(mem_free_ptr) char *closed = at("closed");
    CHECK(mkdir(closed, 0500) == 0);
    hold(&c, "closed/file", &p);
    CHECK_INT(c.n_masks, 0);
    placeholder_release(&p);
}
