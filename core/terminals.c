/* terminals: what is asked for, and /dev/pts at the full level. */
#include "core/terminals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"

#define PTMX "/dev/ptmx"
#define PTMX_BELOW TERMINALS_DIR "/ptmx" /* where /dev/ptmx leads in containers */

static bool is_granted(const struct caps *c, const char *path)
{
    struct caps_answer answer;
    caps_evaluate(c, path, CAPS_READWRITE, &answer);
    return answer.allowed;
}

bool terminals_are_here(void)
{
    struct stat st;
    return lstat(TERMINALS_DIR, &st) == 0 && S_ISDIR(st.st_mode);
}

bool terminals_are_asked(const struct caps *c)
{
    struct caps_answer shared;
    caps_evaluate(c, TERMINALS_DIR, CAPS_WRITE, &shared);
    if (!terminals_are_here() || shared.deny || (shared.granted & CAPS_WRITE) || (!is_granted(c, PTMX) && !is_granted(c, PTMX_BELOW)))
        return false;
    for (size_t i = 0; i < c->n_grants; i++)
        if (path_is_within(c->grant[i].path, TERMINALS_DIR) && strcmp(c->grant[i].path, PTMX_BELOW) != 0)
            return false;
    for (size_t i = 0; i < c->n_denies; i++)
        if (path_is_within(c->deny[i].path, TERMINALS_DIR))
            return false;
    return true;
}

/* The name of the terminal behind `fd` in the /dev/pts that this process sees; false when there is none. */
static bool find_name(int fd, char ret[TERMINALS_MAX_NAME])
{
    char link[40];
    struct stat open_one;
    struct stat named;
    if (!isatty(fd) || fstat(fd, &open_one) < 0)
        return false;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, ret, TERMINALS_MAX_NAME - 1);
    ret[len > 0 ? len : 0] = '\0';
    return path_is_within(ret, TERMINALS_DIR) && stat(ret, &named) == 0 && named.st_dev == open_one.st_dev && named.st_ino == open_one.st_ino;
}

static bool find_own(char ret[TERMINALS_MAX_NAME])
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (find_name(fd, ret))
            return true;
    return false;
}

void terminals_grant_own(struct caps *c)
{
    char name[TERMINALS_MAX_NAME];
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && is_granted(c, "/dev/tty"); fd++)
        if (find_name(fd, name) && !is_granted(c, name))
            caps_add_grant(c, mem_strdup(name), CAPS_READWRITE, true, true, caps_origin_make(CAPS_FROM_LEVEL, "terminal", "", name));
}

static int fail(struct err *e)
{
    return err_sys(e, ERR_LEVEL, errno, "cannot make a %s of the command's own", TERMINALS_DIR);
}

static int set_string(int fs, const char *key, const char *value)
{
    return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

static int mount_empty(struct err *e)
{
    AUTO(mem_close_fd) int fs = (int)syscall(SYS_fsopen, "devpts", FSOPEN_CLOEXEC);
    if (fs < 0 || set_string(fs, "ptmxmode", "0666") < 0 || set_string(fs, "mode", "0620") < 0 ||
        syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fail(e);
    AUTO(mem_close_fd) int mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (mount < 0 || syscall(SYS_move_mount, mount, "", AT_FDCWD, TERMINALS_DIR, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return fail(e);
    return 0;
}

static int held = -1;

int terminals_held(void)
{
    return held;
}

/* A name in there exists as long as its terminal is open. Numbers are given out from 0 on. */
static void hold_number(unsigned number)
{
    int made[TERMINALS_MAX_NUMBER + 1];
    unsigned n = 0;
    while (held < 0 && n <= number) {
        unsigned got = 0;
        made[n] = open(PTMX, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (made[n] < 0)
            break;
        if (ioctl(made[n], TIOCGPTN, &got) == 0 && got == number)
            held = made[n];
        else
            n++;
    }
    while (n > 0)
        (void)close(made[--n]);
}

/* Without it the command has its terminal all the same, and no name for it. */
static void show(int tree, const char *name)
{
    char *end = NULL;
    unsigned long number = strtoul(name + strlen(TERMINALS_DIR "/"), &end, 10);
    if (*end || number > TERMINALS_MAX_NUMBER)
        return;
    hold_number((unsigned)number);
    if (held >= 0)
        (void)syscall(SYS_move_mount, tree, "", AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH);
}

int terminals_mount(const struct caps *c, struct err *e)
{
    char own[TERMINALS_MAX_NAME];
    AUTO(mem_close_fd) int tree = -1;
    if (c->own_processes && find_own(own))
        tree = (int)syscall(SYS_open_tree, AT_FDCWD, own, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
    int r = mount_empty(e);
    if (r == 0 && tree >= 0)
        show(tree, own);
    return r;
}
