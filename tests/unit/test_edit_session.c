/* edit_session: words of a line, their completion, and what a line does to a profile. */
#include "shell/edit_session.h"

#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

static void are_words(const char *line, const char *joined, int result)
{
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    AUTO(str_release) struct str got = STR_INIT(STR_MAX_LINE);
    struct err e = ERR_INIT;
    CHECK_INT(prompt_words(line, &words, &e), result);
    for (size_t i = 0; i < words.n; i++)
        str_addf(&got, "%s<%s>", i ? " " : "", words.item[i]);
    CHECK_STR(got.buf, joined);
}

TEST(a_line_is_cut_at_blanks_that_are_not_quoted)
{
    are_words("", "", 0);
    are_words("  a\tb  ", "<a> <b>", 0);
    are_words("a \"b c\" 'd \"e'", "<a> <b c> <d \"e>", 0);
    are_words("a\\ b \"c\\\"d\" 'e\\f' \"\"", "<a b> <c\"d> <e\\f> <>", 0);
    are_words("x=\"a b\"c", "<x=a bc>", 0);
    are_words("a\\", "<a\\>", 0);
    are_words("a 'b c", "<a> <b c>", ERR_USAGE);
}

struct fixture {
    struct home home;
    struct cmd_context context;
    struct line line;
    struct line_settings settings;
    struct edit_session session;
};

static void fixture_release(struct fixture *f)
{
    edit_session_release(&f->session);
    home_remove(&f->home);
}

static void make(struct fixture *f, const char *name, const char *text)
{
    struct err e = ERR_INIT;
    home_make(&f->home, tap_tmpdir());
    if (text)
        home_profile(&f->home, name, text);
    out_configure(&(struct out_settings){.silent = true});
    f->context = (struct cmd_context){.world = &f->home.world};
    f->settings = (struct line_settings){.world = &f->home.world};
    CHECK_OK(edit_session_open(&f->context, name, &f->session, &e), &e);
    line_open(&f->settings, &f->line);
    f->session.line = &f->line;
}

static void run(struct fixture *f, const char *line)
{
    struct err e = ERR_INIT;
    struct prompt prompt;
    edit_session_prompt(&f->session, &prompt);
    CHECK_OK(prompt_run(&prompt, line, &e), &e);
}

static void fails(struct fixture *f, const char *line, const char *message)
{
    AUTO(mem_free_ptr) char *before = mem_strdup(f->session.text.buf);
    struct err e = ERR_INIT;
    struct prompt prompt;
    edit_session_prompt(&f->session, &prompt);
    CHECK(prompt_run(&prompt, line, &e) < 0);
    CHECK_STR(e.text, message);
    CHECK_STR(f->session.text.buf, before);
}

static void completes(struct fixture *f, const char *line, const char *wanted)
{
    struct line_candidates found = {.value = STRLIST_INIT, .description = STRLIST_INIT};
    AUTO(str_release) struct str got = STR_INIT(STR_MAX_LINE);
    struct prompt prompt;
    edit_session_prompt(&f->session, &prompt);
    prompt_complete(&prompt, line, &found);
    CHECK_INT(found.value.n, found.description.n);
    for (size_t i = 0; i < found.value.n; i++)
        str_addf(&got, "%s%s", i ? " " : "", found.value.item[i]);
    str_add(&got, found.is_path ? " (path)" : "");
    str_add(&got, found.is_open ? " (open)" : "");
    CHECK_STR(got.buf, wanted);
    strlist_release(&found.value);
    strlist_release(&found.description);
}

TEST(changes_are_checked_undone_and_saved)
{
    AUTO(fixture_release) struct fixture f = {0};
    make(&f, "x", "{ // mine\n  \"filesystem\": { \"read\": [\"/a\"] }\n}\n");
    CHECK(!edit_session_is_changed(&f.session));
    run(&f, "add filesystem.read ~/b");
    run(&f, "  # a remark");
    run(&f, "");
    CHECK_STR(f.session.text.buf, "{ // mine\n  \"filesystem\": { \"read\": [\"/a\", \"~/b\"] }\n}\n");
    CHECK(edit_session_is_changed(&f.session));
    run(&f, "set workdir.access read");
    run(&f, "undo");
    run(&f, "save");
    CHECK(!edit_session_is_changed(&f.session));
    CHECK_STR(f.session.base.buf, "{ // mine\n  \"filesystem\": { \"read\": [\"/a\", \"~/b\"] }\n}\n");
    run(&f, "undo");
    CHECK(edit_session_is_changed(&f.session));
    fails(&f, "undo", "nothing to undo");
    run(&f, "drop");
    CHECK(f.session.is_done);
}

TEST(a_line_that_cannot_be_done_changes_nothing)
{
    AUTO(fixture_release) struct fixture f = {0};
    make(&f, "x", "{}");
    fails(&f, "ad filesystem.read /a", "unknown command 'ad': did you mean 'add'?");
    fails(&f, "frobnicate", "unknown command 'frobnicate': 'help' lists them");
    fails(&f, "add", "'add' needs a KEY");
    fails(&f, "add filesystem.read", "'add' needs a VALUE");
    fails(&f, "undo 3", "'undo' takes no more words");
    fails(&f, "add filesystem.read 'a", "a quotation mark is not closed");
    fails(&f, "add filesystem.raed /a", "there is no key 'filesystem.raed'; did you mean 'filesystem.read'?");
    fails(&f, "add security.groups nosuchgroup", "not changed: profile x: /security/groups/0: there is no group 'nosuchgroup'; 'nono policy groups' lists them");
    fails(&f, "explain filesystem.raed", "there is no key 'filesystem.raed'; did you mean 'filesystem.read'?");
    run(&f, "set network.block true");
    fails(&f, "quit", "the changes are not saved: 'save' keeps them, 'drop' gives them up");
    CHECK(!f.session.is_done);
}

TEST(a_file_that_somebody_else_changed_is_not_overwritten)
{
    AUTO(fixture_release) struct fixture f = {0};
    make(&f, "x", "{}");
    run(&f, "set network.block true");
    home_profile(&f.home, "x", "{ }");
    fails(&f, "save", "not saved: the file was changed by somebody else meanwhile; 'show' the text, quit and edit again");
    AUTO(fixture_release) struct fixture g = {0};
    make(&g, "fresh", NULL);
    CHECK(g.session.is_new);
    home_profile(&g.home, "fresh", "");
    fails(&g, "save", "not saved: the file was changed by somebody else meanwhile; 'show' the text, quit and edit again");
}

TEST(words_are_completed_by_what_stands_before_them)
{
    AUTO(fixture_release) struct fixture f = {0};
    make(&f, "x", "{\"filesystem\":{\"read\":[\"/a\",\"/b c\"]}}");
    home_dir(&f.home, "data/inner");
    completes(&f, "s", "set show save");
    completes(&f, "set network.bl", "network.block");
    completes(&f, "set network.block ", "true false");
    completes(&f, "set workdir.access re", "read readwrite");
    completes(&f, "add security.groups python", "python_runtime");
    completes(&f, "remove filesystem.read /", "/a /b c");
    completes(&f, "remove filesystem.read \"/b", "/b c");
    completes(&f, "add filesystem.read ~/da", "~/data/ (path) (open)");
    completes(&f, "add filesystem.read ~/data/", "~/data/inner/ (path) (open)");
    completes(&f, "nothing ", "");
    run(&f, "add filesystem.read /new");
    completes(&f, "remove filesystem.read /n", "/new");
}
