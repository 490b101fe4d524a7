/* placeholder: nothing is left behind, and nothing of anybody else's is removed. */
#include "core/placeholder.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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
    tap_drop_root(); /* root can create everything */
    AUTO(caps_release) struct caps c;
    AUTO(mem_free_ptr) char *journal = at("journal");
    struct placeholders p;
    struct err e = ERR_INIT;
    caps_init(&c);
    caps_add_mask(&c, mem_strdup("/usr/denied"), CAPS_MASK_PLACEHOLDER);
    CHECK_OK(placeholder_hold(journal, &c, &p, &e), &e);
    CHECK_INT(c.n_masks, 0);
    placeholder_release(&p);
}

TEST(what_its_owner_could_open_is_not_given_up)
{
    tap_drop_root(); /* root can create everything */
    AUTO(caps_release) struct caps c;
    AUTO(mem_free_ptr) char *journal = at("journal");
    AUTO(mem_free_ptr) char *closed = at("closed");
    struct placeholders p;
    struct err e = ERR_INIT;
    caps_init(&c);
    CHECK(mkdir(closed, 0500) == 0);
    caps_add_mask(&c, at("closed/file"), CAPS_MASK_PLACEHOLDER);
    CHECK_INT(placeholder_hold(journal, &c, &p, &e), ERR_IO);
    CHECK_INT(journal_entries(), 0);
}

/* They were there when the masks were decided: placeholders of a command that has ended since. */
TEST(what_has_gone_meanwhile_is_made)
{
    AUTO(caps_release) struct caps c;
    AUTO(mem_free_ptr) char *journal = at("journal");
    struct placeholders p;
    struct err e = ERR_INIT;
    caps_init(&c);
    caps_add_mask(&c, at("a"), CAPS_MASK_PIN);
    caps_add_mask(&c, at("a/directory"), CAPS_MASK_DIR);
    caps_add_mask(&c, at("a/file"), CAPS_MASK_FILE);
    CHECK_OK(placeholder_hold(journal, &c, &p, &e), &e);
    CHECK_INT(c.n_masks, 3);
    CHECK(exists("a/directory") && exists("a/file"));
    CHECK(c.mask[1].kind == CAPS_MASK_PLACEHOLDER && c.mask[2].kind == CAPS_MASK_PLACEHOLDER);
    placeholder_release(&p);
    CHECK(!exists("a"));
}

/* One that hides the whole directory relies on the placeholder that another made to keep it in place. */
TEST(a_hidden_directory_is_held_as_well)
{
    AUTO(caps_release) struct caps c;
    AUTO(caps_release) struct caps d;
    AUTO(mem_free_ptr) char *journal = at("journal");
    struct placeholders first, second;
    struct err e = ERR_INIT;
    hold(&c, "a/file", &first);
    caps_init(&d);
    caps_add_mask(&d, at("a"), CAPS_MASK_DIR);
    CHECK_OK(placeholder_hold(journal, &d, &second, &e), &e);
    placeholder_release(&first);
    CHECK(exists("a"));
    placeholder_release(&second);
    CHECK(!exists("a"));
}

/* Killed at any time after the entry was made, the object is found: a longer entry does not begin by being empty. */
TEST(an_entry_keeps_its_length)
{
    AUTO(caps_release) struct caps c;
    AUTO(mem_free_ptr) char *journal = at("journal");
    struct placeholders p;
    struct stat st;
    hold(&c, "file", &p);
    AUTO(mem_close_fd) int dirfd = open(journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fstatat(dirfd, p.claim[0].name, &st, 0) == 0);
    AUTO(mem_free_ptr) char *path = at("file");
    CHECK_INT(st.st_size, sizeof "f 01234567890123456789 01234567890123456789 " - 1 + strlen(path));
    placeholder_release(&p);
}

TEST(a_pipe_in_the_journal_stops_nobody)
{
    AUTO(caps_release) struct caps c;
    AUTO(caps_release) struct caps d;
    AUTO(mem_free_ptr) char *fifo = at("journal/0123456789abcdef");
    struct placeholders p;
    hold(&c, "x", &p);
    placeholder_release(&p);
    CHECK(mkfifo(fifo, 0600) == 0);
    hold(&d, "x", &p);
    placeholder_release(&p);
}
