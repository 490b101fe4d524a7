/* try_files: the operations with files and directories. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/kernel/try.h"

int try_open_read(char **a)
{
    char byte;
    int fd = open(a[0], O_RDONLY | O_CLOEXEC);
    return fd < 0 ? errno : status_of(read(fd, &byte, 1));
}

int try_open_write(char **a)
{
    int fd = open(a[0], O_WRONLY | O_CLOEXEC);
    return fd < 0 ? errno : status_of(write(fd, "x", 1));
}

int try_open_truncate(char **a)
{
    return status_of(open(a[0], O_RDONLY | O_TRUNC | O_CLOEXEC));
}

int try_truncate_name(char **a)
{
    return status_of(truncate(a[0], 0));
}

int try_create(char **a)
{
    return status_of(open(a[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

int try_temporary(char **a)
{
    return status_of(open(a[0], O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
}

int try_list(char **a)
{
    DIR *dir = opendir(a[0]);
    return dir ? status_of(closedir(dir)) : errno;
}

int try_make_directory(char **a)
{
    return status_of(mkdir(a[0], 0700));
}

int try_remove_directory(char **a)
{
    return status_of(rmdir(a[0]));
}

int try_remove_file(char **a)
{
    return status_of(unlink(a[0]));
}

int try_rename_to(char **a)
{
    return status_of(rename(a[0], a[1]));
}

int try_link_to(char **a)
{
    return status_of(link(a[0], a[1]));
}

int try_symlink_to(char **a)
{
    return status_of(symlink(a[0], a[1]));
}

int try_make_fifo(char **a)
{
    return status_of(mkfifo(a[0], 0600));
}

int try_make_device(char **a)
{
    return status_of(mknod(a[0], S_IFCHR | 0600, makedev(1, 3)));
}

int try_change_mode(char **a)
{
    return status_of(chmod(a[1], (mode_t)strtol(a[0], NULL, 8)));
}

int try_create_with_mode(char **a)
{
    return status_of(open(a[1], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)strtol(a[0], NULL, 8)));
}

int try_change_owner(char **a)
{
    return status_of(chown(a[0], 1234, 1234));
}

int try_keep_owner(char **a)
{
    return status_of(chown(a[0], geteuid(), getegid()));
}

int try_change_times(char **a)
{
    return status_of(utimensat(AT_FDCWD, a[0], NULL, 0));
}

int try_set_attribute(char **a)
{
    return status_of(setxattr(a[0], "user.nono", "x", 1, 0));
}

int try_change_mode_of_fd(char **a)
{
    return status_of(fchmodat(number(a[0]), a[1], 0600, 0));
}
