/* mounts: bind mounts, found in mountinfo. */
#include "core/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"

enum { N_FIELDS = 5 };

struct mount {
    uint64_t id;
    const char *device; /* "8:1" */
    size_t device_len;
    char *root, *point;
};

static void mount_release(struct mount *m)
{
    mem_free(m->root);
    mem_free(m->point);
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* Blanks, line breaks and backslashes are written as three octal digits. */
static char *unescape(const char *text, size_t len)
{
    char *out = mem_strndup(text, len);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\' && len - i > 3 && is_octal(text[i + 1]) && is_octal(text[i + 2]) && is_octal(text[i + 3])) {
            out[n++] = (char)((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            out[n++] = text[i];
        }
    }
    out[n] = '\0';
    return out;
}

/* "36 35 98:0 /root /mount/point …"; false for a line that is none. */
static bool parse(const char *line, struct mount *ret)
{
    const char *field[N_FIELDS];
    size_t len[N_FIELDS];
    for (size_t i = 0; i < N_FIELDS; i++) {
        len[i] = strcspn(line, " \n");
        field[i] = line;
        line += len[i];
        if (len[i] == 0 || (*line != ' ' && i + 1 < N_FIELDS))
            return false;
        line += *line == ' ';
    }
    *ret = (struct mount){
        .id = strtoull(field[0], NULL, 10),
        .device = field[2],
        .device_len = len[2],
        .root = unescape(field[3], len[3]),
        .point = unescape(field[4], len[4]),
    };
    return true;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* The mount that shows `path`: the deepest, and of two at one place the later. */
static bool find(const char *mountinfo, const char *path, mounts_test *is_shown, struct mount *ret)
{
    bool found = false;
    for (const char *line = mountinfo; *line; line = next_line(line)) {
        struct mount m;
        if (!parse(line, &m))
            continue;
        if (path_is_within(path, m.point) && is_shown(path, m.id) && (!found || strlen(m.point) >= strlen(ret->point))) {
            if (found)
                mount_release(ret);
            *ret = m;
            found = true;
        } else {
            mount_release(&m);
        }
    }
    return found;
}

static char *below(const char *directory, const char *rest)
{
    return *rest ? path_join(directory, rest) : mem_strdup(directory);
}

static long look(const char *path, struct statx *ret)
{
    return syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, ret);
}

bool mounts_is_shown(const char *path, uint64_t id)
{
    struct statx st;
    AUTO(mem_free_ptr) char *at = mem_strdup(path);
    long r = look(at, &st);
    while (r < 0 && (errno == ENOENT || errno == ENOTDIR) && at[1] != '\0') {
        char *above = path_parent(at);
        mem_free(at);
        at = above;
        r = look(at, &st);
    }
    return r < 0 || !(st.stx_mask & STATX_MNT_ID) || st.stx_mnt_id == id;
}

void mounts_aliases(const char *mountinfo, const char *known, mounts_test *is_shown, struct strlist *ret)
{
    AUTO(mount_release) struct mount home = {0};
    if (!find(mountinfo, known, is_shown, &home))
        return;
    AUTO(mem_free_ptr) char *object = below(home.root, path_below(known, home.point));
    for (const char *line = mountinfo; *line; line = next_line(line)) {
        AUTO(mount_release) struct mount m = {0};
        if (!parse(line, &m) || m.device_len != home.device_len || memcmp(m.device, home.device, m.device_len) != 0)
            continue;
        const char *rest = path_below(object, m.root);
        if (!rest && !path_is_within(m.root, object))
            continue;
        AUTO(mem_free_ptr) char *alias = rest ? below(m.point, rest) : mem_strdup(m.point);
        if (!path_is_within(alias, known) && is_shown(alias, m.id))
            (void)strlist_add_once(ret, alias);
    }
}

bool mounts_any_below(const char *mountinfo, const char *path)
{
    bool found = false;
    for (const char *line = mountinfo; *line && !found; line = next_line(line)) {
        AUTO(mount_release) struct mount m = {0};
        found = parse(line, &m) && path_is_within(m.point, path) && strcmp(m.point, path) != 0;
    }
    return found;
}

int mounts_read(struct str *ret, struct err *e)
{
    return fs_read(AT_FDCWD, "/proc/self/mountinfo", ret, e) < 0 ? err_add(e, "/proc/self/mountinfo") : 0;
}

int mounts_known(const char **ret, struct err *e)
{
    static struct str known = STR_INIT(MOUNTS_MAX_TEXT);
    if (known.len == 0 && mounts_read(&known, e) < 0) {
        str_clear(&known);
        return e->class;
    }
    *ret = known.buf;
    return 0;
}
