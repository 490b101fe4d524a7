/* real: where a path really is. */
#include "policy/real.h"

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
