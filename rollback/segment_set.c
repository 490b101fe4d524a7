#include "rollback/segment_set.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"

enum {
    SET_MAX_OPEN = 64, /* data files that stay open */
    FILE_NAME = SEGMENT_FILE_NAME,
};
/* 16 Mi objects and as many frames take less. */
#define SET_MAX_INDEX (UINT64_C(1) << 30)

struct segment {
    char name[SEGMENT_NAME + 1];
    struct segment_index index;
    int fd;               /* -1 until it is read */
    bool is_here;         /* was there at the last refresh */
    struct segment *next; /* of all that this set ever knew */
};

struct segment_set {
    int dirfd;
    pthread_rwlock_t lock;     /* over `here`, `n`, `all` and is_here */
    pthread_mutex_t open_lock; /* over every fd and n_open */
    struct segment *all;
    struct segment **here;
    size_t n, cap, n_open;
    struct strlist damaged;
};

static int read_index(int dirfd, const char *file, const char *name, struct segment_index *ret, struct err *e)
{
    AUTO(mem_close_fd) int fd = openat(dirfd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open the index of segment %s", name);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > SET_MAX_INDEX)
        return err_set(e, ERR_CORRUPT, "the index of segment %s is not one", name);
    size_t len = (size_t)st.st_size;
    size_t done = 0;
    AUTO(mem_free_ptr) unsigned char *data = mem_alloc(len + 1);
    while (done < len) {
        ssize_t n = pread(fd, data + done, len - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, ERR_IO, errno, "cannot read the index of segment %s", name);
        if (n == 0)
            return err_set(e, ERR_CORRUPT, "the index of segment %s is cut short", name);
        done += (size_t)n;
    }
    if (segment_index_parse(data, len, name, ret, e) != 0)
        return e->class;
    (void)take_ptr(&data);
    return 0;
}

static struct segment *known(struct segment_set *set, const char *name)
{
    for (struct segment *g = set->all; g != NULL; g = g->next) {
        if (strcmp(g->name, name) == 0)
            return g;
    }
    return NULL;
}

static void load(struct segment_set *set, const char *file, const char *name)
{
    struct err e = ERR_INIT;
    struct segment_index index = {0};
    struct segment *g = known(set, name);
    if (g == NULL) {
        if (read_index(set->dirfd, file, name, &index, &e) != 0) {
            if (e.class != ERR_MISSING)
                strlist_add(&set->damaged, e.text);
            return;
        }
        g = mem_alloc(sizeof(*g));
        memcpy(g->name, name, sizeof(g->name));
        g->index = index;
        g->fd = -1;
        g->next = set->all;
        set->all = g;
    }
    g->is_here = true;
    mem_reserve(&set->here, &set->cap, set->n + 1, sizeof(struct segment *));
    set->here[set->n++] = g;
}

int segment_set_refresh(struct segment_set *set, struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    if (fs_list(set->dirfd, ".", &names, e) != 0)
        return err_add(e, "cannot list the object store");
    (void)pthread_rwlock_wrlock(&set->lock);
    strlist_release(&set->damaged);
    set->n = 0;
    for (struct segment *g = set->all; g != NULL; g = g->next)
        g->is_here = false;
    for (size_t i = 0; i < names.n; i++) {
        char name[SEGMENT_NAME + 1] = "";
        if (strlen(names.item[i]) != SEGMENT_NAME + 4 || !str_ends(names.item[i], ".idx"))
            continue;
        memcpy(name, names.item[i], SEGMENT_NAME);
        if (segment_name_is_valid(name))
            load(set, names.item[i], name);
    }
    (void)pthread_rwlock_unlock(&set->lock);
    return 0;
}

int segment_set_open(int dirfd, struct segment_set **ret, struct err *e)
{
    AUTO(segment_set_free_ptr) struct segment_set *set = mem_alloc(sizeof(*set));
    set->dirfd = dirfd;
    (void)pthread_rwlock_init(&set->lock, NULL);
    (void)pthread_mutex_init(&set->open_lock, NULL);
    if (segment_set_refresh(set, e) != 0)
        return e->class;
    *ret = take_ptr(&set);
    return 0;
}

void segment_set_free_ptr(struct segment_set **p)
{
    struct segment_set *set = *p;
    if (set == NULL)
        return;
    for (struct segment *g = set->all, *next; g != NULL; g = next) {
        next = g->next;
        segment_index_release(&g->index);
        mem_close_fd(&g->fd);
        mem_free(g);
    }
    mem_free(set->here);
    strlist_release(&set->damaged);
    (void)pthread_rwlock_destroy(&set->lock);
    (void)pthread_mutex_destroy(&set->open_lock);
    mem_free(set);
    *p = NULL;
}

bool segment_set_find(struct segment_set *set, const struct oid *id, struct segment **ret_segment, struct segment_object *ret)
{
    bool found = false;
    (void)pthread_rwlock_rdlock(&set->lock);
    for (size_t i = 0; i < set->n && !found; i++) {
        found = segment_index_find(&set->here[i]->index, id, ret);
        if (found)
            *ret_segment = set->here[i];
    }
    (void)pthread_rwlock_unlock(&set->lock);
    return found;
}

/* Opens the data file and checks that it is what the index was written for. */
static int open_data(const struct segment_set *set, const struct segment *g, int *ret_fd, struct err *e)
{
    char file[FILE_NAME];
    unsigned char header[SEGMENT_HEADER];
    struct stat st;
    (void)snprintf(file, sizeof(file), "%s.seg", g->name);
    AUTO(mem_close_fd) int fd = openat(set->dirfd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open segment %s of the object store", g->name);
    if (fstat(fd, &st) != 0)
        return err_sys(e, ERR_IO, errno, "cannot read segment %s of the object store", g->name);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != g->index.file_size || pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
        !segment_header_is(header, g->name))
        return err_set(e, ERR_CORRUPT, "segment %s of the object store is damaged", g->name);
    *ret_fd = take_fd(&fd);
    return 0;
}

/* The descriptor stays with the segment while there are few of them; else *ret_own holds it for this read alone. */
static int data_fd(struct segment_set *set, struct segment *g, int *ret_fd, int *ret_own, struct err *e)
{
    int status = 0;
    (void)pthread_mutex_lock(&set->open_lock);
    if (g->fd >= 0) {
        *ret_fd = g->fd;
    } else {
        int fd = -1;
        status = open_data(set, g, &fd, e);
        if (status == 0 && set->n_open < SET_MAX_OPEN) {
            g->fd = fd;
            set->n_open++;
        } else {
            *ret_own = fd;
        }
        *ret_fd = fd;
    }
    (void)pthread_mutex_unlock(&set->open_lock);
    return status;
}

int segment_set_read(struct segment_set *set, struct segment *g, const struct segment_frame *piece, void *ret, struct err *e)
{
    AUTO(mem_close_fd) int own = -1;
    int fd = -1;
    if (data_fd(set, g, &fd, &own, e) != 0)
        return e->class;
    for (size_t done = 0; done < piece->stored;) {
        ssize_t n = pread(fd, (char *)ret + done, piece->stored - done, (off_t)(piece->offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, ERR_IO, errno, "cannot read segment %s of the object store", g->name);
        if (n == 0)
            return err_set(e, ERR_CORRUPT, "segment %s of the object store is cut short", g->name);
        done += (size_t)n;
    }
    if (segment_sum(ret, piece->stored) != piece->sum)
        return err_set(e, ERR_CORRUPT, "segment %s of the object store is damaged", g->name);
    return 0;
}

const struct segment_index *segment_set_index(const struct segment *g)
{
    return &g->index;
}

size_t segment_set_count(const struct segment_set *set)
{
    return set->n;
}

struct segment *segment_set_at(const struct segment_set *set, size_t i)
{
    return set->here[i];
}

const struct strlist *segment_set_damaged(const struct segment_set *set)
{
    return &set->damaged;
}

int segment_set_unlink(struct segment_set *set, struct segment *g, struct err *e)
{
    static const char *const suffix[] = {"idx", "seg"};
    for (size_t i = 0; i < 2; i++) {
        char file[FILE_NAME];
        (void)snprintf(file, sizeof(file), "%s.%s", g->name, suffix[i]);
        if (unlinkat(set->dirfd, file, 0) != 0 && errno != ENOENT)
            return err_sys(e, ERR_IO, errno, "cannot remove segment %s of the object store", g->name);
    }
    return 0;
}
