/* profile_file: a user's own file is found, held and replaced; draft: what would be wrong with its text. */
#include "policy/profile_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "policy/draft.h"
#include "policy/resolve.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

static void make(struct home *h)
{
    home_make(h, tap_tmpdir());
}

static void write_text(struct profile_file *f, const char *text)
{
    struct err e = ERR_INIT;
    CHECK_OK(profile_file_write(f, text, strlen(text), &e), &e);
}

static void file_holds(const char *path, const char *wanted)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    struct err e = ERR_INIT;
    CHECK_OK(fs_read(AT_FDCWD, path, &text, &e), &e);
    CHECK_STR(text.buf, wanted);
}

TEST(a_profile_is_read_by_name_and_written_back)
{
    AUTO(home_remove) struct home h;
    AUTO(profile_file_release) struct profile_file f = PROFILE_FILE_INIT;
    struct err e = ERR_INIT;
    make(&h);
    home_profile(&h, "mine", "{ }");
    CHECK_OK(profile_file_open(&h.world, "mine", &f, &e), &e);
    CHECK_STR(f.name, "mine");
    CHECK_STR(f.text.buf, "{ }");
    CHECK(f.exists);
    CHECK_INT(chmod(f.real, 0640), 0);
    AUTO(profile_file_release) struct profile_file by_path = PROFILE_FILE_INIT;
    mem_close_fd(&f.lock);
    CHECK_OK(profile_file_open(&h.world, f.path, &by_path, &e), &e);
    CHECK_STR(by_path.name, "mine");
    write_text(&by_path, "{}\n");
    CHECK_STR(by_path.text.buf, "{}\n");
    file_holds(f.real, "{}\n");
    struct stat st;
    CHECK_INT(stat(f.real, &st), 0);
    CHECK_INT(st.st_mode & 07777, 0640);
}

TEST(a_link_stays_a_link)
{
    AUTO(home_remove) struct home h;
    AUTO(profile_file_release) struct profile_file f = PROFILE_FILE_INIT;
    struct err e = ERR_INIT;
    make(&h);
    home_profile(&h, "other", "{}");
    home_file(&h, "dotfiles/mine.json", "{}");
    AUTO(mem_free_ptr) char *target = home_join(&h, "dotfiles/mine.json");
    home_link(&h, ".config/nono/profiles/mine.json", target);
    CHECK_OK(profile_file_open(&h.world, "mine", &f, &e), &e);
    CHECK_STR(f.real, target);
    write_text(&f, "{ }");
    file_holds(target, "{ }");
    struct stat st;
    CHECK_INT(lstat(f.path, &st), 0);
    CHECK(S_ISLNK(st.st_mode));
}

TEST(a_linked_profile_is_found_like_any_other)
{
    AUTO(home_remove) struct home h;
    AUTO(profile_release) struct profile p = {0};
    struct err e = ERR_INIT;
    make(&h);
    home_profile(&h, "other", "{}");
    home_file(&h, "dotfiles/mine.json", "{\"filesystem\":{\"read\":[\"/x\"]}}");
    AUTO(mem_free_ptr) char *target = home_join(&h, "dotfiles/mine.json");
    home_link(&h, ".config/nono/profiles/mine.json", target);
    CHECK_OK(extend_profile(&h.world, "mine", &p, &e), &e);
    CHECK_STR(p.read.item[0].text, "/x");
}

TEST(what_cannot_be_changed_says_what_can_be_done)
{
    AUTO(home_remove) struct home h;
    AUTO(profile_file_release) struct profile_file f = PROFILE_FILE_INIT;
    struct err e = ERR_INIT;
    make(&h);
    CHECK_ERR(profile_file_open(&h.world, "codex", &f, &e), ERR_MISSING, &e);
    CHECK_STR(e.text, "'codex' is built in and cannot be changed; make one of your own over it: nono profile init my-codex --extends codex");
    CHECK_ERR(profile_file_open(&h.world, "codx", &f, &e), ERR_MISSING, &e);
    CHECK_STR(e.text, "Profile not found: codx; did you mean 'codex'?");
    CHECK_ERR(profile_file_open(&h.world, "a_b", &f, &e), ERR_INPUT, &e);
    CHECK_ERR(profile_file_open(&h.world, "/nowhere/x.json", &f, &e), ERR_MISSING, &e);
    CHECK_STR(e.text, "Profile not found: /nowhere/x.json");
    home_profile(&h, "other", "{}");
    home_link(&h, ".config/nono/profiles/gone.json", "/nowhere/x");
    CHECK_ERR(profile_file_open(&h.world, "gone", &f, &e), ERR_MISSING, &e);
    CHECK(strstr(e.text, "gone.json"));
    CHECK_ERR(profile_file_make(&h.world, "/nowhere/x.json", &f, &e), ERR_MISSING, &e);
}

TEST(a_file_that_was_made_read_only_is_not_replaced)
{
    tap_drop_root();
    AUTO(home_remove) struct home h;
    AUTO(profile_file_release) struct profile_file f = PROFILE_FILE_INIT;
    struct err e = ERR_INIT;
    make(&h);
    home_profile(&h, "mine", "{}");
    AUTO(mem_free_ptr) char *path = home_join(&h, ".config/nono/profiles/mine.json");
    CHECK_INT(chmod(path, 0444), 0);
    CHECK_OK(profile_file_open(&h.world, "mine", &f, &e), &e);
    CHECK_ERR(profile_file_write(&f, "{ }", 3, &e), ERR_DENIED, &e);
    file_holds(path, "{}");
}

TEST(a_new_profile_makes_the_users_directory)
{
    AUTO(home_remove) struct home h;
    AUTO(profile_file_release) struct profile_file f = PROFILE_FILE_INIT;
    struct err e = ERR_INIT;
    make(&h);
    CHECK_OK(profile_file_make(&h.world, "new", &f, &e), &e);
    CHECK(!f.exists);
    write_text(&f, "{}");
    AUTO(mem_free_ptr) char *path = home_join(&h, ".config/nono/profiles/new.json");
    file_holds(path, "{}");
    AUTO(str_release) struct str large = STR_INIT(2 * STR_MAX_PROFILE);
    while (large.len <= STR_MAX_PROFILE)
        str_add(&large, "                                                                ");
    CHECK_ERR(profile_file_write(&f, large.buf, large.len, &e), ERR_LIMIT, &e);
    file_holds(path, "{}");
}

TEST(whoever_changes_a_profile_holds_its_directory)
{
    AUTO(home_remove) struct home h;
    AUTO(profile_file_release) struct profile_file f = PROFILE_FILE_INIT;
    struct err e = ERR_INIT;
    make(&h);
    home_profile(&h, "mine", "{}");
    CHECK_OK(profile_file_open(&h.world, "mine", &f, &e), &e);
    AUTO(mem_free_ptr) char *directory = home_join(&h, ".config/nono/profiles");
    AUTO(mem_close_fd) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(flock(fd, LOCK_EX | LOCK_NB) < 0);
    profile_file_release(&f);
    f = (struct profile_file)PROFILE_FILE_INIT;
    CHECK_INT(flock(fd, LOCK_EX | LOCK_NB), 0);
}

static int check(const struct home *h, const char *text, char **ret_refused, struct err *e)
{
    return draft_check(&h->world, &(struct extend_draft){.name = "mine", .text = text, .len = strlen(text)}, ret_refused, e);
}

TEST(a_draft_is_resolved_without_being_saved)
{
    AUTO(home_remove) struct home h;
    AUTO(mem_free_ptr) char *refused = NULL;
    struct err e = ERR_INIT;
    make(&h);
    home_profile(&h, "mine", "this is not even JSON");
    CHECK_OK(check(&h, "{\"extends\":\"default\",\"filesystem\":{\"read\":[\"~\"]}}", &refused, &e), &e);
    CHECK(refused == NULL);
    struct caps caps;
    caps_init(&caps);
    const char *text = "{\"filesystem\":{\"read\":[\"~\"]}}";
    const struct resolve_request request = {
        .world = &h.world, .draft = &(struct extend_draft){.name = "mine", .text = text, .len = strlen(text)}, .workdir = h.world.cwd};
    CHECK_OK(resolve_caps(&request, &caps, &e), &e);
    bool found = false;
    for (size_t i = 0; i < caps.n_grants; i++)
        found = found || strcmp(caps.grant[i].path, h.path) == 0;
    CHECK(found);
    caps_release(&caps);
}

TEST(a_draft_that_would_not_work_says_why)
{
    static const struct {
        const char *text, *message;
        int class;
    } rows[] = {
        {"{\"extends\":\"base\"}", "circular dependency detected: mine -> base -> mine", ERR_INPUT},
        {"{\"security\":{\"groups\":[\"python_runtim\"]}}",
         "profile mine: /security/groups/0: there is no group 'python_runtim'; did you mean 'python_runtime'?", ERR_MISSING},
        {"{\"policy\":{\"exclude_groups\":[\"deny_credentials\"]}}",
         "profile mine: /policy/exclude_groups/0: Cannot exclude required groups: 'deny_credentials'", ERR_INPUT},
        {"{\"filesystem\":{\"read\":[\"x\"]}}", NULL, ERR_INPUT},
        {"{\"filesystem\":{\"allow\":[\"~/.config/nono\"]}}", NULL, ERR_DENIED},
        {"{", "profile mine:1: expected a key in quotation marks or '}', but the text ends", ERR_INPUT},
    };
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "base", "{\"extends\":\"mine\"}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = ERR_INIT;
        CHECK_ERR(check(&h, rows[i].text, NULL, &e), rows[i].class, &e);
        if (rows[i].message)
            CHECK_STR(e.text, rows[i].message);
    }
}

/* It is a good profile that this version refuses to run. */
TEST(what_the_network_cannot_hold_yet_is_no_mistake_in_the_draft)
{
    AUTO(home_remove) struct home h;
    AUTO(mem_free_ptr) char *refused = NULL;
    struct err e = ERR_INIT;
    make(&h);
    CHECK_OK(check(&h, "{\"network\":{\"allow_domain\":[\"e.org\"]}}", &refused, &e), &e);
    CHECK(refused && strstr(refused, "e.org"));
    CHECK_ERR(check(&h, "{\"network\":{\"allow_domain\":[\"e.org\"]},\"filesystem\":{\"read\":[\"x\"]}}", NULL, &e), ERR_INPUT, &e);
}
