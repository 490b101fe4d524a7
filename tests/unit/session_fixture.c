#include "tests/unit/session_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree_text.h"

static const char *below_tmpdir(const char *name, char buf[4096])
{
    (void)snprintf(buf, 4096, "%s/%s", tap_tmpdir(), name);
    return buf;
}

const char *fixture_tree(void)
{
    static char path[4096];
    if (path[0] == '\0')
        (void)mkdir(below_tmpdir("tree", path), 0755);
    return path;
}

const char *fixture_state(void)
{
    static char path[4096];
    return below_tmpdir("state", path);
}

void fixture_do(const char *script)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(fixture_tree()) == 0)
            (void)execl("/bin/sh", "sh", "-ec", script, (char *)NULL);
        _exit(127);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

char *fixture_tree_text(void)
{
    return tree_text(fixture_tree());
}

void fixture_check_tree(char *wanted)
{
    AUTO(mem_free_ptr) char *now = fixture_tree_text();
    AUTO(mem_free_ptr) char *before = wanted;
    CHECK_STR(now, before);
}

struct session *fixture_open(const char *workdir)
{
    static char word[] = "test";
    static char *const command[] = {word, NULL};
    struct session *s = NULL;
    struct err e = ERR_INIT;
    const struct session_request r = {
        .state_dir = fixture_state(), .workdir = workdir, .kind = "run", .profile = "default", .command = command, .capture = &session_capture_scan};
    CHECK_OK(session_open(&r, &s, &e), &e);
    return s;
}

struct session_record fixture_session(const char *script)
{
    struct err e = ERR_INIT;
    struct session *s = fixture_open(fixture_tree());
    fixture_do(script);
    CHECK_OK(session_close(s, false, 0, &e), &e);
    struct session_record r = fixture_record(session_record(s)->id);
    session_free(s);
    return r;
}

struct session_record fixture_record(const char *id)
{
    struct session_record r = {0};
    struct err e = ERR_INIT;
    CHECK_OK(session_read(fixture_state(), id, &r, &e), &e);
    return r;
}

void fixture_settle(void)
{
    const struct timespec pause = {.tv_nsec = 25 * 1000 * 1000};
    (void)nanosleep(&pause, NULL);
}

char *fixture_cut_off(const char *workdir)
{
    int fds[2];
    char id[SESSION_ID_MAX] = "";
    CHECK(pipe(fds) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct session *s = fixture_open(workdir);
        const char *made = session_record(s)->id;
        (void)!write(fds[1], made, strlen(made));
        (void)raise(SIGKILL);
    }
    (void)close(fds[1]);
    CHECK(waitpid(pid, NULL, 0) == pid);
    CHECK(read(fds[0], id, sizeof(id) - 1) > 0);
    (void)close(fds[0]);
    return mem_strdup(id);
}

char *fixture_state_path(const char *format, const char *id)
{
    AUTO(str_release) struct str path = STR_INIT(STR_MAX_PATH);
    str_addf(&path, "%s/", fixture_state());
    for (const char *p = format; *p; p++) {
        if (*p == '*')
            str_add(&path, id);
        else
            str_addc(&path, *p);
    }
    return str_take(&path);
}

bool fixture_state_has(const char *format, const char *id)
{
    AUTO(mem_free_ptr) char *path = fixture_state_path(format, id);
    struct stat st;
    return lstat(path, &st) == 0;
}
