#include "rollback/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/str.h"
#include "rollback/index_sum.h"

enum { INDEX_NAME = 32 + 8 };
#define INDEX_MAX (UINT64_C(4) << 30)            /* bytes of a cache */
#define INDEX_MAGIC UINT64_C(0x6e6f6e6f73740002) /* "nonost", version; in native order, so that another machine's does not fit */
#define COARSE_NS INT64_C(2000000000)            /* FAT keeps times in steps of two seconds */

struct header {
    uint64_t magic, len, generation;
    int64_t scanned_ns;
    struct index_entry root;
    uint32_t path_len, left_out; /* the path follows, terminated, padded to eight bytes */
};

struct block {
    uint32_t n, names_len;
    struct oid files, meta;
};
_Static_assert(sizeof(struct index_entry) == 112, "the layout has no holes");
_Static_assert(sizeof(struct header) % 8 == 0 && sizeof(struct block) % 8 == 0, "blocks stay aligned");

static size_t padded(size_t len)
{
    return (len + 7) & ~(size_t)7;
}

static void file_name(const char *root_path, const char *suffix, char ret[INDEX_NAME])
{
    size_t len = strlen(root_path);
    (void)snprintf(ret, INDEX_NAME, "%016" PRIx64 "%016" PRIx64 "%s", index_sum(root_path, len, 1), index_sum(root_path, len, 2), suffix);
}

bool index_parse(void *data, size_t len, const char *root_path, struct index *ret)
{
    struct header h;
    uint64_t sum;
    if (len < sizeof(h) + sizeof(sum) || len % 8 != 0)
        return false;
    memcpy(&h, data, sizeof(h));
    memcpy(&sum, (unsigned char *)data + len - sizeof(sum), sizeof(sum));
    if (h.magic != INDEX_MAGIC || h.len != len || sum != index_sum(data, len - sizeof(sum), 0))
        return false;
    const char *path = (const char *)data + sizeof(h);
    if (h.path_len >= len - sizeof(h) - sizeof(sum) || h.path_len != strlen(root_path) || memcmp(path, root_path, h.path_len + 1) != 0)
        return false;
    *ret = (struct index){
        .data = data, .len = len, .generation = h.generation, .scanned_ns = h.scanned_ns, .left_out = h.left_out, .root = h.root};
    return true;
}

static void *read_file(int fd, size_t *ret_len)
{
    struct stat st;
    size_t done = 0;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || (uint64_t)st.st_size > INDEX_MAX)
        return NULL;
    AUTO(mem_free_ptr) unsigned char *data = mem_resize(NULL, (size_t)st.st_size, 1);
    while (done < (size_t)st.st_size) {
        ssize_t n = read(fd, data + done, (size_t)st.st_size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return NULL;
        done += (size_t)n;
    }
    *ret_len = done;
    return take_ptr(&data);
}

void index_read(int dirfd, const char *root_path, struct index *ret)
{
    char name[INDEX_NAME];
    size_t len = 0;
    *ret = (struct index){0};
    file_name(root_path, "", name);
    AUTO(mem_close_fd) int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    AUTO(mem_free_ptr) void *data = read_file(fd, &len);
    if (data != NULL && index_parse(data, len, root_path, ret))
        (void)take_ptr(&data);
}

void index_release(struct index *x)
{
    mem_free(x->data);
    *x = (struct index){0};
}

bool index_dir_at(const struct index *x, uint64_t offset, struct index_dir *ret)
{
    struct block b;
    if (offset % 8 != 0 || offset < sizeof(struct header) || offset > x->len || x->len - offset < sizeof(b))
        return false;
    const unsigned char *at = x->data + offset;
    size_t left = x->len - offset - sizeof(b);
    memcpy(&b, at, sizeof(b));
    at += sizeof(b);
    if (b.n > left / sizeof(struct index_entry) || b.names_len > left - b.n * sizeof(struct index_entry))
        return false;
    const struct index_entry *entry = (const void *)at;
    const char *names = (const char *)(at + b.n * sizeof(*entry));
    for (size_t i = 0; i < b.n; i++) {
        if (entry[i].name >= b.names_len || entry[i].name_len >= b.names_len - entry[i].name || names[entry[i].name + entry[i].name_len] != '\0')
            return false;
    }
    *ret = (struct index_dir){entry, names, b.n, b.names_len, b.files, b.meta};
    return true;
}

static int64_t time_ns(struct timespec t)
{
    struct stat st = {.st_mode = S_IFREG, .st_mtim = t};
    struct snapshot_node n;
    snapshot_node_of(&st, &n);
    return n.mtime_ns;
}

void index_entry_of(const struct stat *st, struct index_entry *ret)
{
    *ret = (struct index_entry){
        .ino = st->st_ino, .dev = st->st_dev, .size = (uint64_t)st->st_size, .mode = st->st_mode, .uid = st->st_uid, .gid = st->st_gid};
    ret->mtime_ns = time_ns(st->st_mtim);
    ret->ctime_ns = time_ns(st->st_ctim);
    ret->nlink = (uint32_t)st->st_nlink;
    if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
        ret->link = st->st_rdev;
}

static struct timespec timespec_of(int64_t ns)
{
    int64_t sec = ns / 1000000000 - (ns % 1000000000 < 0);
    return (struct timespec){.tv_sec = sec, .tv_nsec = ns % 1000000000 + (ns % 1000000000 < 0 ? 1000000000 : 0)};
}

void index_entry_node(const struct index_entry *x, struct snapshot_node *ret)
{
    struct stat st = {.st_ino = x->ino, .st_dev = x->dev, .st_mode = x->mode, .st_uid = x->uid, .st_gid = x->gid, .st_nlink = x->nlink};
    st.st_size = (off_t)x->size;
    st.st_mtim = timespec_of(x->mtime_ns);
    st.st_rdev = S_ISDIR(x->mode) ? 0 : x->link;
    snapshot_node_of(&st, ret);
    ret->flags = (uint8_t)x->flags;
    ret->xattrs = x->xattrs;
    if (!S_ISDIR(x->mode))
        ret->content = x->content;
}

bool index_entry_holds(const struct index_entry *cached, const struct index_entry *now, int64_t scanned_ns, int64_t settle_ns)
{
    bool is_same = cached->ino == now->ino && cached->ctime_ns == now->ctime_ns && cached->mtime_ns == now->mtime_ns && cached->size == now->size &&
                   cached->mode == now->mode && cached->uid == now->uid && cached->gid == now->gid && cached->nlink == now->nlink &&
                   cached->dev == now->dev;
    if (!is_same || cached->flags != 0)
        return false;
    bool is_coarse = now->ctime_ns % 1000000000 == 0;
    int64_t limit = scanned_ns - settle_ns - (is_coarse ? COARSE_NS : 0);
    return now->ctime_ns < limit && (!is_coarse || now->mtime_ns < limit);
}

void index_builder_begin(struct index_builder *b, const char *root_path)
{
    size_t len = strlen(root_path) + 1;
    *b = (struct index_builder){0};
    memset(bytes_grow(&b->out, sizeof(struct header)), 0, sizeof(struct header));
    bytes_add(&b->out, root_path, len);
    memset(bytes_grow(&b->out, padded(len) - len), 0, padded(len) - len);
}

uint64_t index_builder_dir(struct index_builder *b, const struct index_dir *d)
{
    static const unsigned char zeroes[8];
    const struct block block = {d->n, d->names_len, d->files, d->meta};
    uint64_t offset = b->out.len;
    if (offset + sizeof(block) + (uint64_t)d->n * sizeof(*d->entry) + d->names_len > INDEX_MAX - 4096)
        return 0;
    bytes_add(&b->out, &block, sizeof(block));
    bytes_add(&b->out, d->entry, d->n * sizeof(*d->entry));
    bytes_add(&b->out, d->names, d->names_len);
    bytes_add(&b->out, zeroes, padded(d->names_len) - d->names_len);
    return offset;
}

/* The file that will take the cache's place. Its lock keeps a second writer off it; 1 when there is one. */
static int open_new(int dirfd, const char *name, int *ret_fd, struct err *e)
{
    struct stat opened;
    struct stat named;
    AUTO(mem_close_fd) int fd = fs_open_own(dirfd, name, O_WRONLY);
    if (fd < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot write the stat cache");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return 1;
    /* It may have become the cache itself between opening and locking. */
    if (fstat(fd, &opened) != 0 || fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) != 0 || opened.st_ino != named.st_ino)
        return 1;
    if (ftruncate(fd, 0) != 0)
        return err_sys(e, ERR_IO, errno, "cannot write the stat cache");
    *ret_fd = take_fd(&fd);
    return 0;
}

int index_builder_write(struct index_builder *b, int dirfd, const char *root_path, const struct index *head, struct err *e)
{
    char from[INDEX_NAME];
    char to[INDEX_NAME];
    AUTO(mem_close_fd) int fd = -1;
    uint64_t sum;
    struct header h = {INDEX_MAGIC, b->out.len + sizeof(sum), head->generation, head->scanned_ns, head->root, (uint32_t)strlen(root_path), head->left_out};
    memcpy(b->out.ptr, &h, sizeof(h));
    sum = index_sum(b->out.ptr, b->out.len, 0);
    bytes_add(&b->out, &sum, sizeof(sum));
    file_name(root_path, ".from", from);
    file_name(root_path, "", to);
    int status = open_new(dirfd, from, &fd, e);
    if (status != 0)
        return status > 0 ? 0 : status;
    if (fs_write_all(fd, b->out.ptr, b->out.len, e) != 0)
        return err_add(e, "cannot write the stat cache");
    if (renameat(dirfd, from, dirfd, to) != 0)
        return err_sys(e, ERR_IO, errno, "cannot replace the stat cache");
    return 0;
}

void index_builder_release(struct index_builder *b)
{
    bytes_release(&b->out);
}
