#include "rollback/odb_segments.h"

#include <pthread.h>
#include <string.h>

#include "core/mem.h"
#include "rollback/odb_codec.h"
#include "rollback/odb_tidy.h"
#include "rollback/segment_writer.h"

enum { READ_TRIES = 3 }; /* a merge may take the file away between finding and reading */

struct odb_segments {
    int dirfd;
    struct segment_set *set;
    struct odb_codec *codec;
    pthread_mutex_t lock;          /* over `writer` */
    struct segment_writer *writer; /* NULL while nothing was put */
};

/* Where an object lies: in the segment being made when `segment` is NULL. */
struct place {
    struct segment *segment;
    struct segment_writer *writer;
    struct segment_object object;
};

int odb_segments_open(int dirfd, struct odb_segments **ret, struct err *e)
{
    AUTO(odb_segments_free_ptr) struct odb_segments *s = mem_alloc(sizeof(*s));
    s->dirfd = dirfd;
    s->codec = odb_codec_new();
    (void)pthread_mutex_init(&s->lock, NULL);
    if (segment_set_open(dirfd, &s->set, e) != 0)
        return e->class;
    *ret = take_ptr(&s);
    return 0;
}

void odb_segments_free_ptr(struct odb_segments **p)
{
    struct odb_segments *s = *p;
    if (s == NULL)
        return;
    segment_writer_free_ptr(&s->writer);
    segment_set_free_ptr(&s->set);
    odb_codec_free(s->codec);
    (void)pthread_mutex_destroy(&s->lock);
    mem_free(s);
    *p = NULL;
}

int odb_segments_refresh(struct odb_segments *s, struct err *e)
{
    return segment_set_refresh(s->set, e);
}

struct segment_set *odb_segments_set(struct odb_segments *s)
{
    return s->set;
}

int odb_segments_dirfd(const struct odb_segments *s)
{
    return s->dirfd;
}

/* The writer, made when `create`; NULL when there is none (or on error). */
static struct segment_writer *writer_of(struct odb_segments *s, bool create, struct err *e)
{
    (void)pthread_mutex_lock(&s->lock);
    if (s->writer == NULL && create && segment_writer_open(s->dirfd, &s->writer, e) != 0)
        s->writer = NULL;
    struct segment_writer *w = s->writer;
    (void)pthread_mutex_unlock(&s->lock);
    return w;
}

static bool locate(struct odb_segments *s, const struct oid *id, struct place *ret)
{
    *ret = (struct place){.writer = writer_of(s, false, NULL)};
    if (ret->writer != NULL && segment_writer_find(ret->writer, id, &ret->object))
        return true;
    return segment_set_find(s->set, id, &ret->segment, &ret->object);
}

bool odb_segments_find(struct odb_segments *s, const struct oid *id, struct segment_object *ret)
{
    struct place p;
    if (!locate(s, id, &p))
        return false;
    *ret = p.object;
    return true;
}

static int read_stored(struct odb_segments *s, const struct place *p, const struct segment_frame *f, void *ret, struct err *e)
{
    if (p->segment == NULL)
        return segment_writer_read(p->writer, f->offset, ret, f->stored, e);
    return segment_set_read(s->set, p->segment, f, ret, e);
}

static int read_frame(struct odb_segments *s, const struct place *p, const struct segment_frame *f, void *ret, struct err *e)
{
    if (f->coding == SEGMENT_RAW)
        return read_stored(s, p, f, ret, e);
    AUTO(mem_free_ptr) void *stored = mem_alloc((size_t)f->stored + 1);
    if (read_stored(s, p, f, stored, e) != 0)
        return e->class;
    return odb_codec_unpack(s->codec, stored, f->stored, ret, f->size, e);
}

static struct segment_frame frame_at(const struct place *p, size_t i)
{
    struct segment_frame f = {0};
    if (p->object.coding != SEGMENT_FRAMED)
        f = segment_object_piece(&p->object);
    else if (p->segment == NULL)
        f = segment_writer_frame_of(p->writer, &p->object, i);
    else
        segment_index_frame(segment_set_index(p->segment), (size_t)p->object.offset + i, &f);
    return f;
}

static size_t frame_count(const struct place *p)
{
    return p->object.coding == SEGMENT_FRAMED ? p->object.stored : 1;
}

static int missing(struct odb_segments *s, const struct oid *id, struct err *e)
{
    char hex[OID_HEX + 1];
    oid_to_hex(id, hex);
    const struct strlist *damaged = segment_set_damaged(s->set);
    if (damaged->n > 0)
        return err_set(e, ERR_CORRUPT, "object %s is not in the store, and %s", hex, damaged->item[0]);
    return err_set(e, ERR_MISSING, "object %s is not in the store", hex);
}

static int named(const struct oid *id, struct err *e)
{
    char hex[OID_HEX + 1];
    oid_to_hex(id, hex);
    return err_add(e, "object %s", hex);
}

/* Finds the object and reads its first frame, which tells whether the file is still there. */
static int locate_first(struct odb_segments *s, const struct oid *id, struct place *p, struct bytes *first, struct err *e)
{
    for (int i = 0; i < READ_TRIES; i++) {
        if (i > 0 && odb_segments_refresh(s, e) != 0)
            return e->class;
        if (!locate(s, id, p))
            continue;
        struct segment_frame f = frame_at(p, 0);
        first->len = 0;
        int status = read_frame(s, p, &f, bytes_grow(first, (size_t)f.size + 1), e);
        first->len = f.size;
        if (status != ERR_MISSING)
            return status == 0 ? 0 : named(id, e);
    }
    return missing(s, id, e);
}

int odb_segments_each_piece(struct odb_segments *s, const struct oid *id, int (*take)(void *arg, const void *data, size_t len, struct err *e),
                            void *arg, struct err *e)
{
    AUTO(bytes_release) struct bytes piece = {0};
    struct place p;
    if (locate_first(s, id, &p, &piece, e) != 0)
        return e->class;
    for (size_t i = 0; i < frame_count(&p); i++) {
        struct segment_frame f = frame_at(&p, i);
        if (i > 0) {
            piece.len = 0;
            if (read_frame(s, &p, &f, bytes_grow(&piece, f.size), e) != 0)
                return named(id, e);
        }
        if (take(arg, piece.ptr, f.size, e) != 0)
            return e->class;
    }
    return 0;
}

struct gathered {
    unsigned char *at;
    size_t left;
};

static int gather(void *arg, const void *data, size_t len, struct err *e)
{
    struct gathered *g = arg;
    if (len > g->left)
        return err_set(e, ERR_CORRUPT, "an object is longer than its index says");
    if (data != NULL)
        memcpy(g->at, data, len);
    g->at += len;
    g->left -= len;
    return 0;
}

int odb_segments_get(struct odb_segments *s, const struct oid *id, struct segment_object *ret_object, void **ret, struct err *e)
{
    struct segment_object o;
    if (!odb_segments_find(s, id, &o) && (odb_segments_refresh(s, e) != 0 || !odb_segments_find(s, id, &o)))
        return missing(s, id, e);
    if (o.size > STORE_MAX_OBJECT)
        return err_set(e, ERR_LIMIT, "an object of %llu bytes is too large to be read whole", (unsigned long long)o.size);
    AUTO(mem_free_ptr) unsigned char *data = mem_alloc((size_t)o.size + 1);
    struct gathered g = {data, (size_t)o.size};
    if (odb_segments_each_piece(s, id, gather, &g, e) != 0)
        return e->class;
    if (g.left != 0)
        return err_set(e, ERR_CORRUPT, "an object is shorter than its index says");
    *ret_object = o;
    *ret = take_ptr(&data);
    return 0;
}

struct odb_writing {
    struct odb_segments *segments;
    enum store_kind kind;
    uint64_t size;
    struct bytes content, packed; /* of the frame being filled */
    struct segment_frame *frame;
    size_t n, cap;
    bool finished;
};

struct odb_writing *odb_writing_new(struct odb_segments *s, enum store_kind kind, uint64_t size)
{
    struct odb_writing *w = mem_alloc(sizeof(*w));
    w->segments = s;
    w->kind = kind;
    w->size = size;
    return w;
}

static int write_frame(struct odb_writing *w, const void *data, size_t len, struct err *e)
{
    struct segment_writer *writer = writer_of(w->segments, true, e);
    if (writer == NULL)
        return e->class;
    if (w->n >= SEGMENT_MAX_FRAMES)
        return err_set(e, ERR_LIMIT, "a file is larger than %d MiB", SEGMENT_MAX_FRAMES);
    struct segment_frame f = {.size = (uint32_t)len};
    f.coding = odb_codec_pack(w->segments->codec, data, len, &w->packed);
    f.stored = f.coding == SEGMENT_RAW ? f.size : (uint32_t)w->packed.len;
    if (segment_writer_frame(writer, f.coding == SEGMENT_RAW ? data : w->packed.ptr, &f, e) != 0)
        return e->class;
    mem_reserve(&w->frame, &w->cap, w->n + 1, sizeof(*w->frame));
    w->frame[w->n++] = f;
    return 0;
}

int odb_writing_add(struct odb_writing *w, const void *data, size_t len, struct err *e)
{
    const unsigned char *at = data;
    while (len > 0) {
        size_t room = SEGMENT_FRAME - w->content.len;
        size_t n = len < room ? len : room;
        if (n == SEGMENT_FRAME) {
            if (write_frame(w, at, n, e) != 0)
                return e->class;
        } else {
            bytes_add(&w->content, at, n);
            if (w->content.len == SEGMENT_FRAME) {
                if (write_frame(w, w->content.ptr, w->content.len, e) != 0)
                    return e->class;
                w->content.len = 0;
            }
        }
        at += n;
        len -= n;
    }
    return 0;
}

int odb_writing_finish(struct odb_writing *w, const struct oid *id, struct err *e)
{
    struct segment_object o = {.id = *id, .kind = (uint8_t)w->kind, .coding = SEGMENT_FRAMED, .size = w->size};
    if (w->content.len > 0 && write_frame(w, w->content.ptr, w->content.len, e) != 0)
        return e->class;
    struct segment_writer *writer = writer_of(w->segments, true, e);
    if (w->n == 0) /* an object has at least one frame, or none at all */
        o.coding = SEGMENT_RAW;
    if (writer != NULL && w->n == 0)
        return segment_writer_add(writer, &o, "", e);
    if (writer == NULL || segment_writer_add_framed(writer, &o, w->frame, w->n, e) != 0)
        return e->class;
    w->finished = true;
    return 0;
}

void odb_writing_free(struct odb_writing *w)
{
    if (w == NULL)
        return;
    struct segment_writer *writer = writer_of(w->segments, false, NULL);
    if (!w->finished && writer != NULL)
        segment_writer_drop(writer, w->frame, w->n);
    bytes_release(&w->content);
    bytes_release(&w->packed);
    mem_free(w->frame);
    mem_free(w);
}

static int put_whole(struct odb_segments *s, const struct oid *id, enum store_kind kind, const void *data, size_t len, struct err *e)
{
    AUTO(bytes_release) struct bytes packed = {0};
    struct segment_writer *writer = writer_of(s, true, e);
    if (writer == NULL)
        return e->class;
    struct segment_object o = {.id = *id, .kind = (uint8_t)kind, .size = len};
    o.coding = odb_codec_pack(s->codec, data, len, &packed);
    o.stored = o.coding == SEGMENT_RAW ? (uint32_t)len : (uint32_t)packed.len;
    return segment_writer_add(writer, &o, o.coding == SEGMENT_RAW ? data : packed.ptr, e);
}

int odb_segments_put(struct odb_segments *s, const struct oid *id, enum store_kind kind, const void *data, size_t len, struct err *e)
{
    struct segment_object known;
    if (odb_segments_find(s, id, &known))
        return 0;
    if (len <= SEGMENT_WHOLE_MAX)
        return put_whole(s, id, kind, data, len, e);
    struct odb_writing *w = odb_writing_new(s, kind, len);
    int status = odb_writing_add(w, data, len, e);
    if (status == 0)
        status = odb_writing_finish(w, id, e);
    odb_writing_free(w);
    return status;
}

void odb_segments_drop(struct odb_segments *s)
{
    segment_writer_free_ptr(&s->writer);
}

int odb_segments_commit(struct odb_segments *s, struct err *e)
{
    AUTO(segment_writer_free_ptr) struct segment_writer *w = take_ptr(&s->writer);
    char name[SEGMENT_NAME + 1];
    struct err ignored = ERR_INIT;
    if (w == NULL || segment_writer_count(w) == 0)
        return 0;
    if (segment_writer_commit(w, name, e) != 0 || odb_segments_refresh(s, e) != 0)
        return e->class;
    /* What was asked for is done; a merge that fails loses only speed. */
    (void)!odb_tidy_merge(s->dirfd, s->set, &ignored);
    return 0;
}
