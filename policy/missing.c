/* missing: a set of marks of names, which says "no" with certainty. */
#include "policy/missing.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"

enum {
    CHUNK = 4096,
    LONG = 16 * 1024, /* bytes of a directory: reading it costs more than it saves */
    XFS_MAGIC = 0x58465342,
};

/* What they list is what they find, but for case. */
static bool is_known(long type)
{
    static const unsigned known[] = {EXT4_SUPER_MAGIC, XFS_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if ((unsigned)type == known[i])
            return true;
    return false;
}

/* MISSING_BITS for one beyond ASCII. */
static size_t mark_of(const char *name, size_t len)
{
    uint32_t mark = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++) {
        uint32_t c = (unsigned char)name[i];
        if (c > 0x7f)
            return MISSING_BITS;
        if (c >= 'A' && c <= 'Z')
            c |= 'a' ^ 'A';
        mark = (mark ^ c) * 16777619u;
    }
    return (mark ^ mark >> 16) % MISSING_BITS;
}

static bool add_names(const char *chunk, size_t len, struct missing *m)
{
    for (size_t at = 0; at < len;) {
        const struct fs_listed *entry = (const void *)(chunk + at);
        size_t mark = mark_of(entry->name, strlen(entry->name));
        if (mark == MISSING_BITS)
            return false;
        m->bit[mark / 64] |= 1ull << mark % 64;
        at += entry->length;
    }
    return true;
}

bool missing_read(const char *directory, dev_t device, ino_t inode, struct missing *ret)
{
    _Alignas(struct fs_listed) char chunk[CHUNK];
    struct stat st;
    struct statfs fs;
    AUTO(mem_close_fd) int fd = openat(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_dev != device || st.st_ino != inode || st.st_size > LONG || fstatfs(fd, &fs) < 0 || !is_known((long)fs.f_type))
        return false;
    *ret = (struct missing){0};
    for (;;) {
        long len = syscall(SYS_getdents64, fd, chunk, sizeof chunk);
        if (len <= 0)
            return len == 0;
        if (!add_names(chunk, (size_t)len, ret))
            return false;
    }
}

bool missing_has(const struct missing *m, const char *name, size_t len)
{
    size_t mark = len <= NAME_MAX ? mark_of(name, len) : MISSING_BITS;
    return mark < MISSING_BITS && !(m->bit[mark / 64] & 1ull << mark % 64);
}
