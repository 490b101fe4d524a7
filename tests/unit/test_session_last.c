/* session_last: a failure without a session, one for each terminal. */
#include "rollback/session.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static struct session_record failed(pid_t terminal)
{
    struct session_record r = {.kind = mem_strdup("run"), .capture = mem_strdup("none"), .workdir = mem_strdup("/w"), .has_exit = true, .code = 126};
    r.has_before = true;
    r.started_ns = 1000;
    r.launch = (struct session_launch){.known = true, .terminal = terminal};
    (void)snprintf(r.id, sizeof(r.id), "20261121-183528-12345");
    return r;
}

TEST(a_failure_without_a_session_is_kept_per_terminal)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r = failed(getpid());
    AUTO(session_record_release) struct session_record back = {0};
    AUTO(session_record_release) struct session_record none = {0};
    AUTO(mem_free_ptr) char *directory = path_join(fixture_state(), "run");
    CHECK_ERR(session_last_read(directory, getpid(), &none, &e), ERR_MISSING, &e);
    CHECK_OK(session_last_write(directory, &r, &e), &e);
    CHECK_OK(session_last_read(directory, getpid(), &back, &e), &e);
    CHECK_INT(back.code, 126);
    CHECK(session_id_is_valid(back.id));
    CHECK_ERR(session_last_read(directory, getpid() + 1, &none, &e), ERR_MISSING, &e);
    session_last_clear(directory, getpid());
    CHECK_ERR(session_last_read(directory, getpid(), &none, &e), ERR_MISSING, &e);
}

/* The file of a terminal that is gone goes with the next one that is written. */
TEST(what_dead_terminals_left_is_removed)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r = failed(0);
    AUTO(session_record_release) struct session_record back = {0};
    AUTO(mem_free_ptr) char *directory = path_join(fixture_state(), "run");
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    CHECK(waitpid(dead, NULL, 0) == dead);
    r.launch.terminal = dead;
    CHECK_OK(session_last_write(directory, &r, &e), &e);
    r.launch.terminal = getpid();
    CHECK_OK(session_last_write(directory, &r, &e), &e);
    CHECK_OK(session_last_read(directory, getpid(), &back, &e), &e);
    session_record_release(&back);
    CHECK_ERR(session_last_read(directory, dead, &back, &e), ERR_MISSING, &e);
}
