/* install: where parts are looked for, and which are trusted. */
#include "core/install.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"
#include "tests/unit/tap.h"

static char *scratch(void)
{
    char name[] = "/var/tmp/nono-install.XXXXXX";
    return mem_strdup(mkdtemp(name));
}

static void put_file(const char *directory, const char *name, mode_t mode)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *path = path_join(directory, name);
    CHECK_INT(fs_make_dirs(directory, &e), 0);
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && fchmod(fd, mode) == 0);
}

static void remove_scratch(const char *directory)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *above = path_parent(directory);
    AUTO(mem_close_fd) int fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(fs_remove_tree(fd, path_base(directory), &e), 0);
}

/* The directory of parts as this build names it, below `prefix`. */
static char *parts_of(const char *prefix)
{
    AUTO(mem_free_ptr) char *installed = install_part("/nowhere/sbin/nono", "x");
    AUTO(mem_free_ptr) char *directory = path_parent(installed);
    const char *lib = strstr(directory, "/lib");
    CHECK(lib != NULL);
    return lib ? path_join(prefix, lib + 1) : NULL;
}

TEST(a_moved_prefix_uses_its_own_parts)
{
    AUTO(mem_free_ptr) char *prefix = scratch();
    AUTO(mem_free_ptr) char *exe = path_join(prefix, "bin/nono");
    AUTO(mem_free_ptr) char *parts = parts_of(prefix);
    AUTO(mem_free_ptr) char *before = install_part(exe, "nono-odb.so");
    CHECK(!path_is_within(before, prefix));
    put_file(parts, "nono-odb.so", 0644);
    AUTO(mem_free_ptr) char *after = install_part(exe, "nono-odb.so");
    AUTO(mem_free_ptr) char *wanted = path_join(parts, "nono-odb.so");
    CHECK_STR(after, wanted);
    remove_scratch(prefix);
}

TEST(the_main_program_finds_what_lies_beside_it_and_its_entry)
{
    AUTO(mem_free_ptr) char *parts = parts_of("/opt/n");
    AUTO(mem_free_ptr) char *main_program = path_join(parts, INSTALL_MAIN);
    AUTO(mem_free_ptr) char *module = path_join(parts, "nono-odb.so");
    AUTO(mem_free_ptr) char *part = install_part(main_program, "nono-odb.so");
    AUTO(mem_free_ptr) char *entry = install_entry(main_program);
    AUTO(mem_free_ptr) char *same = install_entry("/opt/n/bin/nono");
    AUTO(mem_free_ptr) char *elsewhere = install_entry("/opt/copied/" INSTALL_MAIN);
    CHECK_STR(part, module);
    CHECK_STR(entry, "/opt/n/bin/nono");
    CHECK_STR(same, "/opt/n/bin/nono");
    CHECK_STR(elsewhere, "/opt/copied/" INSTALL_MAIN);
}

TEST(the_build_tree_uses_its_own)
{
    AUTO(mem_free_ptr) char *self = NULL;
    struct err e = ERR_INIT;
    CHECK_INT(install_self(&self, &e), 0);
    AUTO(mem_free_ptr) char *module = install_part(self, "nono-odb.so");
    CHECK_INT(access(module, F_OK), 0);
    CHECK_INT(install_check(module, self, &e), 0);
}

TEST(a_part_that_others_can_write_is_not_used)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *prefix = scratch();
    AUTO(mem_free_ptr) char *good = path_join(prefix, "good");
    AUTO(mem_free_ptr) char *open_to_all = path_join(prefix, "open");
    put_file(prefix, "exe", 0755);
    put_file(prefix, "good", 0755);
    put_file(prefix, "open", 0757);
    AUTO(mem_free_ptr) char *exe = path_join(prefix, "exe");
    CHECK_INT(install_check(good, exe, &e), 0);
    CHECK_INT(install_check(open_to_all, exe, &e), ERR_DENIED);
    CHECK(strstr(e.text, "install nono again"));
    AUTO(mem_free_ptr) char *missing = path_join(prefix, "missing");
    CHECK_INT(install_check(missing, exe, &e), ERR_MISSING);
    CHECK(strstr(e.text, "installed completely"));
    if (geteuid() == 0) {
        CHECK_INT(chown(good, 65534, 65534), 0);
        CHECK_INT(install_check(good, exe, &e), ERR_DENIED);
    }
    remove_scratch(prefix);
}
