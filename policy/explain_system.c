/* explain_system: what the system says, policy or not: permissions, mounts, the x bit. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/explain_parts.h"

/* What the system itself says to this user; 0 when it lets them. */
static int system_says(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0 ? 0 : errno;
}

static void set_system(struct explain_answer *a, enum explain_reason reason, const char *text)
{
    a->allowed = false;
    a->reason = reason;
    str_clear(&a->details);
    str_addf(&a->details, "the policy allows it; %s", text);
}

/* The same about a part; one that does not exist is made in its parent. */
static int system_says_of(const struct explain_part *part)
{
    const struct real *real = &part->real;
    if (path_is_within(real->path, "/proc/self"))
        return 0;
    AUTO(mem_free_ptr) char *parent = explain_existing(real->path);
    bool creates = !real->exists && (part->access & CAPS_WRITE);
    if (!real->exists && !creates)
        return real->sys == EACCES ? EACCES : 0;
    int mode = (part->access & CAPS_READ && !creates ? R_OK : 0) | (part->access & CAPS_WRITE ? W_OK : 0);
    return system_says(creates ? parent : real->path, creates ? W_OK | X_OK : mode);
}

void explain_ask_system(struct explain_answer *a, const struct explain_part *part)
{
    int sys = system_says_of(part);
    if (sys == EROFS)
        set_system(a, EXPLAIN_READ_ONLY_MOUNT, "the file system is mounted read-only");
    else if (sys == EACCES || sys == EPERM)
        set_system(a, EXPLAIN_FILE_PERMISSIONS, "the permissions of the file system do not let this user");
}

bool explain_system_refuses(const struct explain_goal *g)
{
    for (size_t i = 0; i < g->n_parts; i++) {
        int sys = system_says_of(&g->part[i]);
        if (sys == EACCES || sys == EPERM || sys == EROFS)
            return true;
    }
    return false;
}

void explain_ask_execute(struct explain_answer *a, const struct explain_part *part)
{
    struct stat st;
    struct statvfs fs;
    const char *path = part->real.path;
    AUTO(str_release) struct str why = STR_INIT(STR_MAX_LINE);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    if (!part->real.exists || stat(path, &st) < 0)
        str_addf(&why, "the %s %s does not exist or cannot be reached", part->what, shown);
    else if (!S_ISREG(st.st_mode))
        str_addf(&why, "the %s %s is not a file that can be executed", part->what, shown);
    else if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
        str_addf(&why, "%s lies on a file system that is mounted noexec", shown);
    else if (system_says(path, X_OK) != 0)
        str_addf(&why, "%s has no execute permission for this user (chmod +x gives it)", shown);
    else
        return;
    bool noexec = strstr(why.buf, " is mounted noexec") != NULL;
    set_system(a, noexec ? EXPLAIN_NOEXEC_MOUNT : EXPLAIN_NOT_EXECUTABLE, why.buf);
}
