/* column: widths of text on a terminal, in a process that was given no locale. */
#include "core/column.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static void is_wide(const char *text, size_t width)
{
    CHECK_INT(column_width(text, strlen(text)), width);
}

TEST(a_character_is_none_one_or_two_columns_wide)
{
    is_wide("", 0);
    is_wide("abc", 3);
    is_wide("\xc3\xa4\xc3\xb6", 2);         /* two letters of two bytes */
    is_wide("\xe6\x97\xa5\xe6\x9c\xac", 4); /* two ideographs */
    is_wide("e\xcc\x81", 1);                /* a letter and the accent on it */
    is_wide("\xf0\x9f\x98\x80!", 3);        /* a face */
}

static void fits(const char *text, size_t columns, size_t bytes)
{
    CHECK_INT(column_fit(text, strlen(text), columns), bytes);
}

TEST(no_character_is_cut)
{
    fits("abc", 2, 2);
    fits("abc", 9, 3);
    fits("\xe6\x97\xa5\xe6\x9c\xac", 3, 3);
    fits("\xe6\x97\xa5\xe6\x9c\xac", 1, 0);
    fits("e\xcc\x81x", 1, 3);
    fits("", 0, 0);
}

TEST(padding_and_cutting_go_by_columns)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
    str_add(&out, "ab");
    column_cut(&out, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 9, 5);
    column_pad(&out, 2, 8);
    CHECK_STR(out.buf, "ab\xe6\x97\xa5...   ");
    str_clear(&out);
    column_cut(&out, "whole", 5, 5);
    column_pad(&out, 0, 3);
    CHECK_STR(out.buf, "whole");
}
