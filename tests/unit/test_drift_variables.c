/* nono-profile(5), the guide and `policy show` list the variables of the table, and no others. */
#include <string.h>

#include "core/mem.h"
#include "policy/environment.h"
#include "policy/guide.h"
#include "shell/man_profile.h"
#include "shell/policy_view.h"
#include "tests/unit/tap.h"

/* The words of `text` that follow `before` and end at a byte of `end` are the patterns of the table, in any order, each with its reason after it. */
static void check_list(const char *text, const char *before, const char *end)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, before)); n++) {
        at += strlen(before);
        AUTO(mem_free_ptr) char *name = mem_strndup(at, strcspn(at, end));
        const struct environment_row *row = NULL;
        for (size_t i = 0; i < environment_n_rows; i++)
            if (strcmp(environment_rows[i].pattern, name) == 0)
                row = &environment_rows[i];
        if (!row)
            tap_fail(__FILE__, __LINE__, "%s is not in the table", name);
        const char *word = at + strlen(name);
        AUTO(mem_free_ptr) char *first = mem_strndup(row->why, strcspn(row->why, " "));
        CHECK(strstr(word, first) != NULL);
    }
    CHECK_INT(n, environment_n_rows);
}

TEST(the_page_lists_the_table)
{
    AUTO(str_release) struct str page = STR_INIT(STR_MAX_SCRIPT);
    man_profile("0", &page);
    check_list(page.buf, "\n.It Ev ", "\n");
}

TEST(the_guide_lists_the_table)
{
    AUTO(str_release) struct str guide = STR_INIT(STR_MAX_SCRIPT);
    guide_write(&guide);
    const char *part = strstr(guide.buf, "\n## Variables that are withheld\n");
    CHECK(part != NULL);
    check_list(part, "\n- `", "`");
}

TEST(policy_show_lists_the_table)
{
    AUTO(str_release) struct str all = STR_INIT(STR_MAX_SCRIPT);
    struct outcome outcome = {0};
    const struct policy_view view = {.outcome = &outcome, .name = "x", .verbose = true};
    policy_view_environment(&view, &all);
    for (size_t i = 0; i < environment_n_rows; i++) {
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        bool is_kept = environment_rows[i].kind == ENVIRONMENT_KEPT;
        str_addf(&line, "\n    %-9s %-32s %s\n", is_kept ? "passed" : "withheld", environment_rows[i].pattern, environment_rows[i].why);
        if (!strstr(all.buf, line.buf))
            tap_fail(__FILE__, __LINE__, "there is no line %s", line.buf);
    }
}
