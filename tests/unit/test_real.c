/* real: where a path really is. */
#include "policy/real.h"

#include <errno.h>
#include <stdio.h>

#include "core/mem.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

TEST(real_paths)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    home_dir(&h, "d/e");
    home_file(&h, "d/f", "");
    home_link(&h, "l", "d");
    home_link(&h, "loop", "loop");
    home_link(&h, "deep", "d/e");
    home_link(&h, "up", "deep/../f");
    home_link(&h, "d/back", "../d/e");
    home_link(&h, "chain", "./up");
    home_link(&h, "gone", "d/none");
    const struct {
        const char *path, *real, *link;
        bool exists, is_dir;
    } wanted[] = {
        {"d/e", "d/e", NULL, true, true},      {"d/f", "d/f", NULL, true, false}, {"l", "d", "l", true, true},
        {"l/e", "d/e", NULL, true, true},      {"l/none/x", "d/none/x", NULL, false, false},
        {"none/x", "none/x", NULL, false, false}, {"d/f/x", "d/f/x", NULL, false, false},
        {"loop", "loop", "loop", false, false},
        {"up", "d/f", "up", true, false},      {"d/back", "d/e", "d/back", true, true},
        {"chain", "d/f", "chain", true, false}, {"gone", "d/none", "gone", false, false},
    };
    AUTO(real_cache_release) struct real_cache cache = {0};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        AUTO(mem_free_ptr) char *path = home_join(&h, wanted[i].path);
        AUTO(mem_free_ptr) char *real = home_join(&h, wanted[i].real);
        AUTO(mem_free_ptr) char *link = wanted[i].link ? home_join(&h, wanted[i].link) : NULL;
        AUTO(real_release) struct real r = {0};
        real_find(&cache, path, &r);
        CHECK_STR(r.path, real);
        CHECK_STR(r.link, link);
        CHECK_INT(r.exists, wanted[i].exists);
        CHECK_INT(r.is_dir, wanted[i].is_dir);
        CHECK(r.exists == (r.sys == 0));
    }
    CHECK_INT(cache.depth, 0);
    AUTO(real_release) struct real root = {0};
    real_find(&cache, "/", &root);
    CHECK_STR(root.path, "/");
    CHECK(root.is_dir);
}

/* A directory that was asked in vain often enough is looked at as a whole. */
TEST(real_many_missing)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    home_dir(&h, "d/there");
    home_file(&h, "d/name7", "");
    home_link(&h, "d/link", "there");
    AUTO(real_cache_release) struct real_cache cache = {0};
    for (int i = 0; i < 4 * REAL_MAX_MISSES; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "d/name%d", i + 6);
        AUTO(mem_free_ptr) char *path = home_join(&h, name);
        AUTO(real_release) struct real r = {0};
        real_find(&cache, path, &r);
        CHECK_STR(r.path, path);
        CHECK_INT(r.exists, i == 1);
        CHECK_INT(r.sys, i == 1 ? 0 : ENOENT);
    }
    CHECK(cache.listed != 0);
    AUTO(mem_free_ptr) char *there = home_join(&h, "d/there");
    AUTO(mem_free_ptr) char *link = home_join(&h, "d/link");
    AUTO(mem_free_ptr) char *below = home_join(&h, "d/none/below");
    AUTO(real_release) struct real by_link = {0};
    AUTO(real_release) struct real deeper = {0};
    real_find(&cache, link, &by_link);
    CHECK_STR(by_link.path, there);
    CHECK_STR(by_link.link, link);
    real_find(&cache, below, &deeper);
    CHECK_STR(deeper.path, below);
    CHECK_INT(deeper.sys, ENOENT);
}
