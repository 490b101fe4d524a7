/* diff: what is found is all that differs, hunks are what patch reads, and two columns stand straight. */
#include "shell/diff.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static struct view view_of(const char *text)
{
    return (struct view){text, strlen(text)};
}

/* The second text, made of the first one and the runs. */
static void rebuild(const struct diff *d, struct str *ret)
{
    size_t at = 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct diff_run *run = &d->run[i];
        for (; at < run->a; at++)
            str_addn(ret, d->a.item[at].ptr, d->a.item[at].len);
        for (size_t j = 0; j < run->b_len; j++)
            str_addn(ret, d->b.item[run->b + j].ptr, d->b.item[run->b + j].len);
        at += run->a_len;
    }
    for (; at < d->a.n; at++)
        str_addn(ret, d->a.item[at].ptr, d->a.item[at].len);
}

static void random_text(struct str *ret)
{
    for (int lines = rand() % 12; lines > 0; lines--)
        str_addf(ret, "%c%s", 'a' + rand() % 4, lines == 1 && rand() % 2 ? "" : "\n");
}

TEST(the_runs_make_the_second_text_of_the_first)
{
    srand(1);
    for (int i = 0; i < 20000; i++) {
        AUTO(str_release) struct str a = STR_INIT(STR_MAX_LINE);
        AUTO(str_release) struct str b = STR_INIT(STR_MAX_LINE);
        AUTO(str_release) struct str made = STR_INIT(STR_MAX_LINE);
        struct diff d;
        random_text(&a);
        random_text(&b);
        diff_make(view_of(a.buf), view_of(b.buf), &d);
        rebuild(&d, &made);
        CHECK_STR(made.buf, b.buf);
        diff_release(&d);
    }
}

static void unified(const char *before, const char *after, const char *wanted)
{
    const struct diff_look look = {.safe = false};
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
    struct diff d;
    diff_make(view_of(before), view_of(after), &d);
    diff_unified(&d, &look, &out);
    CHECK_STR(out.buf, wanted);
    diff_release(&d);
}

TEST(hunks_have_context_and_join_when_they_meet)
{
    unified("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    unified("1\n2\n3\n4\n5\n6\n7\n", "one\n2\n3\n4\n5\n6\n7\n8\n", "@@ -1,7 +1,8 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n+8\n");
    unified("1\n2\n3\n4\n5\n6\n7\n8\n", "one\n2\n3\n4\n5\n6\n7\n8\n9\n", "@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -6,3 +6,4 @@\n 6\n 7\n 8\n+9\n");
    unified("", "a\nb", "@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n");
    unified("a\n", "", "@@ -1 +0,0 @@\n-a\n");
    unified("same\n", "same\n", "");
}

TEST(a_terminal_gets_no_control_characters)
{
    const struct diff_look look = {.safe = true};
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
    struct diff d;
    diff_make(view_of("\033[31m\tx\n"), view_of("\xe2\x80\xae\xff\n"), &d);
    diff_unified(&d, &look, &out);
    CHECK_STR(out.buf, "@@ -1 +1 @@\n-\\x1b[31m\tx\n+\\xe2\\x80\\xae\\xff\n");
    diff_release(&d);
}

static void sides(const char *before, const char *after, const char *wanted)
{
    const struct diff_look look = {.sides = true, .columns = 51}; /* 20 for each text */
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
    struct diff d;
    diff_make(view_of(before), view_of(after), &d);
    diff_sides(&d, &look, &out);
    CHECK_STR(out.buf, wanted);
    diff_release(&d);
}

TEST(two_columns_stand_straight)
{
    sides("a\nb\nc\n", "a\nB\nc\nd\n",
          "line 1\n"
          "  1 a                        1 a\n"
          "  2 b                    |   2 B\n"
          "  3 c                        3 c\n"
          "                         >   4 d\n");
    sides("x\n\ty\n", "x\n",
          "line 1\n"
          "  1 x                        1 x\n"
          "  2         y            <     \n");
}

TEST(a_line_that_is_too_long_goes_on_below)
{
    sides("0123456789abcdefghijKLM\n", "0123456789abcdefghij\n",
          "line 1\n"
          "  1 0123456789abcdefghij |   1 0123456789abcdefghij\n"
          "    KLM                        \n");
}

/* Of what a command left: in a time that grows with the text and not with its square. */
TEST(a_line_of_tabs_is_shown_in_time)
{
    enum { TABS = 100 * 1000, SHOWN = 20, TAB = 8 };
    AUTO(mem_free_ptr) char *tabs = mem_alloc(TABS + 1);
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_REPORT);
    const struct diff_look look = {.sides = true, .columns = 51};
    struct diff d;
    memset(tabs, '\t', TABS);
    diff_make((struct view){tabs, TABS}, (struct view){"", 0}, &d);
    diff_sides(&d, &look, &out);
    size_t rows = 0;
    for (const char *at = out.buf; (at = strchr(at, '\n')); at++)
        rows++;
    CHECK_INT(rows, 1 + TABS * TAB / SHOWN);
    diff_release(&d);
}

TEST(wide_characters_keep_the_columns_and_escapes_do_nothing)
{
    sides("\xe6\x97\xa5\n", "\033[2J\n",
          "line 1\n"
          "  1 \xe6\x97\xa5                   |   1 \\x1b[2J\n");
    /* Twenty columns hold ten of them. */
    sides("\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\n",
          "",
          "line 1\n"
          "  1 \xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5 <     \n"
          "    \xe6\x97\xa5                         \n");
}
