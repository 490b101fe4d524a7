#include "rollback/restore_decide.h"

#include "tests/unit/tap.h"

static struct change make_change(uint8_t before, uint8_t after)
{
    struct change c = {.kind = CHANGE_MODIFIED, .before = {.type = before, .mode = 0644}, .after = {.type = after, .mode = 0644}};
    c.before.content.byte[0] = 1;
    c.after.content.byte[0] = 2;
    if (before == 0)
        c.kind = CHANGE_CREATED;
    if (after == 0)
        c.kind = CHANGE_DELETED;
    return c;
}

TEST(decisions)
{
    const struct snapshot_node nothing = {0};
    struct change c = make_change(SNAPSHOT_FILE, SNAPSHOT_FILE);
    struct snapshot_node now = c.after;
    CHECK_INT(restore_decide(&c, &now), RESTORE_PUT_BACK);
    CHECK_INT(restore_decide(&c, &c.before), RESTORE_DONE);
    CHECK_INT(restore_decide(&c, &nothing), RESTORE_CONFLICT);
    now.content.byte[0] = 3;
    CHECK_INT(restore_decide(&c, &now), RESTORE_CONFLICT);
    now = c.after;
    now.mode = 0600;
    CHECK_INT(restore_decide(&c, &now), RESTORE_CONFLICT);
    now = c.after;
    now.uid = 7;
    CHECK_INT(restore_decide(&c, &now), RESTORE_CONFLICT);
    now = c.after;
    now.mtime_ns = 7;
    CHECK_INT(restore_decide(&c, &now), RESTORE_PUT_BACK);
    now = c.before;
    now.mtime_ns = 7;
    CHECK_INT(restore_decide(&c, &now), RESTORE_PUT_BACK);
    now = c.before;
    now.link_group = 7;
    CHECK_INT(restore_decide(&c, &now), RESTORE_DONE);
    c.before.flags = SNAPSHOT_UNREADABLE;
    CHECK_INT(restore_decide(&c, &c.after), RESTORE_UNCOVERED);
    c = make_change(0, SNAPSHOT_FILE);
    CHECK_INT(restore_decide(&c, &nothing), RESTORE_DONE);
    CHECK_INT(restore_decide(&c, &c.after), RESTORE_PUT_BACK);
    c = make_change(SNAPSHOT_FILE, 0);
    CHECK_INT(restore_decide(&c, &nothing), RESTORE_PUT_BACK);
    CHECK_INT(restore_decide(&c, &c.before), RESTORE_DONE);
    now = (struct snapshot_node){.type = SNAPSHOT_DIR};
    CHECK_INT(restore_decide(&c, &now), RESTORE_CONFLICT);
}
