/* session_list: which sessions are found, and by what name. */
#include "rollback/session.h"

#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

TEST(ids)
{
    CHECK(session_id_is_valid("20261121-183528-1"));
    CHECK(session_id_is_valid("20261121-183528-12345-17"));
    CHECK(!session_id_is_valid(""));
    CHECK(!session_id_is_valid("20261121-183528-"));
    CHECK(!session_id_is_valid("20261121-183528-1/.."));
    CHECK(!session_id_is_valid("20261121-183528-12345678901"));
    CHECK(!session_id_is_valid("20261121-183528-1-"));
    CHECK(!session_id_is_valid("2026112-183528-1"));
    CHECK(!session_id_is_valid(".."));
}

TEST(a_session_is_found_by_the_beginning_of_its_id)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record a = fixture_session("true");
    AUTO(session_record_release) struct session_record b = fixture_session("true"); /* same pid: "-2" when in the same second */
    CHECK(str_starts(b.id, "2"));
    AUTO(session_record_release) struct session_record found = fixture_record(a.id);
    CHECK_STR(found.id, a.id);
    session_record_release(&found);
    CHECK_ERR(session_read(fixture_state(), "2", &found, &e), ERR_INPUT, &e);
    CHECK_ERR(session_read(fixture_state(), "19990101-000000-1", &found, &e), ERR_MISSING, &e);
    CHECK_ERR(session_read(fixture_state(), "../x", &found, &e), ERR_INPUT, &e);
    CHECK_ERR(session_read(fixture_state(), "", &found, &e), ERR_INPUT, &e);
}

TEST(the_list_is_newest_first_and_skips_what_is_damaged)
{
    struct err e = ERR_INIT;
    AUTO(session_list_release) struct session_list list = {0};
    AUTO(session_record_release) struct session_record a = fixture_session("true");
    AUTO(session_record_release) struct session_record b = fixture_session("true");
    AUTO(session_record_release) struct session_record c = fixture_session("true");
    AUTO(mem_free_ptr) char *path = fixture_state_path("sessions/*/session.json", b.id);
    CHECK(truncate(path, 40) == 0);
    AUTO(mem_free_ptr) char *below = path_join(fixture_tree(), "deep/er");
    CHECK_OK(session_list_read(fixture_state(), below, &list, &e), &e);
    CHECK_INT(list.n, 2);
    CHECK_STR(list.item[0].id, c.id);
    CHECK_STR(list.item[1].id, a.id);
    CHECK_INT(list.damaged.n, 1);
    CHECK(str_starts(list.damaged.item[0], b.id));
    session_list_release(&list);
    CHECK_OK(session_list_read(fixture_state(), "/elsewhere", &list, &e), &e);
    CHECK_INT(list.n, 0);
}

TEST(no_state_directory_holds_no_sessions)
{
    struct err e = ERR_INIT;
    AUTO(session_list_release) struct session_list list = {0};
    CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    CHECK_INT(list.n + list.damaged.n, 0);
}
