/* attack_flip: paths, folders and links that change under the call, and other names of a file. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

static atomic_bool is_over;
static char shared[SIZE]; /* the path that changes under the call */
static const char *path_of[2];

static void *flip(void *unused)
{
    for (unsigned i = 0; !is_over; i++)
        (void)strcpy(shared, path_of[i & 1]);
    return unused;
}

static int while_it_changes(void *(*change)(void *), void (*call)(void))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, change, NULL) != 0)
        return fail("pthread_create");
    for (int i = 0; i < TRIES; i++)
        call();
    is_over = true;
    (void)pthread_join(thread, NULL);
    return 0;
}

static void open_shared(void)
{
    int fd = open(shared, O_WRONLY | O_TRUNC);
    if (fd >= 0) {
        (void)!write(fd, "ATTACK", 6);
        (void)close(fd);
    }
}

static void chmod_shared(void)
{
    (void)chmod(shared, 0640);
}

static void utimes_shared(void)
{
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 2}};
    (void)utimensat(AT_FDCWD, shared, times, 0);
}

static void xattr_shared(void)
{
    (void)setxattr(shared, "user.attack", "x", 1, 0);
}

static void unlink_shared(void)
{
    (void)unlink(shared);
    int fd = open("a/f", O_CREAT | O_WRONLY, 0644);
    if (fd >= 0)
        (void)close(fd);
}

/* What changes a file without opening it to write: another one each time, since nothing is kept twice. */
static void truncate_shared(void)
{
    enum { FILES = 500 };
    static char name[2][SIZE];
    static unsigned turn;
    char *next = name[turn % 2];
    (void)snprintf(next, sizeof name[0], "a/%u", turn % FILES);
    path_of[0] = next;
    int fd = open(shared, (turn++ / FILES % 2 ? O_ACCMODE : O_RDONLY) | O_TRUNC);
    if (fd >= 0)
        (void)close(fd);
    if (turn / FILES > 1)
        (void)truncate(shared, 0);
}

static int flipping(void (*call)(void))
{
    static char other[SIZE];
    (void)snprintf(other, sizeof other, "%s/f", outside);
    path_of[0] = "a/f";
    path_of[1] = other;
    (void)strcpy(shared, path_of[0]);
    return while_it_changes(flip, call);
}

int flip_open(void)
{
    return flipping(open_shared);
}

int flip_truncate(void)
{
    static char device[] = "/dev/null";
    path_of[0] = path_of[1] = device;
    return while_it_changes(flip, truncate_shared);
}

int flip_chmod(void)
{
    return flipping(chmod_shared);
}

int flip_utimes(void)
{
    return flipping(utimes_shared);
}

int flip_xattr(void)
{
    return flipping(xattr_shared);
}

int flip_unlink(void)
{
    return flipping(unlink_shared);
}

static void *exchange(void *unused)
{
    while (!is_over)
        (void)renameat2(AT_FDCWD, "a", AT_FDCWD, "link", RENAME_EXCHANGE);
    return unused;
}

static void change_below(void)
{
    (void)strcpy(shared, "a/f");
    open_shared();
    chmod_shared();
    utimes_shared();
    (void)rename("a/f", "a/g");
    (void)rename("a/g", "a/f");
}

/* A folder and a link to a place outside change places. */
int exchange_folder(void)
{
    if (symlink(outside, "link") < 0)
        return fail("symlink");
    return while_it_changes(exchange, change_below);
}

/* OUTSIDE is here a granted directory with another name of a/f. */
int hard_link(void)
{
    char path[SIZE];
    (void)snprintf(path, sizeof path, "%s/f", outside);
    (void)strcpy(shared, path);
    open_shared();
    chmod_shared();
    utimes_shared();
    if (setxattr(path, "user.attack", "x", 1, 0) < 0 || truncate(path, 3) < 0)
        return fail("cannot use the other name");
    return 0;
}
