/* hint: who is the shell above, and a line for it. */
#include "hooks/hint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/proc_text.h"
#include "core/quote.h"
#include "core/str.h"

static const char *const prefixes[HINT_N] = {[HINT_LINES] = "hint.", [HINT_AGAIN] = "again."};

void hint_name(enum hint_kind kind, pid_t pid, char ret[HINT_NAME_MAX])
{
    (void)snprintf(ret, HINT_NAME_MAX, "%s%d", prefixes[kind], (int)pid);
}

/* The process a file of this directory belongs to, 0 for any other name. */
static pid_t owner_of(const char *name)
{
    size_t kind = 0;
    while (kind < HINT_N && !str_starts(name, prefixes[kind]))
        kind++;
    if (kind == HINT_N)
        return 0;
    const char *digits = name + strlen(prefixes[kind]);
    size_t len = strspn(digits, "0123456789");
    return len > 0 && len < 10 && digits[len] == '\0' ? (pid_t)strtol(digits, NULL, 10) : 0;
}

static int remove_dead(int dirfd, struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    int r = fs_list(dirfd, ".", &names, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++) {
        pid_t pid = owner_of(names.item[i]);
        if (pid > 0 && kill(pid, 0) < 0 && errno == ESRCH)
            (void)unlinkat(dirfd, names.item[i], 0);
    }
    return 0;
}

int hint_prepare(const struct world *w, struct err *e)
{
    AUTO(mem_close_fd) int dirfd = -1;
    int r = fs_open_private(w->runtime_dir, true, &dirfd, e);
    return r < 0 ? r : remove_dead(dirfd, e);
}

/* 0 when it cannot be told: the walk ends there. */
static pid_t parent_of(pid_t pid)
{
    char text[PROC_TEXT_SIZE];
    /* "pid (name) state ppid": the name is the program's own choice and may hold anything, parentheses too. */
    const char *after = proc_text_read(pid, "stat", text) ? strrchr(text, ')') : NULL;
    if (after == NULL || strlen(after) < strlen(") S 1"))
        return 0;
    long ppid = strtol(after + strlen(") S "), NULL, 10);
    return ppid > 0 && ppid <= INT_MAX ? (pid_t)ppid : 0;
}

/* A file that is not exactly what the hook makes is nobody's: no shell will read it, or the wrong one. */
bool hint_is_own_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1;
}

static int open_nearest(int dirfd)
{
    pid_t pid = getppid();
    for (int level = 0; level < HINT_ANCESTORS_MAX && pid > 1; level++, pid = parent_of(pid)) {
        char name[HINT_NAME_MAX];
        hint_name(HINT_LINES, pid, name);
        AUTO(mem_close_fd) int fd = openat(dirfd, name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && hint_is_own_file(fd))
            return take_fd(&fd);
    }
    return -1;
}

/* Where a text in UTF-8 may be cut to have at most `max` bytes. */
static size_t cut_at(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

static int append(int fd, const char *line, struct err *e)
{
    struct stat st;
    AUTO(str_release) struct str safe = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str text = STR_INIT(HINT_LINE_MAX + 1);
    str_add(&safe, "nono: ");
    quote_termn(&safe, line, strnlen(line, STR_MAX_LINE / 4)); /* a byte becomes four at most */
    str_addn(&text, safe.buf, cut_at(safe.buf, safe.len, HINT_LINE_MAX));
    str_addc(&text, '\n');
    int r = str_check(&text, "a hint", e);
    if (r < 0)
        return r;
    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_IO, errno, "cannot leave a hint for the shell");
    if ((size_t)st.st_size + text.len > HINT_FILE_MAX)
        return 0;
    /* One write with O_APPEND: lines of two programs cannot mix. */
    if (write(fd, text.buf, text.len) != (ssize_t)text.len)
        return err_sys(e, ERR_IO, errno, "cannot leave a hint for the shell");
    return 0;
}

int hint_leave(const struct world *w, const char *line, struct err *e)
{
    AUTO(mem_close_fd) int dirfd = -1;
    int r = fs_open_private(w->runtime_dir, false, &dirfd, e);
    if (r == ERR_MISSING) {
        *e = (struct err)ERR_INIT;
        return 0;
    }
    if (r == 0)
        r = remove_dead(dirfd, e);
    if (r < 0)
        return r;
    AUTO(mem_close_fd) int fd = open_nearest(dirfd);
    return fd < 0 ? 0 : append(fd, line, e);
}
