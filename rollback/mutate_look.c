#include "rollback/mutate_look.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)

/* Values of the kernel's, which C libraries learned late. */
enum { EMPTY_PATH = 0x1000, NO_AUTOMOUNT = 0x800, MOUNT_ID = 0x1000 };

static int64_t in_ns(const struct statx_timestamp *t)
{
    return t->tv_sec * SECOND_NS + t->tv_nsec;
}

int mutate_look(int dir, const char *name, struct mutate_look *ret)
{
    struct statx st;
    int flags = AT_SYMLINK_NOFOLLOW | NO_AUTOMOUNT | (name[0] ? 0 : EMPTY_PATH);
    if (syscall(SYS_statx, dir, name, flags, STATX_BASIC_STATS | STATX_BTIME | MOUNT_ID, &st) < 0)
        return -errno;
    *ret = (struct mutate_look){
        .device = (uint64_t)makedev(st.stx_dev_major, st.stx_dev_minor),
        .inode = st.stx_ino,
        .birth_ns = st.stx_mask & STATX_BTIME ? in_ns(&st.stx_btime) : 0,
        .mount = st.stx_mask & MOUNT_ID ? st.stx_mnt_id : 0,
        .size = st.stx_size,
        .occupied = st.stx_blocks * 512,
        .mtime_s = st.stx_mtime.tv_sec,
        .mtime_ns = st.stx_mtime.tv_nsec,
        .ctime_ns = in_ns(&st.stx_ctime),
        .mode = st.stx_mode,
        .uid = st.stx_uid,
        .gid = st.stx_gid,
        .nlink = st.stx_nlink,
    };
    return 0;
}
