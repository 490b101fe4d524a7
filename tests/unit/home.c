/* home: a HOME of its own for one test. */
#include "tests/unit/home.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"

static void must(int result, const struct err *e)
{
    if (result == 0)
        return;
    fprintf(stderr, "home: %s\n", e->text);
    abort();
}

char *home_join(const struct home *h, const char *path)
{
    return path_join(h->path, path);
}

static void make_parent(const char *path)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *parent = path_parent(path);
    must(fs_make_dirs(parent, &e), &e);
}

void home_dir(const struct home *h, const char *path)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *full = home_join(h, path);
    must(fs_make_dirs(full, &e), &e);
}

void home_file(const struct home *h, const char *path, const char *text)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *full = home_join(h, path);
    make_parent(full);
    must(fs_replace(AT_FDCWD, full, text, strlen(text), 0644, &e), &e);
}

void home_link(const struct home *h, const char *path, const char *target)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *full = home_join(h, path);
    make_parent(full);
    must(symlink(target, full) == 0 ? 0 : err_set(&e, ERR_IO, "symlink %s", full), &e);
}

void home_profile(const struct home *h, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, ".config/nono/profiles/%s.json", name);
    home_file(h, path, text);
}

void home_make(struct home *h, const char *parent)
{
    AUTO(mem_free_ptr) char *template = path_join(parent, "nono-home.XXXXXX");
    if (!mkdtemp(template)) {
        perror(template);
        abort();
    }
    h->path = mem_strdup(template);
    h->world = (struct world){
        .home = mem_strdup(template),
        .cwd = home_join(h, "work"),
        .tmpdir = mem_strdup("/tmp"),
        .config_dir = home_join(h, ".config/nono"),
        .state_dir = home_join(h, ".local/state/nono"),
        .data_dir = home_join(h, ".local/share/nono"),
        .config_home = home_join(h, ".config"),
        .state_home = home_join(h, ".local/state"),
        .data_home = home_join(h, ".local/share"),
        .cache_home = home_join(h, ".cache"),
        .policy_dir = home_join(h, ".config/nono"),
        .zdotdir = mem_strdup(template),
        .runtime_dir = home_join(h, ".local/state/nono/run"),
        .path = mem_strdup("/usr/bin:/bin"),
        .shell = mem_strdup("/bin/sh"),
        .exe = mem_strdup("/usr/bin/nono"),
        .uid = getuid(),
        .gid = getgid(),
    };
    home_dir(h, "work");
}

void home_remove(struct home *h)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *parent = path_parent(h->path);
    AUTO(mem_close_fd) int fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(fs_remove_tree(fd, path_base(h->path), &e), &e);
    world_release(&h->world);
    mem_free(h->path);
    *h = (struct home){0};
}
