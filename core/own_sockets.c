/* own_sockets: the handlers of bind(2), getsockname(2) and getpeername(2). */
#include "core/own_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/fs.h"
#include "core/mem.h"
#include "core/proc_text.h"
#include "core/unix_call.h"

/* Where files of sockets come into being, for a moment, when nono's own directory cannot be used. */
#define ELSEWHERE "/dev/shm"

enum { BACKLOG = 128, KEY_LENGTH = 64 };

struct own {
    int shown, dir; /* the file that the command sees, and where it was made */
    int real;       /* the file that the socket is bound to */
    char key[KEY_LENGTH];  /* its name */
    struct unix_name name; /* as it was asked for */
    struct own_sockets_files files;
};

static struct {
    pthread_mutex_t lock;
    struct own own[OWN_SOCKETS_MAX];
    size_t n;
    unsigned made;
    bool is_nested; /* a process has confined itself further, in a way that only the kernel knows */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void forget(struct own *o)
{
    (void)close(o->shown);
    (void)close(o->dir);
    (void)close(o->real);
}

static void drop(struct own *o)
{
    forget(o);
    *o = table.own[--table.n];
}

/* One that no name leads to any more is nobody's. */
static void drop_removed(void)
{
    for (size_t i = table.n; i > 0; i--) {
        struct stat st;
        if (fstat(table.own[i - 1].shown, &st) == 0 && st.st_nlink == 0)
            drop(&table.own[i - 1]);
    }
}

static bool is_same(int fd, const struct stat *st)
{
    struct stat it;
    return fstat(fd, &it) == 0 && it.st_dev == st->st_dev && it.st_ino == st->st_ino;
}

/* Each is held open, so that its number is not given to another file. */
int own_sockets_find(int fd)
{
    struct stat st;
    int found = -1;
    if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
        return -1;
    (void)pthread_mutex_lock(&table.lock);
    for (size_t i = 0; i < table.n && found < 0; i++)
        if (is_same(table.own[i].shown, &st))
            found = fcntl(table.own[i].real, F_DUPFD_CLOEXEC, 0);
    (void)pthread_mutex_unlock(&table.lock);
    return found;
}

static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The directory of `path`, as the caller finds it: O_PATH. */
static int open_parent(const struct notify_call *c, const char *path)
{
    char directory[sizeof((struct unix_name *)0)->path];
    bool is_absolute = path[0] == '/';
    const char *last = last_of(path);
    if (*last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return -EADDRINUSE;
    (void)snprintf(directory, sizeof directory, "%.*s", (int)(last - path), path);
    AUTO(mem_close_fd) int start = unix_call_start(c, is_absolute);
    if (start < 0)
        return start;
    int fd = fs_open_how(start, *directory ? directory : ".", O_PATH | O_DIRECTORY, RESOLVE_NO_MAGICLINKS | (is_absolute ? RESOLVE_IN_ROOT : 0));
    return fd < 0 ? -errno : fd;
}

/* Where the directory lies, whatever path led to it. */
static int judge(const struct caps *caps, const struct notify_call *c, int dir, const char *last)
{
    char path[STR_MAX_PATH];
    struct caps_answer answer;
    int r = unix_call_place(dir, path, sizeof path - sizeof((struct unix_name *)0)->path - 1);
    if (r < 0)
        return r;
    size_t len = strlen(path);
    (void)snprintf(path + len, sizeof path - len, "%s%s", path[len - 1] == '/' ? "" : "/", last);
    caps_evaluate(caps, path, CAPS_WRITE, &answer);
    if (answer.allowed)
        return 0;
    denials_add(DENIALS_WRITE, DENIALS_BY_NONO, path, c->tid);
    return -EACCES;
}

static mode_t umask_of(const struct notify_call *c)
{
    char status[PROC_TEXT_SIZE];
    unsigned long mask = 0;
    return proc_text_read(c->tid, "status", status) && proc_text_number(status, "\nUmask:", 0, 8, &mask) ? (mode_t)mask : S_IRWXG | S_IRWXO;
}

/* Of this very process: whoever put another in its place is found out. */
static bool leads_here(int file, int type)
{
    struct ucred peer = {0};
    socklen_t len = sizeof peer;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", file);
    AUTO(mem_close_fd) int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == getpid();
}

static void discard_one(int listening)
{
    int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        (void)close(fd);
}

/* Binds it to a file in `directory`, which is removed at once. `o->key` and `o->real`. */
static int bind_in(const char *directory, int fd, struct own *o)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[32];
    AUTO(mem_close_fd) int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    (void)snprintf(name, sizeof name, ".nono-%d-%u", (int)getpid(), ++table.made);
    (void)snprintf(o->key, sizeof o->key, "/proc/self/fd/%d/%s", dir, name);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", o->key);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return -errno;
    o->real = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int r = o->real < 0 || unlinkat(dir, name, 0) < 0 || listen(fd, BACKLOG) < 0 ? -errno : 0;
    if (r == 0 && !leads_here(o->real, unix_call_option(fd, SO_TYPE)))
        r = -EACCES;
    discard_one(fd);
    if (r < 0 && o->real >= 0)
        (void)close(o->real);
    return r;
}

static int bind_hidden(const struct caps *caps, int fd, struct own *o)
{
    int r = caps->memory ? bind_in(caps->memory, fd, o) : -ENOENT;
    return r == -ENOENT || r == -EACCES || r == -EROFS ? bind_in(ELSEWHERE, fd, o) : r;
}

static int make_plain(const void *data, const struct notify_call *c, const char *path, int *ret_file, int *ret_dir)
{
    const char *last = last_of(path);
    struct stat st;
    AUTO(mem_close_fd) int dir = open_parent(c, path);
    if (dir < 0)
        return dir;
    int r = notify_is_waiting(c);
    if (r == 0)
        r = judge(data, c, dir, last);
    if (r == 0 && mknodat(dir, last, S_IFSOCK | ((S_IRWXU | S_IRWXG | S_IRWXO) & ~umask_of(c)), 0) < 0)
        r = -errno;
    if (r < 0)
        return r;
    AUTO(mem_close_fd) int file = openat(dir, last, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0 || fstat(file, &st) < 0 || !S_ISSOCK(st.st_mode))
        return -EACCES; /* somebody has put something else there */
    *ret_file = take_fd(&file);
    *ret_dir = take_fd(&dir);
    return 0;
}

static void remove_plain(const void *data, int dir, const char *name)
{
    (void)data;
    (void)unlinkat(dir, name, 0);
}

const struct own_sockets_files own_sockets_plain = {.make = make_plain, .remove = remove_plain};

/* Only the thread that calls this adds one. */
static bool has_room(void)
{
    (void)pthread_mutex_lock(&table.lock);
    if (table.n == OWN_SOCKETS_MAX)
        drop_removed();
    bool has = table.n < OWN_SOCKETS_MAX;
    (void)pthread_mutex_unlock(&table.lock);
    return has;
}

static void keep(const struct own *o)
{
    (void)pthread_mutex_lock(&table.lock);
    table.own[table.n++] = *o;
    (void)pthread_mutex_unlock(&table.lock);
}

static int make(const struct caps *caps, const struct notify_call *c, int stand_in, struct own *o)
{
    AUTO(mem_close_fd) int made = unix_call_made(stand_in, true);
    if (made < 0)
        return made;
    int r = has_room() ? bind_hidden(caps, made, o) : -ENOBUFS;
    if (r < 0)
        return r;
    r = o->files.make(o->files.data, c, o->name.path, &o->shown, &o->dir);
    if (r < 0) {
        (void)close(o->real);
        return r == -EEXIST ? -EADDRINUSE : r;
    }
    keep(o);
    return unix_call_give(c, stand_in, made);
}

int own_sockets_bind(const struct caps *caps, const struct notify_call *c, const struct own_sockets_files *files)
{
    struct own own = {.files = *files};
    AUTO(mem_close_fd) int fd = notify_get_fd(c, (int)c->arg[0]);
    if (fd < 0 || !unix_call_is_stand_in(fd))
        return OWN_SOCKETS_PROCEED;
    int r = table.is_nested ? -EACCES : unix_call_name(c, &own.name);
    if (r == 0)
        r = unix_call_check_user(c);
    return r == 0 ? make(caps, c, fd, &own) : r;
}

/* Where the kernel goes on with a stand-in, it makes a file behind which nobody ever listens. */
static bool answer_bind(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    struct own_sockets_files files = own_sockets_plain;
    (void)may_block;
    files.data = data;
    int r = own_sockets_bind(data, c, &files);
    *ret = (struct notify_answer){.proceed = r == OWN_SOCKETS_PROCEED, .error = r < 0 ? -r : 0};
    return true;
}

static bool answer_restrict(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    (void)data;
    (void)c;
    (void)may_block;
    table.is_nested = true;
    *ret = (struct notify_answer){.proceed = true};
    return true;
}

static bool find_key(const struct sockaddr_un *address, struct unix_name *ret)
{
    bool found = false;
    (void)pthread_mutex_lock(&table.lock);
    for (size_t i = 0; i < table.n && !found; i++) {
        found = strncmp(table.own[i].key, address->sun_path, sizeof address->sun_path) == 0;
        if (found)
            *ret = table.own[i].name;
    }
    (void)pthread_mutex_unlock(&table.lock);
    return found;
}

/* As the kernel does: as much as there is room for, and how long it is. */
static int tell(const struct notify_call *c, const struct unix_name *name)
{
    int room = 0;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name->path) + 1);
    int r = notify_read(c, c->arg[2], &room, sizeof room);
    if (r == 0 && room < 0)
        r = -EINVAL;
    if (r == 0)
        r = notify_write(c, c->arg[1], &name->address, (size_t)room < len ? (size_t)room : len);
    return r == 0 ? notify_write(c, c->arg[2], &len, sizeof len) : r;
}

static bool answer_name(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    struct sockaddr_un address = {.sun_family = AF_UNSPEC};
    struct unix_name name;
    socklen_t len = sizeof address;
    (void)data;
    (void)may_block;
    AUTO(mem_close_fd) int fd = notify_get_fd(c, (int)c->arg[0]);
    int r = fd < 0                            ? -1
            : c->number == SYS_getsockname    ? getsockname(fd, (struct sockaddr *)&address, &len)
                                              : getpeername(fd, (struct sockaddr *)&address, &len);
    if (r < 0 || address.sun_family != AF_UNIX || len <= offsetof(struct sockaddr_un, sun_path) || !find_key(&address, &name))
        *ret = (struct notify_answer){.proceed = true};
    else
        *ret = (struct notify_answer){.error = -tell(c, &name)};
    return true;
}

int own_sockets_register(const struct caps *c, struct notify *n, struct err *e)
{
    static const int names[] = {SYS_getsockname, SYS_getpeername};
    int r = c->brokered ? 0 : notify_add(n, (struct notify_entry){.number = SYS_bind, .handle = answer_bind, .data = c}, e);
    if (r == 0 && !c->brokered)
        r = notify_add(n, (struct notify_entry){.number = SYS_landlock_restrict_self, .handle = answer_restrict}, e);
    for (size_t i = 0; r == 0 && i < sizeof names / sizeof *names; i++)
        r = notify_add(n, (struct notify_entry){.number = names[i], .handle = answer_name, .data = c}, e);
    return r;
}

static void remove_shown(const struct own *o)
{
    struct stat st;
    const char *last = last_of(o->name.path);
    if (fstatat(o->dir, last, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_same(o->shown, &st))
        o->files.remove(o->files.data, o->dir, last);
}

static bool take_one(struct own *ret)
{
    (void)pthread_mutex_lock(&table.lock);
    bool has = table.n > 0;
    if (has)
        *ret = table.own[--table.n];
    (void)pthread_mutex_unlock(&table.lock);
    return has;
}

/* Whoever removes a file may wait for who makes one: not with the table in hand. */
void own_sockets_end(void)
{
    struct own own;
    while (take_one(&own)) {
        remove_shown(&own);
        forget(&own);
    }
}
