/* str: the builder at and beyond its maximum, lists, the nearest word. */
#include "core/str.h"

#include <string.h>
#include <wchar.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

TEST(empty_is_terminated_and_allocates_nothing)
{
    struct str s = STR_INIT(10);
    struct err e = ERR_INIT;
    CHECK_STR(s.buf, "");
    str_add(&s, "");
    str_addn(&s, NULL, 0);
    str_addf(&s, "%s", "");
    CHECK(s.buf == str_empty);
    CHECK_OK(str_check(&s, "it", &e), &e);
    str_clear(&s);
    str_release(&s);
    CHECK_STR(s.buf, "");
}

TEST(appends_in_every_way)
{
    AUTO(str_release) struct str s = STR_INIT(100);
    str_add(&s, "ab");
    str_addc(&s, 'c');
    str_addn(&s, "defg", 2);
    str_addf(&s, "%d-%s", 7, "x");
    CHECK_STR(s.buf, "abcde7-x");
    CHECK_INT(s.len, 8);
}

TEST(bytes_may_be_nul)
{
    AUTO(str_release) struct str s = STR_INIT(100);
    str_addn(&s, "a\0b", 3);
    str_addc(&s, '\0');
    CHECK_INT(s.len, 4);
    CHECK(memcmp(s.buf, "a\0b\0", 5) == 0);
}

TEST(the_maximum_fits_and_one_more_does_not)
{
    AUTO(str_release) struct str s = STR_INIT(4);
    struct err e = ERR_INIT;
    str_add(&s, "abcd");
    CHECK_OK(str_check(&s, "the word", &e), &e);
    CHECK_STR(s.buf, "abcd");
    str_addc(&s, 'e');
    CHECK_ERR(str_check(&s, "the word", &e), ERR_LIMIT, &e);
    CHECK_STR(e.text, "the word is longer than 4 bytes");
    CHECK_STR(s.buf, "abcd");
}

TEST(failure_is_sticky_until_cleared)
{
    AUTO(str_release) struct str s = STR_INIT(4);
    str_add(&s, "ab");
    str_add(&s, "too long");
    str_addc(&s, 'c'); /* would fit */
    str_addf(&s, "%c", 'c');
    CHECK(s.failed);
    CHECK_STR(s.buf, "ab");
    str_clear(&s);
    CHECK(!s.failed);
    CHECK_STR(s.buf, "");
    str_add(&s, "wxyz");
    CHECK(!s.failed);
    CHECK_STR(s.buf, "wxyz");
}

TEST(format_longer_than_its_stack_buffer)
{
    for (int n = 250; n < 262; n++) {
        AUTO(str_release) struct str s = STR_INIT(1000);
        str_add(&s, "<");
        str_addf(&s, "%*d>", n, 5);
        CHECK_INT(s.len, n + 2);
        CHECK_STR(s.buf + s.len - 2, "5>");
        CHECK_INT(strlen(s.buf), s.len);
    }
}

TEST(format_stops_at_the_maximum)
{
    AUTO(str_release) struct str exact = STR_INIT(300);
    AUTO(str_release) struct str less = STR_INIT(299);
    str_addf(&exact, "%300d", 1);
    str_addf(&less, "%300d", 1);
    CHECK(!exact.failed && exact.len == 300);
    CHECK(less.failed && less.len == 0);
}

/* A wide character that this locale cannot write. */
TEST(format_that_fails)
{
    AUTO(str_release) struct str s = STR_INIT(300);
    str_add(&s, "before");
    str_addf(&s, "%lc", (wint_t)0x20ac);
    CHECK(s.failed);
    CHECK_STR(s.buf, "before");
}

TEST(take_hands_over_and_empties)
{
    struct str s = STR_INIT(10);
    AUTO(mem_free_ptr) char *none = str_take(&s);
    CHECK_STR(none, "");
    str_add(&s, "abc");
    AUTO(mem_free_ptr) char *some = str_take(&s);
    CHECK_STR(some, "abc");
    CHECK_STR(s.buf, "");
    CHECK_INT(s.len, 0);
    CHECK_INT(s.max, 10);
    str_add(&s, "again");
    CHECK_STR(s.buf, "again");
    str_release(&s);
    CHECK_INT(s.max, 10);
}

TEST(grows_to_its_maximum_in_small_steps)
{
    AUTO(str_release) struct str s = STR_INIT(100000);
    for (int i = 0; i < 100000; i++)
        str_addc(&s, (char)('a' + i % 26));
    CHECK(!s.failed);
    for (int i = 0; i < 100000; i++)
        CHECK(s.buf[i] == (char)('a' + i % 26));
    CHECK_INT(s.buf[s.len], 0);
    str_addc(&s, 'x');
    CHECK(s.failed);
}

TEST(list_is_an_argv)
{
    AUTO(strlist_release) struct strlist l = STRLIST_INIT;
    CHECK(!l.item);
    for (int i = 0; i < 100; i++) {
        strlist_add(&l, "x");
        CHECK(!l.item[l.n]);
    }
    strlist_add_take(&l, mem_strdup("y"));
    CHECK_INT(l.n, 101);
    CHECK_STR(l.item[100], "y");
    CHECK(!l.item[101]);
}

TEST(list_copies_what_it_is_given)
{
    AUTO(strlist_release) struct strlist l = STRLIST_INIT;
    char text[] = "abc";
    strlist_add(&l, text);
    text[0] = 'X';
    CHECK_STR(l.item[0], "abc");
}

TEST(list_has_and_adds_once)
{
    AUTO(strlist_release) struct strlist l = STRLIST_INIT;
    CHECK(!strlist_has(&l, "a"));
    CHECK(strlist_add_once(&l, "a"));
    CHECK(!strlist_add_once(&l, "a"));
    CHECK(strlist_add_once(&l, "ab"));
    CHECK(strlist_has(&l, "a") && strlist_has(&l, "ab") && !strlist_has(&l, "b") && !strlist_has(&l, ""));
    CHECK_INT(l.n, 2);
    strlist_release(&l);
    CHECK_INT(l.n, 0);
    CHECK(!l.item);
}

TEST(starts_and_ends)
{
    CHECK(str_starts("abc", "") && str_starts("abc", "ab") && str_starts("abc", "abc"));
    CHECK(!str_starts("abc", "abcd") && !str_starts("abc", "b") && !str_starts("", "a"));
    CHECK(str_ends("abc", "") && str_ends("abc", "bc") && str_ends("abc", "abc"));
    CHECK(!str_ends("abc", "xabc") && !str_ends("abc", "ab") && !str_ends("", "a"));
}

static const char *nearest(const char *text)
{
    static const char *const words[] = {"allow", "read", "write", "block-net", "rollback-exclude", "profile", "run", "why"};
    return str_nearest(text, words, sizeof words / sizeof *words);
}

TEST(nearest_word)
{
    CHECK_STR(nearest("allow"), "allow");
    CHECK_STR(nearest("alow"), "allow");   /* one missing */
    CHECK_STR(nearest("alloww"), "allow"); /* one more */
    CHECK_STR(nearest("allew"), "allow");  /* one other */
    CHECK_STR(nearest("lalow"), "allow");  /* two */
    CHECK_STR(nearest("raed"), "read");    /* a swap is one edit */
    CHECK_STR(nearest("rollbackexcluded"), "rollback-exclude");
    CHECK_STR(nearest("rolback_exklud"), "rollback-exclude"); /* 4 of 14, a third */
    CHECK_STR(nearest("urn"), "run");
}

TEST(nearest_swaps_neighbours_only)
{
    /* Optimal string alignment: "ca" -> "abc" is 3 edits, for what was swapped is not edited again. */
    static const char *const word[] = {"abc"};
    CHECK(!str_nearest("ca", word, 1));
    CHECK_STR(str_nearest("acb", word, 1), "abc");
    CHECK_STR(nearest("lalwo"), "allow"); /* two swaps are two edits */
    CHECK(!nearest("lalwoo"));            /* and one more is too many */
    CHECK_STR(str_nearest("bac", word, 1), "abc");
}

TEST(nothing_is_near)
{
    CHECK(!nearest("zzzzz"));
    CHECK(!nearest("x"));  /* 'x' is within 2 of "xy" and everything short, and has nothing in common */
    CHECK(!nearest("zq")); /* nor has this with "why" */
    CHECK(!nearest(""));
    CHECK(!str_nearest("a", NULL, 0));
    static const char *const word[] = {"xy"};
    CHECK(!str_nearest("ab", word, 1)); /* two edits, and no letter stays */
    CHECK(!str_nearest("a", word, 1));
    CHECK_STR(str_nearest("ay", word, 1), "xy");
}

TEST(nearest_prefers_the_nearer_and_then_the_first)
{
    static const char *const words[] = {"tast", "test", "tist"};
    CHECK_STR(str_nearest("tesd", words, 3), "test");
    CHECK_STR(str_nearest("tzst", words, 3), "tast");
}

TEST(nearest_is_bounded)
{
    char a[200];
    char b[200];
    memset(a, 'a', sizeof a);
    memset(b, 'a', sizeof b);
    a[64] = b[64] = '\0';
    b[63] = 'b';
    const char *word[] = {b};
    CHECK_STR(str_nearest(a, word, 1), b);
    a[64] = 'a';
    a[65] = '\0';
    CHECK(!str_nearest(a, word, 1));
    a[64] = '\0';
    b[64] = 'b';
    b[65] = '\0';
    CHECK(!str_nearest(a, word, 1));
}
