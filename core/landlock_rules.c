/* landlock_rules: the table of Landlock rights, and a plan applied. */
#include "core/landlock_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/quote.h"

/* Newer than the headers of Debian 12. */
enum {
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL_DEV = 1 << 15,
    NET_BIND_TCP = 1 << 0,
    NET_CONNECT_TCP = 1 << 1,
    SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0,
    SCOPE_SIGNAL = 1 << 1,
    RESTRICT_SELF_LOG_NEW_EXEC_ON = 1 << 1,
    ABI_LOG_FLAGS = 7,
    RULE_NET_PORT = 2,
};
struct net_port_attr { /* struct landlock_net_port_attr */
    uint64_t allowed_access, port;
};
struct ruleset_attr { /* struct landlock_ruleset_attr as of ABI 6 */
    uint64_t handled_access_fs, handled_access_net, scoped;
};

#define FS(bit_, abi_, name_, access_, ...) \
    { \
        .kind = LANDLOCK_FS, .bit = (bit_), .abi = (abi_), .name = (name_), .access = (access_), __VA_ARGS__ \
    }

const struct landlock_right landlock_rights[] = {
    FS(LANDLOCK_ACCESS_FS_EXECUTE, 1, "execute", CAPS_READ, .on_files = true),
    FS(LANDLOCK_ACCESS_FS_WRITE_FILE, 1, "write_file", CAPS_WRITE, .on_files = true),
    FS(LANDLOCK_ACCESS_FS_READ_FILE, 1, "read_file", CAPS_READ, .on_files = true),
    FS(LANDLOCK_ACCESS_FS_READ_DIR, 1, "read_dir", CAPS_READ, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_REMOVE_DIR, 1, "remove_dir", CAPS_WRITE, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_REMOVE_FILE, 1, "remove_file", CAPS_WRITE, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_MAKE_CHAR, 1, "make_char", 0, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_MAKE_DIR, 1, "make_dir", CAPS_WRITE, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_MAKE_REG, 1, "make_reg", CAPS_WRITE, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_MAKE_SOCK, 1, "make_sock", CAPS_WRITE, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_MAKE_FIFO, 1, "make_fifo", CAPS_WRITE, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_MAKE_BLOCK, 1, "make_block", 0, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_MAKE_SYM, 1, "make_sym", CAPS_WRITE, .on_files = false),
    FS(LANDLOCK_ACCESS_FS_REFER, 2, "refer", CAPS_WRITE, .without = "renaming or linking a file into another directory fails everywhere (EXDEV)"),
    /* The kernel asks for this right whenever a file is opened, and looks for it up to the root directory where it is not granted: a quarter of the
     * time that reading many files takes. The command's own view does not hold it: a file that nono was given as standard input is reached through
     * /proc/self/fd where it was opened, outside of that view. */
    FS(FS_TRUNCATE, 3, "truncate", CAPS_WRITE, .on_files = true, .held_brokered = true,
       .without = "truncating by name (truncate(2), reading with O_TRUNC) is refused everywhere instead"),
    FS(FS_IOCTL_DEV, 5, "ioctl_dev", CAPS_WRITE, .on_files = true, .devices = true,
       .without = "ioctl(2) on devices that may be opened is not restricted"),
    {.kind = LANDLOCK_NET,
     .bit = NET_BIND_TCP,
     .abi = 4,
     .name = "bind_tcp",
     .when = CAPS_NET_BLOCKED,
     .port = CAPS_PORT_LISTEN,
     .without = "binding is not restricted",
     .held_blocked = true},
    {.kind = LANDLOCK_NET,
     .bit = NET_CONNECT_TCP,
     .abi = 4,
     .name = "connect_tcp",
     .when = CAPS_NET_BLOCKED,
     .port = CAPS_PORT_CONNECT,
     .without = "connecting is not restricted",
     .held_blocked = true},
    {.kind = LANDLOCK_SCOPE,
     .bit = SCOPE_ABSTRACT_UNIX_SOCKET,
     .abi = 6,
     .name = "scope_abstract_unix_socket",
     .without = "abstract Unix sockets of processes outside can be reached",
     .held_blocked = true},
    {.kind = LANDLOCK_SCOPE, .bit = SCOPE_SIGNAL, .abi = 6, .name = "scope_signal", .without = "signals reach this user's processes outside"},
};
const size_t landlock_n_rights = sizeof landlock_rights / sizeof *landlock_rights;

int landlock_rules_abi(int *ret_sys)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    *ret_sys = abi < 0 ? errno : 0;
    return abi < 0 ? 0 : (int)abi;
}

static bool is_barred(const struct landlock_plan *p, const struct stat *st)
{
    for (size_t i = 0; i < p->n_barred; i++)
        if (p->barred[i].device == (uint64_t)st->st_dev && p->barred[i].inode == (uint64_t)st->st_ino)
            return true;
    return false;
}

/* Inside a sandbox of ours openat2(2) is refused: then the name of what was opened is compared. */
static int open_by_name(const char *path)
{
    char link[40];
    char name[STR_MAX_PATH];
    AUTO(mem_close_fd) int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, name, sizeof name);
    if (len < 0)
        return -1;
    if ((size_t)len != strlen(path) || memcmp(name, path, (size_t)len) != 0) {
        errno = ELOOP;
        return -1;
    }
    return take_fd(&fd);
}

/* No link anywhere in the path: one that was put there since it was resolved would widen the grant. */
static int open_exactly(const char *path)
{
    int fd = fs_open_how(AT_FDCWD, path, O_PATH, RESOLVE_NO_SYMLINKS);
    return fd < 0 && errno == ENOSYS ? open_by_name(path) : fd;
}

static uint64_t rights_on_files(void)
{
    uint64_t rights = 0;
    for (size_t i = 0; i < landlock_n_rights; i++)
        if (landlock_rights[i].kind == LANDLOCK_FS && landlock_rights[i].on_files)
            rights |= landlock_rights[i].bit;
    return rights;
}

static int refuse(const struct landlock_rule *rule, int sys, const char *what, struct err *e)
{
    AUTO(mem_free_ptr) char *path = quote_term_dup(rule->path);
    return err_sys(e, ERR_KERNEL, sys, "cannot grant %s: %s", path, what);
}

static int add_rule(int ruleset, const struct landlock_plan *p, const struct landlock_rule *rule, struct err *e)
{
    struct stat st;
    AUTO(mem_close_fd) int fd = open_exactly(rule->path);
    if (fd < 0) {
        /* Gone, or out of reach for this user anyway: there is nothing to grant. */
        if (errno == ENOENT || errno == ENOTDIR || errno == EACCES)
            return 0;
        return refuse(rule, errno, errno == ELOOP ? "a link has taken its place" : "it cannot be opened", e);
    }
    if (fstat(fd, &st) < 0)
        return refuse(rule, errno, "it cannot be looked at", e);
    if (is_barred(p, &st))
        return refuse(rule, EACCES, "a denied object has taken its place", e);
    bool is_dir = S_ISDIR(st.st_mode);
    struct landlock_path_beneath_attr attr = {.parent_fd = fd, .allowed_access = is_dir ? rule->rights : rule->rights & rights_on_files()};
    if ((is_dir && rule->file_only) || attr.allowed_access == 0)
        return 0;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &attr, 0) < 0)
        return refuse(rule, errno, "Landlock refuses the rule", e);
    return 0;
}

static int add_port(int ruleset, const struct caps_port *port, struct err *e)
{
    struct net_port_attr attr = {.port = port->number};
    for (size_t i = 0; i < landlock_n_rights; i++)
        if (landlock_rights[i].kind == LANDLOCK_NET && landlock_rights[i].port == port->use)
            attr.allowed_access |= landlock_rights[i].bit;
    if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &attr, 0) < 0)
        return err_sys(e, ERR_KERNEL, errno, "Landlock refuses the rule for port %u", port->number);
    return 0;
}

/* `> file` on nono's own command line must not make "/dev/stdout" fail inside, nor must a terminal. Gives no more than the descriptor does. */
static int add_standard(int ruleset, const struct landlock_plan *p, struct err *e)
{
    for (int fd = STDIN_FILENO; p->standard && fd <= STDERR_FILENO; fd++) {
        struct stat st;
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || (flags & O_PATH) || fstat(fd, &st) < 0 || !(S_ISREG(st.st_mode) || isatty(fd)) || is_barred(p, &st))
            continue;
        int mode = flags & O_ACCMODE;
        uint64_t rights = (mode == O_WRONLY ? 0 : LANDLOCK_ACCESS_FS_READ_FILE) | (S_ISREG(st.st_mode) ? 0 : FS_IOCTL_DEV) |
                          (mode == O_RDONLY ? 0 : LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE);
        struct landlock_path_beneath_attr attr = {.parent_fd = fd, .allowed_access = rights & p->handled_fs};
        /* EBADFD: a file that has no place, such as a memfd, which Landlock leaves alone. */
        if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &attr, 0) < 0 && errno != EBADFD)
            return err_sys(e, ERR_KERNEL, errno, "Landlock refuses the rule for descriptor %d", fd);
    }
    return 0;
}

int landlock_rules_apply(const struct landlock_plan *p, int abi, struct err *e)
{
    struct ruleset_attr attr = {.handled_access_fs = p->handled_fs, .handled_access_net = p->handled_net, .scoped = p->scoped};
    /* The kernel accepts a longer struct than it knows as long as what it does not know is zero. */
    AUTO(mem_close_fd) int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (ruleset < 0)
        return err_sys(e, ERR_KERNEL, errno, "cannot create a Landlock ruleset");
    for (size_t i = 0; i < p->n_rules; i++) {
        int r = add_rule(ruleset, p, &p->rule[i], e);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < p->n_ports; i++)
        if (add_port(ruleset, &p->port[i], e) < 0)
            return e->class;
    if (add_standard(ruleset, p, e) < 0)
        return e->class;
    /* So that an administrator's audit log names what the command was denied, and not only until its first exec. */
    unsigned flags = abi >= ABI_LOG_FLAGS ? RESTRICT_SELF_LOG_NEW_EXEC_ON : 0;
    if (syscall(SYS_landlock_restrict_self, ruleset, flags) < 0)
        return errno == E2BIG ? err_set(e, ERR_KERNEL, "too many sandboxes within one another: Landlock allows 16")
                              : err_sys(e, ERR_KERNEL, errno, "Landlock does not take hold");
    return 0;
}
