/* store: what is damaged on disk, or sound and not what it says, is noticed. */
#include "rollback/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"
#include "rollback/segment_writer.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

/* Yields the only file of the store that ends in `suffix`. */
static void find_file(const char *suffix, char ret[4096])
{
    DIR *dir = opendir(fixture_path("state/store"));
    CHECK(dir != NULL);
    for (struct dirent *x = readdir(dir); x != NULL; x = readdir(dir)) {
        if (str_ends(x->d_name, suffix))
            (void)snprintf(ret, 4096, "%s/%s", fixture_path("state/store"), x->d_name);
    }
    (void)closedir(dir);
}

static void damage_everywhere(const char *suffix)
{
    char path[4096] = "";
    size_t len = 0;
    struct fixture_sample x = fixture_put_sample();
    find_file(suffix, path);
    CHECK(chmod(path, 0600) == 0);
    unsigned char *file = fixture_read(path, &len);
    CHECK_INT(fixture_sound_objects(&x), 4);
    for (size_t i = 0; i < len; i++) {
        file[i] ^= 0x10;
        fixture_write(path, file, len);
        CHECK(fixture_sound_objects(&x) < 4);
        file[i] ^= 0x10;
    }
    for (size_t i = 0; i < len; i += 7) {
        fixture_write(path, file, i);
        CHECK(fixture_sound_objects(&x) < 4);
    }
    fixture_write(path, file, len);
    CHECK_INT(fixture_sound_objects(&x), 4);
    mem_free(file);
    fixture_free_sample(&x);
}

TEST(damage_to_any_byte_of_the_data_is_noticed)
{

    damage_everywhere(".seg");
}

TEST(damage_to_any_byte_of_the_index_is_noticed)
{
    damage_everywhere(".idx");
}

TEST(a_damaged_index_hides_only_its_own_segment)
{
    struct err e = ERR_INIT;
    char path[4096] = "";
    struct fixture_sample x = fixture_put_sample();
    find_file(".idx", path);
    CHECK(chmod(path, 0600) == 0);
    fixture_write(path, "junk", 4);
    struct store *s = fixture_store();
    struct oid id = fixture_put(s, "other", 5);
    CHECK_OK(store_commit(s, &e), &e);
    CHECK(fixture_holds(s, &id, "other", 5));
    CHECK(!store_has(s, &x.id[1]));
    (void)fixture_put(s, x.data[1], x.len[1]); /* heals */
    CHECK(fixture_holds(s, &x.id[1], x.data[1], x.len[1]));
    store_close(s);
    CHECK(access(path, F_OK) == 0);
    fixture_free_sample(&x);
}

/* A segment that is sound in itself and holds something else under this id: only the id can tell. */
static void forge(const struct oid *id, const void *data, size_t len, bool framed)
{
    struct err e = ERR_INIT;
    struct segment_writer *w = NULL;
    char name[SEGMENT_NAME + 1];
    struct segment_object o = {.id = *id, .kind = STORE_BLOB, .coding = SEGMENT_RAW, .stored = (uint32_t)len, .size = len};
    struct segment_frame f = {.stored = (uint32_t)len, .size = (uint32_t)len, .coding = SEGMENT_RAW};
    int fd = open(fixture_path("state/store"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_OK(segment_writer_open(fd, &w, &e), &e);
    if (framed) {
        CHECK_OK(segment_writer_frame(w, data, &f, &e), &e);
        CHECK_OK(segment_writer_add_framed(w, &o, &f, 1, &e), &e);
    } else {
        CHECK_OK(segment_writer_add(w, &o, data, &e), &e);
    }
    CHECK_OK(segment_writer_commit(w, name, &e), &e);
    segment_writer_free_ptr(&w);
    (void)close(fd);
}

TEST(content_under_a_wrong_id_is_refused)
{
    struct err e = ERR_INIT;
    struct fixture_sample x = fixture_put_sample();
    for (unsigned char framed = 0; framed < 2; framed++) {
        const struct oid id = {{9, framed}};
        void *data = NULL;
        size_t len = 0;
        forge(&id, "another", 7, framed == 1);
        struct store *s = fixture_store();
        CHECK(store_has(s, &id));
        CHECK_ERR(store_get(s, &id, STORE_BLOB, &data, &len, &e), ERR_CORRUPT, &e);
        int fd = open(fixture_path("out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        CHECK_ERR(store_get_fd(s, &id, fd, &e), ERR_CORRUPT, &e);
        (void)close(fd);
        store_close(s);
    }
    fixture_free_sample(&x);
}
