/* mutate_look: what a thing is, with what tells it from every other: device, inode and birth. No allocation. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct mutate_look {
    uint64_t device, inode;
    int64_t birth_ns;        /* 0: the file system does not say. An inode number is used again, its time of birth is not */
    uint64_t mount;          /* 0: the kernel does not say */
    uint64_t size, occupied; /* bytes; of data on the disk */
    int64_t mtime_s, ctime_ns;
    uint32_t mtime_ns;
    uint32_t mode, uid, gid, nlink; /* mode with the type */
};

/* The thing `name` in `dir`, a link itself; "": what `dir` is open on. Negative errno value. */
int mutate_look(int dir, const char *name, struct mutate_look *ret);
