/* capture_scan: capture by two walks of the tree. Where nothing changed since the last one, no object is touched. */
#include <sys/stat.h>

#include "core/mem.h"
#include "core/world.h"
#include "rollback/scan.h"
#include "rollback/session_head.h"
#include "rollback/session_own.h"

enum { SETTLE_NS = 10 * 1000 * 1000 }; /* a kernel before 6.13 stamps times in ticks of up to 10 ms */

static int run_scan(struct session *s, struct scan **ret, struct err *e)
{
    struct scan_request request = {
        .root = s->record.workdir,
        .state_dir = s->state_dir,
        .exclude = s->record.exclude.n > 0 ? &s->record.exclude : NULL,
        .settle_ns = SETTLE_NS,
    };
    int rc = scan_run(&request, s->store, ret, e);
    if (rc < 0)
        return rc;
    const struct scan_result *found = scan_result(*ret);
    for (size_t i = 0; i < found->notes.n && s->record.notes.n < SESSION_MAX_NOTES; i++)
        (void)strlist_add_once(&s->record.notes, found->notes.item[i]);
    return 0;
}

/* Objects first, then what names them: a crash in between costs a second look at the tree, nothing else. Where nothing changed the cache may
 * still be written: what was too young to be believed has been read again, and is old enough now. */
static int keep(struct session *s, struct scan *scan, const struct session_head *head, struct err *e)
{
    struct err ignored = ERR_INIT;
    bool has_put = head || !scan_result(scan)->unchanged;
    int rc = has_put ? store_commit(s->store, e) : 0;
    if (rc < 0)
        return rc;
    (void)!scan_keep(scan, &ignored);
    if (head)
        (void)!session_head_write(s->state_dir, s->record.workdir, head, &ignored);
    return 0;
}

static int write_orphan(struct session *s, struct session_head *head, struct err *e)
{
    return snapshot_write(s->store, &head->trees[0], &head->trees[1], NULL, s->record.id, world_now_ns(), &head->commit, e);
}

static int begin(struct session *s, struct oid *ret_before, struct err *e)
{
    AUTO(scan_free_ptr) struct scan *scan = NULL;
    struct session_head head = {0};
    struct session_head known = {0};
    int rc = store_generation(s->store, &head.generation, e);
    if (rc == 0)
        rc = run_scan(s, &scan, e);
    if (rc < 0)
        return rc;
    const struct scan_result *found = scan_result(scan);
    head.trees[0] = s->trees[0] = found->files;
    head.trees[1] = s->trees[1] = found->meta;
    if (session_head_read(s->state_dir, s->record.workdir, &known) && known.generation == head.generation &&
        oid_equal(&known.trees[0], &head.trees[0]) && oid_equal(&known.trees[1], &head.trees[1])) {
        *ret_before = known.commit;
        return keep(s, scan, NULL, e);
    }
    rc = write_orphan(s, &head, e);
    if (rc == 0)
        rc = keep(s, scan, &head, e);
    if (rc == 0)
        *ret_before = head.commit;
    return rc;
}

static int end(struct session *s, struct oid *ret_after, struct err *e)
{
    AUTO(scan_free_ptr) struct scan *scan = NULL;
    struct session_head head = {0};
    struct oid commit = {0};
    int rc = store_generation(s->store, &head.generation, e);
    if (rc == 0)
        rc = run_scan(s, &scan, e);
    if (rc == 0 && oid_is_zero(&s->trees[1]))
        rc = snapshot_read(s->store, &s->record.before, &s->trees[0], &s->trees[1], e);
    if (rc < 0)
        return rc;
    const struct scan_result *found = scan_result(scan);
    head.trees[0] = found->files;
    head.trees[1] = found->meta;
    if (oid_equal(&head.trees[0], &s->trees[0]) && oid_equal(&head.trees[1], &s->trees[1])) {
        *ret_after = s->record.before;
        return keep(s, scan, NULL, e);
    }
    rc = snapshot_write(s->store, &head.trees[0], &head.trees[1], &s->record.before, s->record.id, world_now_ns(), &commit, e);
    if (rc == 0)
        rc = write_orphan(s, &head, e); /* the next session's before: its history must not keep this one's alive */
    if (rc == 0)
        rc = keep(s, scan, &head, e);
    if (rc == 0)
        *ret_after = commit;
    return rc;
}

const struct session_capture session_capture_scan = {.name = "scan", .begin = begin, .end = end};
