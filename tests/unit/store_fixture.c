#include "tests/unit/store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"
#include "tests/unit/tap.h"

const char *fixture_path(const char *name)
{
    static char path[2][4096];
    static size_t turn;
    char *at = path[turn++ % 2];
    (void)snprintf(at, sizeof(path[0]), "%s/%s", tap_tmpdir(), name);
    return at;
}

struct store *fixture_store(void)
{
    struct err e = ERR_INIT;
    struct store *s = NULL;
    CHECK_OK(store_open(fixture_path("state"), &s, &e), &e);
    return s;
}

unsigned char *fixture_bytes(size_t len, uint64_t seed, bool packs)
{
    unsigned char *data = mem_alloc(len + 1);
    uint64_t x = seed * 0x9e3779b97f4a7c15 + 1;
    for (size_t i = 0; i < len; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        data[i] = packs ? (unsigned char)("abcdefgh\n"[(x >> 60) % 9]) : (unsigned char)(x >> 32);
    }
    return data;
}

void fixture_write(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    CHECK(fd >= 0);
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, (const char *)data + done, len - done);
        CHECK(n > 0);
        done += (size_t)n;
    }
    (void)close(fd);
}

unsigned char *fixture_read(const char *path, size_t *ret_len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    unsigned char *data = mem_alloc((size_t)st.st_size + 1);
    CHECK(read(fd, data, (size_t)st.st_size) == st.st_size);
    (void)close(fd);
    *ret_len = (size_t)st.st_size;
    return data;
}

const char *fixture_shell(const char *fmt, ...)
{
    static char line[4096];
    char command[8192];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(command, sizeof(command), fmt, ap);
    va_end(ap);
    line[0] = '\0';
    FILE *out = popen(command, "r");
    CHECK(out != NULL);
    if (fgets(line, sizeof(line), out) != NULL)
        line[strcspn(line, "\n")] = '\0';
    (void)pclose(out);
    return line;
}

bool fixture_has_git(void)
{
    return fixture_shell("command -v git")[0] == '/';
}

struct oid fixture_put(struct store *s, const void *data, size_t len)
{
    struct err e = ERR_INIT;
    struct oid id;
    CHECK_OK(store_put(s, STORE_BLOB, data, len, &id, &e), &e);
    return id;
}

bool fixture_holds(struct store *s, const struct oid *id, const void *data, size_t len)
{
    struct err e = ERR_INIT;
    void *got = NULL;
    size_t got_len = 0;
    int status = store_get(s, id, STORE_BLOB, &got, &got_len, &e);
    if (status != 0) {
        CHECK(status == ERR_MISSING || status == ERR_CORRUPT);
        CHECK(e.text[0] != '\0');
        return false;
    }
    CHECK_INT(got_len, len);
    CHECK(memcmp(got, data, len) == 0);
    mem_free(got);
    return true;
}

size_t fixture_count(const char *suffix)
{
    size_t n = 0;
    DIR *dir = opendir(fixture_path("state/store"));
    if (dir == NULL)
        return 0;
    for (struct dirent *x = readdir(dir); x != NULL; x = readdir(dir))
        n += str_ends(x->d_name, suffix);
    (void)closedir(dir);
    return n;
}

struct fixture_sample fixture_put_sample(void)
{
    static const size_t len[4] = {0, 20, 300, 4 * 1024 * 1024 + 100};
    struct err e = ERR_INIT;
    struct fixture_sample x = {0};
    struct store *s = fixture_store();
    for (size_t i = 0; i < 4; i++) {
        x.len[i] = len[i];
        x.data[i] = fixture_bytes(len[i], i, true);
        if (i == 3) /* packs to a few hundred bytes, so that each can be damaged */
            memset(x.data[i], 'x', len[i]);
        x.id[i] = fixture_put(s, x.data[i], len[i]);
    }
    CHECK_OK(store_commit(s, &e), &e);
    store_close(s);
    return x;
}

void fixture_free_sample(struct fixture_sample *x)
{
    for (size_t i = 0; i < 4; i++)
        mem_free(x->data[i]);
}

size_t fixture_sound_objects(const struct fixture_sample *x)
{
    size_t n = 0;
    struct store *s = fixture_store();
    for (size_t i = 0; i < 4; i++)
        n += fixture_holds(s, &x->id[i], x->data[i], x->len[i]);
    store_close(s);
    return n;
}
