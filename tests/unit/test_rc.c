/* rc: what is put into a start-up file comes out again byte for byte. */
#include "hooks/rc.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static const char name[] = "nono hook";
static const char body[] = "load 'it'\n";

static struct view view_of(const char *text)
{
    return (struct view){.ptr = text, .len = strlen(text)};
}

static void check_there_and_back(const char *text, bool missing, const char *wanted)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str put = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str again = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str back = STR_INIT(STR_MAX_PROFILE);
    bool removed = !missing;
    CHECK_OK(rc_put(view_of(text), name, body, missing, &put, &e), &e);
    CHECK_STR(put.buf, wanted);
    CHECK_OK(rc_put(view_of(put.buf), name, body, false, &again, &e), &e);
    CHECK_STR(again.buf, wanted);
    CHECK_OK(rc_drop(view_of(again.buf), name, &back, &removed, &e), &e);
    CHECK_STR(back.buf, text);
    CHECK(removed == missing);
}

TEST(what_is_put_in_comes_out_as_it_was)
{
    check_there_and_back("", false, "# >>> nono hook >>>\nload 'it'\n# <<< nono hook <<<\n");
    check_there_and_back("", true, "# >>> nono hook >>> there was no file\nload 'it'\n# <<< nono hook <<<\n");
    check_there_and_back("a\n", false, "a\n# >>> nono hook >>>\nload 'it'\n# <<< nono hook <<<\n");
    check_there_and_back("a\nb", false, "a\nb\n# >>> nono hook >>> the line above had no end\nload 'it'\n# <<< nono hook <<<\n");
    check_there_and_back("\n\n", false, "\n\n# >>> nono hook >>>\nload 'it'\n# <<< nono hook <<<\n");
    check_there_and_back("# >>> nono shims >>>\nx\n# <<< nono shims <<<\n", false,
                         "# >>> nono shims >>>\nx\n# <<< nono shims <<<\n# >>> nono hook >>>\nload 'it'\n# <<< nono hook <<<\n");
}

TEST(what_others_wrote_behind_it_stays)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str put = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str back = STR_INIT(STR_MAX_PROFILE);
    bool removed;
    CHECK_OK(rc_put(view_of("a"), name, body, false, &put, &e), &e);
    str_add(&put, "later\n");
    CHECK_OK(rc_drop(view_of(put.buf), name, &back, &removed, &e), &e);
    CHECK_STR(back.buf, "a\nlater\n");
    str_clear(&put);
    str_clear(&back);
    CHECK_OK(rc_put(view_of(""), name, body, true, &put, &e), &e);
    str_add(&put, "later\n");
    CHECK_OK(rc_drop(view_of(put.buf), name, &back, &removed, &e), &e);
    CHECK_STR(back.buf, "later\n");
    CHECK(!removed);
}

TEST(an_old_block_is_replaced_where_it_stands)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str put = STR_INIT(STR_MAX_PROFILE);
    struct rc_block b;
    const char old[] = "a\n# >>> nono hook >>> the line above had no end\r\nold\r\n# <<< nono hook <<<\r\nb\n";
    CHECK_OK(rc_find(view_of(old), name, &b, &e), &e);
    CHECK(b.found && b.before == RC_BEFORE_NO_END);
    CHECK_INT(b.body.len, strlen("old\r\n"));
    CHECK_OK(rc_put(view_of(old), name, body, false, &put, &e), &e);
    CHECK_STR(put.buf, "a\n# >>> nono hook >>> the line above had no end\nload 'it'\n# <<< nono hook <<<\nb\n");
}

TEST(damaged_markers_are_refused_with_their_line)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"a\n# >>> nono hook >>>\nx\n", "line 2:"},
        {"a\n\n# <<< nono hook <<<\n", "line 3:"},
        {"# >>> nono hook >>>\n# >>> nono hook >>>\n# <<< nono hook <<<\n", "line 2:"},
        {"# >>> nono hook >>>\n# <<< nono hook <<<\n# >>> nono hook >>>\n# <<< nono hook <<<\n", "line 3:"},
        {"# <<< nono hook <<<\n# >>> nono hook >>>", "line 1:"},
        {"# >>> nono hook >>>", "line 1:"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = ERR_INIT;
        AUTO(str_release) struct str out = STR_INIT(STR_MAX_PROFILE);
        bool removed;
        CHECK_ERR(rc_put(view_of(cases[i].text), name, body, false, &out, &e), ERR_INPUT, &e);
        CHECK(str_starts(e.text, cases[i].line));
        e = (struct err)ERR_INIT;
        CHECK_ERR(rc_drop(view_of(cases[i].text), name, &out, &removed, &e), ERR_INPUT, &e);
    }
}

TEST(only_whole_lines_are_markers)
{
    struct err e = ERR_INIT;
    struct rc_block b;
    const char text[] = "echo '# >>> nono hook >>>'\n # >>> nono hook >>>\n# >>> nono hook >>> x\n# >>> nono hooks >>>\n";
    CHECK_OK(rc_find(view_of(text), name, &b, &e), &e);
    CHECK(!b.found);
}
