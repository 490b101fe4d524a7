/* attack: so many directories in one call that nono mixes them up. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attack.h"

/* As rollback/broker_judge.c keeps its directories. */
enum { PLACES = 128, MANY = 40 * PLACES };

static int place_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return -1;
    return (int)(((unsigned long)st.st_ino ^ ((unsigned long)st.st_dev * 31)) % PLACES);
}

static int make_with_place(const char *prefix, int place, char ret[SIZE])
{
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(ret, SIZE, "%s%d", prefix, i);
        if (mkdir(ret, 0700) < 0)
            return -1;
        if (place_of(ret) == place)
            return 0;
    }
    errno = ENOENT;
    return -1;
}

/* The links on the way to the thing lead through directories with one place in the table, among them OUTSIDE, which has `link` to a/f. */
int crowd(void)
{
    char to[SIZE];
    char by[SIZE];
    char link[2 * SIZE];
    char behind[2 * SIZE];
    char name[2 * SIZE];
    struct stat made;
    int place = place_of(outside);
    if (place < 0 || make_with_place("to", place, to) < 0 || make_with_place("by", place, by) < 0)
        return fail("cannot make the directories");
    (void)snprintf(link, sizeof link, "%s/link", by);
    (void)snprintf(behind, sizeof behind, "%s/link", outside);
    (void)snprintf(name, sizeof name, "%s/linked", to);
    if (symlink(behind, link) < 0 || linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) < 0)
        return fail("cannot link");
    return lstat(name, &made) < 0 ? fail("the new name is elsewhere") : 0;
}
