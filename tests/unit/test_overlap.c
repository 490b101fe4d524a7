/* Deny inside allow: what becomes of the grants. That the result holds is tested in tests/kernel. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/overlap.h"
#include "tests/unit/tap.h"

static const char *at(const char *name)
{
    static char ring[8][512];
    static unsigned next;
    char *buf = ring[next++ % 8];
    (void)snprintf(buf, sizeof ring[0], "%s%s%s", tap_tmpdir(), *name ? "/" : "", name);
    return buf;
}

static void dir(const char *name)
{
    CHECK(mkdir(at(name), 0755) == 0);
}

static void file(const char *name)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    CHECK(fd >= 0 && close(fd) == 0);
}

static void grant_by(struct caps *c, const char *name, unsigned access, enum caps_source source)
{
    caps_add_grant(c, mem_strdup(at(name)), access, false, true, caps_origin_make(source, source == CAPS_FROM_USER ? "--allow" : "some", "", name));
}

static void deny_by(struct caps *c, const char *name, enum caps_source source)
{
    caps_add_deny(c, mem_strdup(at(name)), access(at(name), F_OK) == 0, caps_origin_make(source, "guard", "", name));
}

static const struct caps_grant *granted(const struct caps *c, const char *name)
{
    for (size_t i = 0; i < c->n_grants; i++)
        if (strcmp(c->grant[i].path, at(name)) == 0)
            return &c->grant[i];
    return NULL;
}

static bool warns(const struct caps *c, const char *part)
{
    for (size_t i = 0; i < c->warnings.n; i++)
        if (strstr(c->warnings.item[i], part))
            return true;
    return false;
}

/* h/{.ssh/key, .config/{gcloud/, app/}, project/, link -> .ssh, file} */
static void home(void)
{
    dir("h");
    dir("h/.ssh");
    file("h/.ssh/key");
    dir("h/.config");
    dir("h/.config/gcloud");
    dir("h/.config/app");
    dir("h/project");
    file("h/file");
    CHECK(symlink(".ssh", at("h/link")) == 0);
}

TEST(nothing_overlaps)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    caps_init(&c);
    grant_by(&c, "h/project", CAPS_READWRITE, CAPS_FROM_USER); /* not there: nothing is looked at */
    deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
    deny_by(&c, "h/proj", CAPS_FROM_GROUP);
    CHECK_OK(overlap_split(&c, &e), &e);
    CHECK_INT(c.n_grants, 1);
    CHECK_INT(c.n_barred, 0);
    CHECK_INT(c.warnings.n, 0);
}

TEST(splitting)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    struct caps_answer answer;
    home();
    caps_init(&c);
    grant_by(&c, "h", CAPS_READWRITE, CAPS_FROM_USER);
    grant_by(&c, "elsewhere", CAPS_READ, CAPS_FROM_USER);
    deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
    deny_by(&c, "h/.config/gcloud", CAPS_FROM_GROUP);
    CHECK_OK(overlap_split(&c, &e), &e);
    CHECK_INT(c.n_grants, 4);
    CHECK(granted(&c, "elsewhere"));
    CHECK(granted(&c, "h/project") && !granted(&c, "h/project")->file_only);
    CHECK(granted(&c, "h/file") && granted(&c, "h/file")->file_only);
    CHECK(granted(&c, "h/.config/app"));
    CHECK_INT(granted(&c, "h/project")->access, CAPS_READWRITE);
    CHECK_INT(granted(&c, "h/project")->origin.source, CAPS_FROM_USER);
    CHECK_STR(granted(&c, "h/project")->origin.text, "h");
    CHECK(granted(&c, "h/project")->is_part && !granted(&c, "elsewhere")->is_part);
    CHECK_INT(c.notices.n, 1); /* what was asked for by name */
    CHECK(strstr(c.notices.item[0], "/h itself") != NULL);
    CHECK_INT(c.warnings.n, 1);
    CHECK(warns(&c, "/h/.config itself"));
    CHECK_INT(c.n_barred, 2);
    caps_evaluate(&c, at("h/new"), CAPS_WRITE, &answer);
    CHECK(!answer.allowed);
    caps_evaluate(&c, at("h/project/new"), CAPS_WRITE, &answer);
    CHECK(answer.allowed);
}

TEST(twice_changes_nothing)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    home();
    caps_init(&c);
    grant_by(&c, "h", CAPS_READWRITE, CAPS_FROM_USER);
    deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
    CHECK_OK(overlap_split(&c, &e), &e);
    size_t n = c.n_grants;
    CHECK_OK(overlap_split(&c, &e), &e);
    CHECK_INT(c.n_grants, n);
}

TEST(absent_denies)
{
    AUTO(caps_release) struct caps reading;
    AUTO(caps_release) struct caps writing;
    struct err e = ERR_INIT;
    home();
    caps_init(&reading);
    grant_by(&reading, "h", CAPS_READ, CAPS_FROM_USER);
    deny_by(&reading, "h/.aws", CAPS_FROM_GROUP);
    CHECK_OK(overlap_split(&reading, &e), &e);
    CHECK(granted(&reading, "h")); /* nothing can make it exist */
    caps_init(&writing);
    grant_by(&writing, "h", CAPS_WRITE, CAPS_FROM_USER);
    deny_by(&writing, "h/.config/aws/key", CAPS_FROM_GROUP);
    CHECK_OK(overlap_split(&writing, &e), &e);
    CHECK(!granted(&writing, "h") && !granted(&writing, "h/.config"));
    CHECK(granted(&writing, "h/.ssh") && granted(&writing, "h/.config/app"));
}

TEST(a_given_up_deny_splits_nothing)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    home();
    caps_init(&c);
    grant_by(&c, "h", CAPS_READWRITE, CAPS_FROM_USER);
    deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
    c.deny[0].overridden = true;
    CHECK_OK(overlap_split(&c, &e), &e);
    CHECK(granted(&c, "h"));
}

TEST(a_grant_below_a_deny)
{
    static const enum caps_source silent[] = {CAPS_FROM_GROUP, CAPS_FROM_PROGRAM};
    static const enum caps_source named[] = {CAPS_FROM_USER, CAPS_FROM_PROFILE, CAPS_FROM_WORKDIR};
    home();
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        AUTO(caps_release) struct caps c;
        struct err e = ERR_INIT;
        caps_init(&c);
        grant_by(&c, "h/.ssh/key", CAPS_READ, silent[i]);
        grant_by(&c, "h/.ssh", CAPS_READ, silent[i]);
        deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
        CHECK_OK(overlap_split(&c, &e), &e);
        CHECK_INT(c.n_grants, 0);
    }
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        AUTO(caps_release) struct caps c;
        struct err e = ERR_INIT;
        caps_init(&c);
        grant_by(&c, "h/.ssh/key", CAPS_READ, named[i]);
        deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
        CHECK_ERR(overlap_split(&c, &e), ERR_DENIED, &e);
        CHECK(strstr(e.text, "/h/.ssh/key") && strstr(e.text, "group guard") && strstr(e.text, "--override-deny"));
        CHECK_INT(c.n_grants, 1);
    }
}

TEST(what_nono_keeps_for_itself_cannot_be_given_up)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    home();
    caps_init(&c);
    grant_by(&c, "h/.ssh", CAPS_READ, CAPS_FROM_USER);
    deny_by(&c, "h/.ssh", CAPS_FROM_NONO);
    CHECK_ERR(overlap_split(&c, &e), ERR_DENIED, &e);
    CHECK(!strstr(e.text, "--override-deny"));
}

TEST(the_working_directory_is_not_split)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    home();
    caps_init(&c);
    c.workdir = mem_strdup(at("h"));
    grant_by(&c, "h", CAPS_READWRITE, CAPS_FROM_WORKDIR);
    deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
    CHECK_ERR(overlap_split(&c, &e), ERR_DENIED, &e);
    CHECK(strstr(e.text, "working directory"));
}

TEST(a_working_directory_beside_the_deny_is_fine)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    home();
    caps_init(&c);
    c.workdir = mem_strdup(at("h/project"));
    grant_by(&c, "h", CAPS_READWRITE, CAPS_FROM_USER);
    grant_by(&c, "h/project", CAPS_READWRITE, CAPS_FROM_WORKDIR);
    deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
    CHECK_OK(overlap_split(&c, &e), &e);
    CHECK(granted(&c, "h/project"));
}

TEST(a_shared_directory_is_not_split)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    home();
    CHECK(chmod(at("h"), 01777) == 0);
    caps_init(&c);
    grant_by(&c, "h", CAPS_READWRITE, CAPS_FROM_USER);
    deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
    CHECK_ERR(overlap_split(&c, &e), ERR_DENIED, &e);
    CHECK(strstr(e.text, "others can write"));
}

TEST(too_many_rules)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    home();
    for (int i = 0; i < OVERLAP_MAX_RULES; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "h/f%d", i);
        file(name);
    }
    caps_init(&c);
    grant_by(&c, "h", CAPS_READWRITE, CAPS_FROM_USER);
    deny_by(&c, "h/.ssh", CAPS_FROM_GROUP);
    CHECK_ERR(overlap_split(&c, &e), ERR_DENIED, &e);
    CHECK(strstr(e.text, "too many"));
}

TEST(another_name_of_a_denied_file)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    home();
    CHECK(link(at("h/.ssh/key"), at("h/key")) == 0);
    caps_init(&c);
    grant_by(&c, "h", CAPS_READ, CAPS_FROM_USER);
    deny_by(&c, "h/.ssh/key", CAPS_FROM_GROUP);
    CHECK_OK(overlap_split(&c, &e), &e);
    CHECK(granted(&c, "h/file") && !granted(&c, "h/key"));
    CHECK(warns(&c, "hard link"));
}

/* A denied link: the link's own path and its target are two denies; neither the link nor its directory may be replaced. */
TEST(a_denied_link)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    home();
    caps_init(&c);
    grant_by(&c, "h", CAPS_READWRITE, CAPS_FROM_USER);
    deny_by(&c, "h/link", CAPS_FROM_GROUP);
    CHECK_OK(overlap_split(&c, &e), &e);
    CHECK(!granted(&c, "h") && !granted(&c, "h/link"));
    CHECK(granted(&c, "h/.ssh"));
}
