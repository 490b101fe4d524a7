/* retention_verify: reads every object a session needs; the store checks each against its id. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/retention.h"
#include "rollback/retention_journal.h"
#include "rollback/retention_set.h"

struct checking {
    const char *state_dir;
    struct store *store;
    const char *id; /* of the session */
    struct retention_set seen;
    struct retention_check *result;
    struct progress *progress;
    int null_fd;
};

static void add_damaged(struct checking *c, const char *what, const struct err *why)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    if (c->result->damaged.n >= RETENTION_MAX_DAMAGED)
        return;
    str_addf(&line, "%s: %s%s", c->id, what, why->text);
    (void)strlist_add_once(&c->result->damaged, line.buf);
}

/* Commits and trees are read by the walk itself. */
static int check_one(void *arg, const struct oid *id, enum store_kind kind, struct err *e)
{
    struct checking *c = arg;
    (void)e;
    if (!retention_set_add(&c->seen, id))
        return 0;
    progress_step(c->progress, ++c->result->objects);
    if (kind != STORE_BLOB)
        return 1;
    struct err why = ERR_INIT;
    AUTO(mem_free_ptr) void *data = NULL;
    size_t len = 0;
    int rc = store_get(c->store, id, kind, &data, &len, &why);
    if (rc == ERR_LIMIT)
        rc = store_get_fd(c->store, id, c->null_fd, &why);
    if (rc < 0)
        add_damaged(c, "", &why);
    return 1;
}

static void check_commit(struct checking *c, const char *which, const struct oid *commit)
{
    struct err why = ERR_INIT;
    if (snapshot_walk(c->store, commit, check_one, c, &why) < 0)
        add_damaged(c, which, &why);
}

/* By a restore that did not come to the mark: what it took out of the stash is back, and the states know it. */
static bool is_partly_back(const struct checking *c, const struct session_record *r)
{
    AUTO(session_list_release) struct session_list list = {0};
    struct err ignored = ERR_INIT;
    bool is_back = false;
    if (session_list_read(c->state_dir, r->workdir, &list, &ignored) < 0)
        return false;
    for (size_t i = 0; !is_back && i < list.n; i++) {
        const struct session_record *x = &list.item[i];
        is_back = x->journal.known && !x->undone && x->undoes && strcmp(x->undoes, r->id) == 0;
    }
    return is_back;
}

/* One that was taken back has its things in the tree again; of one that is being dropped they are on their way out. */
static void check_journal(struct checking *c, const struct session_place *p, const struct session_record *r)
{
    struct err why = ERR_INIT;
    size_t things = 0;
    if (!r->journal.kept || r->undone || session_place_has_spare(p, r->id))
        return;
    int rc = retention_journal_check(p, r, &things, &why);
    if (rc < 0 && !(rc == ERR_MISSING && is_partly_back(c, r)))
        add_damaged(c, "the journal: ", &why);
    c->result->objects += things;
    progress_step(c->progress, c->result->objects);
}

static void check_session(struct checking *c, const struct session_place *p, const struct session_record *r)
{
    c->id = r->id;
    c->result->sessions++;
    check_journal(c, p, r);
    if (!oid_is_zero(&r->before))
        check_commit(c, "the state before: ", &r->before);
    if (!oid_is_zero(&r->after))
        check_commit(c, "the state after: ", &r->after);
}

/* How much there is to do at most; without a session no object is needed, and the store need not be there. */
static int begin(struct checking *c, const struct session_list *l, bool all, struct err *e)
{
    struct store_usage usage = {0};
    int rc = all && l->n > 0 ? store_usage(c->store, &usage, e) : 0;
    progress_start(c->progress, "checking", usage.objects);
    return rc;
}

static int read_records(const char *state_dir, const char *id, struct session_list *ret, struct err *e)
{
    if (!id)
        return session_list_read(state_dir, NULL, ret, e);
    mem_reserve(&ret->item, &ret->cap, 1, sizeof(*ret->item));
    int rc = session_read(state_dir, id, &ret->item[0], e);
    ret->n = rc == 0 ? 1 : 0;
    return rc;
}

int retention_verify(const char *state_dir, const char *id, struct progress *progress, struct retention_check *ret, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(session_list_release) struct session_list list = {0};
    AUTO(store_close_ptr) struct store *store = NULL;
    AUTO(mem_close_fd) int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    *ret = (struct retention_check){0};
    int rc = read_records(state_dir, id, &list, e);
    if (rc == 0)
        rc = store_open(state_dir, &store, e);
    if (rc == 0)
        rc = session_place_open(state_dir, false, &place, e);
    if (rc < 0)
        return rc == ERR_MISSING && !id ? 0 : rc;
    struct checking c = {.state_dir = state_dir, .store = store, .result = ret, .null_fd = null_fd, .progress = progress};
    rc = begin(&c, &list, !id, e);
    for (size_t i = 0; rc == 0 && i < list.n; i++)
        check_session(&c, &place, &list.item[i]);
    progress_stop(progress);
    for (size_t i = 0; i < list.damaged.n; i++)
        strlist_add(&ret->damaged, list.damaged.item[i]);
    retention_set_release(&c.seen);
    return rc;
}

void retention_check_release(struct retention_check *c)
{
    strlist_release(&c->damaged);
    *c = (struct retention_check){0};
}
