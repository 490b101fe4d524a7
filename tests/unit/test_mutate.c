/* Each operation: it does what it should, undo brings everything back, and undo of the undo does it again; by a text of both trees. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <unistd.h>

#include "tests/unit/mutate_scene.h"
#include "tests/unit/tap.h"

/* As an ordinary user too: root is stopped by no mode. */
#define CHANGES(id)                       \
    static void change_##id(struct scene *s); \
    TEST(id)                              \
    {                                     \
        static struct scene s;            \
        scene_start(&s);                  \
        change_##id(&s);                  \
        scene_finish(&s);                 \
    }                                     \
    TEST(id##_as_user)                    \
    {                                     \
        static struct scene s;            \
        tap_drop_root();                  \
        scene_start(&s);                  \
        change_##id(&s);                  \
        scene_finish(&s);                 \
    }                                     \
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
    CHECK_INT(scene_stat(s, "tree0/big").st_size, 0);
    DO(do_write(&s->d, "tree0/b", O_RDONLY | O_TRUNC, ""));
    CHECK_INT(scene_stat(s, "tree0/b").st_size, 0);
}

CHANGES(truncate_by_path)
{
    DO(do_truncate(&s->d, "tree0/big", 5));
    CHECK_INT(scene_stat(s, "tree0/big").st_size, 5);
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
    CHECK_INT(scene_stat(s, "tree0/new").st_mode & 07777, 0500);
}

CHANGES(make_other_things)
{
    DO(do_mknod(&s->d, "tree0/pipe", S_IFIFO | 0600));
    DO(do_mknod(&s->d, "tree0/plain", S_IFREG | 0600));
    DO(do_symlink(&s->d, "../nowhere", "tree0/dir/l"));
    DO(do_bind(&s->d, "tree0/dir/socket"));
    CHECK_INT(do_bind(&s->d, "tree0/dir/socket"), -EEXIST);
    CHECK(S_ISSOCK(scene_stat(s, "tree0/dir/socket").st_mode));
}

CHANGES(link_names)
{
    DO(do_link(&s->d, "tree0/b", "tree0/dir/b2"));
    CHECK_INT(scene_stat(s, "tree0/b").st_nlink, 2);
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
    CHECK_INT(scene_stat(s, "tree0/dir/n/b").st_nlink, 2); /* the stash has the other */
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
    CHECK_INT(scene_stat(s, "tree0/b").st_nlink, 2);
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
    CHECK_INT(scene_stat(s, "tree0/link").st_mtime, EARLY);
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
