/* err: texts, classes, cutting, and what it promises between fork and exec. */
#include "core/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "tests/unit/tap.h"

TEST(set_gives_class_and_text)
{
    struct err e = {.class = ERR_IO, .sys = EIO};
    CHECK_INT(err_set(&e, ERR_INPUT, "line %d: %s", 3, "odd"), ERR_INPUT);
    CHECK_INT(e.class, ERR_INPUT);
    CHECK_INT(e.sys, 0);
    CHECK_STR(e.text, "line 3: odd");
}

TEST(sys_appends_the_description)
{
    struct err e = ERR_INIT;
    CHECK_INT(err_sys(&e, ERR_MISSING, ENOENT, "cannot open %s", "/x"), ERR_MISSING);
    CHECK_INT(e.sys, ENOENT);
    CHECK_STR(e.text, "cannot open /x: No such file or directory");
}

TEST(sys_knows_no_such_number)
{
    struct err e = ERR_INIT;
    CHECK_INT(err_sys(&e, ERR_IO, 99999, "odd"), ERR_IO);
    CHECK_STR(e.text, "odd: error 99999");
}

TEST(add_puts_context_in_front_and_keeps_the_rest)
{
    struct err e = ERR_INIT;
    (void)err_sys(&e, ERR_DENIED, EACCES, "cannot open /x");
    CHECK_INT(err_add(&e, "profile %s", "dev"), ERR_DENIED);
    CHECK_INT(e.sys, EACCES);
    CHECK_STR(e.text, "profile dev: cannot open /x: Permission denied");
}

TEST(the_old_text_may_be_an_argument)
{
    struct err e = ERR_INIT;
    (void)err_set(&e, ERR_IO, "first");
    (void)err_set(&e, ERR_IO, "again %s", e.text);
    CHECK_STR(e.text, "again first");
    (void)err_add(&e, "%s", e.text);
    CHECK_STR(e.text, "again first: again first");
}

static void fill(char *text, size_t len, char c)
{
    memset(text, c, len);
    text[len] = '\0';
}

TEST(what_fits_exactly_is_whole)
{
    struct err e = ERR_INIT;
    char text[ERR_TEXT_MAX];
    fill(text, sizeof text - 1, 'a');
    (void)err_set(&e, ERR_IO, "%s", text);
    CHECK_STR(e.text, text);
}

TEST(what_does_not_fit_is_cut_and_marked)
{
    struct err e = ERR_INIT;
    char text[ERR_TEXT_MAX + 1];
    fill(text, sizeof text - 1, 'a');
    (void)err_set(&e, ERR_IO, "%s", text);
    CHECK_INT(strlen(e.text), ERR_TEXT_MAX - 1);
    CHECK_STR(e.text + ERR_TEXT_MAX - 5, "a...");
    (void)err_add(&e, "more");
    CHECK_INT(strlen(e.text), ERR_TEXT_MAX - 1);
    CHECK(strncmp(e.text, "more: aaa", 9) == 0);
    CHECK_STR(e.text + ERR_TEXT_MAX - 5, "a...");
    (void)err_sys(&e, ERR_IO, EIO, "%s", text);
    CHECK_INT(strlen(e.text), ERR_TEXT_MAX - 1);
    CHECK_STR(e.text + ERR_TEXT_MAX - 5, "a...");
}

TEST(a_cut_leaves_no_half_character)
{
    for (size_t head = ERR_TEXT_MAX - 12; head < ERR_TEXT_MAX; head++) {
        struct err e = ERR_INIT;
        char text[2 * ERR_TEXT_MAX];
        fill(text, head, 'a');
        for (int i = 0; i < 10; i++)
            memcpy(text + head + (size_t)i * 3, "\xe2\x82\xac", 4);
        (void)err_set(&e, ERR_IO, "%s", text);
        size_t len = strlen(e.text);
        size_t tail = len - 3;
        CHECK_STR(e.text + tail, "...");
        if (tail > head)
            CHECK_INT((tail - head) % 3, 0);
    }
}

/* A wide character that this locale cannot write. */
TEST(a_format_that_fails_leaves_a_text)
{
    struct err e = ERR_INIT;
    CHECK_INT(err_sys(&e, ERR_IO, EIO, "%lc", (wint_t)0x20ac), ERR_IO);
    CHECK_STR(e.text, ": Input/output error");
}

TEST(classes_of_errno)
{
    static const struct {
        int sys, class;
    } row[] = {
        {ENOENT, ERR_MISSING}, {ENOTDIR, ERR_MISSING}, {EACCES, ERR_DENIED}, {EPERM, ERR_DENIED}, {EROFS, ERR_DENIED},
        {EEXIST, ERR_EXISTS},  {EIO, ERR_IO},          {ENOSPC, ERR_IO},     {0, ERR_IO},         {99999, ERR_IO},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        CHECK_INT(err_class_of(row[i].sys), row[i].class);
}

TEST(crosses_a_pipe_in_one_write)
{
    CHECK(sizeof(struct err) <= 512);
}
