/* skeleton: what it writes is a profile, and stays one when a remark is made active. */
#include "policy/skeleton.h"

#include <string.h>

#include "core/mem.h"
#include "policy/profile.h"
#include "tests/unit/tap.h"

struct given {
    struct strlist extends, groups;
    struct skeleton skeleton;
};

static void given_release(struct given *g)
{
    strlist_release(&g->extends);
    strlist_release(&g->groups);
}

static void give(struct given *g, size_t n_extends, size_t n_groups, const char *description)
{
    static const char *const bases[] = {"default", "base-1"};
    static const char *const groups[] = {"python_runtime", "node_runtime"};
    *g = (struct given){.skeleton = {.name = "x-1", .description = description}};
    for (size_t i = 0; i < n_extends; i++)
        strlist_add(&g->extends, bases[i]);
    for (size_t i = 0; i < n_groups; i++)
        strlist_add(&g->groups, groups[i]);
    g->skeleton.extends = &g->extends;
    g->skeleton.groups = &g->groups;
}

static void parse(const struct str *text, struct profile *ret)
{
    struct err e = ERR_INIT;
    CHECK(!text->failed);
    CHECK_OK(profile_parse(text->buf, text->len, "x", text->buf, ret, &e), &e);
}

static void check_said(const struct profile *p, size_t n_extends, size_t n_groups, const char *description)
{
    CHECK_INT(p->extends.n, n_extends);
    CHECK_INT(p->groups.n, n_groups);
    CHECK_STR(p->meta_name.text, "x-1");
    CHECK_STR(p->meta_description.text, description);
    CHECK_INT(p->workdir_access.number, 3);
}

TEST(both_are_profiles_that_say_what_was_asked_for)
{
    static const char hostile[] = "a \"b\" // c \\ \x1b[31m */ \n d";
    for (size_t extends = 0; extends <= 2; extends++) {
        for (size_t groups = 0; groups <= 2; groups++) {
            AUTO(given_release) struct given g;
            AUTO(str_release) struct str plain = STR_INIT(STR_MAX_PROFILE), full = STR_INIT(STR_MAX_PROFILE);
            AUTO(profile_release) struct profile from_plain = {0}, from_full = {0};
            give(&g, extends, groups, hostile);
            skeleton_write(&g.skeleton, &plain);
            skeleton_write_full(&g.skeleton, &full);
            parse(&plain, &from_plain);
            parse(&full, &from_full);
            check_said(&from_plain, extends, groups, hostile);
            check_said(&from_full, extends, groups, hostile);
        }
    }
}

TEST(the_plain_one_is_json_without_remarks)
{
    AUTO(given_release) struct given g;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    give(&g, 1, 1, "d");
    skeleton_write(&g.skeleton, &text);
    CHECK_STR(text.buf, "{\n  \"extends\": \"default\",\n  \"meta\": {\n    \"name\": \"x-1\",\n    \"version\": \"1.0.0\",\n"
                        "    \"description\": \"d\"\n  },\n  \"security\": {\n    \"groups\": [\n      \"python_runtime\"\n    ]\n  },\n"
                        "  \"workdir\": {\n    \"access\": \"readwrite\"\n  },\n  \"filesystem\": {\n    \"allow\": [],\n    \"read\": []\n  }\n}\n");
}

/* Length of the mark when the line is a setting that is not active; 0 for an explanation or an active line. */
static size_t remark_mark(const char *line)
{
    size_t blank = strspn(line, " ");
    bool is_setting = strncmp(line + blank, "// \"", 4) == 0 || strncmp(line + blank, "// }", 4) == 0;
    return is_setting ? blank + 3 : 0;
}

/* The text with setting number `wanted` made active, or all of them (SIZE_MAX). What stands in a section that is a remark as a whole counts
 * only for all. False when there is no such setting. */
static bool activate(const char *text, size_t wanted, struct str *out)
{
    size_t number = 0;
    bool in_section = false;
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\n") + 1;
        size_t mark = remark_mark(line);
        bool opens = mark && line[len - 2] == '{';
        bool closes = mark && line[mark] == '}';
        in_section = in_section || opens;
        bool is_wanted = mark && (wanted == SIZE_MAX || (!in_section && wanted == number));
        number += mark && !in_section;
        in_section = in_section && !closes;
        str_addn(out, line + (is_wanted ? mark : 0), len - (is_wanted ? mark : 0));
        line += len;
    }
    return wanted < number;
}

TEST(each_remark_can_be_made_active_alone_and_all_together)
{
    AUTO(given_release) struct given g;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE), all = STR_INIT(STR_MAX_PROFILE);
    AUTO(profile_release) struct profile p = {0};
    give(&g, 0, 0, "");
    skeleton_write_full(&g.skeleton, &text);
    (void)activate(text.buf, SIZE_MAX, &all);
    parse(&all, &p);
    CHECK_INT(p.sections, (1U << PROFILE_N_SECTIONS) - 1);
    size_t n = 0;
    for (;; n++) {
        AUTO(str_release) struct str one = STR_INIT(STR_MAX_PROFILE);
        AUTO(profile_release) struct profile with = {0};
        if (!activate(text.buf, n, &one))
            break;
        CHECK(strcmp(one.buf, text.buf) != 0);
        parse(&one, &with);
    }
    CHECK_INT(n, 14);
}

TEST(the_full_one_names_every_key_with_its_help)
{
    AUTO(given_release) struct given g;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    give(&g, 0, 0, "");
    skeleton_write_full(&g.skeleton, &text);
    for (size_t i = 0; i < profile_n_keys; i++) {
        AUTO(str_release) struct str key = STR_INIT(STR_MAX_LINE);
        str_addf(&key, "\"%s\": ", profile_keys[i].name);
        CHECK(strstr(text.buf, key.buf) != NULL);
        CHECK(strstr(text.buf, profile_keys[i].help) != NULL);
    }
}
