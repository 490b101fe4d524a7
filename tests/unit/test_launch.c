/* Finding a program, and what is said when it cannot be started. What is held inside is tested in tests/kernel. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cmd.h"
#include "core/launch.h"
#include "core/launch_confine.h"
#include "core/mem.h"
#include "tests/unit/tap.h"

static const char *at(const char *name)
{
    static char ring[8][512];
    static unsigned next;
    char *buf = ring[next++ % 8];
    (void)snprintf(buf, sizeof ring[0], "%s/%s", tap_tmpdir(), name);
    return buf;
}

static void put(const char *name, const char *text, mode_t mode)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

static void programs(void)
{
    CHECK(mkdir(at("a"), 0755) == 0 && mkdir(at("b"), 0755) == 0 && mkdir(at("b/dir"), 0755) == 0);
    put("a/self", "#!/bin/sh\n", 0755);
    put("b/tool", "#!/bin/sh\nexit 5\n", 0755);
    put("b/plain", "text\n", 0644);
    put("b/script", "exit 6\n", 0755);
    put("b/orphan", "#!/nono-test/no/interpreter\n", 0755);
    CHECK(symlink("self", at("a/tool")) == 0); /* a shim */
}

static char *find(const char *name, const char *self, int wanted, struct err *e)
{
    char search[1200];
    char *found = NULL;
    (void)snprintf(search, sizeof search, "/nono-test-absent:%s:%s", at("a"), at("b"));
    CHECK_INT(launch_find(name, search, self, &found, e), wanted);
    return found;
}

TEST(finding_past_the_shim)
{
    struct err e = ERR_INIT;
    programs();
    AUTO(mem_free_ptr) char *shim = find("tool", NULL, 0, &e);
    CHECK_STR(shim, at("a/tool"));
    AUTO(mem_free_ptr) char *real = find("tool", at("a/self"), 0, &e);
    CHECK_STR(real, at("b/tool"));
    AUTO(mem_free_ptr) char *itself = find("self", at("a/self"), 0, &e);
    CHECK_STR(itself, at("a/self"));
    CHECK(symlink("../a/self", at("b/only")) == 0);
    CHECK(find("only", at("a/self"), ERR_MISSING, &e) == NULL);
}

TEST(finding_nothing)
{
    static const struct {
        const char *name;
        int class, status;
    } cases[] = {{"nothing", ERR_MISSING, CMD_NOT_FOUND},
                 {"", ERR_MISSING, CMD_NOT_FOUND},
                 {"dir", ERR_MISSING, CMD_NOT_FOUND},
                 {"plain", ERR_DENIED, CMD_NOT_EXECUTABLE},
                 {"/nono-test/absent", ERR_MISSING, CMD_NOT_FOUND},
                 {"/etc/passwd", ERR_DENIED, CMD_NOT_EXECUTABLE},
                 {"/", ERR_DENIED, CMD_NOT_EXECUTABLE},
                 {"\x1b[31m", ERR_MISSING, CMD_NOT_FOUND}};
    programs();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = ERR_INIT;
        CHECK(find(cases[i].name, NULL, cases[i].class, &e) == NULL);
        CHECK_INT(launch_status(&e), cases[i].status);
        CHECK(!strchr(e.text, '\x1b'));
    }
}

TEST(an_empty_entry_is_the_current_directory)
{
    struct err e = ERR_INIT;
    programs();
    CHECK(chdir(at("b")) == 0);
    static const char *const paths[] = {"", ":/nono-test", "/nono-test:", "/nono-test::/nono-test"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        AUTO(mem_free_ptr) char *found = NULL;
        CHECK_OK(launch_find("tool", paths[i], NULL, &found, &e), &e);
        CHECK_STR(found, "./tool");
    }
    char *none = NULL;
    CHECK_ERR(launch_find("tool", "/nono-test", NULL, &none, &e), ERR_MISSING, &e);
}

TEST(a_name_with_a_slash_is_not_searched)
{
    struct err e = ERR_INIT;
    programs();
    AUTO(mem_free_ptr) char *found = find(at("a/tool"), at("a/self"), 0, &e);
    CHECK_STR(found, at("a/tool"));
}

/* Starts `exe` with everything granted; the class of the error, or the status. */
static int start(const char *exe, const struct kernel *kernel, struct err *e, int *ret_status)
{
    AUTO(caps_release) struct caps caps;
    char name[] = "program";
    char *argv[] = {name, NULL};
    char *env[] = {NULL};
    struct launched launched = {0};
    int status = 0;
    caps_init(&caps);
    caps_add_grant(&caps, mem_strdup("/"), CAPS_READWRITE, false, true, caps_origin_make(CAPS_FROM_USER, "--allow", "", "/"));
    const struct launch l = {.caps = &caps, .kernel = kernel, .argv = argv, .env = env, .exe = exe};
    int r = launch_spawn(&l, &launched, e);
    if (r < 0)
        return r;
    CHECK(waitpid(launched.command, &status, 0) == launched.command);
    launch_end(&launched);
    *ret_status = WEXITSTATUS(status);
    return 0;
}

static struct kernel here(void)
{
    struct kernel k;
    kernel_probe(&k);
    if (k.landlock_abi < 1)
        SKIP("this kernel has no Landlock");
    return k;
}

TEST(starting)
{
    struct err e = ERR_INIT;
    const struct kernel k = here();
    int status = 0;
    programs();
    CHECK_OK(start(at("b/tool"), &k, &e, &status), &e);
    CHECK_INT(status, 5);
}

TEST(a_script_without_its_first_line)
{
    struct err e = ERR_INIT;
    const struct kernel k = here();
    int status = 0;
    programs();
    CHECK_OK(start(at("b/script"), &k, &e, &status), &e);
    CHECK_INT(status, 6);
}

TEST(what_cannot_be_executed)
{
    const struct kernel k = here();
    static const struct {
        const char *name, *text;
        int class, status;
    } cases[] = {{"b/nothing", "nothing", ERR_MISSING, CMD_NOT_FOUND},
                 {"b/plain", "plain", ERR_DENIED, CMD_NOT_EXECUTABLE},
                 {"b/dir", "dir", ERR_DENIED, CMD_NOT_EXECUTABLE},
                 {"b/orphan", "interpreter", ERR_DENIED, CMD_NOT_EXECUTABLE}};
    programs();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = ERR_INIT;
        int status;
        CHECK_ERR(start(at(cases[i].name), &k, &e, &status), cases[i].class, &e);
        CHECK_INT(launch_status(&e), cases[i].status);
        CHECK(strstr(e.text, cases[i].text));
        CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); /* nothing is left behind */
    }
}

TEST(a_program_that_is_not_granted)
{
    AUTO(caps_release) struct caps caps;
    char name[] = "true";
    char *argv[] = {name, NULL};
    char *env[] = {NULL};
    struct err e = ERR_INIT;
    const struct kernel k = here();
    struct launched launched;
    caps_init(&caps);
    const struct launch l = {.caps = &caps, .kernel = &k, .argv = argv, .env = env, .exe = "/bin/true"};
    CHECK_ERR(launch_spawn(&l, &launched, &e), ERR_DENIED, &e);
    CHECK_INT(launch_status(&e), CMD_NOT_EXECUTABLE);
    CHECK(strstr(e.text, "not granted"));
}

TEST(nothing_runs_bare)
{
    static const struct kernel lacking[] = {{.landlock_abi = 0, .landlock_errno = ENOSYS, .seccomp = true}, {.landlock_abi = 7, .seccomp = false}};
    programs();
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        struct err e = ERR_INIT;
        int status;
        CHECK_ERR(start(at("b/tool"), &lacking[i], &e, &status), ERR_KERNEL, &e);
        CHECK_INT(launch_status(&e), CMD_NOT_STARTED);
    }
}

TEST(a_directory_that_is_gone)
{
    AUTO(caps_release) struct caps caps;
    char name[] = "true";
    char *argv[] = {name, NULL};
    char *env[] = {NULL};
    struct err e = ERR_INIT;
    const struct kernel k = here();
    struct launched launched;
    caps_init(&caps);
    const struct launch l = {.caps = &caps, .kernel = &k, .argv = argv, .env = env, .exe = "/bin/true", .cwd = "/nono-test/absent"};
    CHECK_ERR(launch_spawn(&l, &launched, &e), ERR_IO, &e);
    CHECK_INT(launch_status(&e), CMD_NOT_STARTED);
}

TEST(what_is_probed_before_exec)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    CHECK_STR(launch_probe_path(&c), "/");
    caps_add_grant(&c, mem_strdup("/usr"), CAPS_READ, false, true, caps_origin_make(CAPS_FROM_USER, "--read", "", ""));
    CHECK_STR(launch_probe_path(&c), "/");
    caps_add_grant(&c, mem_strdup("/"), CAPS_READ, false, true, caps_origin_make(CAPS_FROM_USER, "--read", "", ""));
    CHECK(launch_probe_path(&c) == NULL);
    caps_add_deny(&c, mem_strdup("/absent"), false, caps_origin_make(CAPS_FROM_GROUP, "g", "", ""));
    CHECK(launch_probe_path(&c) == NULL);
    caps_add_deny(&c, mem_strdup("/secret"), true, caps_origin_make(CAPS_FROM_GROUP, "g", "", ""));
    CHECK_STR(launch_probe_path(&c), "/secret");
}

/* The same without a fork: this process becomes the command. */
TEST(becoming)
{
    const struct kernel k = here();
    int status = 0;
    programs();
    pid_t pid = fork();
    if (pid == 0) {
        AUTO(caps_release) struct caps caps;
        char name[] = "tool";
        char *argv[] = {name, NULL};
        char *env[] = {NULL};
        struct err e = ERR_INIT;
        caps_init(&caps);
        caps_add_grant(&caps, mem_strdup("/"), CAPS_READ, false, true, caps_origin_make(CAPS_FROM_USER, "--read", "", "/"));
        const struct launch l = {.caps = &caps, .kernel = &k, .argv = argv, .env = env, .exe = at("b/tool")};
        (void)launch_exec(&l, &e);
        _exit(99);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(WEXITSTATUS(status), 5);
}
