#include "rollback/odb_export.h"

#include <git2.h>
#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>
#include <string.h>

#include "core/mem.h"

struct odb_export {
    git_odb *odb; /* libgit2 over loose files */
};

static int git_failed(struct err *e, const char *what)
{
    const git_error *last = git_error_last();
    return err_set(e, ERR_IO, "libgit2 cannot %s: %s", what, last != NULL && last->message != NULL ? last->message : "no reason given");
}

void odb_export_close(struct odb_export *x)
{
    if (x == NULL)
        return;
    git_odb_free(x->odb);
    mem_free(x);
}

static void close_ptr(struct odb_export **x)
{
    odb_export_close(*x);
}

int odb_export_open(const char *objects_dir, struct odb_export **ret, struct err *e)
{
    AUTO(close_ptr) struct odb_export *x = mem_alloc(sizeof(*x));
    git_odb_backend *loose = NULL;
    if (git_odb_new(&x->odb) != 0)
        return git_failed(e, "make an object database");
    if (git_odb_backend_loose(&loose, objects_dir, -1, 0, 0, 0) != 0)
        return git_failed(e, "open the repository");
    if (git_odb_add_backend(x->odb, loose, 1) != 0) {
        loose->free(loose);
        return git_failed(e, "open the repository");
    }
    *ret = take_ptr(&x);
    return 0;
}

static int feed(void *arg, const void *data, size_t len, struct err *e)
{
    git_odb_stream *stream = arg;
    return git_odb_stream_write(stream, data, len) == 0 ? 0 : git_failed(e, "write an object");
}

int odb_export_add(struct odb_segments *s, struct odb_export *x, const struct oid *id, struct err *e)
{
    struct segment_object found = {0};
    git_odb_stream *stream = NULL;
    git_oid real;
    (void)odb_segments_find(s, id, &found); /* each_piece reports what is missing */
    if (git_odb_open_wstream(&stream, x->odb, (git_object_size_t)found.size, (git_object_t)(found.kind != 0 ? found.kind : STORE_BLOB)) != 0)
        return git_failed(e, "open a stream");
    int status = odb_segments_each_piece(s, id, feed, stream, e);
    if (status == 0 && git_odb_stream_finalize_write(&real, stream) != 0)
        status = git_failed(e, "write an object");
    git_odb_stream_free(stream);
    if (status == 0 && memcmp(real.id, id->byte, OID_SIZE) != 0)
        status = err_set(e, ERR_CORRUPT, "an object of the store is damaged: its content has another id");
    return status;
}

int odb_export_put(struct odb_export *x, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e)
{
    git_oid id;
    if (git_odb_write(&id, x->odb, data, len, (git_object_t)kind) != 0)
        return git_failed(e, "write an object");
    memcpy(ret->byte, id.id, OID_SIZE);
    return 0;
}
