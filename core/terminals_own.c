/* terminals_own: the command's terminals below the full level, opened for it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/diagnose.h"
#include "core/mem.h"
#include "core/terminals.h"

/* One whose master was closed is dropped when the next one is asked for. */
static struct {
    struct made {
        unsigned number;
        int slave; /* O_PATH: this one, and no later one of that number */
    } made[TERMINALS_MAX];
    size_t n;
} table;

static void drop_closed(void)
{
    for (size_t i = table.n; i > 0; i--) {
        struct stat st;
        if (fstat(table.made[i - 1].slave, &st) == 0 && st.st_nlink > 0)
            continue;
        (void)close(table.made[i - 1].slave);
        table.made[i - 1] = table.made[--table.n];
    }
}

static int open_new(int flags)
{
    char name[TERMINALS_MAX_NAME];
    unsigned number = 0;
    drop_closed();
    if (table.n == TERMINALS_MAX)
        return -ENOSPC;
    AUTO(mem_close_fd) int master = open("/dev/ptmx", flags);
    if (master < 0 || ioctl(master, TIOCGPTN, &number) < 0)
        return -errno;
    (void)snprintf(name, sizeof name, TERMINALS_DIR "/%u", number);
    int slave = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (slave < 0)
        return -errno;
    table.made[table.n++] = (struct made){number, slave};
    return take_fd(&master);
}

static int open_made(const char *name, int flags)
{
    char *end = NULL;
    char link[40];
    unsigned long number = strtoul(name, &end, 10);
    bool is_number = *name >= '0' && *name <= '9' && !*end;
    drop_closed();
    for (size_t i = 0; i < table.n && is_number; i++) {
        if (table.made[i].number != number)
            continue;
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", table.made[i].slave);
        int fd = open(link, flags);
        return fd < 0 ? -errno : fd;
    }
    return TERMINALS_PROCEED;
}

/* Being the controlling terminal is for the command to ask for: TIOCSCTTY. */
static int open_by_name(const char *path, int flags)
{
    static const char dir[] = TERMINALS_DIR "/";
    int kept = (flags & (O_ACCMODE | O_NONBLOCK)) | O_NOCTTY | O_CLOEXEC;
    if (flags & (O_PATH | O_DIRECTORY))
        return TERMINALS_PROCEED;
    if (strcmp(path, "/dev/ptmx") == 0 || strcmp(path, TERMINALS_DIR "/ptmx") == 0)
        return open_new(kept);
    return strncmp(path, dir, strlen(dir)) == 0 ? open_made(path + strlen(dir), kept) : TERMINALS_PROCEED;
}

int terminals_open(const struct caps *c, const struct notify_call *call, const char *path, int flags)
{
    if (!c->own_terminals)
        return TERMINALS_PROCEED;
    int r = open_by_name(path, flags);
    if (r == TERMINALS_PROCEED && str_starts(path, TERMINALS_DIR "/"))
        diagnose_call(c, call);
    return r;
}

/* Whoever has a terminal's master has made it, or was given it. */
static int open_peer(const struct notify_call *c)
{
    enum { PTMX_MAJOR = 5, PTMX_MINOR = 2 };
    struct stat st;
    int flags = (int)c->arg[2] & (O_ACCMODE | O_NONBLOCK | O_CLOEXEC);
    AUTO(mem_close_fd) int master = notify_get_fd(c, (int)c->arg[0]);
    if (master < 0)
        return master;
    if (fstat(master, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR))
        return -ENOTTY;
    AUTO(mem_close_fd) int slave = ioctl(master, TIOCGPTPEER, flags | O_NOCTTY | O_CLOEXEC);
    return slave < 0 ? -errno : notify_answer_fd(c, slave, flags & O_CLOEXEC);
}

static bool answer_peer(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    (void)data;
    (void)may_block;
    int r = open_peer(c);
    *ret = (struct notify_answer){.is_sent = r >= 0, .error = r < 0 ? -r : 0};
    return true;
}

int terminals_register(const struct caps *c, struct notify *n, struct err *e)
{
    const struct notify_entry entry = {.number = SYS_ioctl, .when = NOTIFY_EQUAL, .arg = 1, .value = TIOCGPTPEER, .handle = answer_peer};
    return c->own_terminals && !c->brokered ? notify_add(n, entry, e) : 0;
}
