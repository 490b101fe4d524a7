/* shim: what is made, what is removed, what is left alone, and which start is one. */
#include "hooks/shim.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

static struct hook_settings settings_for(const char *const *programs)
{
    struct hook_settings s = {.programs = STRLIST_INIT};
    for (; *programs != NULL; programs++)
        strlist_add(&s.programs, *programs);
    return s;
}

static void set_exe(struct home *h, const char *name)
{
    home_file(h, name, "");
    mem_free(h->world.exe);
    h->world.exe = home_join(h, name);
}

static void make_home(struct home *h)
{
    tap_drop_root();
    home_make(h, tap_tmpdir());
    set_exe(h, "bin/nono");
}

static void check_link(const struct home *h, const char *name, const char *target)
{
    char got[STR_MAX_PATH];
    AUTO(mem_free_ptr) char *dir = shim_dir(&h->world);
    AUTO(mem_free_ptr) char *path = path_join(dir, name);
    ssize_t len = readlink(path, got, sizeof got - 1);
    if (target == NULL) {
        CHECK(len < 0);
        return;
    }
    CHECK(len >= 0);
    got[len] = '\0';
    CHECK_STR(got, target);
}

static void sync_to(const struct home *h, const char *const *programs)
{
    struct err e = ERR_INIT;
    AUTO(hook_settings_release) struct hook_settings s = settings_for(programs);
    CHECK_OK(shim_sync(&h->world, &s.programs, NULL, &e), &e);
}

TEST(makes_a_private_directory_of_links)
{
    AUTO(home_remove) struct home h;
    struct stat st;
    make_home(&h);
    sync_to(&h, (const char *[]){"python", "node", NULL});
    AUTO(mem_free_ptr) char *dir = shim_dir(&h.world);
    CHECK_INT(stat(dir, &st), 0);
    CHECK_INT(st.st_mode & 07777, 0700);
    check_link(&h, "python", h.world.exe);
    check_link(&h, "node", h.world.exe);
}

TEST(writes_nothing_when_nothing_changed)
{
    AUTO(home_remove) struct home h;
    struct stat before;
    struct stat after;
    make_home(&h);
    sync_to(&h, (const char *[]){"python", "node", NULL});
    AUTO(mem_free_ptr) char *dir = shim_dir(&h.world);
    CHECK_INT(stat(dir, &before), 0);
    sync_to(&h, (const char *[]){"python", "node", NULL});
    CHECK_INT(stat(dir, &after), 0);
    CHECK(before.st_mtim.tv_sec == after.st_mtim.tv_sec && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    CHECK(before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
}

TEST(removes_what_is_no_longer_wrapped)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    sync_to(&h, (const char *[]){"python", "node", NULL});
    sync_to(&h, (const char *[]){"node", NULL});
    check_link(&h, "python", NULL);
    check_link(&h, "node", h.world.exe);
}

TEST(follows_nono_to_where_it_moved)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    sync_to(&h, (const char *[]){"python", "node", NULL});
    set_exe(&h, "elsewhere/nono");
    sync_to(&h, (const char *[]){"python", NULL});
    check_link(&h, "python", h.world.exe);
    check_link(&h, "node", NULL);
}

TEST(a_leftover_of_a_crash_goes)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    home_link(&h, ".local/share/nono/shims/.nono-link", h.world.exe);
    sync_to(&h, (const char *[]){"python", NULL});
    check_link(&h, ".nono-link", NULL);
    check_link(&h, "python", h.world.exe);
}

TEST(leaves_alone_what_is_not_a_link_to_nono)
{
    AUTO(home_remove) struct home h;
    struct stat st;
    make_home(&h);
    home_link(&h, ".local/share/nono/shims/other", "/usr/bin/true");
    home_file(&h, ".local/share/nono/shims/file", "mine");
    sync_to(&h, (const char *[]){"python", NULL});
    check_link(&h, "other", "/usr/bin/true");
    AUTO(mem_free_ptr) char *file = home_join(&h, ".local/share/nono/shims/file");
    CHECK_INT(lstat(file, &st), 0);
}

TEST(a_foreign_file_under_a_program_name_is_an_error)
{
    static const char *const kinds[] = {"file", "link"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        AUTO(home_remove) struct home h;
        struct err e = ERR_INIT;
        home_make(&h, tap_tmpdir());
        set_exe(&h, "bin/nono");
        if (strcmp(kinds[i], "file") == 0)
            home_file(&h, ".local/share/nono/shims/python", "mine");
        else
            home_link(&h, ".local/share/nono/shims/python", "/usr/bin/true");
        AUTO(hook_settings_release) struct hook_settings s = settings_for((const char *[]){"python", NULL});
        CHECK_ERR(shim_sync(&h.world, &s.programs, NULL, &e), ERR_EXISTS, &e);
        CHECK(strstr(e.text, "shims/python") != NULL);
    }
}

TEST(a_directory_others_may_write_is_refused)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    make_home(&h);
    AUTO(mem_free_ptr) char *dir = shim_dir(&h.world);
    home_dir(&h, ".local/share/nono/shims");
    CHECK_INT(chmod(dir, 0777), 0);
    AUTO(hook_settings_release) struct hook_settings s = settings_for((const char *[]){"python", NULL});
    CHECK_ERR(shim_sync(&h.world, &s.programs, NULL, &e), ERR_DENIED, &e);
    check_link(&h, "python", NULL);
}

TEST(a_directory_that_path_cannot_hold_is_refused)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    make_home(&h);
    mem_free(h.world.data_dir);
    h.world.data_dir = home_join(&h, "a:b");
    AUTO(hook_settings_release) struct hook_settings s = settings_for((const char *[]){"python", NULL});
    CHECK_ERR(shim_sync(&h.world, &s.programs, NULL, &e), ERR_INPUT, &e);
    CHECK(strstr(e.text, "XDG_DATA_HOME") != NULL);
}

TEST(a_link_in_place_of_the_directory_is_refused)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    make_home(&h);
    home_dir(&h, "target");
    AUTO(mem_free_ptr) char *target = home_join(&h, "target");
    AUTO(mem_free_ptr) char *inside = home_join(&h, "target/python");
    home_link(&h, ".local/share/nono/shims", target);
    AUTO(hook_settings_release) struct hook_settings s = settings_for((const char *[]){"python", NULL});
    CHECK(shim_sync(&h.world, &s.programs, NULL, &e) < 0);
    CHECK(access(inside, F_OK) < 0);
}

TEST(a_start_through_a_shim_has_its_name)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    sync_to(&h, (const char *[]){"python", "pip3.11", NULL});
    AUTO(mem_free_ptr) char *dir = shim_dir(&h.world);
    AUTO(mem_free_ptr) char *python = path_join(dir, "python");
    AUTO(mem_free_ptr) char *pip = path_join(dir, "pip3.11");
    CHECK_STR(shim_name(&h.world, python), "python");
    CHECK_STR(shim_name(&h.world, pip), "pip3.11");
    CHECK_INT(chdir(dir), 0);
    CHECK_STR(shim_name(&h.world, "python"), "python");
    CHECK_STR(shim_name(&h.world, "./python"), "python");
    CHECK_INT(chdir("/"), 0);
}

TEST(the_directory_counts_and_not_its_name)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    sync_to(&h, (const char *[]){"python", NULL});
    AUTO(mem_free_ptr) char *dir = shim_dir(&h.world);
    home_link(&h, "alias", dir);
    AUTO(mem_free_ptr) char *through = home_join(&h, "alias/python");
    CHECK_STR(shim_name(&h.world, through), "python");
    home_link(&h, "shims/python", h.world.exe);
    AUTO(mem_free_ptr) char *other = home_join(&h, "shims/python");
    CHECK(shim_name(&h.world, other) == NULL);
}

TEST(a_shim_stays_one_when_home_is_another)
{
    AUTO(home_remove) struct home h;
    AUTO(home_remove) struct home other;
    struct err e = ERR_INIT;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    make_home(&h);
    home_make(&other, tap_tmpdir());
    AUTO(hook_settings_release) struct hook_settings s = settings_for((const char *[]){"python", NULL});
    CHECK_OK(shim_names(&h.world, &s, false, &names, &e), &e);
    CHECK_OK(shim_sync(&h.world, &names, NULL, &e), &e);
    AUTO(mem_free_ptr) char *dir = shim_dir(&h.world);
    AUTO(mem_free_ptr) char *python = path_join(dir, "python");
    CHECK_STR(shim_name(&other.world, python), "python");
    CHECK_INT(chmod(dir, 0777), 0);
    CHECK(shim_name(&other.world, python) == NULL);
}

static void put_program(const struct home *h, const char *dir, const char *name)
{
    AUTO(mem_free_ptr) char *below = path_join(dir, name);
    AUTO(mem_free_ptr) char *path = home_join(h, below + 1);
    home_file(h, below + 1, "");
    CHECK(chmod(path, 0755) == 0);
}

/* What a command that may write a directory of PATH has put there. */
TEST(many_versions_in_one_directory_take_the_link_of_none_in_another)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    make_home(&h);
    home_dir(&h, "full");
    home_dir(&h, "system");
    for (int i = 0; i < 2 * SHIM_VERSIONS_MAX; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "python3.%d", 100 + i);
        put_program(&h, "/full", name);
    }
    put_program(&h, "/system", "python3.11");
    AUTO(str_release) struct str search = STR_INIT(STR_MAX_LINE);
    str_addf(&search, "%s/full:%s/system", h.path, h.path);
    mem_free(h.world.path);
    h.world.path = str_take(&search);
    AUTO(hook_settings_release) struct hook_settings s = settings_for((const char *[]){"python3", NULL});
    for (int pass = 0; pass < 2; pass++) { /* the second finds the links */
        AUTO(strlist_release) struct strlist names = STRLIST_INIT;
        CHECK_OK(shim_names(&h.world, &s, false, &names, &e), &e);
        CHECK_INT(names.n, 1 + SHIM_VERSIONS_MAX + 1);
        CHECK(strlist_has(&names, "python3.11"));
        CHECK_OK(shim_sync(&h.world, &names, NULL, &e), &e);
        check_link(&h, "python3.11", h.world.exe);
    }
}

TEST(any_other_start_is_not_a_shim)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    sync_to(&h, (const char *[]){"python", NULL});
    AUTO(mem_free_ptr) char *dir = shim_dir(&h.world);
    AUTO(mem_free_ptr) char *absent = path_join(dir, "node");
    AUTO(mem_free_ptr) char *slash = path_join(dir, "");
    home_link(&h, "bin/nono-static", h.world.exe);
    AUTO(mem_free_ptr) char *renamed = home_join(&h, "bin/nono-static");
    home_file(&h, ".local/share/nono/shims/script", "");
    AUTO(mem_free_ptr) char *script = path_join(dir, "script");
    CHECK(shim_name(&h.world, h.world.exe) == NULL);
    CHECK(shim_name(&h.world, renamed) == NULL);
    CHECK(shim_name(&h.world, absent) == NULL);
    CHECK(shim_name(&h.world, script) == NULL);
    CHECK(shim_name(&h.world, slash) == NULL);
    CHECK(shim_name(&h.world, "python") == NULL);
    CHECK(shim_name(&h.world, "") == NULL);
    CHECK(shim_name(&h.world, "/") == NULL);
    CHECK(shim_name(&h.world, "/python") == NULL);
}

TEST(the_kernel_says_what_was_started)
{
    CHECK_STR(path_base(shim_started_as()), "test_shim");
}
