/* session_last: the last command of a terminal that failed and left no session. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "rollback/record.h"
#include "rollback/session.h"

static const char prefix[] = "last.";
enum { NAME_LEN = 40, NS_PER_S = 1000000000 };

static void name_of(int64_t terminal, char ret[NAME_LEN])
{
    (void)snprintf(ret, NAME_LEN, "%s%" PRId64, prefix, terminal);
}

/* Files of terminals that are gone. */
static void remove_dead(int dirfd)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    if (fs_list(dirfd, ".", &names, &ignored) < 0)
        return;
    for (size_t i = 0; i < names.n; i++) {
        const char *digits = str_starts(names.item[i], prefix) ? names.item[i] + strlen(prefix) : "x";
        size_t len = strspn(digits, "0123456789");
        if (len == 0 || len > 9 || digits[len] != '\0')
            continue;
        pid_t pid = (pid_t)strtol(digits, NULL, 10);
        if (pid > 0 && kill(pid, 0) < 0 && errno == ESRCH)
            (void)unlinkat(dirfd, names.item[i], 0);
    }
}

static void make_id(struct session_record *r)
{
    time_t seconds = (time_t)(r->started_ns / NS_PER_S);
    struct tm tm = {0};
    char date[SESSION_ID_MAX / 2];
    if (!localtime_r(&seconds, &tm) || strftime(date, sizeof(date), "%Y%m%d-%H%M%S", &tm) == 0)
        (void)snprintf(date, sizeof(date), "19700101-000000");
    (void)snprintf(r->id, sizeof(r->id), "%s-%d", date, (int)getpid());
}

int session_last_write(const char *directory, struct session_record *r, struct err *e)
{
    AUTO(mem_close_fd) int dirfd = -1;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    char name[NAME_LEN];
    make_id(r);
    r->has_before = true;
    name_of(r->launch.terminal, name);
    int rc = record_format(r, &text, e);
    if (rc == 0)
        rc = fs_open_private(directory, true, &dirfd, e);
    if (rc < 0)
        return rc;
    remove_dead(dirfd);
    return fs_publish(dirfd, name, text.buf, text.len, 0600, e);
}

int session_last_read(const char *directory, int64_t terminal, struct session_record *ret, struct err *e)
{
    AUTO(mem_close_fd) int dirfd = -1;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    char name[NAME_LEN];
    name_of(terminal, name);
    int rc = fs_open_private(directory, false, &dirfd, e);
    if (rc == 0)
        rc = fs_read(dirfd, name, &text, e);
    return rc < 0 ? rc : record_parse(text.buf, text.len, name, ret, e);
}

void session_last_clear(const char *directory, int64_t terminal)
{
    char name[NAME_LEN];
    name_of(terminal, name);
    AUTO(mem_free_ptr) char *path = path_join(directory, name);
    (void)unlink(path);
}
