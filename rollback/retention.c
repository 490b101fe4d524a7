/* retention: removes sessions, then the objects that no session needs any more. */
#include "rollback/retention.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/world.h"
#include "rollback/retention_choose.h"
#include "rollback/retention_set.h"
#include "rollback/retention_size.h"
#include "rollback/seal.h"
#include "rollback/seal_keep.h"
#include "rollback/session_own.h"
#include "rollback/stash.h"

enum {
    SWEEP_TRIES = 30,
    SWEEP_PAUSE_NS = 100 * 1000 * 1000,
    STASH_TRIES = 40,
    STASH_PAUSE_NS = 25 * 1000 * 1000,
    STALE_SECONDS = 3600, /* a session directory without a record is being opened, or never will be */
};

/* A restore takes things out of its stash at this moment, which may last; or the sealing process drops what it no longer needs, which does not. */
static int lock_stash(int dir, int *ret_fd, struct err *e)
{
    const struct timespec pause = {.tv_nsec = STASH_PAUSE_NS};
    int rc = seal_keep_lock(dir, false, ret_fd, e);
    for (int i = 0; rc == ERR_BUSY && i < STASH_TRIES; i++) {
        (void)nanosleep(&pause, NULL);
        *e = (struct err)ERR_INIT;
        rc = seal_keep_lock(dir, false, ret_fd, e);
    }
    return rc;
}

/* Holding its lock proves that nobody else does. */
static int remove_session(const struct session_place *p, const char *id, struct err *e)
{
    AUTO(mem_close_fd) int dir = -1;
    AUTO(mem_close_fd) int lock = -1;
    AUTO(mem_close_fd) int moving = -1;
    int rc = session_place_take(p, id, &dir, &lock, e);
    if (rc == ERR_MISSING) /* its lock file is gone, so it is nobody's */
        rc = 0;
    if (rc == 0 && dir >= 0)
        rc = lock_stash(dir, &moving, e);
    if (rc == 0 && dir >= 0) {
        /* The record first: without it this is no session any more, and what is left when nono is killed here goes with the next sweep. */
        (void)unlinkat(dir, "session.json", 0);
        rc = stash_remove_all(dir, e);
    }
    return rc < 0 ? rc : session_place_remove(p, id, e);
}

/* What a nono that was killed while it opened a session left behind. */
static void remove_stale(const struct session_place *p)
{
    AUTO(strlist_release) struct strlist ids = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    if (fs_list(p->sessions_fd, ".", &ids, &ignored) < 0)
        return;
    for (size_t i = 0; i < ids.n; i++) {
        char name[SESSION_ID_MAX + 16];
        struct stat st;
        if (!session_id_is_valid(ids.item[i]))
            continue;
        (void)snprintf(name, sizeof(name), "%s/session.json", ids.item[i]);
        if (fstatat(p->sessions_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        if (fstatat(p->sessions_fd, ids.item[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime < time(NULL) - STALE_SECONDS)
            (void)!remove_session(p, ids.item[i], &ignored);
    }
}

/* The marking of a sweep. */
struct marking {
    const char *state_dir;
    struct retention_set live;
};

static int mark_one(void *arg, const struct oid *id, enum store_kind kind, struct err *e)
{
    struct marking *m = arg;
    (void)kind;
    (void)e;
    return retention_set_add(&m->live, id);
}

static int mark_session(struct marking *m, struct store *s, const struct session_record *r, struct err *e)
{
    int rc = oid_is_zero(&r->before) ? 0 : snapshot_walk(s, &r->before, mark_one, m, e);
    if (rc == 0 && !oid_is_zero(&r->after))
        rc = snapshot_walk(s, &r->after, mark_one, m, e);
    if (rc < 0)
        return err_add(e, "session %s needs what is damaged ('nono rollback verify %s'), so nothing is freed", r->id, r->id);
    return 0;
}

/* Whatever looks like an object id in a record that cannot be read, and is a snapshot, may be all that is left of somebody's work. */
static void mark_damaged(struct marking *m, struct store *s, const struct session_place *p, const char *id)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    struct err ignored = ERR_INIT;
    char name[SESSION_ID_MAX + 16];
    (void)snprintf(name, sizeof(name), "%s/session.json", id);
    if (fs_read(p->sessions_fd, name, &text, &ignored) < 0)
        return;
    for (const char *at = text.buf; *at; at++) {
        size_t len = strspn(at, "0123456789abcdef");
        char hex[OID_HEX + 1];
        struct oid oid;
        if (len < OID_HEX) {
            at += len > 0 ? len - 1 : 0;
            continue;
        }
        (void)snprintf(hex, sizeof(hex), "%s", at);
        at += len - 1;
        if (oid_from_hex(hex, &oid) && store_has(s, &oid))
            (void)!snapshot_walk(s, &oid, mark_one, m, &ignored);
    }
}

static int mark_all(void *arg, struct store *s, struct err *e)
{
    struct marking *m = arg;
    AUTO(session_list_release) struct session_list list = {0};
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    int rc = session_list_read(m->state_dir, NULL, &list, e);
    if (rc == 0)
        rc = session_place_open(m->state_dir, false, &place, e);
    for (size_t i = 0; rc == 0 && i < list.n; i++)
        rc = mark_session(m, s, &list.item[i], e);
    for (size_t i = 0; rc == 0 && i < list.damaged.n; i++) {
        AUTO(mem_free_ptr) char *id = mem_strndup(list.damaged.item[i], strcspn(list.damaged.item[i], ":"));
        mark_damaged(m, s, &place, id);
    }
    return rc;
}

static bool is_live(void *arg, const struct oid *id)
{
    const struct marking *m = arg;
    return retention_set_has(&m->live, id);
}

static int sweep(const char *state_dir, bool thorough, uint64_t *ret_freed, struct err *e)
{
    const struct timespec pause = {.tv_nsec = SWEEP_PAUSE_NS};
    AUTO(store_close_ptr) struct store *store = NULL;
    int rc = store_open(state_dir, &store, e);
    for (int i = 0; rc == 0 && i < SWEEP_TRIES; i++) {
        struct marking marking = {.state_dir = state_dir};
        const struct store_sweep how = {.arg = &marking, .mark = mark_all, .is_live = is_live, .thorough = thorough};
        rc = store_sweep(store, &how, ret_freed, e);
        retention_set_release(&marking.live);
        if (rc != ERR_BUSY)
            break;
        (void)nanosleep(&pause, NULL);
        rc = i + 1 < SWEEP_TRIES ? 0 : rc;
    }
    return rc == ERR_BUSY ? err_set(e, ERR_BUSY, "the space is not freed yet, because another nono uses the store: try again later") : rc;
}

static int store_bytes(const char *state_dir, uint64_t *ret, struct err *e)
{
    AUTO(store_close_ptr) struct store *store = NULL;
    struct store_usage usage = {0};
    int rc = store_open(state_dir, &store, e);
    if (rc == 0)
        rc = store_usage(store, &usage, e);
    *ret = usage.bytes;
    return rc;
}

/* Takes the victims away, and what they held beside the store into account. */
static int remove_victims(const struct session_place *p, const struct strlist *victims, const struct retention_request *r,
                          struct retention_result *ret, struct err *e)
{
    int rc = 0;
    progress_start(r->progress, "removing sessions", victims->n);
    for (size_t i = 0; rc == 0 && i < victims->n; i++) {
        progress_step(r->progress, i);
        uint64_t bytes = r->measure ? retention_size_of_directory(p, victims->item[i]) : 0;
        if (!r->dry_run)
            rc = remove_session(p, victims->item[i], e);
        if (rc == 0) {
            strlist_add(&ret->removed, victims->item[i]);
            ret->bytes_freed += bytes;
        }
        if (rc == ERR_BUSY) /* taken up by another call at this moment */
            rc = 0;
    }
    return rc;
}

static uint64_t kept_directories(const struct session_place *p, const struct session_list *l, const struct strlist *removed)
{
    uint64_t total = 0;
    for (size_t i = 0; i < l->n; i++)
        total += strlist_has(removed, l->item[i].id) ? 0 : retention_size_of_directory(p, l->item[i].id);
    return total;
}

/* The space of objects: freed, or counted. */
static int free_objects(const char *state_dir, const struct retention_request *r, uint64_t kept_objects, struct retention_result *ret, struct err *e)
{
    uint64_t freed = 0;
    uint64_t total = 0;
    progress_start(r->progress, "freeing space", 0);
    int rc = r->dry_run ? 0 : sweep(state_dir, r->measure, &freed, e);
    if (rc == 0 && r->measure)
        rc = store_bytes(state_dir, &total, e);
    if (r->dry_run) {
        freed = total > kept_objects ? total - kept_objects : 0;
        total -= freed;
    }
    ret->bytes_freed += freed;
    ret->bytes_left += total;
    return rc;
}

int retention_apply(const char *state_dir, const struct retention_request *r, struct retention_result *ret, struct err *e)
{
    AUTO(session_list_release) struct session_list list = {0};
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(retention_choice_release) struct retention_choice choice = {0};
    *ret = (struct retention_result){0};
    int rc = 0;
    if (r->dry_run) /* a restore that was cut off stays so, too */
        rc = session_recover_unasked(state_dir, e);
    else /* one session may have what another needs */
        rc = (r->keep_objects ? seal_all_unasked : seal_all)(state_dir, e);
    if (rc == 0)
        rc = session_list_read(state_dir, NULL, &list, e);
    if (rc == 0)
        rc = session_place_open(state_dir, false, &place, e);
    if (rc < 0)
        return rc == ERR_MISSING ? 0 : rc;
    rc = retention_choose(state_dir, &place, &list, r, &choice, e);
    if (rc == 0)
        rc = remove_victims(&place, &choice.victims, r, ret, e);
    ret->kept = list.n + list.damaged.n - ret->removed.n;
    ret->running = choice.running;
    ret->bytes_left = r->measure ? kept_directories(&place, &list, &ret->removed) : 0;
    if (rc == 0 && !r->dry_run && !r->keep_objects)
        remove_stale(&place);
    if (rc == 0 && !r->keep_objects && (r->measure || !r->dry_run))
        rc = free_objects(state_dir, r, choice.objects, ret, e);
    progress_stop(r->progress);
    return rc;
}

int retention_trim(const char *state_dir, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(retention_result_release) struct retention_result result = {0};
    AUTO(strlist_release) struct strlist ids = STRLIST_INIT;
    const struct retention_request how = {.keep = SIZE_MAX, .keep_unchanged = RETENTION_KEEP_UNCHANGED, .keep_objects = true};
    int rc = session_place_open(state_dir, false, &place, e);
    if (rc == 0)
        rc = fs_list(place.sessions_fd, ".", &ids, e);
    if (rc < 0 || ids.n < (size_t)2 * RETENTION_KEEP_UNCHANGED)
        return rc;
    return retention_apply(state_dir, &how, &result, e);
}

void retention_result_release(struct retention_result *r)
{
    strlist_release(&r->removed);
    *r = (struct retention_result){0};
}
