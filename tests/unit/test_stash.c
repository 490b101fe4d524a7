#include "rollback/stash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static char session[300], tree[300];
static int session_dir;

static struct stash_request request(void)
{
    return (struct stash_request){.session_dir = session_dir, .session_path = session, .id = "20260101-000000-1", .tree = tree};
}

static void start(const char *tree_name)
{
    (void)snprintf(session, sizeof session, "%s/session", tap_tmpdir());
    (void)snprintf(tree, sizeof tree, "%s/%s", tap_tmpdir(), tree_name);
    CHECK(mkdir(session, 0700) == 0);
    session_dir = open(session, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(session_dir >= 0);
}

/* A file system of its own for the tree, with a directory between it and the tree. */
static void mount_above_tree(void)
{
    char top[300];
    tap_own_mounts();
    start("disk/between/tree");
    (void)snprintf(top, sizeof top, "%s/disk", tap_tmpdir());
    CHECK(mkdir(top, 0755) == 0);
    CHECK(mount("tmpfs", top, "tmpfs", 0, "size=4m,mode=755") == 0);
    (void)snprintf(top, sizeof top, "%s/disk/between", tap_tmpdir());
    CHECK(mkdir(top, 0755) == 0 && mkdir(tree, 0755) == 0);
}

static void unmount(void)
{
    char top[300];
    (void)snprintf(top, sizeof top, "%s/disk", tap_tmpdir());
    CHECK(umount2(top, MNT_DETACH) == 0);
    (void)close(session_dir);
}

TEST(names_and_places)
{
    char name[STASH_NAME];
    stash_name(1, name);
    CHECK_STR(name, "0/001");
    stash_name(STASH_FAN - 1, name);
    CHECK_STR(name, "0/3ff");
    stash_name(0x12345678ABCDEFULL * STASH_FAN + 5, name);
    CHECK_STR(name, "12345678abcdef/005");
}

TEST(places_of_stashes_are_known_by_their_names)
{
    CHECK(stash_is_over("/mnt/.nono-0") && stash_is_over("/mnt/.nono-1000/20260101-000000-1/0/001") && stash_is_over("/.nono-x/.nono-7/a"));
    CHECK(!stash_is_over("/mnt/.nono-restore-5") && !stash_is_over("/mnt/.nono-") && !stash_is_over("/mnt/a.nono-0") && !stash_is_over("/mnt/.nono-0a/b"));
}

TEST(fills_directories_and_goes_on_behind_what_is_there)
{
    struct stash s = STASH_INIT;
    struct err e = ERR_INIT;
    struct stash_request r = request();
    char name[STASH_NAME];
    start("tree");
    CHECK(mkdir(tree, 0755) == 0);
    r = request();
    CHECK_OK(stash_make(&r, &s, &e), &e);
    for (unsigned i = 1; i <= STASH_FAN + 2; i++) {
        int dir = -1;
        CHECK_INT(stash_slot(&s, &dir, name), 0);
        CHECK(mkdirat(dir, name, 0700) == 0);
        CHECK_INT(stash_take(&s), i);
    }
    stash_name(STASH_FAN + 2, name);
    CHECK(faccessat(s.dir, name, F_OK, 0) == 0);
    stash_close(&s);
    CHECK_OK(stash_open(session_dir, 0, &s, &e), &e);
    CHECK_INT(s.next, STASH_FAN + 3);
    stash_close(&s);
    CHECK_ERR(stash_open(session_dir, 1, &s, &e), ERR_MISSING, &e);
    CHECK_OK(stash_remove_all(session_dir, &e), &e);
    CHECK(faccessat(session_dir, "stash", F_OK, 0) < 0);
    (void)close(session_dir);
}

TEST(lies_in_the_highest_directory_that_is_no_part_of_the_tree)
{
    struct stash s = STASH_INIT;
    struct err e = ERR_INIT;
    char wanted[400];
    struct stat st;
    mount_above_tree();
    const struct stash_request r = request();
    CHECK_OK(stash_make(&r, &s, &e), &e);
    (void)snprintf(wanted, sizeof wanted, "%s/disk/.nono-%u/%s", tap_tmpdir(), (unsigned)geteuid(), r.id);
    CHECK_STR(s.path, wanted);
    CHECK(lstat(s.path, &st) == 0 && (st.st_mode & 07777) == 0700 && st.st_dev == s.device);
    CHECK(mkdirat(s.dir, "0", 0700) == 0 && mkdirat(s.dir, "0/001", 0700) == 0 && mkdirat(s.dir, "0/001/in", 0700) == 0);
    CHECK(fchmodat(s.dir, "0/001", 0555, 0) == 0);
    stash_close(&s);
    CHECK_OK(stash_open(session_dir, 0, &s, &e), &e);
    CHECK_STR(s.path, wanted);
    stash_close(&s);
    CHECK_OK(stash_remove_all(session_dir, &e), &e);
    *strrchr(wanted, '/') = '\0';
    CHECK(lstat(wanted, &st) < 0 && errno == ENOENT);
    unmount();
}

TEST(is_not_made_where_others_have_prepared_a_place)
{
    struct stash s = STASH_INIT;
    struct err e = ERR_INIT;
    char prepared[400];
    char wanted[400];
    mount_above_tree();
    const struct stash_request r = request();
    (void)snprintf(prepared, sizeof prepared, "%s/disk/.nono-%u", tap_tmpdir(), (unsigned)geteuid());
    CHECK(symlink(tree, prepared) == 0);
    CHECK_OK(stash_make(&r, &s, &e), &e);
    (void)snprintf(wanted, sizeof wanted, "%s/disk/between/.nono-%u/%s", tap_tmpdir(), (unsigned)geteuid(), r.id);
    CHECK_STR(s.path, wanted);
    stash_close(&s);
    unmount();
}

TEST(is_not_made_in_the_tree_itself)
{
    struct stash s = STASH_INIT;
    struct err e = ERR_INIT;
    mount_above_tree();
    (void)snprintf(tree, sizeof tree, "%s/disk", tap_tmpdir());
    const struct stash_request r = request();
    CHECK_ERR(stash_make(&r, &s, &e), ERR_KERNEL, &e);
    CHECK(strstr(e.text, "/disk"));
    unmount();
}

TEST(follows_no_link_that_nono_did_not_make)
{
    struct stash s = STASH_INIT;
    struct err e = ERR_INIT;
    start("tree");
    CHECK(symlinkat("/etc", session_dir, "stash") == 0);
    CHECK_ERR(stash_open(session_dir, 0, &s, &e), ERR_CORRUPT, &e);
    CHECK_OK(stash_remove_all(session_dir, &e), &e);
    CHECK(faccessat(session_dir, "stash", F_OK, AT_SYMLINK_NOFOLLOW) < 0 && access("/etc/passwd", F_OK) == 0);
    (void)close(session_dir);
}

TEST(copies_content_and_leaves_holes)
{
    char path[400];
    char got[8] = "";
    bool cannot_clone = false;
    struct stat st;
    start("tree");
    (void)snprintf(path, sizeof path, "%s/from", session);
    int from = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    (void)snprintf(path, sizeof path, "%s/to", session);
    int to = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(pwrite(from, "begin", 5, 0) == 5 && pwrite(from, "middle", 6, 50 * 1024 * 1024) == 6 && ftruncate(from, 90 * 1024 * 1024) == 0);
    CHECK_INT(stash_copy_content(from, to, &cannot_clone), 0);
    CHECK(fstat(to, &st) == 0 && st.st_size == 90 * 1024 * 1024 && st.st_blocks < 4096);
    CHECK(pread(to, got, 6, 50 * 1024 * 1024) == 6);
    CHECK_STR(got, "middle");
    (void)close(from);
    (void)close(to);
    (void)close(session_dir);
}
