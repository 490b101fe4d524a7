/* landlock_rules: the table of Landlock rights, a plan made from it, and the plan applied. */
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

#include "core/mem.h"
#include "core/path.h"
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
    ABI_PORTS = 4,
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
    FS(FS_TRUNCATE, 3, "truncate", CAPS_WRITE, .on_files = true,
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

/* Order of a walk of the tree: '/' before any other byte, so that all that lies below a path follows it at once. */
static int compare_paths(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    int x = *a == '/' ? 1 : (unsigned char)*a + (*a != '\0');
    int y = *b == '/' ? 1 : (unsigned char)*b + (*b != '\0');
    return x - y;
}

static int compare_rules(const struct landlock_rule *x, const struct landlock_rule *y)
{
    int order = compare_paths(x->path, y->path);
    return order ? order : x->file_only - y->file_only;
}

/* Keeps the rules sorted. The same path granted twice (to read by one group, to write by another) is one rule. */
static void insert_rule(struct landlock_plan *p, struct landlock_rule rule)
{
    size_t low = 0;
    size_t high = p->n_rules;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_rules(&p->rule[middle], &rule);
        if (order == 0) {
            p->rule[middle].rights |= rule.rights;
            return;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    mem_reserve(&p->rule, &p->cap_rules, p->n_rules + 1, sizeof *p->rule);
    memmove(&p->rule[low + 1], &p->rule[low], (p->n_rules - low) * sizeof *p->rule);
    p->rule[low] = rule;
    p->n_rules++;
}

/* Leaves out what the rules above grant already: the kernel takes the union along the path. */
static void drop_covered(struct landlock_plan *p)
{
    struct above {
        const char *path;
        uint64_t rights; /* with those of everything above it */
    };
    AUTO(mem_free_ptr) struct above *above = mem_array(p->n_rules + 1, sizeof *above);
    size_t depth = 0;
    size_t kept = 0;
    for (size_t i = 0; i < p->n_rules; i++) {
        struct landlock_rule rule = p->rule[i];
        while (depth > 0 && !path_is_within(rule.path, above[depth - 1].path))
            depth--;
        uint64_t held = depth > 0 ? above[depth - 1].rights : 0;
        if ((held & rule.rights) == rule.rights)
            continue;
        p->rule[kept++] = rule;
        if (!rule.file_only)
            above[depth++] = (struct above){.path = rule.path, .rights = held | rule.rights};
    }
    p->n_rules = kept;
}

static const char proc[] = "/proc";

static bool is_per_process(const char *path)
{
    return path_is_within(path, "/proc/self") || path_is_within(path, "/proc/thread-self");
}

static uint64_t rights_of(unsigned access, const char *path, uint64_t handled)
{
    bool reaches_devices = path_is_within(path, "/dev") || path_is_within("/dev", path);
    uint64_t rights = 0;
    for (size_t i = 0; i < landlock_n_rights; i++) {
        const struct landlock_right *r = &landlock_rights[i];
        if (r->kind == LANDLOCK_FS && (r->access & access) && (!r->devices || reaches_devices))
            rights |= r->bit;
    }
    return rights & handled;
}

/* Where nono makes the changes, the command reads, and writes devices only. */
static void plan_brokered(const struct caps_grant *g, struct landlock_plan *p)
{
    uint64_t rights = rights_of(g->access & ~(unsigned)CAPS_WRITE, g->path, p->handled_fs);
    if (rights)
        insert_rule(p, (struct landlock_rule){.path = g->path, .rights = rights, .file_only = g->file_only});
    for (const char *const *root = caps_direct_roots; *root && !g->file_only; root++)
        if (path_is_within(*root, g->path))
            insert_rule(p, (struct landlock_rule){.path = *root, .rights = rights_of(g->access, *root, p->handled_fs)});
}

static void plan_rules(const struct caps *caps, struct landlock_plan *p)
{
    bool widened = false, has_proc = false;
    for (size_t i = 0; i < caps->n_grants; i++) {
        const struct caps_grant *g = &caps->grant[i];
        if (!g->exists)
            continue;
        if (is_per_process(g->path)) {
            widened = true;
            continue;
        }
        has_proc |= (g->access & CAPS_READ) && !g->file_only && path_is_within(proc, g->path);
        if (caps->brokered && (g->access & CAPS_WRITE) && !caps_is_direct(g->path)) {
            plan_brokered(g, p);
            continue;
        }
        uint64_t rights = rights_of(g->access, g->path, p->handled_fs);
        insert_rule(p, (struct landlock_rule){.path = g->path, .rights = rights, .file_only = g->file_only});
    }
    p->standard = widened;
    if (!widened || has_proc)
        return;
    insert_rule(p, (struct landlock_rule){.path = proc, .rights = rights_of(CAPS_READ, proc, p->handled_fs)});
    if (!caps->own_processes)
        strlist_add(&p->missing, "/proc/self is granted as all of /proc, read only: command lines of other processes can be read, their memory, "
                                 "environment and descriptors cannot");
}

/* The kernel asks for this right whenever a file is opened, and looks for it up to the root directory where it is not granted: a quarter of the
 * time that reading many files takes. A broker lets no call go on that truncates. The command's own view does not hold it alone: a file that
 * nono was given as standard input is reached through /proc/self/fd where it was opened, outside of that view. */
static bool is_held_elsewhere(const struct caps *caps, const struct landlock_right *r)
{
    return r->kind == LANDLOCK_FS && r->bit == FS_TRUNCATE && caps->brokered;
}

static void plan_rights(const struct caps *caps, int abi, struct landlock_plan *p)
{
    for (size_t i = 0; i < landlock_n_rights; i++) {
        const struct landlock_right *r = &landlock_rights[i];
        if (r->when == CAPS_NET_BLOCKED && caps->network == CAPS_NET_OPEN)
            continue;
        if (abi >= r->abi && is_held_elsewhere(caps, r))
            continue;
        if (abi >= r->abi) {
            uint64_t *mask = r->kind == LANDLOCK_FS ? &p->handled_fs : r->kind == LANDLOCK_NET ? &p->handled_net : &p->scoped;
            *mask |= r->bit;
        } else if (!r->held_blocked || caps->network == CAPS_NET_OPEN) {
            AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
            str_addf(&line, "Landlock ABI %d of this kernel has no right %s: %s", abi, r->name, r->without);
            strlist_add(&p->missing, line.buf);
        }
    }
}

const char landlock_no_metadata[] = "mode, owner, times and attributes of this user's files outside can be changed: Landlock has no right for them";

static void plan_limits(const struct caps *caps, struct landlock_plan *p)
{
    bool connects = false, listens = false;
    for (size_t i = 0; i < caps->n_ports; i++)
        *(caps->port[i].use == CAPS_PORT_LISTEN ? &listens : &connects) = true;
    if (connects)
        strlist_add(&p->missing, "open ports are open on every host and address: Landlock knows no address");
    if (listens)
        strlist_add(&p->missing, "under 'nono wrap', a program that listens without binding a port gets one that the kernel chooses: Landlock does not see it");
    if (caps->level != CAPS_LEVEL_FULL && !caps->brokered)
        strlist_add(&p->missing, landlock_no_metadata);
}

int landlock_rules_plan(const struct caps *caps, int abi, struct landlock_plan *ret, struct err *e)
{
    if (abi < 1)
        return err_set(e, ERR_KERNEL, "this kernel offers no Landlock: nothing can be held, so nothing is started");
    if (caps->network == CAPS_NET_PORTS && abi < ABI_PORTS)
        return err_set(e, ERR_KERNEL,
                       "Landlock ABI %d of this kernel has no rights for TCP ports, and nothing else holds them (Linux 6.7 does); "
                       "--block-net without ports gives no network at all, --allow-net all of it",
                       abi);
    struct landlock_plan plan = {.port = caps->port, .n_ports = caps->n_ports, .barred = caps->barred, .n_barred = caps->n_barred};
    plan_rights(caps, abi, &plan);
    plan_rules(caps, &plan);
    plan_limits(caps, &plan);
    drop_covered(&plan);
    *ret = plan;
    return 0;
}

void landlock_plan_release(struct landlock_plan *p)
{
    mem_free(p->rule);
    strlist_release(&p->missing);
    *p = (struct landlock_plan){0};
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
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    long fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    return fd < 0 && errno == ENOSYS ? open_by_name(path) : (int)fd;
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
