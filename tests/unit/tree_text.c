#include "tests/unit/tree_text.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/str.h"
#include "tests/unit/tap.h"

enum { MAX_LINKED = 1024, MAX_XATTRS = 4096 };

struct linked {
    ino_t ino;
    char *path;
};

struct walk {
    const char *root;
    struct str text;
    struct linked linked[MAX_LINKED];
    size_t n_linked;
};

static void add_content(struct str *text, const char *full)
{
    char chunk[16384];
    uint64_t hash = HASH_START;
    AUTO(mem_close_fd) int fd = open(full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        str_add(text, " unreadable");
        return;
    }
    for (ssize_t n = 0; (n = read(fd, chunk, sizeof(chunk))) > 0;)
        hash = hash_add(hash, chunk, (size_t)n);
    str_addf(text, " %016" PRIx64, hash);
}

static void add_link(struct str *text, const char *full)
{
    char target[PATH_MAX];
    ssize_t n = readlink(full, target, sizeof(target));
    CHECK(n >= 0);
    str_add(text, " -> ");
    str_addn(text, target, (size_t)n);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_xattrs(struct str *text, const char *full)
{
    char names[MAX_XATTRS];
    char value[MAX_XATTRS];
    const char *name[MAX_XATTRS / 2];
    size_t n = 0;
    ssize_t len = llistxattr(full, names, sizeof(names));
    for (const char *at = names; at < names + len; at += strlen(at) + 1)
        name[n++] = at;
    qsort(name, n, sizeof(*name), by_text);
    for (size_t i = 0; i < n; i++) {
        ssize_t got = lgetxattr(full, name[i], value, sizeof(value));
        str_addf(text, " %s=%016" PRIx64, name[i], hash_add(HASH_START, value, got < 0 ? 0 : (size_t)got));
    }
}

static void add_twin(struct walk *w, const struct stat *st, const char *path)
{
    size_t i = 0;
    while (i < w->n_linked && w->linked[i].ino != st->st_ino)
        i++;
    CHECK(i < MAX_LINKED);
    if (i == w->n_linked)
        w->linked[w->n_linked++] = (struct linked){.ino = st->st_ino, .path = mem_strdup(path)};
    str_addf(&w->text, " = %s", w->linked[i].path);
}

static void add_entry(struct walk *w, const struct stat *st, const char *path, const char *full)
{
    str_addf(&w->text, "%s %o %u:%u %lld.%09ld", path, st->st_mode, st->st_uid, st->st_gid, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
    if (S_ISREG(st->st_mode))
        add_content(&w->text, full);
    if (S_ISLNK(st->st_mode))
        add_link(&w->text, full);
    if (!S_ISDIR(st->st_mode) && st->st_nlink > 1)
        add_twin(w, st, path);
    add_xattrs(&w->text, full);
    str_add(&w->text, "\n");
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the trees of tests */
static void visit(struct walk *w, const char *path)
{
    char full[PATH_MAX];
    char below[PATH_MAX];
    struct dirent **entry = NULL;
    struct stat st;
    CHECK((size_t)snprintf(full, sizeof(full), "%s/%s", w->root, path) < sizeof(full));
    CHECK(lstat(full, &st) == 0);
    add_entry(w, &st, path, full);
    int n = S_ISDIR(st.st_mode) ? scandir(full, &entry, NULL, alphasort) : 0;
    for (int i = 0; i < n; i++) {
        const char *name = entry[i]->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            CHECK((size_t)snprintf(below, sizeof(below), "%s%s%s", path, path[0] ? "/" : "", name) < sizeof(below));
            visit(w, below);
        }
        free(entry[i]);
    }
    free(entry);
}

char *tree_text(const char *root)
{
    struct walk w = {.root = root, .text = STR_INIT(STR_MAX_REPORT)};
    visit(&w, "");
    for (size_t i = 0; i < w.n_linked; i++)
        mem_free(w.linked[i].path);
    return str_take(&w.text);
}
