#include "rollback/odb.h"

#include <errno.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/odb_backend.h"
#include "rollback/odb_export.h"
#include "rollback/odb_segments.h"
#include "rollback/odb_tidy.h"

enum { READ_CHUNK = 256 * 1024 };

struct odb {
    struct odb_segments *segments;
    git_odb *store; /* libgit2 over our segments */
    git_odb *sink;  /* libgit2 over nothing: streams that are only hashed */
};

static int git_failed(struct err *e, const char *what)
{
    const git_error *last = git_error_last();
    return err_set(e, ERR_IO, "libgit2 cannot %s: %s", what, last != NULL && last->message != NULL ? last->message : "no reason given");
}

static int new_database(struct odb_segments *s, git_odb **ret, struct err *e)
{
    git_odb *db = NULL;
    if (git_odb_new(&db) != 0)
        return git_failed(e, "make an object database");
    git_odb_backend *b = odb_backend_new(s);
    if (git_odb_add_backend(db, b, 1) != 0) {
        (void)git_failed(e, "add a backend");
        b->free(b);
        git_odb_free(db);
        return e->class;
    }
    *ret = db;
    return 0;
}

static void odb_close(struct odb *o)
{
    if (o == NULL)
        return;
    git_odb_free(o->store);
    git_odb_free(o->sink);
    odb_segments_free_ptr(&o->segments);
    mem_free(o);
}

static void odb_close_ptr(struct odb **o)
{
    odb_close(*o);
}

/* The library is initialised once per database and never shut down: starting it costs 8 ms, and it is shut down with the process. */
static int odb_open(int dirfd, struct odb **ret, struct err *e)
{
    if (git_libgit2_init() < 0)
        return git_failed(e, "start");
    AUTO(odb_close_ptr) struct odb *o = mem_alloc(sizeof(*o));
    if (odb_segments_open(dirfd, &o->segments, e) != 0 || new_database(o->segments, &o->store, e) != 0 || new_database(NULL, &o->sink, e) != 0)
        return e->class;
    *ret = take_ptr(&o);
    return 0;
}

static int odb_refresh(struct odb *o, struct err *e)
{
    return odb_segments_refresh(o->segments, e);
}

static int odb_hash(enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e)
{
    git_oid id;
    /* libgit2 does not take NULL, even for nothing. */
    if (git_odb_hash(&id, data == NULL ? "" : data, len, (git_object_t)kind) != 0)
        return git_failed(e, "hash an object");
    memcpy(ret->byte, id.id, OID_SIZE);
    return 0;
}

/* git_odb_write would do the same under one lock: hashing and compressing are done by several threads here. */
static int odb_put(struct odb *o, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e)
{
    struct oid id;
    if (odb_hash(kind, data, len, &id, e) != 0 || odb_segments_put(o->segments, &id, kind, data, len, e) != 0)
        return e->class;
    *ret = id;
    return 0;
}

/* Reads up to `len` bytes, fewer only at the end of the file. */
static int read_up_to(int fd, void *ret, size_t len, size_t *ret_len, struct err *e)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = read(fd, (char *)ret + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, err_class_of(errno), errno, "cannot read a file");
        if (n == 0)
            break;
        done += (size_t)n;
    }
    *ret_len = done;
    return 0;
}

static int changed_size(struct err *e)
{
    return err_set(e, ERR_BUSY, "a file changed while it was read");
}

static int stream_failed(git_odb_stream *stream, struct err *e)
{
    const struct err *ours = odb_backend_stream_error(stream);
    if (ours->class == 0)
        return git_failed(e, "take a stream");
    *e = *ours;
    return e->class;
}

static int feed(int fd, uint64_t size, git_odb_stream *stream, struct err *e)
{
    AUTO(mem_free_ptr) char *chunk = mem_alloc(READ_CHUNK);
    size_t n = 0;
    for (uint64_t left = size; left > 0; left -= n) {
        if (read_up_to(fd, chunk, left < READ_CHUNK ? (size_t)left : READ_CHUNK, &n, e) != 0)
            return e->class;
        if (n == 0)
            return changed_size(e);
        if (git_odb_stream_write(stream, chunk, n) != 0)
            return stream_failed(stream, e);
    }
    if (read_up_to(fd, chunk, 1, &n, e) != 0)
        return e->class;
    return n == 0 ? 0 : changed_size(e);
}

static int stream_fd(git_odb *db, int fd, uint64_t size, struct oid *ret, struct err *e)
{
    git_odb_stream *stream = NULL;
    git_oid id;
    if (git_odb_open_wstream(&stream, db, (git_object_size_t)size, GIT_OBJECT_BLOB) != 0)
        return git_failed(e, "open a stream");
    int status = feed(fd, size, stream, e);
    if (status == 0 && git_odb_stream_finalize_write(&id, stream) != 0)
        status = stream_failed(stream, e);
    git_odb_stream_free(stream);
    if (status == 0)
        memcpy(ret->byte, id.id, OID_SIZE);
    return status;
}

static int read_whole(int fd, uint64_t size, void **ret, struct err *e)
{
    AUTO(mem_free_ptr) void *data = mem_alloc((size_t)size + 1);
    size_t n = 0;
    if (read_up_to(fd, data, (size_t)size + 1, &n, e) != 0)
        return e->class;
    if (n != size)
        return changed_size(e);
    *ret = take_ptr(&data);
    return 0;
}

static int odb_put_fd(struct odb *o, int fd, uint64_t size, struct oid *ret, struct err *e)
{
    AUTO(mem_free_ptr) void *data = NULL;
    if (size > SEGMENT_WHOLE_MAX)
        return stream_fd(o->store, fd, size, ret, e);
    if (read_whole(fd, size, &data, e) != 0)
        return e->class;
    return odb_put(o, STORE_BLOB, data, (size_t)size, ret, e);
}

static int odb_hash_fd(struct odb *o, int fd, uint64_t size, struct oid *ret, struct err *e)
{
    return stream_fd(o->sink, fd, size, ret, e);
}

static bool odb_has(struct odb *o, const struct oid *id)
{
    struct segment_object known;
    return odb_segments_find(o->segments, id, &known);
}

static int not_its_id(const struct oid *id, struct err *e)
{
    char hex[OID_HEX + 1];
    oid_to_hex(id, hex);
    return err_set(e, ERR_CORRUPT, "object %s of the store is damaged: its content has another id", hex);
}

static int odb_get(struct odb *o, const struct oid *id, enum store_kind kind, void **ret, size_t *ret_len, struct err *e)
{
    AUTO(mem_free_ptr) void *data = NULL;
    struct segment_object found;
    struct oid real;
    if (odb_segments_get(o->segments, id, &found, &data, e) != 0 || odb_hash((enum store_kind)found.kind, data, (size_t)found.size, &real, e) != 0)
        return e->class;
    if (found.kind != (uint8_t)kind || !oid_equal(&real, id))
        return not_its_id(id, e);
    *ret = take_ptr(&data);
    *ret_len = (size_t)found.size;
    return 0;
}

struct delivery {
    int fd;
    git_odb_stream *stream; /* hashes what is written */
};

static int deliver(void *arg, const void *data, size_t len, struct err *e)
{
    const struct delivery *d = arg;
    if (git_odb_stream_write(d->stream, data, len) != 0)
        return stream_failed(d->stream, e);
    return fs_write_all(d->fd, data, len, e);
}

static int odb_get_fd(struct odb *o, const struct oid *id, int fd, struct err *e)
{
    struct delivery d = {.fd = fd};
    struct segment_object found = {0};
    git_oid real;
    if (!odb_segments_find(o->segments, id, &found) && odb_segments_refresh(o->segments, e) != 0)
        return e->class;
    (void)odb_segments_find(o->segments, id, &found); /* each_piece reports what is missing */
    if (git_odb_open_wstream(&d.stream, o->sink, (git_object_size_t)found.size, GIT_OBJECT_BLOB) != 0)
        return git_failed(e, "open a stream");
    int status = odb_segments_each_piece(o->segments, id, deliver, &d, e);
    if (status == 0 && git_odb_stream_finalize_write(&real, d.stream) != 0)
        status = stream_failed(d.stream, e);
    git_odb_stream_free(d.stream);
    if (status == 0 && (found.kind != STORE_BLOB || memcmp(real.id, id->byte, OID_SIZE) != 0))
        return not_its_id(id, e);
    return status;
}

static int odb_commit(struct odb *o, struct err *e)
{
    return odb_segments_commit(o->segments, e);
}

static void odb_drop(struct odb *o)
{
    odb_segments_drop(o->segments);
}

static int odb_usage(struct odb *o, struct store_usage *ret, struct err *e)
{
    struct store_usage u = {0};
    if (odb_segments_refresh(o->segments, e) != 0)
        return e->class;
    const struct segment_set *set = odb_segments_set(o->segments);
    u.segments = segment_set_count(set);
    for (size_t i = 0; i < segment_set_count(set); i++) {
        const struct segment_index *x = segment_set_index(segment_set_at(set, i));
        u.objects += x->n_objects;
        u.bytes += x->file_size + segment_index_len(x);
    }
    *ret = u;
    return 0;
}

static uint64_t odb_stored(struct odb *o, const struct oid *id)
{
    struct segment *g = NULL;
    struct segment_object found;
    if (!segment_set_find(odb_segments_set(o->segments), id, &g, &found))
        return 0;
    return segment_index_stored(segment_set_index(g), &found) + SEGMENT_OVERHEAD;
}

static int odb_each(struct odb *o, int (*visit)(void *arg, const struct oid *id, struct err *e), void *arg, struct err *e)
{
    if (odb_segments_refresh(o->segments, e) != 0)
        return e->class;
    const struct segment_set *set = odb_segments_set(o->segments);
    for (size_t i = 0; i < segment_set_count(set); i++) {
        const struct segment_index *x = segment_set_index(segment_set_at(set, i));
        for (size_t j = 0; j < x->n_objects; j++) {
            struct segment_object found;
            segment_index_object(x, j, &found);
            int status = visit(arg, &found.id, e);
            if (status != 0)
                return status;
        }
    }
    return 0;
}

static int add_to_export(struct odb *o, struct odb_export *x, const struct oid *id, struct err *e)
{
    return odb_export_add(o->segments, x, id, e);
}

static int odb_sweep(struct odb *o, const struct odb_sweep *how, uint64_t *ret_freed, struct err *e)
{
    if (odb_segments_refresh(o->segments, e) != 0)
        return e->class;
    return odb_tidy_sweep(odb_segments_dirfd(o->segments), odb_segments_set(o->segments), how, ret_freed, e);
}

__attribute__((visibility("default"))) const struct odb_module nono_odb_module = {
    .abi = ODB_ABI,
    .err_size = sizeof(struct err),
    .open = odb_open,
    .close = odb_close,
    .refresh = odb_refresh,
    .put = odb_put,
    .hash = odb_hash,
    .put_fd = odb_put_fd,
    .hash_fd = odb_hash_fd,
    .has = odb_has,
    .get = odb_get,
    .get_fd = odb_get_fd,
    .commit = odb_commit,
    .drop = odb_drop,
    .usage = odb_usage,
    .stored = odb_stored,
    .each = odb_each,
    .export_open = odb_export_open,
    .export_add = add_to_export,
    .export_put = odb_export_put,
    .export_close = odb_export_close,
    .sweep = odb_sweep,
};
