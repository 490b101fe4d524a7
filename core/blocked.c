/* blocked: from the names of commands to files. */
#include "core/blocked.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"

enum { MAX_DIRECTORIES = 128 }; /* of a search path; each is a descriptor */

static const char *const standard[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};

struct directory {
    int fd;
    char *path; /* real */
    struct caps_object object;
};

/* A blocked name in one of the directories. */
struct found {
    size_t directory, command;
    bool is_link;
    struct stat file;  /* what the name leads to */
    char *path, *real; /* of the name, and of the file */
    char *other;       /* a name of the file that is not blocked, NULL */
};

struct finding {
    struct caps *caps;
    struct directory *directory;
    size_t n, cap;
    struct found *found;
    size_t n_found, cap_found;
};

static void finding_release(struct finding *f)
{
    for (size_t i = 0; i < f->n; i++) {
        mem_close_fd(&f->directory[i].fd);
        mem_free(f->directory[i].path);
    }
    for (size_t i = 0; i < f->n_found; i++) {
        mem_free(f->found[i].path);
        mem_free(f->found[i].real);
        mem_free(f->found[i].other);
    }
    mem_free(f->directory);
    mem_free(f->found);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_known(const struct finding *f, const struct stat *st)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->directory[i].object.device == (uint64_t)st->st_dev && f->directory[i].object.inode == (uint64_t)st->st_ino)
            return true;
    return false;
}

/* One that cannot be entered holds nothing that a command could start. */
static int add_directory(struct finding *f, const char *path, struct err *e)
{
    struct stat st;
    AUTO(mem_close_fd) int fd = -1;
    AUTO(mem_free_ptr) char *real = NULL;
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode) || is_known(f, &st))
        return 0;
    int r = path_resolve(path, &fd, &real, e);
    if (r == ERR_MISSING || r == ERR_DENIED)
        return 0;
    if (r < 0 || fstat(fd, &st) < 0 || f->n == MAX_DIRECTORIES)
        return r < 0 ? err_add(e, "looking for blocked commands") : err_set(e, ERR_LIMIT, "PATH has more than %d directories", MAX_DIRECTORIES);
    mem_reserve(&f->directory, &f->cap, f->n + 1, sizeof *f->directory);
    f->directory[f->n++] = (struct directory){
        .fd = take_fd(&fd), .path = take_ptr(&real), .object = {.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino}};
    return 0;
}

static int add_directories(struct finding *f, struct err *e)
{
    int r = 0;
    const char *at = f->caps->search ? f->caps->search : "";
    while (r == 0 && *at) {
        size_t len = strcspn(at, ":");
        AUTO(mem_free_ptr) char *entry = mem_strndup(at, len);
        AUTO(mem_free_ptr) char *path = *entry == '/' ? NULL : path_join(f->caps->workdir ? f->caps->workdir : "/", entry);
        r = add_directory(f, path ? path : entry, e);
        at += len + (at[len] == ':');
    }
    for (size_t i = 0; r == 0 && i < sizeof standard / sizeof *standard; i++)
        r = add_directory(f, standard[i], e);
    return r;
}

/* Where the file is that a name leads to; NULL when it has gone. */
static char *real_of(const char *path)
{
    AUTO(mem_close_fd) int fd = -1;
    char *real = NULL;
    struct err ignored = ERR_INIT;
    return path_resolve(path, &fd, &real, &ignored) == 0 ? real : NULL;
}

/* Landlock judges by the file, whatever link led to it. */
static bool may_execute(const struct caps *c, const char *real)
{
    struct caps_answer answer;
    caps_evaluate(c, real, CAPS_READ, &answer);
    return answer.allowed;
}

static void look_up(struct finding *f, size_t command, size_t directory)
{
    const char *name = f->caps->blocked[command].name;
    const struct directory *d = &f->directory[directory];
    struct found found = {.directory = directory, .command = command};
    if (fstatat(d->fd, name, &found.file, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    found.is_link = S_ISLNK(found.file.st_mode);
    if ((found.is_link && fstatat(d->fd, name, &found.file, 0) < 0) || !S_ISREG(found.file.st_mode))
        return;
    AUTO(mem_free_ptr) char *path = path_join(d->path, name);
    AUTO(mem_free_ptr) char *real = found.is_link ? real_of(path) : mem_strdup(path);
    if (!real || !may_execute(f->caps, real))
        return;
    found.path = take_ptr(&path);
    found.real = take_ptr(&real);
    mem_reserve(&f->found, &f->cap_found, f->n_found + 1, sizeof *f->found);
    f->found[f->n_found++] = found;
}

static bool has_own_name(const struct finding *f, const struct found *found)
{
    return caps_blocked(f->caps, found->real) != NULL;
}

static bool may_have_others(const struct finding *f, const struct found *found)
{
    return !found->other && (found->file.st_nlink > 1 || !has_own_name(f, found));
}

/* The entry may be a name, that is not blocked, of one of the files. */
static bool is_of_interest(const struct finding *f, const struct dirent *entry)
{
    bool may_be = entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
    for (size_t i = 0; !may_be && i < f->n_found; i++)
        may_be = entry->d_ino == f->found[i].file.st_ino;
    return may_be && !caps_blocked(f->caps, entry->d_name);
}

static void note_other(struct finding *f, const struct directory *d, const char *name)
{
    struct stat st;
    if (fstatat(d->fd, name, &st, 0) < 0)
        return;
    for (size_t i = 0; i < f->n_found; i++)
        if (may_have_others(f, &f->found[i]) && is_same(&st, &f->found[i].file))
            f->found[i].other = path_join(d->path, name);
}

static void close_directory(DIR **dir)
{
    if (*dir)
        (void)closedir(*dir);
}

static int list_others(struct finding *f, const struct directory *d, struct err *e)
{
    AUTO(mem_close_fd) int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO(close_directory) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return errno == EACCES ? 0 : err_sys(e, ERR_IO, errno, "looking for other names of blocked commands");
    (void)take_fd(&fd);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (is_of_interest(f, entry))
            note_other(f, d, entry->d_name);
    return 0;
}

static int find_others(struct finding *f, struct err *e)
{
    bool wanted = false;
    int r = 0;
    for (size_t i = 0; i < f->n_found; i++)
        wanted |= may_have_others(f, &f->found[i]);
    for (size_t i = 0; wanted && r == 0 && i < f->n; i++)
        r = list_others(f, &f->directory[i], e);
    return r;
}

static void hide(const struct finding *f, const struct found *found)
{
    bool hides_file = has_own_name(f, found) || !found->other;
    const char *also = found->other ? found->other : found->file.st_nlink > 1 ? "" : NULL;
    const char *path = hides_file ? found->real : found->path;
    const struct caps_command *own = hides_file ? caps_blocked(f->caps, path) : NULL;
    if (!caps_hidden(f->caps, path))
        caps_add_hidden(f->caps, mem_strdup(path), own ? (size_t)(own - f->caps->blocked) : found->command, mem_strdup(also));
}

int blocked_find(struct caps *c, struct err *e)
{
    AUTO(finding_release) struct finding f = {.caps = c};
    int r = c->n_blocked > 0 ? add_directories(&f, e) : 0;
    for (size_t i = 0; r == 0 && i < c->n_blocked * f.n; i++)
        look_up(&f, i / f.n, i % f.n);
    if (r == 0)
        r = find_others(&f, e);
    for (size_t i = 0; r == 0 && i < f.n_found; i++)
        hide(&f, &f.found[i]);
    c->hides_commands = r == 0;
    return r;
}

void blocked_describe_other(const struct caps_hidden *h, struct str *out)
{
    if (!h->also)
        return;
    str_add(out, "; by that name only: the program is reached also ");
    if (*h->also) {
        str_add(out, "as ");
        quote_term(out, path_base(h->also));
    } else {
        str_add(out, "by another name, a hard link");
    }
}

void blocked_describe(const struct caps *c, struct strlist *ret)
{
    for (size_t i = 0; i < c->n_hidden; i++) {
        const struct caps_hidden *h = &c->hidden[i];
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        quote_term(&line, c->blocked[h->command].name);
        str_add(&line, " is blocked");
        blocked_describe_other(h, &line);
        if (h->also)
            (void)strlist_add_once(ret, line.buf);
    }
}
