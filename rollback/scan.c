#include "rollback/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/scan_tree.h"

void scan_push(struct scan *s, struct scan_dir *const *child, size_t n)
{
    if (n == 0)
        return;
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = n; i-- > 0;) {
        child[i]->next = s->stack;
        s->stack = child[i];
    }
    s->n_found += n;
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
}

static void fail(struct scan *s, int status, const struct err *e)
{
    (void)pthread_mutex_lock(&s->lock);
    if (s->status == 0) {
        s->status = status;
        s->error = *e;
    }
    (void)pthread_cond_broadcast(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
}

/* The next directory; NULL when there will be none. */
static struct scan_dir *take_next(struct scan *s)
{
    (void)pthread_mutex_lock(&s->lock);
    while (s->stack == NULL && s->busy > 0 && s->status == 0)
        (void)pthread_cond_wait(&s->wake, &s->lock);
    struct scan_dir *d = s->status == 0 ? s->stack : NULL;
    if (d != NULL) {
        s->stack = d->next;
        s->busy++;
    } else {
        (void)pthread_cond_broadcast(&s->wake);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return d;
}

static void done_with_one(struct scan *s)
{
    (void)pthread_mutex_lock(&s->lock);
    s->busy--;
    if (s->busy == 0)
        (void)pthread_cond_broadcast(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
}

/* One of the things that `d` waits for is done; finishes it and its ancestors as far as that was the last. */
static int settle(struct scan_worker *w, struct scan_dir *d, struct err *e)
{
    struct scan *s = w->scan;
    for (; d != NULL && atomic_fetch_sub(&d->unfinished, 1) == 1; d = d->parent) {
        if (scan_dir_finish(w, d, e) != 0)
            return e->class;
        (void)pthread_mutex_lock(&s->lock);
        d->next = NULL;
        *s->finished_end = d;
        s->finished_end = &d->next;
        (void)pthread_mutex_unlock(&s->lock);
    }
    return 0;
}

static void *second_main(void *scan);

/* A small tree is walked faster by one thread. */
static void start_second(struct scan *s)
{
    (void)pthread_mutex_lock(&s->lock);
    if (!s->has_second && s->n_found > SCAN_SECOND_AFTER)
        s->has_second = pthread_create(&s->second, NULL, second_main, s) == 0;
    (void)pthread_mutex_unlock(&s->lock);
}

static void work(struct scan *s, bool is_first)
{
    struct scan_worker w = {.scan = s, .reader = {.store = s->store, .keep = true}};
    w.buffer = mem_resize(NULL, SCAN_LIST_BUFFER, 1);
    for (struct scan_dir *d = take_next(s); d != NULL; d = take_next(s)) {
        struct err e = ERR_INIT;
        int status = scan_dir_read(&w, d, &e);
        if (status == 0)
            status = settle(&w, d, &e);
        if (status != 0)
            fail(s, status, &e);
        done_with_one(s);
        if (is_first)
            start_second(s);
    }
    (void)pthread_mutex_lock(&s->lock);
    s->result.n_entries += w.n_entries;
    s->result.n_unreadable += w.n_unreadable;
    s->result.n_read += w.reader.n_read;
    s->result.bytes_read += w.reader.bytes_read;
    (void)pthread_mutex_unlock(&s->lock);
    scan_reader_release(&w.reader);
    mem_free(w.buffer);
}

static void *second_main(void *scan)
{
    work(scan, false);
    return NULL;
}

static int index_dir_fd(const struct scan *s, bool create, int *ret, struct err *e)
{
    AUTO(mem_free_ptr) char *path = path_join(s->state_dir, "index");
    if (create && fs_make_dirs(path, e) != 0)
        return e->class;
    return fs_open_private(path, create, ret, e);
}

/* The cache of this very directory, of this store. */
static void load_index(struct scan *s)
{
    AUTO(mem_close_fd) int fd = -1;
    struct err ignored = ERR_INIT;
    if (index_dir_fd(s, false, &fd, &ignored) != 0)
        return;
    index_read(fd, s->root_path, &s->index);
    if (s->index.root.ino != s->root.stat.ino || s->index.root.dev != s->root.stat.dev)
        index_release(&s->index);
    s->check_ids = s->index.data != NULL && s->index.generation != s->generation;
}

static int open_root(struct scan *s, struct err *e)
{
    struct stat st;
    s->root.fd = open(s->root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root.fd < 0 || fstat(s->root.fd, &st) != 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open it");
    s->root.name = "";
    s->root.unfinished = 1;
    s->n_fds = 1;
    s->root.users = 2; /* itself, and the scan: directories may have to be opened from here */
    index_entry_of(&st, &s->root.stat);
    if (stat(s->state_dir, &st) == 0) {
        s->state_dev = st.st_dev;
        s->state_ino = st.st_ino;
    }
    return 0;
}

static bool xattrs_are_there(const struct scan *s, const struct oid *id)
{
    return !s->check_ids || oid_is_zero(id) || store_has(s->store, id);
}

static int join_root(struct scan *s, struct err *e)
{
    const struct index_entry *cached = &s->index.root;
    struct scan_reader r = {.store = s->store, .keep = true};
    s->root.has_cached = s->index.data != NULL && index_dir_at(&s->index, cached->link, &s->root.cached);
    if (s->root.has_cached && index_entry_holds(cached, &s->root.stat, s->index.scanned_ns, s->request.settle_ns) &&
        xattrs_are_there(s, &cached->xattrs)) {
        s->root.stat.xattrs = cached->xattrs;
        return 0;
    }
    s->root.changed = true;
    return scan_object_xattrs(&r, s->root.fd, "", &s->root.stat.xattrs, e);
}

static int now_ns(int64_t *ret, struct err *e)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return err_sys(e, ERR_KERNEL, errno, "cannot read the clock");
    *ret = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    return 0;
}

static int walk(struct scan *s, struct err *e)
{
    struct scan_dir *root = &s->root;
    scan_push(s, &root, 1);
    work(s, true);
    if (s->has_second)
        (void)pthread_join(s->second, NULL);
    if (s->status != 0) {
        *e = s->error;
        return s->status;
    }
    s->result.files = root->files;
    s->result.meta = root->meta;
    s->result.unchanged =
        root->has_cached && !s->check_ids && oid_equal(&root->files, &root->cached.files) && oid_equal(&root->meta, &root->cached.meta);
    return 0;
}

static int run(struct scan *s, struct err *e)
{
    if (now_ns(&s->started_ns, e) != 0 || store_generation(s->store, &s->generation, e) != 0 || open_root(s, e) != 0)
        return e->class;
    load_index(s);
    scan_names_begin(s);
    if (join_root(s, e) != 0)
        return e->class;
    return walk(s, e);
}

int scan_run(const struct scan_request *r, struct store *store, struct scan **ret, struct err *e)
{
    AUTO(scan_free_ptr) struct scan *s = mem_alloc(sizeof(*s));
    s->request = *r;
    s->root_path = mem_strdup(r->root);
    s->state_dir = mem_strdup(r->state_dir);
    s->store = store;
    s->root.fd = -1;
    s->finished_end = &s->finished;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->wake, NULL);
    if (run(s, e) != 0) {
        AUTO(mem_free_ptr) char *root = quote_term_dup(s->root_path);
        return err_add(e, "cannot record the state of %s", root);
    }
    scan_dir_leave(s, &s->root);
    s->request = (struct scan_request){.settle_ns = r->settle_ns};
    *ret = take_ptr(&s);
    return 0;
}

const struct scan_result *scan_result(const struct scan *s)
{
    return &s->result;
}

static void put_block(struct index_builder *b, struct scan_dir *d)
{
    size_t child = 0;
    struct index_dir block = d->list;
    AUTO(mem_free_ptr) struct index_entry *entry = mem_array((size_t)d->list.n + 1, sizeof(*entry));
    for (size_t i = 0; i < d->list.n; i++) {
        entry[i] = d->list.entry[i];
        if (S_ISDIR(entry[i].mode))
            entry[i].link = d->child[child++]->offset;
    }
    block.entry = entry;
    block.files = d->files;
    block.meta = d->meta;
    d->offset = index_builder_dir(b, &block);
}

int scan_keep(struct scan *s, struct err *e)
{
    AUTO(index_builder_release) struct index_builder b = {0};
    AUTO(mem_close_fd) int fd = -1;
    if (!atomic_load(&s->differs) && !s->check_ids)
        return 0;
    if (index_dir_fd(s, true, &fd, e) != 0)
        return e->class;
    index_builder_begin(&b, s->root_path);
    for (struct scan_dir *d = s->finished; d != NULL; d = d->next) {
        if (!d->gone)
            put_block(&b, d);
    }
    struct index head = {.generation = s->generation, .scanned_ns = s->started_ns, .left_out = s->left_out, .root = s->root.stat};
    head.root.link = s->root.offset;
    return index_builder_write(&b, fd, s->root_path, &head, e);
}

/* Every directory is on the stack, was finished, or hangs below one that is neither: freed from the root down. */
static void free_below(struct scan_dir *root)
{
    struct scan_dir *todo = NULL;
    for (struct scan_dir *d = root; d != NULL;) {
        for (size_t i = 0; i < d->n_made; i++) {
            d->child[i]->next = todo;
            todo = d->child[i];
        }
        scan_dir_release(d);
        if (d != root)
            mem_free(d);
        d = todo;
        todo = d != NULL ? d->next : NULL;
    }
}

void scan_free(struct scan *s)
{
    if (s == NULL)
        return;
    free_below(&s->root);
    index_release(&s->index);
    strlist_release(&s->result.notes);
    (void)pthread_mutex_destroy(&s->lock);
    (void)pthread_cond_destroy(&s->wake);
    mem_free(s->root_path);
    mem_free(s->state_dir);
    mem_free(s);
}

void scan_free_ptr(struct scan **s)
{
    scan_free(*s);
    *s = NULL;
}
