/* Each operation: it does what it should, undo brings everything back, and undo of the undo does it again; by a text of both trees. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rollback/undo.h"
#include "tests/unit/mutate_do.h"
#include "tests/unit/tap.h"

enum { EARLY = 1000000 }; /* a time that nothing gets by itself */

struct scene {
    struct fixture f;
    struct fixture_session s;
    struct doer d;
    char *before;
};

static const char *const populate =
    "umask 022; cd tree0; printf one >a; printf two >b; mkdir dir dir/sub empty ro; printf x >dir/x; printf y >dir/sub/y; ln a hard; ln -s a link;"
    "mkfifo fifo; printf r >ro/r; printf c >>big; for i in 1 2 3 4 5 6 7 8; do cat big big >t; mv t big; done; mkdir ../tree1/other; printf o >../tree1/o;"
    "printf s >../scratch/s; mkdir ../scratch/sd; setfattr -n user.k -v v a; find .. -depth -exec touch -h -d @500000 {} +; chmod 555 ro";

static void start(struct scene *s)
{
    char command[2048];
    fixture_init(&s->f, tap_tmpdir());
    (void)snprintf(command, sizeof command, "cd %s; %s", s->f.base, populate);
    CHECK_INT(system(command), 0);
    s->before = fixture_state(&s->f);
    fixture_begin(&s->f, 1, &s->s);
    s->d = (struct doer){.f = &s->f, .m = &s->s.m};
}

/* What has changed by now comes back, and goes again. */
static void finish(struct scene *s)
{
    char *after = fixture_state(&s->f);
    fixture_end(&s->s);
    CHECK(strcmp(after, s->before) != 0);
    CHECK_INT(fixture_undo(&s->f, 1, 2), UNDO_DONE);
    char *now = fixture_state(&s->f);
    CHECK_STR(now, s->before);
    free(now);
    CHECK_INT(fixture_undo(&s->f, 2, 3), UNDO_DONE);
    now = fixture_state(&s->f);
    CHECK_STR(now, after);
    free(now);
    CHECK_INT(fixture_undo(&s->f, 3, 4), UNDO_DONE);
    now = fixture_state(&s->f);
    CHECK_STR(now, s->before);
    free(now);
    free(after);
    free(s->before);
}

static void read_file(const struct scene *s, const char *path, char ret[64])
{
    char whole[400];
    (void)snprintf(whole, sizeof whole, "%s/%s", s->f.base, path);
    int fd = open(whole, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, ret, 63);
    ret[n > 0 ? n : 0] = '\0';
    (void)close(fd);
}

static struct stat stat_of(const struct scene *s, const char *path)
{
    char whole[400];
    struct stat st = {0};
    (void)snprintf(whole, sizeof whole, "%s/%s", s->f.base, path);
    (void)lstat(whole, &st);
    return st;
}

#define CHECK_FILE(s, path, text)      \
    do {                               \
        char got_[64];                 \
        read_file(s, path, got_);      \
        CHECK_STR(got_, text);         \
    } while (0)
#define DO(call) CHECK_INT(call, 0)

/* As an ordinary user too: root is stopped by no mode. */
#define CHANGES(id)                     \
    static void change_##id(struct scene *s); \
    TEST(id)                            \
    {                                   \
        static struct scene s;          \
        start(&s);                      \
        change_##id(&s);                \
        finish(&s);                     \
    }                                   \
    TEST(id##_as_user)                  \
    {                                   \
        static struct scene s;          \
        tap_drop_root();                \
        start(&s);                      \
        change_##id(&s);                \
        finish(&s);                     \
    }                                   \
    static void change_##id(struct scene *s)

CHANGES(create_a_file)
{
    DO(do_write(&s->d, "tree0/new", O_WRONLY | O_CREAT | O_EXCL, "n"));
    DO(do_write(&s->d, "tree0/dir/new", O_WRONLY | O_CREAT | O_TRUNC, "n"));
    CHECK_FILE(s, "tree0/dir/new", "n");
}

CHANGES(write_to_a_file)
{
    DO(do_write(&s->d, "tree0/a", O_WRONLY, "X"));
    CHECK_FILE(s, "tree0/hard", "Xne");
    DO(do_write(&s->d, "tree0/a", O_WRONLY | O_APPEND, "Y"));
    CHECK_FILE(s, "tree0/a", "XneY");
}

CHANGES(truncate_by_open)
{
    DO(do_write(&s->d, "tree0/big", O_WRONLY | O_TRUNC, ""));
    CHECK_INT(stat_of(s, "tree0/big").st_size, 0);
    DO(do_write(&s->d, "tree0/b", O_RDONLY | O_TRUNC, ""));
    CHECK_INT(stat_of(s, "tree0/b").st_size, 0);
}

CHANGES(truncate_by_path)
{
    DO(do_truncate(&s->d, "tree0/big", 5));
    CHECK_INT(stat_of(s, "tree0/big").st_size, 5);
    DO(do_truncate(&s->d, "tree0/big", 100000));
    CHECK_INT(do_truncate(&s->d, "tree0/dir", 0), -EISDIR);
}

CHANGES(write_while_it_is_deleted)
{
    int fd = do_open(&s->d, "tree0/b", O_RDWR, 0);
    CHECK(fd >= 0);
    DO(do_unlink(&s->d, "tree0/b"));
    CHECK_INT(write(fd, "later", 5), 5);
    (void)close(fd);
}

CHANGES(make_directories)
{
    DO(do_mkdir(&s->d, "tree0/new", 0750));
    DO(do_mkdir(&s->d, "tree0/new/below", 0500));
    DO(do_write(&s->d, "tree0/new/f", O_WRONLY | O_CREAT, "f"));
    DO(do_chmod(&s->d, "tree0/new", 0500));
    CHECK_INT(stat_of(s, "tree0/new").st_mode & 07777, 0500);
}

CHANGES(make_other_things)
{
    DO(do_mknod(&s->d, "tree0/pipe", S_IFIFO | 0600));
    DO(do_mknod(&s->d, "tree0/plain", S_IFREG | 0600));
    DO(do_symlink(&s->d, "../nowhere", "tree0/dir/l"));
    DO(do_bind(&s->d, "tree0/dir/socket"));
    CHECK_INT(do_bind(&s->d, "tree0/dir/socket"), -EEXIST);
    CHECK(S_ISSOCK(stat_of(s, "tree0/dir/socket").st_mode));
}

CHANGES(link_names)
{
    DO(do_link(&s->d, "tree0/b", "tree0/dir/b2"));
    CHECK_INT(stat_of(s, "tree0/b").st_nlink, 2);
    DO(do_link(&s->d, "tree0/link", "tree0/link2"));
    DO(do_write(&s->d, "tree0/born", O_WRONLY | O_CREAT, "b"));
    DO(do_link(&s->d, "tree0/born", "tree0/dir/born2"));
    DO(do_unlink(&s->d, "tree0/born"));
    CHECK_INT(do_link(&s->d, "tree0/dir", "tree0/dir2"), -EPERM);
}

CHANGES(link_what_has_no_name)
{
    DO(do_tmpfile(&s->d, "tree0/dir", "tree0/named", "text"));
    CHECK_FILE(s, "tree0/named", "texttext");
}

CHANGES(link_older_into_born_directory)
{
    DO(do_mkdir(&s->d, "tree0/n", 0755));
    DO(do_link(&s->d, "tree0/b", "tree0/n/b"));
    DO(do_rename(&s->d, "tree0/n", "tree0/dir/n", 0));
    DO(do_unlink(&s->d, "tree0/b"));
    CHECK_INT(stat_of(s, "tree0/dir/n/b").st_nlink, 2); /* the stash has the other */
}

CHANGES(unlink_files)
{
    DO(do_unlink(&s->d, "tree0/a"));
    DO(do_unlink(&s->d, "tree0/link"));
    DO(do_unlink(&s->d, "tree0/fifo"));
    DO(do_unlink(&s->d, "tree0/dir/sub/y"));
    CHECK_INT(do_unlink(&s->d, "tree0/a"), -ENOENT);
    CHECK_INT(do_unlink(&s->d, "tree0/dir"), -EISDIR);
}

CHANGES(unlink_what_was_born)
{
    DO(do_write(&s->d, "tree0/t", O_WRONLY | O_CREAT, "t"));
    uint64_t end = s->s.m.journal.end;
    DO(do_unlink(&s->d, "tree0/t"));
    CHECK_INT(s->s.m.journal.end, end);
}

CHANGES(remove_directories)
{
    DO(do_rmdir(&s->d, "tree0/empty"));
    CHECK_INT(do_rmdir(&s->d, "tree0/dir"), -ENOTEMPTY);
    CHECK_INT(do_rmdir(&s->d, "tree0/a"), -ENOTDIR);
    DO(do_unlink(&s->d, "tree0/dir/sub/y"));
    DO(do_chmod(&s->d, "tree0/dir/sub", 0));
    DO(do_rmdir(&s->d, "tree0/dir/sub"));
}

CHANGES(remove_a_read_only_tree)
{
    DO(do_chmod(&s->d, "tree0/ro", 0755));
    DO(do_unlink(&s->d, "tree0/ro/r"));
    DO(do_chmod(&s->d, "tree0/ro", 0555));
    DO(do_rmdir(&s->d, "tree0/ro"));
    DO(do_mkdir(&s->d, "tree0/ro", 0700));
}

CHANGES(rename_plainly)
{
    DO(do_rename(&s->d, "tree0/a", "tree0/a2", 0));
    DO(do_rename(&s->d, "tree0/dir", "tree1/other/dir", RENAME_NOREPLACE));
    DO(do_write(&s->d, "tree1/other/dir/x", O_WRONLY, "new"));
    CHECK_INT(do_rename(&s->d, "tree0/b", "tree0/a2", RENAME_NOREPLACE), -EEXIST);
    CHECK_INT(do_rename(&s->d, "tree1/other", "tree1/other/dir/in", 0), -EINVAL);
    CHECK_INT(do_rename(&s->d, "tree0/b", "tree0/b2", RENAME_WHITEOUT), -EINVAL);
}

CHANGES(rename_over)
{
    DO(do_rename(&s->d, "tree0/a", "tree0/b", 0));
    CHECK_FILE(s, "tree0/b", "one");
    DO(do_rename(&s->d, "tree0/dir/sub", "tree0/empty", 0));
    CHECK_FILE(s, "tree0/empty/y", "y");
    CHECK_INT(do_rename(&s->d, "tree0/empty", "tree0/dir", 0), -ENOTEMPTY);
    CHECK_INT(do_rename(&s->d, "tree0/empty", "tree0/b", 0), -ENOTDIR);
    CHECK_INT(do_rename(&s->d, "tree0/b", "tree0/dir", 0), -EISDIR);
    DO(do_rename(&s->d, "tree0/b", "tree0/hard", 0)); /* one file: nothing happens */
    CHECK_INT(stat_of(s, "tree0/b").st_nlink, 2);
}

CHANGES(write_and_rename_over)
{
    DO(do_write(&s->d, "tree0/t", O_WRONLY | O_CREAT, "fresh"));
    DO(do_rename(&s->d, "tree0/t", "tree0/hard", 0));
    DO(do_write(&s->d, "tree0/t", O_WRONLY | O_CREAT, "fresher"));
    DO(do_rename(&s->d, "tree0/t", "tree0/hard", 0));
    CHECK_FILE(s, "tree0/hard", "fresher");
}

CHANGES(rename_over_a_link)
{
    DO(do_symlink(&s->d, "elsewhere", "tree0/l"));
    DO(do_rename(&s->d, "tree0/l", "tree0/link", 0));
    DO(do_unlink(&s->d, "tree0/link"));
}

CHANGES(exchange)
{
    DO(do_rename(&s->d, "tree0/a", "tree0/dir", RENAME_EXCHANGE));
    CHECK_FILE(s, "tree0/dir", "one");
    DO(do_write(&s->d, "tree0/t", O_WRONLY | O_CREAT, "t"));
    DO(do_rename(&s->d, "tree0/t", "tree0/b", RENAME_EXCHANGE));
    DO(do_unlink(&s->d, "tree0/b"));
    DO(do_rename(&s->d, "tree1/other", "tree0/empty", RENAME_EXCHANGE));
    CHECK_INT(do_rename(&s->d, "tree0/t", "tree0/nothing", RENAME_EXCHANGE), -ENOENT);
}

CHANGES(exchange_what_was_born)
{
    DO(do_mkdir(&s->d, "tree0/n", 0755));
    DO(do_write(&s->d, "tree0/n/f", O_WRONLY | O_CREAT, "in"));
    DO(do_write(&s->d, "tree0/f", O_WRONLY | O_CREAT, "out"));
    DO(do_rename(&s->d, "tree0/n/f", "tree0/f", RENAME_EXCHANGE));
    DO(do_unlink(&s->d, "tree0/n/f"));
    DO(do_rmdir(&s->d, "tree0/n"));
    CHECK_FILE(s, "tree0/f", "in");
}

CHANGES(move_older_through_born_directories)
{
    DO(do_mkdir(&s->d, "tree0/n", 0755));
    DO(do_mkdir(&s->d, "tree0/n/m", 0755));
    DO(do_rename(&s->d, "tree0/dir", "tree0/n/m/dir", 0));
    DO(do_rename(&s->d, "tree0/n/m", "tree0/n/k", 0));
    DO(do_write(&s->d, "tree0/n/k/dir/x", O_WRONLY | O_TRUNC, "xx"));
    DO(do_rename(&s->d, "tree0/n/k/dir", "tree0/away", 0));
    DO(do_rmdir(&s->d, "tree0/n/k"));
    DO(do_rmdir(&s->d, "tree0/n"));
}

CHANGES(change_modes_and_owners)
{
    DO(do_chmod(&s->d, "tree0/a", 04711));
    DO(do_chmod(&s->d, "tree0/a", 0600));
    DO(do_write(&s->d, "tree0/a", O_WRONLY | O_APPEND, "+"));
    DO(do_chmod(&s->d, "tree0/dir", 0));
    if (geteuid() == 0)
        DO(do_chown(&s->d, "tree0/b", 7, 8));
    CHECK_INT(do_chmod(&s->d, "tree0/link", 0600), -EOPNOTSUPP);
}

CHANGES(change_times)
{
    DO(do_utimens(&s->d, "tree0/a", EARLY));
    DO(do_utimens(&s->d, "tree0/dir", EARLY));
    DO(do_utimens(&s->d, "tree0/link", EARLY));
    CHECK_INT(stat_of(s, "tree0/link").st_mtime, EARLY);
    DO(do_will_write(&s->d, "tree0/fifo"));
    DO(do_write(&s->d, "tree0/a", O_WRONLY, "z"));
}

CHANGES(change_attributes)
{
    DO(do_setxattr(&s->d, "tree0/a", "user.k", "w", 1));
    DO(do_setxattr(&s->d, "tree0/hard", "user.k", "ww", 2));
    DO(do_setxattr(&s->d, "tree0/dir", "user.new", "n", 1));
    DO(do_removexattr(&s->d, "tree0/a", "user.k"));
    DO(do_setxattr(&s->d, "tree0/a", "user.other", "", 0));
    CHECK_INT(do_removexattr(&s->d, "tree0/b", "user.k"), -ENODATA);
}

CHANGES(change_scratch_only_where_it_matters)
{
    DO(do_write(&s->d, "scratch/s", O_WRONLY, "changed"));
    DO(do_unlink(&s->d, "scratch/s"));
    DO(do_mkdir(&s->d, "scratch/new", 0755));
    DO(do_rename(&s->d, "scratch/new", "scratch/sd/new", 0));
    CHECK(!mutate_has_changes(&s->s.m));
    DO(do_link(&s->d, "tree0/b", "scratch/b"));
    DO(do_write(&s->d, "scratch/b", O_WRONLY, "through a link"));
    DO(do_rename(&s->d, "tree0/a", "scratch/a", 0));
    DO(do_unlink(&s->d, "scratch/a"));
    DO(do_rename(&s->d, "tree0/big", "scratch/big", 0));
    DO(do_write(&s->d, "scratch/big", O_WRONLY | O_TRUNC, "big"));
    CHECK_INT(do_rename(&s->d, "tree0/dir", "scratch/dir", 0), -EXDEV);
    CHECK_INT(do_rename(&s->d, "scratch/sd", "tree0/dir", RENAME_EXCHANGE), -EXDEV);
}

TEST(refuse_what_opens_otherwise)
{
    static struct scene s;
    start(&s);
    CHECK_INT(do_open(&s.d, "tree0/link", O_WRONLY, 0), -ELOOP);
    CHECK_INT(do_open(&s.d, "tree0/dir", O_WRONLY, 0), -EISDIR);
    CHECK_INT(do_open(&s.d, "tree0/dir", O_RDONLY | O_CREAT, 0644), -EISDIR);
    CHECK_INT(do_open(&s.d, "tree0/fifo", O_WRONLY, 0), -EOPNOTSUPP);
    CHECK_INT(do_open(&s.d, "tree0/none", O_WRONLY, 0), -ENOENT);
    CHECK_INT(do_open(&s.d, "tree0/a", O_WRONLY | O_CREAT | O_EXCL, 0644), -EEXIST);
    CHECK_INT(do_unlink(&s.d, "tree0/none"), -ENOENT);
    CHECK_INT(do_rename(&s.d, "tree0/none", "tree0/a", 0), -ENOENT);
    CHECK(!mutate_has_changes(&s.s.m));
    char *now = fixture_state(&s.f);
    CHECK_STR(now, s.before);
    free(now);
    free(s.before);
    fixture_end(&s.s);
}

TEST(refuse_to_copy_what_is_too_large)
{
    static struct scene s;
    start(&s);
    s.s.m.max_copy = 10;
    CHECK_INT(do_open(&s.d, "tree0/big", O_WRONLY | O_TRUNC, 0), -EFBIG);
    CHECK_INT(do_truncate(&s.d, "tree0/big", 0), -EFBIG);
    CHECK_INT(s.s.m.large, 2);
    CHECK_INT(s.s.m.large_size, 256);
    CHECK(strstr(s.s.m.large_path, "/tree0/big"));
    CHECK(!mutate_has_changes(&s.s.m));
    CHECK_INT(stat_of(&s, "tree0/big").st_size, 256);
    free(s.before);
    fixture_end(&s.s);
}

TEST(say_of_what_is_too_large_that_it_is_not_kept)
{
    static struct scene s;
    start(&s);
    s.s.m.max_copy = 10;
    s.s.m.skips_large = true;
    DO(do_write(&s.d, "tree0/big", O_WRONLY | O_TRUNC, "x"));
    CHECK_INT(s.s.m.large, 1);
    CHECK_INT(stat_of(&s, "tree0/big").st_size, 1);
    struct journal_view v = {0};
    struct journal_entry x;
    struct err e = ERR_INIT;
    size_t n = 0;
    CHECK_OK(journal_read(s.s.dir, "journal", &v, &e), &e);
    for (uint64_t at = 0; journal_next(&v, &at, &x);)
        n += x.kind == JOURNAL_CONTENT && x.flags & JOURNAL_ABSENT && x.size == 256 && x.stash_id == 0;
    CHECK_INT(n, 1);
    journal_view_release(&v);
    free(s.before);
    fixture_end(&s.s);
}

TEST(record_nothing_inside_what_was_born)
{
    static struct scene s;
    start(&s);
    DO(do_mkdir(&s.d, "tree0/n", 0755));
    uint64_t end = s.s.m.journal.end;
    DO(do_mkdir(&s.d, "tree0/n/m", 0755));
    DO(do_write(&s.d, "tree0/n/m/f", O_WRONLY | O_CREAT | O_EXCL, "f"));
    DO(do_rename(&s.d, "tree0/n/m/f", "tree0/n/g", 0));
    DO(do_chmod(&s.d, "tree0/n/g", 0400));
    DO(do_utimens(&s.d, "tree0/n/g", EARLY));
    DO(do_unlink(&s.d, "tree0/n/g"));
    DO(do_rmdir(&s.d, "tree0/n/m"));
    CHECK_INT(s.s.m.journal.end, end);
    finish(&s);
}

TEST(undo_refuses_what_was_changed_since)
{
    static struct scene s;
    struct err e = ERR_INIT;
    struct fixture_session by;
    char path[400];
    start(&s);
    DO(do_write(&s.d, "tree0/a", O_WRONLY, "X"));
    DO(do_unlink(&s.d, "tree0/b"));
    DO(do_rename(&s.d, "tree0/dir", "tree0/dir2", 0));
    fixture_end(&s.s);
    struct stat st = stat_of(&s, "tree0");
    int64_t end = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
    (void)usleep(20000);
    (void)snprintf(path, sizeof path, "%s/tree0/a", s.f.base);
    CHECK_INT(chmod(path, 0600), 0);
    char *later = fixture_state(&s.f);
    fixture_begin(&s.f, 2, &by);
    CHECK_INT(fixture_try_undo(&s.f, 1, &by, end, &e), UNDO_CHANGED);
    CHECK(strstr(e.text, "/tree0/a"));
    CHECK(!mutate_has_changes(&by.m));
    char *now = fixture_state(&s.f);
    CHECK_STR(now, later);
    fixture_end(&by);
    free(now);
    free(later);
    free(s.before);
}

/* What stands in the way is seen only on the way: all that was taken back goes there again. */
TEST(undo_puts_everything_back_when_it_cannot_go_on)
{
    static struct scene s;
    struct err e = ERR_INIT;
    struct fixture_session by;
    char path[400];
    start(&s);
    DO(do_unlink(&s.d, "tree0/b"));
    DO(do_rename(&s.d, "tree0/dir", "tree0/dir2", 0));
    DO(do_write(&s.d, "tree0/a", O_WRONLY | O_TRUNC, "X"));
    DO(do_rename(&s.d, "tree0/a", "tree0/hard", 0));
    DO(do_rmdir(&s.d, "tree0/empty"));
    fixture_end(&s.s);
    (void)snprintf(path, sizeof path, "%s/tree0/b", s.f.base);
    (void)close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    char *later = fixture_state(&s.f);
    fixture_begin(&s.f, 2, &by);
    CHECK_INT(fixture_try_undo(&s.f, 1, &by, INT64_MAX, &e), UNDO_CHANGED);
    CHECK(strstr(e.text, "/tree0/b"));
    CHECK(mutate_has_changes(&by.m));
    char *now = fixture_state(&s.f);
    CHECK_STR(now, later);
    fixture_end(&by);
    free(now);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(fixture_undo(&s.f, 1, 3), UNDO_DONE); /* the first session is whole again */
    free(later);
    free(s.before);
}
