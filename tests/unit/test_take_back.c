#include "rollback/take_back.h"

#include "core/mem.h"
#include "rollback/seal.h"
#include "shell/rollback_view.h"
#include "tests/unit/journal_session.h"
#include "tests/unit/restore_fixture.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static char *words_of(const struct restore_plan *p)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    for (size_t i = 0; i < p->n; i++) {
        if (!change_is_visible(p->step[i].change))
            continue;
        rollback_view_undo(&text, p->step[i].change);
        str_addf(&text, ": %s\n", rollback_view_verdict(p->step[i].verdict));
    }
    str_addf(&text, "%zu\n", p->put_back);
    return str_take(&text);
}

/* What the way over the store says that it would do is what the way over the journal says that it did. */
static void same_words(const char *before, const char *operations)
{
    struct err e = ERR_INIT;
    bool is_done = false;
    fixture_do(before);
    AUTO(session_record_release) struct session_record r = journal_session(operations);
    CHECK_OK(seal_record(fixture_state(), &r, &e), &e);
    const struct restore_request q = fixture_request(&r, 1, NULL);
    AUTO(restore_plan_release) struct restore_plan plan = {0};
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(restore_plan_make(&q, &plan, &e), &e);
    CHECK_OK(take_back(&q, &result, &is_done, &e), &e);
    CHECK(is_done);
    AUTO(mem_free_ptr) char *wanted = words_of(&plan);
    AUTO(mem_free_ptr) char *said = words_of(&result.plan);
    CHECK_STR(said, wanted);
}

TEST(content)
{
    same_words("echo 1 > a; echo 1 > b", "append a more\nrm b\nwrite c 1");
}

TEST(directories)
{
    same_words("mkdir -p d/e; echo 1 > d/e/x; mkdir f", "mv d n\nmkdir g\nwrite g/h 12\nrmdir f");
}

TEST(modes)
{
    same_words("echo 1 > a; chmod 644 a; mkdir d; chmod 755 d", "chmod a 600\nchmod d 700");
}

TEST(times)
{
    same_words("echo 1 > a; mkdir d", "touch a 5\ntouch d 7");
}

TEST(attributes)
{
    same_words("echo 1 > a; echo 1 > b; mkdir d", "attr a 1\nattr d 2\nattr b 3\nchmod b 600");
}

TEST(other_types)
{
    same_words("echo 1 > a; mkdir d; ln -s x l", "rm l\nwrite l 1\nrm a\nmkdir a\nfifo p\nsym y s\nrmdir d\nsym z d");
}

TEST(renames)
{
    same_words("echo 1 > a; echo 22 > b; echo 333 > c", "mv a b\nswap b c\nmv c n");
}

TEST(a_mode_that_was_put_back_by_the_command)
{
    same_words("echo 1 > a; chmod 644 a; echo 1 > b", "chmod a 600\nchmod a 644\nappend b 2");
}
