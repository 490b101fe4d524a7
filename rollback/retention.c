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
#include "rollback/retention_set.h"
#include "rollback/session_own.h"

enum {
    SWEEP_TRIES = 30,
    SWEEP_PAUSE_NS = 100 * 1000 * 1000,
    STALE_SECONDS = 3600, /* a session directory without a record is being opened, or never will be */
};

#define DAY_NS (INT64_C(24) * 3600 * 1000000000)

static bool changed_nothing(const struct session_record *r)
{
    return r->created + r->modified + r->deleted == 0;
}

/* The list is newest first. */
static void choose(const char *state_dir, const struct session_list *l, const struct retention_request *how, struct strlist *ret)
{
    int64_t oldest = how->older_than_days ? world_now_ns() - (int64_t)how->older_than_days * DAY_NS : INT64_MIN;
    const size_t keep[2] = {how->keep, how->keep_unchanged};
    size_t kept[2] = {0, 0};
    for (size_t i = 0; i < l->n; i++) {
        const struct session_record *r = &l->item[i];
        bool is_unchanged = changed_nothing(r);
        if (session_state_of(state_dir, r) == SESSION_OPEN)
            continue;
        if (how->all || kept[is_unchanged] >= keep[is_unchanged] || r->started_ns < oldest)
            strlist_add(ret, r->id);
        else
            kept[is_unchanged]++;
    }
    for (size_t i = 0; how->all && i < l->damaged.n; i++)
        strlist_add_take(ret, mem_strndup(l->damaged.item[i], strcspn(l->damaged.item[i], ":")));
}

/* Holding its lock proves that nobody else does. */
static int remove_session(const struct session_place *p, const char *id, struct err *e)
{
    AUTO(mem_close_fd) int dir = -1;
    AUTO(mem_close_fd) int lock = -1;
    int rc = session_place_take(p, id, &dir, &lock, e);
    if (rc == ERR_MISSING) /* its lock file is gone, so it is nobody's */
        rc = 0;
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

static int sweep(const char *state_dir, uint64_t *ret_freed, struct err *e)
{
    const struct timespec pause = {.tv_nsec = SWEEP_PAUSE_NS};
    AUTO(store_close_ptr) struct store *store = NULL;
    int rc = store_open(state_dir, &store, e);
    for (int i = 0; rc == 0 && i < SWEEP_TRIES; i++) {
        struct marking marking = {.state_dir = state_dir};
        const struct store_sweep how = {.arg = &marking, .mark = mark_all, .is_live = is_live};
        rc = store_sweep(store, &how, ret_freed, e);
        retention_set_release(&marking.live);
        if (rc != ERR_BUSY)
            break;
        (void)nanosleep(&pause, NULL);
        rc = i + 1 < SWEEP_TRIES ? 0 : rc;
    }
    return rc == ERR_BUSY ? err_set(e, ERR_BUSY, "the space is not freed yet, because another nono uses the store: try again later") : rc;
}

int retention_apply(const char *state_dir, const struct retention_request *r, struct retention_result *ret, struct err *e)
{
    AUTO(session_list_release) struct session_list list = {0};
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(strlist_release) struct strlist victims = STRLIST_INIT;
    *ret = (struct retention_result){0};
    int rc = session_recover(state_dir, NULL, e);
    if (rc == 0)
        rc = session_list_read(state_dir, NULL, &list, e);
    if (rc == 0)
        rc = session_place_open(state_dir, false, &place, e);
    if (rc < 0)
        return rc == ERR_MISSING ? 0 : rc;
    choose(state_dir, &list, r, &victims);
    for (size_t i = 0; rc == 0 && i < victims.n; i++) {
        if (!r->dry_run)
            rc = remove_session(&place, victims.item[i], e);
        if (rc == 0)
            strlist_add(&ret->removed, victims.item[i]);
        if (rc == ERR_BUSY) /* taken up by another call at this moment */
            rc = 0;
    }
    if (rc == 0 && !r->dry_run && !r->keep_objects) {
        remove_stale(&place);
        rc = sweep(state_dir, &ret->bytes_freed, e);
    }
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
