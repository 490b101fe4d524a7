/* What mutate and undo refuse, and what they have done by then; what needs no record. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rollback/undo.h"
#include "tests/unit/mutate_scene.h"
#include "tests/unit/tap.h"

TEST(refuse_what_opens_otherwise)
{
    static struct scene s;
    scene_start(&s);
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
    scene_start(&s);
    s.s.m.max_copy = 10;
    CHECK_INT(do_open(&s.d, "tree0/big", O_WRONLY | O_TRUNC, 0), -EFBIG);
    CHECK_INT(do_truncate(&s.d, "tree0/big", 0), -EFBIG);
    CHECK_INT(s.s.m.large, 2);
    CHECK_INT(s.s.m.large_size, 256);
    CHECK(strstr(s.s.m.large_path, "/tree0/big"));
    CHECK(!mutate_has_changes(&s.s.m));
    CHECK_INT(scene_stat(&s, "tree0/big").st_size, 256);
    free(s.before);
    fixture_end(&s.s);
}

TEST(say_of_what_is_too_large_that_it_is_not_kept)
{
    static struct scene s;
    scene_start(&s);
    s.s.m.max_copy = 10;
    s.s.m.skips_large = true;
    DO(do_write(&s.d, "tree0/big", O_WRONLY | O_TRUNC, "x"));
    CHECK_INT(s.s.m.large, 1);
    CHECK_INT(scene_stat(&s, "tree0/big").st_size, 1);
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
    scene_start(&s);
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
    scene_finish(&s);
}

TEST(undo_refuses_what_was_changed_since)
{
    static struct scene s;
    struct err e = ERR_INIT;
    struct fixture_session by;
    char path[400];
    scene_start(&s);
    DO(do_write(&s.d, "tree0/a", O_WRONLY, "X"));
    DO(do_unlink(&s.d, "tree0/b"));
    DO(do_rename(&s.d, "tree0/dir", "tree0/dir2", 0));
    fixture_end(&s.s);
    struct stat st = scene_stat(&s, "tree0");
    int64_t end = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
    tap_next_tick();
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
    scene_start(&s);
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
