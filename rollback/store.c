#include "rollback/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "rollback/odb.h"
#include "rollback/store_generation.h"
#include "rollback/store_module.h"

struct store {
    char *path;
    pthread_mutex_t lock; /* over all that follows */
    int dirfd, lockfd;    /* -1 until they are needed */
    bool is_locked;
    uint64_t generation; /* while locked */
    const struct odb_module *module;
    struct odb *odb;
};

int store_open(const char *state_dir, struct store **ret, struct err *e)
{
    if (!path_is_clean(state_dir))
        return err_set(e, ERR_INPUT, "the state directory is not an absolute path");
    struct store *s = mem_alloc(sizeof(*s));
    s->path = path_join(state_dir, "store");
    s->dirfd = s->lockfd = -1;
    (void)pthread_mutex_init(&s->lock, NULL);
    *ret = s;
    return 0;
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    if (s->odb != NULL)
        s->module->close(s->odb);
    mem_close_fd(&s->lockfd);
    mem_close_fd(&s->dirfd);
    (void)pthread_mutex_destroy(&s->lock);
    mem_free(s->path);
    mem_free(s);
}

void store_close_ptr(struct store **s)
{
    store_close(*s);
    *s = NULL;
}

static int take_lock(struct store *s, int how, struct err *e)
{
    while (flock(s->lockfd, how) != 0) {
        if (errno == EWOULDBLOCK)
            return err_set(e, ERR_BUSY, "the object store is in use by another nono: try again later");
        if (errno != EINTR)
            return err_sys(e, ERR_IO, errno, "cannot lock the object store");
    }
    return 0;
}

static int open_files(struct store *s, struct err *e)
{
    if (s->dirfd < 0 && (fs_make_dirs(s->path, e) != 0 || fs_open_private(s->path, true, &s->dirfd, e) != 0))
        return err_add(e, "cannot open the object store");
    if (s->lockfd < 0)
        s->lockfd = fs_open_own(s->dirfd, "lock", O_RDWR);
    if (s->lockfd < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open the lock of the object store");
    return 0;
}

/* Shares the lock; a store without a generation gets one, with everybody else shut out. */
static int enter_locked(struct store *s, struct err *e)
{
    uint64_t was = s->generation;
    if (s->is_locked)
        return 0;
    if (open_files(s, e) != 0 || take_lock(s, LOCK_SH, e) != 0)
        return e->class;
    if (!store_generation_read(s->dirfd, &s->generation)) {
        if (take_lock(s, LOCK_EX, e) != 0)
            return e->class;
        if (!store_generation_read(s->dirfd, &s->generation) && store_generation_renew(s->dirfd, &s->generation, e) != 0)
            return e->class;
        if (take_lock(s, LOCK_SH, e) != 0)
            return e->class;
    }
    s->is_locked = true;
    if (s->odb != NULL && was != s->generation)
        return s->module->refresh(s->odb, e);
    return 0;
}

static int need_locked(struct store *s, struct err *e)
{
    if (enter_locked(s, e) != 0)
        return e->class;
    if (s->odb != NULL)
        return 0;
    if (s->module == NULL && store_module_load(&s->module, e) != 0)
        return e->class;
    return s->module->open(s->dirfd, &s->odb, e);
}

static int store_enter(struct store *s, struct err *e)
{
    (void)pthread_mutex_lock(&s->lock);
    int status = enter_locked(s, e);
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

/* After it, module and odb are there and stay. */
static int store_need(struct store *s, struct err *e)
{
    (void)pthread_mutex_lock(&s->lock);
    int status = need_locked(s, e);
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

void store_unlock(struct store *s)
{
    (void)pthread_mutex_lock(&s->lock);
    if (s->odb != NULL)
        s->module->drop(s->odb);
    if (s->is_locked)
        (void)flock(s->lockfd, LOCK_UN);
    s->is_locked = false;
    (void)pthread_mutex_unlock(&s->lock);
}

int store_put(struct store *s, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e)
{
    return store_need(s, e) != 0 ? e->class : s->module->put(s->odb, kind, data, len, ret, e);
}

int store_put_fd(struct store *s, int fd, uint64_t size, struct oid *ret, struct err *e)
{
    return store_need(s, e) != 0 ? e->class : s->module->put_fd(s->odb, fd, size, ret, e);
}

int store_hash_fd(struct store *s, int fd, uint64_t size, struct oid *ret, struct err *e)
{
    return store_need(s, e) != 0 ? e->class : s->module->hash_fd(s->odb, fd, size, ret, e);
}

int store_hash(struct store *s, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e)
{
    return store_need(s, e) != 0 ? e->class : s->module->hash(kind, data, len, ret, e);
}

bool store_has(struct store *s, const struct oid *id)
{
    struct err ignored = ERR_INIT;
    return store_need(s, &ignored) == 0 && s->module->has(s->odb, id);
}

int store_get(struct store *s, const struct oid *id, enum store_kind kind, void **ret, size_t *ret_len, struct err *e)
{
    return store_need(s, e) != 0 ? e->class : s->module->get(s->odb, id, kind, ret, ret_len, e);
}

int store_get_fd(struct store *s, const struct oid *id, int fd, struct err *e)
{
    return store_need(s, e) != 0 ? e->class : s->module->get_fd(s->odb, id, fd, e);
}

int store_commit(struct store *s, struct err *e)
{
    return s->odb == NULL ? 0 : s->module->commit(s->odb, e);
}

int store_generation(struct store *s, uint64_t *ret, struct err *e)
{
    if (store_enter(s, e) != 0)
        return e->class;
    *ret = s->generation;
    return 0;
}

int store_usage(struct store *s, struct store_usage *ret, struct err *e)
{
    return store_need(s, e) != 0 ? e->class : s->module->usage(s->odb, ret, e);
}

uint64_t store_stored(struct store *s, const struct oid *id)
{
    struct err ignored = ERR_INIT;
    return store_need(s, &ignored) == 0 ? s->module->stored(s->odb, id) : 0;
}

int store_each(struct store *s, int (*visit)(void *arg, const struct oid *id, struct err *e), void *arg, struct err *e)
{
    return store_need(s, e) != 0 ? e->class : s->module->each(s->odb, visit, arg, e);
}

struct store_export {
    struct store *store;
    struct odb_export *odb;
};

int store_export_open(struct store *s, const char *objects_dir, struct store_export **ret, struct err *e)
{
    struct odb_export *odb = NULL;
    if (store_need(s, e) != 0 || s->module->export_open(objects_dir, &odb, e) != 0)
        return e->class;
    *ret = mem_alloc(sizeof(**ret));
    **ret = (struct store_export){.store = s, .odb = odb};
    return 0;
}

int store_export_add(struct store_export *x, const struct oid *id, struct err *e)
{
    return store_need(x->store, e) != 0 ? e->class : x->store->module->export_add(x->store->odb, x->odb, id, e);
}

int store_export_put(struct store_export *x, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e)
{
    return x->store->module->export_put(x->odb, kind, data, len, ret, e);
}

void store_export_close_ptr(struct store_export **x)
{
    if (*x == NULL)
        return;
    (*x)->store->module->export_close((*x)->odb);
    mem_free(take_ptr(x));
}

static int renew_generation(void *arg, struct err *e)
{
    struct store *s = arg;
    return store_generation_renew(s->dirfd, &s->generation, e);
}

static int sweep_alone(struct store *s, const struct store_sweep *how, uint64_t *ret_freed, struct err *e)
{
    const struct odb_sweep plan = {.is_live = how->is_live, .arg = how->arg, .before = renew_generation, .before_arg = s, .thorough = how->thorough};
    if (take_lock(s, LOCK_EX | LOCK_NB, e) != 0 || how->mark(how->arg, s, e) != 0)
        return e->class;
    return s->module->sweep(s->odb, &plan, ret_freed, e);
}

int store_sweep(struct store *s, const struct store_sweep *how, uint64_t *ret_freed, struct err *e)
{
    if (store_need(s, e) != 0)
        return e->class;
    s->module->drop(s->odb);
    int status = sweep_alone(s, how, ret_freed, e);
    store_unlock(s);
    return status;
}
