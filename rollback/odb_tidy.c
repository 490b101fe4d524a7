#include "rollback/odb_tidy.h"

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/segment_writer.h"

enum {
    TIDY_SMALL = 1024 * 1024, /* bytes of a segment that is worth merging */
    TIDY_MANY = 24,           /* small segments that are left alone */
    TIDY_THOROUGH = 16,       /* the part of a segment that is worth writing the rest again when a person asks */
};

struct copying {
    struct segment_set *set;
    struct segment_writer *writer;
    const struct odb_sweep *how; /* NULL: everything is copied */
};

static int copy_framed(const struct copying *c, struct segment *g, const struct segment_object *o, void *buffer, struct err *e)
{
    AUTO(mem_free_ptr) struct segment_frame *frame = mem_array((size_t)o->stored + 1, sizeof(*frame));
    for (size_t i = 0; i < o->stored; i++) {
        segment_index_frame(segment_set_index(g), (size_t)o->offset + i, &frame[i]);
        if (segment_set_read(c->set, g, &frame[i], buffer, e) != 0 || segment_writer_frame(c->writer, buffer, &frame[i], e) != 0)
            return e->class;
    }
    return segment_writer_add_framed(c->writer, o, frame, o->stored, e);
}

/* The stored bytes are copied as they are. */
static int copy_segment(const struct copying *c, struct segment *g, struct err *e)
{
    const struct segment_index *x = segment_set_index(g);
    AUTO(mem_free_ptr) void *buffer = mem_alloc(SEGMENT_WHOLE_MAX);
    for (size_t i = 0; i < x->n_objects; i++) {
        struct segment_object o;
        struct segment_object known;
        segment_index_object(x, i, &o);
        if ((c->how != NULL && !c->how->is_live(c->how->arg, &o.id)) || segment_writer_find(c->writer, &o.id, &known))
            continue;
        if (o.coding == SEGMENT_FRAMED) {
            if (copy_framed(c, g, &o, buffer, e) != 0)
                return e->class;
        } else {
            struct segment_frame piece = segment_object_piece(&o);
            if (segment_set_read(c->set, g, &piece, buffer, e) != 0 || segment_writer_add(c->writer, &o, buffer, e) != 0)
                return e->class;
        }
    }
    return 0;
}

/* Puts what `old` hold into one new segment, then removes them. One that is damaged stays as it is. */
static int replace(int dirfd, struct segment_set *set, struct segment **old, size_t n, const struct odb_sweep *how, struct err *e)
{
    AUTO(segment_writer_free_ptr) struct segment_writer *w = NULL;
    char name[SEGMENT_NAME + 1];
    if (n == 0)
        return 0;
    if (segment_writer_open(dirfd, &w, e) != 0)
        return e->class;
    struct copying c = {set, w, how};
    for (size_t i = 0; i < n; i++) {
        int status = copy_segment(&c, old[i], e);
        if (status == ERR_CORRUPT)
            old[i] = NULL;
        else if (status != 0)
            return status;
    }
    if (segment_writer_count(w) > 0 && segment_writer_commit(w, name, e) != 0)
        return e->class;
    for (size_t i = 0; i < n; i++) {
        if (old[i] != NULL && segment_set_unlink(set, old[i], e) != 0)
            return e->class;
    }
    return 0;
}

int odb_tidy_merge(int dirfd, struct segment_set *set, struct err *e)
{
    AUTO(mem_close_fd) int lock = -1;
    AUTO(mem_free_ptr) struct segment **small = mem_array(segment_set_count(set) + 1, sizeof(*small));
    size_t n = 0;
    for (size_t i = 0; i < segment_set_count(set); i++) {
        if (segment_set_index(segment_set_at(set, i))->file_size < TIDY_SMALL)
            small[n++] = segment_set_at(set, i);
    }
    if (n < TIDY_MANY)
        return 0;
    if (fs_lock(dirfd, "merge", true, false, &lock, e) != 0)
        return e->class == ERR_BUSY ? 0 : e->class;
    if (replace(dirfd, set, small, n, NULL, e) != 0)
        return e->class;
    return segment_set_refresh(set, e);
}

static uint64_t live_bytes(const struct segment_index *x, const struct odb_sweep *how)
{
    uint64_t total = 0;
    for (size_t i = 0; i < x->n_objects; i++) {
        struct segment_object o;
        segment_index_object(x, i, &o);
        if (how->is_live(how->arg, &o.id))
            total += segment_index_stored(x, &o) + SEGMENT_OVERHEAD;
    }
    return total;
}

static uint64_t all_bytes(const struct segment_index *x)
{
    return x->file_size - SEGMENT_HEADER + (uint64_t)x->n_objects * SEGMENT_OVERHEAD;
}

static uint64_t disk_bytes(const struct segment_set *set)
{
    uint64_t total = 0;
    for (size_t i = 0; i < segment_set_count(set); i++)
        total += segment_set_index(segment_set_at(set, i))->file_size;
    return total;
}

int odb_tidy_sweep(int dirfd, struct segment_set *set, const struct odb_sweep *how, uint64_t *ret_freed, struct err *e)
{
    size_t n_dead = 0;
    size_t n_half = 0;
    size_t count = segment_set_count(set);
    AUTO(mem_free_ptr) struct segment **dead = mem_array(count + 1, sizeof(*dead));
    AUTO(mem_free_ptr) struct segment **half = mem_array(count + 1, sizeof(*half));
    uint64_t was = disk_bytes(set);
    for (size_t i = 0; i < count; i++) {
        struct segment *g = segment_set_at(set, i);
        const struct segment_index *x = segment_set_index(g);
        uint64_t live = live_bytes(x, how);
        if (live == 0)
            dead[n_dead++] = g;
        else if (live < all_bytes(x) - all_bytes(x) / (how->thorough ? TIDY_THOROUGH : 2))
            half[n_half++] = g;
    }
    *ret_freed = 0;
    if (n_dead + n_half == 0)
        return 0;
    if (how->before(how->before_arg, e) != 0)
        return e->class;
    for (size_t i = 0; i < n_dead; i++) {
        if (segment_set_unlink(set, dead[i], e) != 0)
            return e->class;
    }
    if (replace(dirfd, set, half, n_half, how, e) != 0 || segment_set_refresh(set, e) != 0)
        return e->class;
    *ret_freed = was - disk_bytes(set);
    return 0;
}
