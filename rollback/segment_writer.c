#include "rollback/segment_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/segment_clean.h"

enum {
    WRITER_BUFFER = 1024 * 1024,
    WRITER_FIRST_SLOTS = 1024, /* a power of two */
    WRITER_TRIES = 100,
    FILE_NAME = SEGMENT_FILE_NAME,
};

struct segment_writer {
    pthread_mutex_t lock; /* over all that follows */
    int dirfd, fd;
    char name[SEGMENT_NAME + 1];
    unsigned char *buffer; /* what is not in the file yet: [flushed, flushed + buffered) */
    uint64_t flushed;
    size_t buffered;
    bool broken; /* a write failed: what the file holds is unknown */
    bool committed;
    struct segment_object *object;
    size_t n_objects, cap_objects;
    struct segment_frame *frame;
    size_t n_frames, cap_frames;
    uint32_t *slot; /* hash table: index into `object` plus one, 0 when free */
    size_t n_slots;
};

static void file_name(const char *name, const char *suffix, char ret[FILE_NAME])
{
    (void)snprintf(ret, FILE_NAME, "%s.%s", name, suffix);
}

static int random_name(char ret[SEGMENT_NAME + 1], struct err *e)
{
    unsigned char raw[SEGMENT_NAME / 2];
    if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
        return err_sys(e, ERR_KERNEL, errno, "cannot get random bytes");
    for (size_t i = 0; i < sizeof(raw); i++)
        (void)snprintf(ret + 2 * i, 3, "%02x", raw[i]);
    return 0;
}

static int write_error(struct err *e, const char *what, int sys)
{
    return err_sys(e, err_class_of(sys) == ERR_DENIED ? ERR_DENIED : ERR_IO, sys, "cannot %s the object store", what);
}

/* The lock on the file says that its owner lives. Cleaning may come between creating and locking: then the name is gone, and another is taken. */
static int create_file(struct segment_writer *w, struct err *e)
{
    for (int i = 0; i < WRITER_TRIES; i++) {
        char path[FILE_NAME];
        struct stat st;
        if (random_name(w->name, e) != 0)
            return e->class;
        file_name(w->name, "tmp", path);
        AUTO(mem_close_fd) int fd = fs_open_own(w->dirfd, path, O_RDWR | O_EXCL);
        if (fd < 0)
            return write_error(e, "create a file in", errno);
        if (flock(fd, LOCK_EX) != 0 || fstat(fd, &st) != 0)
            return write_error(e, "lock a file in", errno);
        if (st.st_nlink > 0) {
            w->fd = take_fd(&fd);
            return 0;
        }
    }
    return err_set(e, ERR_IO, "cannot create a file in the object store: it is removed each time");
}

int segment_writer_open(int dirfd, struct segment_writer **ret, struct err *e)
{
    AUTO(segment_writer_free_ptr) struct segment_writer *w = mem_alloc(sizeof(*w));
    w->dirfd = dirfd;
    w->fd = -1;
    (void)pthread_mutex_init(&w->lock, NULL);
    segment_clean(dirfd);
    if (create_file(w, e) != 0)
        return e->class;
    w->buffer = mem_alloc(WRITER_BUFFER);
    w->n_slots = WRITER_FIRST_SLOTS;
    w->slot = mem_array(w->n_slots, sizeof(*w->slot));
    segment_header(w->name, w->buffer);
    w->buffered = SEGMENT_HEADER;
    *ret = take_ptr(&w);
    return 0;
}

static void remove_file(int dirfd, const char *name, const char *suffix)
{
    char path[FILE_NAME];
    file_name(name, suffix, path);
    (void)unlinkat(dirfd, path, 0);
}

void segment_writer_free_ptr(struct segment_writer **p)
{
    static const char *const unfinished[] = {"tmp", "tmpidx", "seg"};
    struct segment_writer *w = *p;
    if (w == NULL)
        return;
    if (w->fd >= 0 && !w->committed)
        for (size_t i = 0; i < sizeof(unfinished) / sizeof(unfinished[0]); i++)
            remove_file(w->dirfd, w->name, unfinished[i]);
    mem_close_fd(&w->fd);
    (void)pthread_mutex_destroy(&w->lock);
    mem_free(w->buffer);
    mem_free(w->object);
    mem_free(w->frame);
    mem_free(w->slot);
    mem_free(w);
    *p = NULL;
}

static int write_at(struct segment_writer *w, uint64_t offset, const void *data, size_t len, struct err *e)
{
    const unsigned char *at = data;
    while (len > 0) {
        ssize_t n = pwrite(w->fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            w->broken = true;
            return write_error(e, "write to", n == 0 ? ENOSPC : errno);
        }
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

static int flush_buffer(struct segment_writer *w, struct err *e)
{
    if (w->broken)
        return err_set(e, ERR_IO, "an earlier write to the object store failed");
    if (write_at(w, w->flushed, w->buffer, w->buffered, e) != 0)
        return e->class;
    w->flushed += w->buffered;
    w->buffered = 0;
    return 0;
}

static int append(struct segment_writer *w, const void *data, size_t len, uint64_t *ret_offset, struct err *e)
{
    if (w->broken || len > WRITER_BUFFER - w->buffered) {
        if (flush_buffer(w, e) != 0)
            return e->class;
    }
    uint64_t offset = w->flushed + w->buffered;
    if (len > WRITER_BUFFER) {
        if (write_at(w, offset, data, len, e) != 0)
            return e->class;
        w->flushed += len;
    } else if (len > 0) {
        memcpy(w->buffer + w->buffered, data, len);
        w->buffered += len;
    }
    *ret_offset = offset;
    return 0;
}

static size_t slot_of(const struct segment_writer *w, const struct oid *id)
{
    size_t hash;
    memcpy(&hash, id->byte, sizeof(hash));
    size_t i = hash & (w->n_slots - 1);
    while (w->slot[i] != 0 && !oid_equal(&w->object[w->slot[i] - 1].id, id))
        i = (i + 1) & (w->n_slots - 1);
    return i;
}

static void grow_slots(struct segment_writer *w)
{
    mem_free(w->slot);
    w->n_slots *= 2;
    w->slot = mem_array(w->n_slots, sizeof(*w->slot));
    for (size_t i = 0; i < w->n_objects; i++)
        w->slot[slot_of(w, &w->object[i].id)] = (uint32_t)(i + 1);
}

static void remember(struct segment_writer *w, const struct segment_object *o)
{
    if (w->n_objects >= w->n_slots / 2)
        grow_slots(w);
    mem_reserve(&w->object, &w->cap_objects, w->n_objects + 1, sizeof(*w->object));
    w->object[w->n_objects++] = *o;
    w->slot[slot_of(w, &o->id)] = (uint32_t)w->n_objects;
}

static int may_add(const struct segment_writer *w, struct err *e)
{
    if (w->n_objects >= SEGMENT_MAX_OBJECTS)
        return err_set(e, ERR_LIMIT, "more than %d objects in one snapshot", SEGMENT_MAX_OBJECTS);
    return 0;
}

static int add_locked(struct segment_writer *w, const struct segment_object *o, const void *stored, struct err *e)
{
    struct segment_object new = *o;
    if (w->slot[slot_of(w, &o->id)] != 0)
        return 0;
    new.sum = segment_sum(stored, o->stored);
    if (may_add(w, e) != 0 || append(w, stored, o->stored, &new.offset, e) != 0)
        return e->class;
    remember(w, &new);
    return 0;
}

int segment_writer_add(struct segment_writer *w, const struct segment_object *o, const void *stored, struct err *e)
{
    (void)pthread_mutex_lock(&w->lock);
    int status = add_locked(w, o, stored, e);
    (void)pthread_mutex_unlock(&w->lock);
    return status;
}

int segment_writer_frame(struct segment_writer *w, const void *stored, struct segment_frame *frame, struct err *e)
{
    frame->sum = segment_sum(stored, frame->stored);
    (void)pthread_mutex_lock(&w->lock);
    int status = append(w, stored, frame->stored, &frame->offset, e);
    (void)pthread_mutex_unlock(&w->lock);
    return status;
}

static int add_framed_locked(struct segment_writer *w, const struct segment_object *o, const struct segment_frame *frame, size_t n, struct err *e)
{
    struct segment_object new = *o;
    if (w->slot[slot_of(w, &o->id)] != 0)
        return 0;
    if (may_add(w, e) != 0)
        return e->class;
    if (n > SEGMENT_MAX_FRAMES - w->n_frames)
        return err_set(e, ERR_LIMIT, "more than %d MiB of large files in one snapshot", SEGMENT_MAX_FRAMES);
    mem_reserve(&w->frame, &w->cap_frames, w->n_frames + n, sizeof(*w->frame));
    memcpy(w->frame + w->n_frames, frame, n * sizeof(*frame));
    new.coding = SEGMENT_FRAMED;
    new.offset = w->n_frames;
    new.stored = (uint32_t)n;
    w->n_frames += n;
    remember(w, &new);
    return 0;
}

int segment_writer_add_framed(struct segment_writer *w, const struct segment_object *o, const struct segment_frame *frame, size_t n, struct err *e)
{
    (void)pthread_mutex_lock(&w->lock);
    int status = add_framed_locked(w, o, frame, n, e);
    (void)pthread_mutex_unlock(&w->lock);
    return status;
}

void segment_writer_drop(struct segment_writer *w, const struct segment_frame *frame, size_t n)
{
    uint64_t end = n > 0 ? frame[0].offset : 0;
    for (size_t i = 0; i < n && frame[i].offset == end; i++)
        end += frame[i].stored;
    (void)pthread_mutex_lock(&w->lock);
    bool is_tail = n > 0 && !w->broken && end == w->flushed + w->buffered && frame[n - 1].offset + frame[n - 1].stored == end;
    if (is_tail && frame[0].offset >= w->flushed) {
        w->buffered = (size_t)(frame[0].offset - w->flushed);
    } else if (is_tail && ftruncate(w->fd, (off_t)frame[0].offset) == 0) {
        w->flushed = frame[0].offset;
        w->buffered = 0;
    }
    (void)pthread_mutex_unlock(&w->lock);
}

bool segment_writer_find(struct segment_writer *w, const struct oid *id, struct segment_object *ret)
{
    (void)pthread_mutex_lock(&w->lock);
    uint32_t found = w->slot[slot_of(w, id)];
    if (found != 0)
        *ret = w->object[found - 1];
    (void)pthread_mutex_unlock(&w->lock);
    return found != 0;
}

struct segment_frame segment_writer_frame_of(struct segment_writer *w, const struct segment_object *o, size_t i)
{
    (void)pthread_mutex_lock(&w->lock);
    struct segment_frame frame = w->frame[o->offset + i];
    (void)pthread_mutex_unlock(&w->lock);
    return frame;
}

int segment_writer_read(struct segment_writer *w, uint64_t offset, void *ret, size_t len, struct err *e)
{
    (void)pthread_mutex_lock(&w->lock);
    int status = offset + len > w->flushed ? flush_buffer(w, e) : 0;
    (void)pthread_mutex_unlock(&w->lock);
    if (status != 0)
        return status;
    ssize_t n = pread(w->fd, ret, len, (off_t)offset);
    if (n < 0)
        return err_sys(e, ERR_IO, errno, "cannot read the object store");
    if ((size_t)n != len)
        return err_set(e, ERR_CORRUPT, "an object that was just written cannot be read back");
    return 0;
}

size_t segment_writer_count(const struct segment_writer *w)
{
    return w->n_objects;
}

static int by_id(const void *a, const void *b)
{
    const struct segment_object *x = a;
    const struct segment_object *y = b;
    return oid_compare(&x->id, &y->id);
}

static int write_index(struct segment_writer *w, struct err *e)
{
    char path[FILE_NAME];
    AUTO(mem_free_ptr) void *data = NULL;
    size_t len = 0;
    qsort(w->object, w->n_objects, sizeof(*w->object), by_id);
    const struct segment_content content = {w->name, w->flushed, w->object, w->n_objects, w->frame, w->n_frames};
    segment_index_encode(&content, &data, &len);
    file_name(w->name, "tmpidx", path);
    AUTO(mem_close_fd) int fd = fs_open_own(w->dirfd, path, O_WRONLY | O_EXCL);
    if (fd < 0 || fchmod(fd, S_IRUSR) < 0)
        return write_error(e, "create an index in", errno);
    if (fs_write_all(fd, data, len, e) != 0)
        return err_add(e, "cannot write an index of the object store");
    if (fsync(fd) != 0)
        return write_error(e, "flush an index of", errno);
    return 0;
}

static int publish(struct segment_writer *w, const char *from, const char *to, struct err *e)
{
    char old[FILE_NAME];
    char new[FILE_NAME];
    file_name(w->name, from, old);
    file_name(w->name, to, new);
    if (renameat(w->dirfd, old, w->dirfd, new) != 0)
        return write_error(e, "rename a file in", errno);
    return 0;
}

int segment_writer_commit(struct segment_writer *w, char ret_name[SEGMENT_NAME + 1], struct err *e)
{
    if (flush_buffer(w, e) != 0)
        return e->class;
    if (fsync(w->fd) != 0)
        return write_error(e, "flush", errno);
    if (write_index(w, e) != 0 || publish(w, "tmp", "seg", e) != 0)
        return e->class;
    /* The data must be found under its name before the index is: the order of two renames is not promised otherwise. */
    if (fsync(w->dirfd) != 0)
        return write_error(e, "flush the directory of", errno);
    if (publish(w, "tmpidx", "idx", e) != 0)
        return e->class;
    w->committed = true;
    if (fsync(w->dirfd) != 0)
        return write_error(e, "flush the directory of", errno);
    memcpy(ret_name, w->name, sizeof(w->name));
    return 0;
}
