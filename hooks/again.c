/* again: the last command that failed in a shell. */
#include "hooks/again.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/hash.h"
#include "core/mem.h"
#include "hooks/hint.h"

/* "0123456789abcdef failed\n" */
enum { NOTE_MAX = 32, HASH_DIGITS = 16 };
static const char failed[] = "failed\n";
static const char watched[] = "watched\n";

/* With the zero behind each word: "a b" is not "a" "b". */
static uint64_t hash_of(const struct again_command *c)
{
    uint64_t hash = hash_add(HASH_START, c->workdir, strlen(c->workdir) + 1);
    for (size_t i = 0; c->argv[i]; i++)
        hash = hash_add(hash, c->argv[i], strlen(c->argv[i]) + 1);
    return hash;
}

static int open_directory(const struct world *w)
{
    struct err ignored = ERR_INIT;
    int fd = -1;
    return fs_open_private(w->runtime_dir, false, &fd, &ignored) < 0 ? -1 : fd;
}

static int open_note(int dirfd, int flags)
{
    char name[HINT_NAME_MAX];
    hint_name(HINT_AGAIN, getppid(), name);
    AUTO(mem_close_fd) int fd = openat(dirfd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    return fd >= 0 && hint_is_own_file(fd) ? take_fd(&fd) : -1;
}

static bool wants_hints(int dirfd)
{
    char name[HINT_NAME_MAX];
    hint_name(HINT_LINES, getppid(), name);
    return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What the note says of this command, "" where it is of another one; NULL without a note. */
static const char *read_note(int dirfd, uint64_t hash, char text[NOTE_MAX + 1])
{
    char wanted[HASH_DIGITS + 2];
    AUTO(mem_close_fd) int fd = open_note(dirfd, O_RDONLY);
    ssize_t len = fd < 0 ? -1 : read(fd, text, NOTE_MAX);
    if (len < 0)
        return NULL;
    text[len] = '\0';
    (void)snprintf(wanted, sizeof wanted, "%016" PRIx64 " ", hash);
    return strncmp(text, wanted, strlen(wanted)) == 0 ? text + strlen(wanted) : "";
}

bool again_is_due(const struct again_command *c)
{
    char text[NOTE_MAX + 1];
    AUTO(mem_close_fd) int dirfd = open_directory(c->world);
    const char *note = dirfd < 0 ? NULL : read_note(dirfd, hash_of(c), text);
    return note && strcmp(note, failed) == 0;
}

static void write_note(int dirfd, uint64_t hash, const char *state)
{
    char text[NOTE_MAX];
    int len = snprintf(text, sizeof text, "%016" PRIx64 " %s", hash, state);
    AUTO(mem_close_fd) int fd = open_note(dirfd, O_WRONLY | O_CREAT);
    if (fd >= 0 && ftruncate(fd, 0) == 0)
        (void)!write(fd, text, (size_t)len);
}

enum again_news again_ended(const struct again_command *c, const struct again_end *end)
{
    char text[NOTE_MAX + 1];
    if (!end->failed && !end->watched)
        return AGAIN_NOTHING;
    AUTO(mem_close_fd) int dirfd = open_directory(c->world);
    if (dirfd < 0 || !wants_hints(dirfd))
        return AGAIN_NOTHING;
    uint64_t hash = hash_of(c);
    const char *note = read_note(dirfd, hash, text);
    bool was_due = note && strcmp(note, failed) == 0;
    if (end->watched || !note || *note == '\0')
        write_note(dirfd, hash, end->watched ? watched : failed);
    if (end->watched)
        return was_due && end->failed ? AGAIN_WATCHED : AGAIN_NOTHING;
    return note ? AGAIN_NOTHING : AGAIN_FIRST;
}
