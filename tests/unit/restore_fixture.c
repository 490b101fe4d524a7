#include "tests/unit/restore_fixture.h"

#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

struct restore_request fixture_request(const struct session_record *r, size_t n, const struct strlist *paths)
{
    return (struct restore_request){.state_dir = fixture_state(), .session = r, .n = n, .paths = paths};
}

struct restore_result fixture_restore_all(const struct restore_request *q)
{
    struct restore_result result = {0};
    struct err e = ERR_INIT;
    CHECK_OK(restore_apply(q, &result, &e), &e);
    return result;
}

struct restore_result fixture_restore(const struct session_record *r)
{
    const struct restore_request q = fixture_request(r, 1, NULL);
    return fixture_restore_all(&q);
}

struct restore_result fixture_restore_path(const struct session_record *r, const char *path)
{
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    strlist_add_take(&paths, path_join(fixture_tree(), path));
    const struct restore_request q = fixture_request(r, 1, &paths);
    return fixture_restore_all(&q);
}

void fixture_round_trip(const char *before, const char *command)
{
    fixture_do(before);
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = fixture_session(command);
    char *second = fixture_tree_text();
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.conflicts + undo.plan.uncovered + undo.failed.n, 0);
    fixture_check_tree(first);
    AUTO(session_record_release) struct session_record undone = fixture_record(r.id);
    CHECK(undone.undone);
    CHECK_STR(undo.undo.undoes, r.id);
    AUTO(restore_result_release) struct restore_result redo = fixture_restore(&undo.undo);
    CHECK_INT(redo.plan.conflicts + redo.plan.uncovered + redo.failed.n, 0);
    fixture_check_tree(second);
    AUTO(session_record_release) struct session_record again = fixture_record(r.id);
    CHECK(!again.undone);
}
