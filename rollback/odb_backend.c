#include "rollback/odb_backend.h"

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <string.h>

#include "core/mem.h"

struct backend {
    git_odb_backend parent; /* first: libgit2 knows only this */
    struct odb_segments *segments;
};

struct stream {
    git_odb_stream parent;       /* first */
    struct odb_writing *writing; /* NULL: nothing is kept */
    struct err error;
};

static struct odb_segments *segments_of(git_odb_backend *b)
{
    return ((struct backend *)b)->segments;
}

static void id_of(const git_oid *from, struct oid *ret)
{
    memcpy(ret->byte, from->id, OID_SIZE);
}

static int status_of(const struct err *e)
{
    if (e->class == ERR_MISSING)
        return GIT_ENOTFOUND;
    git_error_set_str(GIT_ERROR_ODB, e->text);
    return GIT_ERROR;
}

static int backend_read(void **ret, size_t *ret_len, git_object_t *ret_type, git_odb_backend *b, const git_oid *git_id)
{
    AUTO(mem_free_ptr) void *data = NULL;
    struct segment_object o;
    struct oid id;
    struct err e = ERR_INIT;
    id_of(git_id, &id);
    if (odb_segments_get(segments_of(b), &id, &o, &data, &e) != 0)
        return status_of(&e);
    void *copy = git_odb_backend_data_alloc(b, (size_t)o.size + 1);
    if (copy == NULL)
        return GIT_ERROR;
    memcpy(copy, data, (size_t)o.size + 1);
    *ret = copy;
    *ret_len = (size_t)o.size;
    *ret_type = (git_object_t)o.kind;
    return GIT_OK;
}

static int backend_read_header(size_t *ret_len, git_object_t *ret_type, git_odb_backend *b, const git_oid *git_id)
{
    struct segment_object o;
    struct oid id;
    id_of(git_id, &id);
    if (!odb_segments_find(segments_of(b), &id, &o))
        return GIT_ENOTFOUND;
    *ret_len = (size_t)o.size;
    *ret_type = (git_object_t)o.kind;
    return GIT_OK;
}

static int backend_write(git_odb_backend *b, const git_oid *git_id, const void *data, size_t len, git_object_t type)
{
    struct oid id;
    struct err e = ERR_INIT;
    id_of(git_id, &id);
    if (odb_segments_put(segments_of(b), &id, (enum store_kind)type, data, len, &e) != 0)
        return status_of(&e);
    return GIT_OK;
}

static int backend_exists(git_odb_backend *b, const git_oid *git_id)
{
    struct segment_object o;
    struct oid id;
    id_of(git_id, &id);
    return odb_segments_find(segments_of(b), &id, &o);
}

static int backend_refresh(git_odb_backend *b)
{
    struct err e = ERR_INIT;
    return odb_segments_refresh(segments_of(b), &e) == 0 ? GIT_OK : status_of(&e);
}

static int backend_foreach(git_odb_backend *b, git_odb_foreach_cb visit, void *payload)
{
    const struct segment_set *set = odb_segments_set(segments_of(b));
    for (size_t i = 0; i < segment_set_count(set); i++) {
        const struct segment_index *x = segment_set_index(segment_set_at(set, i));
        for (size_t j = 0; j < x->n_objects; j++) {
            struct segment_object o;
            git_oid id;
            segment_index_object(x, j, &o);
            memcpy(id.id, o.id.byte, OID_SIZE);
            int status = visit(&id, payload);
            if (status != 0)
                return status;
        }
    }
    return GIT_OK;
}

static int stream_write(git_odb_stream *parent, const char *data, size_t len)
{
    struct stream *s = (struct stream *)parent;
    if (s->writing == NULL || odb_writing_add(s->writing, data, len, &s->error) == 0)
        return GIT_OK;
    return status_of(&s->error);
}

static int stream_finalize(git_odb_stream *parent, const git_oid *git_id)
{
    struct stream *s = (struct stream *)parent;
    struct oid id;
    id_of(git_id, &id);
    if (s->writing == NULL || odb_writing_finish(s->writing, &id, &s->error) == 0)
        return GIT_OK;
    return status_of(&s->error);
}

static void stream_free(git_odb_stream *parent)
{
    struct stream *s = (struct stream *)parent;
    odb_writing_free(s->writing);
    mem_free(s);
}

static int backend_writestream(git_odb_stream **ret, git_odb_backend *b, git_object_size_t size, git_object_t type)
{
    struct stream *s = mem_alloc(sizeof(*s));
    s->parent.backend = b;
    s->parent.mode = GIT_STREAM_WRONLY;
    s->parent.write = stream_write;
    s->parent.finalize_write = stream_finalize;
    s->parent.free = stream_free;
    if (segments_of(b) != NULL)
        s->writing = odb_writing_new(segments_of(b), (enum store_kind)type, (uint64_t)size);
    *ret = &s->parent;
    return GIT_OK;
}

const struct err *odb_backend_stream_error(const git_odb_stream *stream)
{
    return &((const struct stream *)stream)->error;
}

static void backend_free(git_odb_backend *b)
{
    mem_free(b);
}

git_odb_backend *odb_backend_new(struct odb_segments *s)
{
    struct backend *b = mem_alloc(sizeof(*b));
    (void)git_odb_init_backend(&b->parent, GIT_ODB_BACKEND_VERSION);
    b->segments = s;
    b->parent.writestream = backend_writestream;
    b->parent.free = backend_free;
    if (s != NULL) {
        b->parent.read = backend_read;
        b->parent.read_header = backend_read_header;
        b->parent.write = backend_write;
        b->parent.exists = backend_exists;
        b->parent.refresh = backend_refresh;
        b->parent.foreach = backend_foreach;
    }
    return &b->parent;
}
