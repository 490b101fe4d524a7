#include "tests/unit/mutate_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/hash.h"
#include "rollback/undo.h"
#include "tests/unit/tap.h"

void fixture_init(struct fixture *f, const char *base)
{
    char path[300];
    (void)snprintf(f->base, sizeof f->base, "%s", base);
    (void)snprintf(path, sizeof path, "%s/sessions", base);
    CHECK(mkdir(path, 0700) == 0);
    for (int i = 0; i < FIXTURE_TREES; i++) {
        (void)snprintf(f->tree[i], sizeof f->tree[i], "%s/tree%d", base, i);
        CHECK(mkdir(f->tree[i], 0755) == 0);
    }
    (void)snprintf(f->scratch, sizeof f->scratch, "%s/scratch", base);
    CHECK(mkdir(f->scratch, 0755) == 0);
}

static struct mutate_setup setup_of(int dir)
{
    return (struct mutate_setup){.session_dir = dir, .journal_name = "journal", .n_stash = 1};
}

static int session_dir(const struct fixture *f, int number, char path[300])
{
    (void)snprintf(path, 300, "%s/sessions/%d", f->base, number);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void fixture_begin(const struct fixture *f, int number, struct fixture_session *ret)
{
    char path[300];
    char id[20];
    struct err e = ERR_INIT;
    struct stash s = STASH_INIT;
    (void)snprintf(path, sizeof path, "%s/sessions/%d", f->base, number);
    (void)snprintf(id, sizeof id, "%d", number);
    CHECK(mkdir(path, 0700) == 0);
    ret->dir = session_dir(f, number, path);
    const struct stash_request r = {.session_dir = ret->dir, .session_path = path, .id = id, .tree = f->tree[0]};
    CHECK_OK(stash_make(&r, &s, &e), &e);
    stash_close(&s);
    const struct mutate_setup setup = setup_of(ret->dir);
    CHECK_OK(mutate_begin(&setup, &ret->m, &e), &e);
}

void fixture_resume(const struct fixture *f, int number, struct fixture_session *ret)
{
    char path[300];
    struct err e = ERR_INIT;
    ret->dir = session_dir(f, number, path);
    const struct mutate_setup setup = setup_of(ret->dir);
    CHECK_OK(mutate_resume(&setup, &ret->m, &e), &e);
}

void fixture_end(struct fixture_session *s)
{
    mutate_end(&s->m);
    (void)close(s->dir);
}

int fixture_try_undo(const struct fixture *f, int number, struct fixture_session *by, int64_t unchanged_since_ns, struct err *e)
{
    char path[300];
    struct undo_result result;
    int dir = session_dir(f, number, path);
    const struct undo_request r = {.session_dir = dir,
                                   .journal_name = "journal",
                                   .n_stash = 1,
                                   .into = &by->m,
                                   .into_dir = by->dir,
                                   .into_name = "journal",
                                   .unchanged_since_ns = unchanged_since_ns};
    int rc = undo_run(&r, &result, e);
    if (rc == UNDO_CHANGED)
        (void)snprintf(e->text, sizeof e->text, "changed: %.400s", result.changed);
    (void)close(dir);
    return rc;
}

int fixture_undo(const struct fixture *f, int number, int by)
{
    struct fixture_session s;
    struct err e = ERR_INIT;
    fixture_begin(f, by, &s);
    int rc = fixture_try_undo(f, number, &s, INT64_MAX, &e);
    CHECK_OK(rc, &e);
    fixture_end(&s);
    return rc;
}

/* Where the directory really is, as nono tells a place from its pin. */
static bool find_real(const struct fixture *f, int dir, const char *name, char ret[4096])
{
    char link[40];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    ssize_t len = readlink(link, ret, 3000);
    if (len <= 0)
        return false;
    (void)snprintf(ret + len, 4096 - (size_t)len, "/%s", name);
    size_t base = strlen(f->base);
    return strncmp(ret, f->base, base) == 0 && (strncmp(ret + base, "/tree", 5) == 0 || strncmp(ret + base, "/scratch", 8) == 0);
}

bool fixture_open(const struct fixture *f, const char *path, struct fixture_place *ret)
{
    char parent[4096];
    (void)snprintf(parent, sizeof parent, "%s/%s", f->base, path);
    *strrchr(parent, '/') = '\0';
    int dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    ret->place = (struct mutate_place){.dir = dir, .name = strrchr(path, '/') + 1, .path = ret->path};
    if (dir < 0 || !find_real(f, dir, ret->place.name, ret->path))
        return false;
    ret->place.is_scratch = strncmp(ret->path, f->scratch, strlen(f->scratch)) == 0;
    return true;
}

void fixture_close(struct fixture_place *p)
{
    if (p->place.dir >= 0)
        (void)close(p->place.dir);
}

bool fixture_pin(const struct fixture *f, const char *path, struct mutate_object *ret, struct fixture_place *ret_place)
{
    *ret = (struct mutate_object){.fd = -1};
    if (!fixture_open(f, path, ret_place)) {
        fixture_close(ret_place);
        return false;
    }
    int fd = openat(ret_place->place.dir, ret_place->place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    fixture_close(ret_place);
    *ret = (struct mutate_object){.fd = fd, .path = ret_place->path, .is_scratch = ret_place->place.is_scratch};
    return fd >= 0;
}

static uint64_t sum_of(const char *path)
{
    uint64_t sum = HASH_START;
    unsigned char data[4096];
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return 0;
    for (ssize_t n = 0; (n = read(fd, data, sizeof data)) > 0;)
        sum = hash_add(sum, data, (size_t)n);
    (void)close(fd);
    return sum;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_attributes(FILE *out, const char *path)
{
    char names[4096];
    char *name[64];
    size_t n = 0;
    ssize_t len = llistxattr(path, names, sizeof names);
    for (char *at = names; len > 0 && at < names + len && n < sizeof name / sizeof *name; at += strlen(at) + 1)
        name[n++] = at;
    qsort(name, n, sizeof *name, by_name);
    for (size_t i = 0; i < n; i++) {
        char value[4096];
        ssize_t size = lgetxattr(path, name[i], value, sizeof value);
        (void)fprintf(out, " %s=", name[i]);
        for (ssize_t j = 0; j < size; j++)
            (void)fprintf(out, "%02x", (unsigned char)value[j]);
    }
}

static void print_one(FILE *out, const struct fixture *f, const FTSENT *x)
{
    const struct stat *st = x->fts_statp;
    char target[4096] = "";
    if (S_ISLNK(st->st_mode))
        (void)!readlink(x->fts_accpath, target, sizeof target - 1);
    (void)fprintf(out, "%s %o %u:%u %lld.%09ld i%llu n%llu s%lld %s", x->fts_path + strlen(f->base), st->st_mode, st->st_uid, st->st_gid,
                  (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (unsigned long long)st->st_ino,
                  S_ISDIR(st->st_mode) ? 0ULL : (unsigned long long)st->st_nlink, S_ISREG(st->st_mode) ? (long long)st->st_size : 0LL, target);
    if (S_ISREG(st->st_mode))
        (void)fprintf(out, " %" PRIx64, sum_of(x->fts_accpath));
    print_attributes(out, x->fts_accpath);
    (void)fputc('\n', out);
}

static int in_order(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

char *fixture_state(const struct fixture *f)
{
    char *text = NULL;
    size_t len = 0;
    char tree[FIXTURE_TREES][240];
    char *roots[FIXTURE_TREES + 1] = {0};
    memcpy(tree, f->tree, sizeof tree);
    for (int i = 0; i < FIXTURE_TREES; i++)
        roots[i] = tree[i];
    FILE *out = open_memstream(&text, &len);
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, in_order);
    CHECK(out && walk);
    for (FTSENT *x = NULL; (x = fts_read(walk)) != NULL;) {
        if (x->fts_info != FTS_DP)
            print_one(out, f, x);
    }
    (void)fts_close(walk);
    (void)fclose(out);
    return text;
}
