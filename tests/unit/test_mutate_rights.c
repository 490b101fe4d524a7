/* Whose rights decide, what outsiders do meanwhile, and what only root can have. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/fs.h"
#include "rollback/undo.h"
#include "tests/unit/mutate_do.h"
#include "tests/unit/tap.h"

enum { USER = 1234, FILES = 400 };

static struct fixture f;
static struct fixture_session session;
static struct doer d;

static void start(const char *populate)
{
    char command[2048];
    fixture_init(&f, tap_tmpdir());
    (void)snprintf(command, sizeof command, "cd %s; %s", f.base, populate);
    CHECK_INT(system(command), 0);
    fixture_begin(&f, 1, &session);
    d = (struct doer){.f = &f, .m = &session.m};
}

static void finish(char *before)
{
    fixture_end(&session);
    CHECK_INT(fixture_undo(&f, 1, 2), UNDO_DONE);
    char *now = fixture_state(&f);
    CHECK_STR(now, before);
    free(now);
    free(before);
}

static void own(void *arg)
{
    (void)arg;
    (void)setfsuid(0);
}

static void caller(void *arg)
{
    (void)arg;
    (void)setfsuid(USER);
}

/* Nono as root, for a command of another user: the stash is closed to that one, and what it may not do it still may not. */
TEST(another_user_can_do_what_it_may_and_no_more)
{
    if (geteuid() != 0)
        return; /* only root can act as another */
    CHECK(chmod(tap_tmpdir(), 0755) == 0);
    start("cd tree0; mkdir his closed open; chmod 1777 open; echo a >closed/root; echo b >open/root; echo c >open/his; echo d >his/root; echo e >his/his;"
          "echo f >his/victim; mkdir his/empty; chmod 600 his/root; chown 1234 his his/his his/victim his/empty open/his");
    char *before = fixture_state(&f);
    session.m.guise = (struct mutate_guise){.own = own, .caller = caller};
    caller(NULL);
    CHECK_INT(do_unlink(&d, "tree0/closed/root"), -EACCES);
    CHECK_INT(do_unlink(&d, "tree0/open/root"), -EPERM);
    CHECK_INT(do_rmdir(&d, "tree0/closed"), -ENOTEMPTY);
    CHECK_INT(do_open(&d, "tree0/his/root", O_WRONLY | O_TRUNC, 0), -EACCES);
    CHECK_INT(do_open(&d, "tree0/closed/new", O_WRONLY | O_CREAT, 0644), -EACCES);
    CHECK_INT(do_rename(&d, "tree0/his/his", "tree0/closed/root", 0), -EACCES);
    CHECK_INT(do_rename(&d, "tree0/his/his", "tree0/open/root", 0), -EPERM);
    CHECK_INT(do_chmod(&d, "tree0/his/root", 0777), -EPERM);
    CHECK(!mutate_has_changes(&session.m));
    CHECK_INT(do_unlink(&d, "tree0/open/his"), 0);
    CHECK_INT(do_unlink(&d, "tree0/his/root"), 0);
    CHECK_INT(do_rmdir(&d, "tree0/his/empty"), 0);
    CHECK_INT(do_write(&d, "tree0/his/his", O_WRONLY | O_APPEND, "more"), 0);
    CHECK_INT(do_rename(&d, "tree0/his/his", "tree0/his/victim", 0), 0);
    CHECK_INT(do_write(&d, "tree0/his/new", O_WRONLY | O_CREAT, "n"), 0);
    own(NULL);
    char path[400];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/tree0/his/new", f.base);
    CHECK(stat(path, &st) == 0 && st.st_uid == USER);
    finish(before);
}

/* Writing and a new owner take a capability away; only root can give it back. */
TEST(capabilities_come_back)
{
    static const unsigned char capability[] = {1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const char *const name[] = {"a", "b", "c"};
    char path[400];
    if (geteuid() != 0)
        return; /* only root can act as another */
    start("cd tree0; for i in a b c; do echo $i >$i; chmod 4755 $i; touch -d @500 $i; done");
    for (int i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/tree0/%s", f.base, name[i]);
        if (setxattr(path, "security.capability", capability, sizeof capability, 0) < 0)
            SKIP("no capabilities on files here");
    }
    char *before = fixture_state(&f);
    CHECK_INT(do_write(&d, "tree0/a", O_WRONLY, "x"), 0);
    CHECK_INT(do_chown(&d, "tree0/b", 5, 5), 0);
    CHECK_INT(do_truncate(&d, "tree0/c", 0), 0);
    CHECK(getxattr(path, "security.capability", NULL, 0) < 0);
    finish(before);
}

/* A hard link cannot lead from there to a tree that is kept: nothing of it needs a stash, for which there is no place. */
TEST(links_on_another_file_system_need_no_record)
{
    char path[400];
    char command[500];
    tap_own_mounts();
    start("mkdir scratch/other");
    (void)snprintf(path, sizeof path, "%s/scratch/other", f.base);
    CHECK(mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0);
    CHECK_INT(do_write(&d, "scratch/other/a", O_WRONLY | O_CREAT, "a"), 0);
    (void)snprintf(command, sizeof command, "cd %s && echo b >b && ln b c && ln b d", path);
    CHECK_INT(system(command), 0);
    CHECK_INT(do_write(&d, "scratch/other/b", O_WRONLY, "x"), 0);
    CHECK_INT(do_unlink(&d, "scratch/other/b"), 0);
    CHECK_INT(do_rename(&d, "scratch/other/a", "scratch/other/c", 0), 0);
    CHECK_INT(do_chmod(&d, "scratch/other/d", 0600), 0);
    CHECK(!mutate_has_changes(&session.m));
    fixture_end(&session);
    CHECK(umount2(path, MNT_DETACH) == 0);
}

static _Noreturn void swap_all(void)
{
    char a[400];
    char b[400];
    for (;;) {
        for (int i = 0; i < FILES; i++) {
            (void)snprintf(a, sizeof a, "%s/tree0/f%d", f.base, i);
            (void)snprintf(b, sizeof b, "%s/tree1/%s%d", f.base, i % 2 ? "g" : "d", i);
            (void)fs_rename(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
        }
    }
}

/* An outsider exchanges what is being taken away, for another file or for a directory: the journal names what really went. */
TEST(what_outsiders_exchange_meanwhile_is_named_right)
{
    struct journal_entry x;
    struct err e = ERR_INIT;
    char text[20];
    start("i=0; while [ $i -lt 400 ]; do echo $i >tree0/f$i; if [ $((i % 2)) = 1 ]; then echo $i >tree1/g$i; else mkdir tree1/d$i; fi; i=$((i + 1)); done");
    pid_t pid = fork();
    if (pid == 0)
        swap_all();
    (void)usleep(2000);
    size_t taken = 0;
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(text, sizeof text, "tree0/f%d", i);
        int r = do_unlink(&d, text);
        CHECK(r == 0 || r == -EISDIR || r == -EAGAIN || r == -ENOENT);
        if (r == -EISDIR)
            r = do_rmdir(&d, text);
        CHECK(r == 0 || r == -ENOTDIR || r == -EAGAIN || r == -ENOENT || r == -EISDIR);
        taken += r == 0;
    }
    (void)kill(pid, SIGKILL);
    CHECK(waitpid(pid, NULL, 0) == pid && taken > 0);
    mutate_end(&session.m);
    struct journal_view v = {0};
    struct stash s = STASH_INIT;
    CHECK_OK(journal_read(session.dir, "journal", &v, &e), &e);
    CHECK_OK(stash_open(session.dir, 0, &s, &e), &e);
    for (uint64_t at = 0; journal_next(&v, &at, &x);) {
        struct stat st;
        char name[STASH_NAME];
        if (x.kind != JOURNAL_STASHED)
            continue;
        stash_name(x.stash_id, name);
        CHECK(fstatat(s.dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
        CHECK_INT(st.st_ino, x.inode);
        taken--;
    }
    CHECK_INT(taken, 0);
    journal_view_release(&v);
    stash_close(&s);
    (void)close(session.dir);
}
