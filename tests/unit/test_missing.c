/* missing: which names a directory certainly does not hold. */
#include "policy/missing.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

static bool read_home(const struct home *h, const char *name, struct missing *ret)
{
    struct stat st;
    AUTO(mem_free_ptr) char *path = home_join(h, name);
    CHECK(stat(path, &st) == 0);
    return missing_read(path, st.st_dev, st.st_ino, ret);
}

static bool has(const struct missing *m, const char *name)
{
    return missing_has(m, name, strlen(name));
}

TEST(missing_names)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    home_dir(&h, "d");
    struct missing m;
    if (!read_home(&h, "d", &m))
        tap_skip("a file system that may find more than it lists");
    CHECK(has(&m, "name"));
    home_file(&h, "d/Name", "");
    home_dir(&h, "d/.other");
    CHECK(read_home(&h, "d", &m));
    CHECK(!has(&m, "Name"));
    CHECK(!has(&m, "nAME")); /* where case is folded it is there */
    CHECK(!has(&m, ".other"));
    CHECK(!has(&m, "."));
    CHECK(has(&m, "Names"));
    CHECK(has(&m, "other"));
    CHECK(!has(&m, "n\xc3\xa4me"));
    char longer[NAME_MAX + 2];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    CHECK(!has(&m, longer));
    CHECK(has(&m, longer + 1));
}

TEST(missing_cannot_be_told)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    home_dir(&h, "d");
    home_dir(&h, "e");
    home_dir(&h, "beyond");
    home_file(&h, "beyond/\xe2\x84\xaa" "ey", ""); /* the Kelvin sign: folded, a k */
    home_link(&h, "l", "d");
    AUTO(mem_free_ptr) char *d = home_join(&h, "d");
    AUTO(mem_free_ptr) char *none = home_join(&h, "none");
    struct stat other;
    AUTO(mem_free_ptr) char *e = home_join(&h, "e");
    CHECK(stat(e, &other) == 0);
    struct missing m;
    CHECK(!missing_read(d, other.st_dev, other.st_ino, &m));
    CHECK(!missing_read(none, other.st_dev, other.st_ino, &m));
    CHECK(!read_home(&h, "beyond", &m));
    CHECK(!read_home(&h, "l", &m));
    CHECK(stat("/proc/self", &other) == 0);
    CHECK(!missing_read("/proc/self", other.st_dev, other.st_ino, &m));
    for (int i = 0; i < 100; i++) {
        char name[NAME_MAX];
        (void)snprintf(name, sizeof name, "e/%0240d", i);
        home_file(&h, name, "");
    }
    CHECK(stat(e, &other) == 0);
    CHECK(other.st_size <= 16 * 1024 || !read_home(&h, "e", &m));
}
