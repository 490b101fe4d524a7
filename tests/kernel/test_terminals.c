/* Terminals: the command has its own and those it makes, and no other of the same user, whatever their names. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/namespaces.h"
#include "core/terminals.h"
#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

#define OWN .file = {"/dev/ptmx", "/dev/tty"}, .read = {"/proc/self"}
static const struct inside lower = {OWN}, full = {.full = true, OWN};
static const struct inside lower_shared = {OWN, .both = {TERMINALS_DIR}}, full_shared = {.full = true, OWN, .both = {TERMINALS_DIR}};
static const struct inside lower_none = {.file = {"/dev/tty"}}, full_none = {.full = true, .file = {"/dev/tty"}};

/* A terminal of the test's; ret_name is of its other end. */
static int make_terminal(char ret_name[TERMINALS_MAX_NAME])
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0);
    CHECK(ptsname_r(fd, ret_name, TERMINALS_MAX_NAME) == 0);
    return fd;
}

TEST(one_that_is_somebody_elses)
{
    char name[TERMINALS_MAX_NAME];
    AUTO(mem_close_fd) int other = make_terminal(name);
    CHECK(other >= 0);
    inside_triple(TRY("terminal", name), EACCES, &lower, &lower_shared);
    inside_triple(TRY("terminal-read", name), EACCES, &lower, &lower_shared);
    inside_triple(TRY("list", TERMINALS_DIR), EACCES, &lower, &lower_shared);
    inside_triple(TRY("terminal", name), ENOENT, &full, &full_shared);
    inside_triple(TRY("terminal-read", name), ENOENT, &full, &full_shared);
}

TEST(those_that_it_makes)
{
    inside_triple(TRY("own-terminal"), EACCES, &lower_none, &lower);
    inside_triple(TRY("own-terminal"), EACCES, &full_none, &full);
    CHECK_INT(inside_run(&lower_shared, TRY("own-terminal")), 0);
    CHECK_INT(inside_run(&full_shared, TRY("own-terminal")), 0);
}

TEST(the_one_it_was_started_on)
{
    static const struct inside nothing = {.read = {"work"}};
    char name[TERMINALS_MAX_NAME];
    AUTO(mem_close_fd) int master = make_terminal(name);
    CHECK(master >= 0);
    AUTO(mem_close_fd) int before = dup(STDIN_FILENO);
    AUTO(mem_close_fd) int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(slave >= 0 && dup2(slave, STDIN_FILENO) == STDIN_FILENO);
    inside_layout();
    int outside = outside_run(TRY("named-terminal", name));
    int denied = inside_run(&nothing, TRY("terminal", name));
    int at_lower = inside_run(&lower, TRY("named-terminal", name));
    int at_full = namespaces_work() ? inside_run(&full, TRY("named-terminal", name)) : 0;
    CHECK(dup2(before, STDIN_FILENO) == STDIN_FILENO);
    CHECK_INT(outside, 0);
    CHECK_INT(denied, EACCES);
    CHECK_INT(at_lower, 0);
    CHECK_INT(at_full, atoi(name + sizeof TERMINALS_DIR) > TERMINALS_MAX_NUMBER ? ENODEV : 0);
}

/* What is answered is the terminal that was made, not its number. */
TEST(a_number_that_is_somebody_elses_now)
{
    const struct notify_call none = {.number = -1};
    char name[TERMINALS_MAX_NAME];
    char again[TERMINALS_MAX_NAME];
    AUTO(caps_release) struct caps caps;
    caps_init(&caps);
    caps.own_terminals = true;
    int master = terminals_open(&caps, &none, "/dev/ptmx", O_RDWR);
    CHECK(master >= 0 && unlockpt(master) == 0 && ptsname_r(master, name, sizeof name) == 0);
    int slave = terminals_open(&caps, &none, name, O_RDWR);
    CHECK(slave >= 0 && isatty(slave));
    CHECK(close(slave) == 0 && close(master) == 0);
    AUTO(mem_close_fd) int other = make_terminal(again); /* the same number, unless another program was faster */
    CHECK(other >= 0);
    CHECK_INT(terminals_open(&caps, &none, name, O_RDWR), TERMINALS_PROCEED);
    CHECK_INT(terminals_open(&caps, &none, TERMINALS_DIR "/../pts/0", O_RDWR), TERMINALS_PROCEED);
}

TEST(more_than_it_may_have)
{
    const struct notify_call none = {.number = -1};
    int master[TERMINALS_MAX];
    AUTO(caps_release) struct caps caps;
    caps_init(&caps);
    caps.own_terminals = true;
    for (size_t i = 0; i < TERMINALS_MAX; i++) {
        master[i] = terminals_open(&caps, &none, "/dev/ptmx", O_RDWR);
        CHECK(master[i] >= 0);
    }
    CHECK_INT(terminals_open(&caps, &none, "/dev/ptmx", O_RDWR), -ENOSPC);
    for (size_t i = 0; i < TERMINALS_MAX; i++)
        CHECK(close(master[i]) == 0);
    AUTO(mem_close_fd) int again = terminals_open(&caps, &none, "/dev/ptmx", O_RDWR);
    CHECK(again >= 0);
    mem_close_fd(&again);
    CHECK_INT(terminals_open(&caps, &none, TERMINALS_DIR "/0", O_PATH), TERMINALS_PROCEED);
    CHECK_INT(terminals_open(&caps, &none, TERMINALS_DIR "/no", O_RDWR), TERMINALS_PROCEED);
}
