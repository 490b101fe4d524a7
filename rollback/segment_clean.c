#include "rollback/segment_clean.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/str.h"
#include "rollback/segment.h"

enum { FILE_NAME = SEGMENT_FILE_NAME };

static void file_name(const char *name, const char *suffix, char ret[FILE_NAME])
{
    (void)snprintf(ret, FILE_NAME, "%s.%s", name, suffix);
}

static void remove_file(int dirfd, const char *name, const char *suffix)
{
    char path[FILE_NAME];
    file_name(name, suffix, path);
    (void)unlinkat(dirfd, path, 0);
}

static bool file_exists(int dirfd, const char *name, const char *suffix)
{
    char path[FILE_NAME];
    struct stat st;
    file_name(name, suffix, path);
    return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* `name` with `suffix` was listed. Whoever makes a segment holds the lock of its data file, as .tmp and later as .seg, all the time. */
static void clean_one(int dirfd, const char *listed, const char *name, const char *suffix)
{
    if (strcmp(suffix, "tmp") == 0 || (strcmp(suffix, "seg") == 0 && !file_exists(dirfd, name, "idx"))) {
        AUTO(mem_close_fd) int fd = openat(dirfd, listed, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 || file_exists(dirfd, name, "idx"))
            return;
        remove_file(dirfd, name, "tmpidx");
        remove_file(dirfd, name, suffix);
    } else if (strcmp(suffix, "tmpidx") == 0) {
        /* In this order: the data file goes from the one name to the other. */
        if (!file_exists(dirfd, name, "tmp") && !file_exists(dirfd, name, "seg"))
            remove_file(dirfd, name, suffix);
    }
}

void segment_clean(int dirfd)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    if (fs_list(dirfd, ".", &names, &ignored) != 0)
        return;
    for (size_t i = 0; i < names.n; i++) {
        char name[SEGMENT_NAME + 1] = "";
        if (strlen(names.item[i]) < SEGMENT_NAME + 2 || names.item[i][SEGMENT_NAME] != '.')
            continue;
        memcpy(name, names.item[i], SEGMENT_NAME);
        if (segment_name_is_valid(name))
            clean_one(dirfd, names.item[i], name, names.item[i] + SEGMENT_NAME + 1);
    }
}
