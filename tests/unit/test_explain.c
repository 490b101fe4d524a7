/* explain: every answer is the evaluator's, and every change that is named works. */
#include "policy/explain.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/landlock_rules.h"
#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/home.h"
#include "tests/unit/no_namespaces.h"
#include "tests/unit/tap.h"

enum { LIST_ALLOW, LIST_READ, LIST_WRITE, LIST_ALLOW_FILE, LIST_READ_FILE, LIST_WRITE_FILE, LIST_OVERRIDE, LIST_COMMAND, LIST_BLOCK, N_LISTS };
static const char *const list_names[] = {"--allow",      "--read",          "--write",         "--allow-file",   "--read-file",
                                         "--write-file", "--override-deny", "--allow-command", "--block-command"};

struct rig {
    struct home home;
    struct strlist list[N_LISTS];
    struct explain_request request;
    struct explain_policy policy;
    struct explain_answer answer;
};

static void rig_make(struct rig *g, const char *profile)
{
    *g = (struct rig){.answer = EXPLAIN_ANSWER_INIT};
    home_make(&g->home, "/var/tmp"); /* commands may write to /tmp */
    caps_init(&g->policy.caps);
    home_file(&g->home, ".ssh/id_rsa", "");
    home_file(&g->home, "work/file", "");
    home_file(&g->home, "other/file", "");
    g->request.resolve = (struct resolve_request){
        .world = &g->home.world,
        .profile = profile,
        .workdir = g->home.world.cwd,
        .allow = &g->list[LIST_ALLOW],
        .read = &g->list[LIST_READ],
        .write = &g->list[LIST_WRITE],
        .allow_file = &g->list[LIST_ALLOW_FILE],
        .read_file = &g->list[LIST_READ_FILE],
        .write_file = &g->list[LIST_WRITE_FILE],
        .override_deny = &g->list[LIST_OVERRIDE],
        .allow_command = &g->list[LIST_COMMAND],
        .block_command = &g->list[LIST_BLOCK],
    };
}

static void clear(struct rig *g)
{
    explain_policy_release(&g->policy);
    explain_answer_release(&g->answer);
    g->policy = (struct explain_policy){0};
    g->answer = (struct explain_answer)EXPLAIN_ANSWER_INIT;
}

static void rig_release(struct rig *g)
{
    for (size_t i = 0; i < N_LISTS; i++)
        strlist_release(&g->list[i]);
    clear(g);
    home_remove(&g->home);
}

static void prepare(struct rig *g)
{
    struct err e = ERR_INIT;
    clear(g);
    CHECK_OK(explain_prepare(&g->request, &g->policy, &e), &e);
}

static char *full(const struct rig *g, const char *path)
{
    return *path == '/' ? mem_strdup(path) : home_join(&g->home, path);
}

static void ask(struct rig *g, const char *path, unsigned access)
{
    AUTO(mem_free_ptr) char *at = full(g, path);
    prepare(g);
    explain_path(&g->request, &g->policy, at, access, &g->answer);
}

static void ask_exec(struct rig *g, const char *path)
{
    AUTO(mem_free_ptr) char *at = full(g, path);
    prepare(g);
    explain_exec(&g->request, &g->policy, at, &g->answer);
}

static void ask_command(struct rig *g, const char *name, const char *exe)
{
    prepare(g);
    explain_command(&g->request, &g->policy, name, exe, "nothing of that name", &g->answer);
}

static void ask_host(struct rig *g)
{
    prepare(g);
    explain_network(&g->request, &g->policy, "example.org", 443, &g->answer);
}

static void add(struct rig *g, int list, const char *path)
{
    AUTO(mem_free_ptr) char *at = full(g, path);
    strlist_add(&g->list[list], at);
}

/* The words of the answer, applied as the option parser would. */
static void apply(struct rig *g)
{
    const struct strlist *words = &g->answer.change;
    CHECK(words->n > 0);
    for (size_t i = 0; i < words->n; i++) {
        bool known = strcmp(words->item[i], "--allow-net") == 0 || strcmp(words->item[i], "--allow-cwd") == 0;
        g->request.resolve.allow_net |= strcmp(words->item[i], "--allow-net") == 0;
        g->request.allow_cwd |= strcmp(words->item[i], "--allow-cwd") == 0;
        for (int k = 0; k < N_LISTS && !known; k++)
            if (strcmp(words->item[i], list_names[k]) == 0 && i + 1 < words->n) {
                strlist_add(&g->list[k], words->item[++i]);
                known = true;
            }
        CHECK(known);
    }
}

static void denied_and_allowed_by_change(struct rig *g, const char *path, unsigned access, enum explain_reason reason)
{
    ask(g, path, access);
    CHECK(!g->answer.allowed);
    CHECK_STR(explain_reason_names[g->answer.reason], explain_reason_names[reason]);
    apply(g);
    ask(g, path, access);
    CHECK(g->answer.allowed);
    CHECK_INT(g->answer.change.n, 0);
}

static void no_change(struct rig *g, const char *path, unsigned access, const char *way_out)
{
    ask(g, path, access);
    CHECK(!g->answer.allowed);
    CHECK_INT(g->answer.change.n, 0);
    if (!strstr(g->answer.way_out.buf, way_out))
        tap_fail(__FILE__, __LINE__, "way out: %s", g->answer.way_out.buf);
}

TEST(a_file_that_nothing_grants)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    denied_and_allowed_by_change(&g, "other/file", CAPS_READ, EXPLAIN_PATH_NOT_GRANTED);
    CHECK_STR(g.list[LIST_READ_FILE].item[0], g.answer.path);
    denied_and_allowed_by_change(&g, "other/file", CAPS_READWRITE, EXPLAIN_INSUFFICIENT_ACCESS);
    CHECK_INT(g.list[LIST_WRITE_FILE].n, 1); /* only what is missing */
    denied_and_allowed_by_change(&g, "other", CAPS_READWRITE, EXPLAIN_PATH_NOT_GRANTED);
}

TEST(a_file_to_be_created)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    denied_and_allowed_by_change(&g, "other/deep/new", CAPS_WRITE, EXPLAIN_PATH_NOT_GRANTED);
    CHECK(str_ends(g.list[LIST_WRITE].item[0], "/other"));
    CHECK(!g.answer.exists);
}

TEST(a_secret)
{
    static const char *const paths[] = {".ssh/id_rsa", ".ssh", ".ssh/new"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        AUTO(rig_release) struct rig g;
        rig_make(&g, NULL);
        ask(&g, paths[i], CAPS_READ);
        CHECK(g.answer.rule && g.answer.change.item);
        CHECK_STR(g.answer.rule->name, "deny_credentials");
        CHECK_STR(g.answer.change.item[0], "--override-deny");
        denied_and_allowed_by_change(&g, paths[i], CAPS_READ, EXPLAIN_SENSITIVE_PATH);
    }
}

/* One file of a denied directory is given back alone: its neighbours stay closed. */
TEST(the_change_for_a_secret_opens_nothing_else)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    home_file(&g.home, ".ssh/other", "");
    denied_and_allowed_by_change(&g, ".ssh/id_rsa", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
    ask(&g, ".ssh/other", CAPS_READ);
    CHECK(!g.answer.allowed);
    ask(&g, ".ssh/id_rsa", CAPS_WRITE);
    CHECK(!g.answer.allowed);
}

TEST(a_secret_below_a_grant)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    add(&g, LIST_READ, "");
    CHECK(chmod(g.home.path, 0755) == 0);
    denied_and_allowed_by_change(&g, ".ssh/id_rsa", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
}

TEST(a_link_is_judged_by_what_it_leads_to)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    home_link(&g.home, "work/link", "../.ssh/id_rsa");
    ask(&g, "work/link", CAPS_READ);
    CHECK(str_ends(g.answer.path, "/work/link"));
    CHECK(str_ends(g.answer.real, "/.ssh/id_rsa"));
    denied_and_allowed_by_change(&g, "work/link", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
}

TEST(the_working_directory_is_granted_by_its_own_option)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    ask(&g, "work/file", CAPS_READ);
    CHECK(g.answer.change.n == 1 && g.answer.change.item);
    CHECK_STR(g.answer.change.item[0], "--allow-cwd");
    denied_and_allowed_by_change(&g, "work/file", CAPS_READ, EXPLAIN_PATH_NOT_GRANTED);
    denied_and_allowed_by_change(&g, "work/file", CAPS_WRITE, EXPLAIN_INSUFFICIENT_ACCESS);
}

TEST(what_no_option_opens)
{
    AUTO(rig_release) struct rig g;
    CHECK(no_namespaces());
    rig_make(&g, NULL);
    home_file(&g.home, ".local/state/nono/sessions/x", "");
    no_change(&g, ".local/state/nono/sessions/x", CAPS_READ, "nothing overrides");
    CHECK_INT(g.answer.reason, EXPLAIN_SENSITIVE_PATH);
    no_change(&g, ".aws/credentials", CAPS_READ, "create it first");
    no_change(&g, "/proc/1/environ", CAPS_READ, "no grant opens it");
    CHECK_INT(g.answer.reason, EXPLAIN_PROCESS_ISOLATED);
    no_change(&g, "/proc/1/cwd", CAPS_READ, "no grant opens it"); /* a link: wherever it leads */
    add(&g, LIST_ALLOW, "");
    CHECK(chmod(g.home.path, 0755) == 0);
    no_change(&g, "new", CAPS_WRITE, "nothing can be created directly in it");
}

TEST(rules_that_contradict_one_another)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    add(&g, LIST_READ, ".ssh");
    ask(&g, "/usr/bin/env", CAPS_READ);
    CHECK(g.policy.refused && !g.answer.allowed);
    CHECK_INT(g.answer.reason, EXPLAIN_POLICY_REFUSED);
    CHECK_INT(g.answer.change.n, 0);
    denied_and_allowed_by_change(&g, ".ssh/id_rsa", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
    CHECK(!g.policy.refused);
}

TEST(a_rule_of_a_profile_is_named_with_its_line)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "p");
    home_profile(&g.home, "p", "{\"extends\":\"default\",\n\"policy\":{\n\"add_deny_access\":[\n\"~/other\"]}}");
    ask(&g, "other/file", CAPS_READ);
    AUTO(explain_place_release) struct explain_place place = EXPLAIN_PLACE_INIT;
    explain_place_find(&g.home.world, g.answer.rule, &place);
    CHECK_INT(place.line, 4);
    CHECK(str_ends(place.file, "/profiles/p.json"));
    CHECK(strstr(place.how.buf, "p.json:4 /policy/add_deny_access/0"));
    denied_and_allowed_by_change(&g, "other/file", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
}

TEST(the_network)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "p");
    home_profile(&g.home, "p", "{\"extends\":\"default\",\"network\":{\"block\":true}}");
    ask_host(&g);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NETWORK_BLOCKED);
    apply(&g);
    ask_host(&g);
    CHECK(g.answer.allowed && g.answer.reason == EXPLAIN_NETWORK_ALLOWED);
    g.request.resolve.allow_net = false;
    g.request.resolve.profile = NULL;
    g.request.resolve.block_net = true;
    ask_host(&g);
    CHECK(!g.answer.allowed && g.answer.change.n == 0);
    CHECK_STR(g.answer.way_out.buf, "leave out --block-net");
    g.request.resolve.block_net = false;
    ask_host(&g);
    CHECK(g.answer.allowed);
}

TEST(ports)
{
    static const char *const hosts[] = {"127.0.0.1", "::1", "localhost"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        AUTO(rig_release) struct rig g;
        rig_make(&g, "p");
        home_profile(&g.home, "p", "{\"extends\":\"default\",\"network\":{\"block\":true,\"open_port\":[80]}}");
        prepare(&g);
        explain_network(&g.request, &g.policy, hosts[i], 80, &g.answer);
        CHECK(g.answer.allowed && g.answer.rule && strcmp(g.answer.rule->key, "/network/open_port/0") == 0);
        CHECK_INT(g.answer.notes.n, 0);
        prepare(&g);
        explain_network(&g.request, &g.policy, hosts[i], 443, &g.answer);
        CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NETWORK_BLOCKED);
        CHECK_INT(g.answer.change.n, 2);
        CHECK_STR(g.answer.change.item[0], "--open-port");
        CHECK_STR(g.answer.change.item[1], "443");
    }
    AUTO(rig_release) struct rig g;
    rig_make(&g, "p");
    home_profile(&g.home, "p", "{\"extends\":\"default\",\"network\":{\"block\":true,\"open_port\":[443]}}");
    ask_host(&g);
    CHECK(g.answer.allowed && g.answer.notes.n == 1 && strstr(g.answer.notes.item[0], "looked up"));
}

TEST(a_blocked_command)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    ask_command(&g, "rm", "/usr/bin/rm");
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_COMMAND_BLOCKED);
    CHECK_STR(g.answer.rule->name, "dangerous_commands");
    apply(&g);
    ask_command(&g, "rm", "/usr/bin/rm");
    CHECK(g.answer.allowed && g.answer.reason == EXPLAIN_COMMAND_ALLOWED);
    strlist_add(&g.list[LIST_BLOCK], "rm");
    ask_command(&g, "rm", "/usr/bin/rm");
    CHECK(!g.answer.allowed && g.answer.change.n == 0);
    CHECK_STR(g.answer.way_out.buf, "leave out --block-command rm");
    ask_command(&g, "none", NULL);
    CHECK_INT(g.answer.reason, EXPLAIN_COMMAND_NOT_FOUND);
}

static void script(struct rig *g, const char *name, const char *text)
{
    AUTO(mem_free_ptr) char *path = full(g, name);
    home_file(&g->home, name, text);
    CHECK(chmod(path, 0755) == 0);
}

TEST(executing_asks_for_interpreter_and_loader)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    script(&g, "work/tool", "#!/bin/sh\n");
    ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    script(&g, "other/interpreter", "#!/bin/sh\n");
    str_addf(&line, "#! %s/other/interpreter -x\n", g.home.path);
    script(&g, "work/tool", line.buf);
    ask_exec(&g, "work/tool");
    CHECK(!g.answer.allowed);
    CHECK_STR(g.answer.part, "interpreter");
    CHECK(str_ends(g.answer.real, "/other/interpreter"));
    apply(&g);
    ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed);
    ask_exec(&g, "/usr/bin/env");
    CHECK(g.answer.allowed);
    script(&g, "work/tool", "#!/opt/none\n");
    ask_exec(&g, "work/tool");
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NOT_EXECUTABLE && g.answer.change.n == 0);
    CHECK_STR(g.answer.details.buf, "the interpreter /opt/none does not exist");
}

/* What env(1) finds is as much a part as env itself. */
TEST(executing_by_way_of_env)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    script(&g, "other/special", "#!/bin/sh\n");
    script(&g, "work/tool", "#!/usr/bin/env -S A=1 special -x\n");
    mem_free(g.home.world.path);
    g.home.world.path = home_join(&g.home, "other");
    ask_exec(&g, "work/tool");
    CHECK(!g.answer.allowed);
    CHECK(str_ends(g.answer.real, "/other/special"));
    mem_free(g.home.world.path);
    AUTO(str_release) struct str both = STR_INIT(STR_MAX_PATH);
    str_addf(&both, "%s/other:%s/work/bin", g.home.path, g.home.path);
    g.home.world.path = str_take(&both);
    script(&g, "work/bin/special", "#!/bin/sh\n");
    ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed); /* it goes on to one that it may execute */
    mem_free(g.home.world.path);
    g.home.world.path = home_join(&g.home, "other");
    ask_exec(&g, "work/tool");
    apply(&g);
    ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed);
}

static void put_bytes(struct rig *g, const char *name, const void *bytes, size_t len)
{
    AUTO(mem_free_ptr) char *path = full(g, name);
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
}

/* Files that claim to be programs are read as far as they hold together. */
TEST(hostile_programs)
{
    enum { ROUNDS = 300, NAME_AT = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) };
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
        char name[64];
    } file = {.header = {.e_phoff = sizeof(Elf64_Ehdr), .e_phnum = 1, .e_phentsize = sizeof(Elf64_Phdr)},
              .segment = {.p_type = PT_INTERP, .p_offset = NAME_AT, .p_filesz = 64}};
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    memcpy(file.header.e_ident, ELFMAG, SELFMAG);
    file.header.e_ident[EI_CLASS] = ELFCLASS64;
    memset(file.name, 'x', sizeof file.name);
    unsigned random = 1;
    for (int i = 0; i < ROUNDS; i++) {
        put_bytes(&g, "work/tool", &file, sizeof file);
        ask_exec(&g, "work/tool");
        CHECK(g.answer.allowed || g.answer.details.len > 0);
        random = random * 1103515245u + 12345u;
        size_t at = EI_CLASS + 1 + (random >> 8) % (NAME_AT - EI_CLASS - 1);
        ((unsigned char *)&file)[at] ^= (unsigned char)(random >> 20);
    }
    script(&g, "work/tool", "#!");
    ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed); /* the kernel says ENOEXEC, and nono runs it by a shell */
}

TEST(the_loader_is_a_part_of_its_own)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "bare");
    home_profile(&g.home, "bare", "{\"security\":{\"groups\":[\"git_config\"]}}");
    add(&g, LIST_READ_FILE, "/usr/bin/env");
    ask_exec(&g, "/usr/bin/env");
    CHECK(!g.answer.allowed);
    CHECK_STR(g.answer.part, "loader");
    apply(&g);
    ask_exec(&g, "/usr/bin/env");
    CHECK(g.answer.allowed);
}

TEST(what_the_system_refuses_is_told_apart)
{
    tap_drop_root();
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    AUTO(mem_free_ptr) char *file = full(&g, "work/file");
    ask_exec(&g, "work/file");
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NOT_EXECUTABLE);
    CHECK_INT(g.answer.change.n, 0);
    CHECK(chmod(file, 0755) == 0);
    ask_exec(&g, "work/file");
    CHECK(g.answer.allowed);
    CHECK(chmod(file, 0) == 0);
    ask(&g, "work/file", CAPS_READ);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_FILE_PERMISSIONS);
    CHECK(chmod(file, 0400) == 0);
    ask(&g, "work/file", CAPS_READ);
    CHECK(g.answer.allowed);
    ask(&g, "work/file", CAPS_WRITE);
    CHECK(!g.answer.allowed);
}

TEST(no_option_is_named_that_the_system_makes_useless)
{
    tap_drop_root();
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    AUTO(mem_free_ptr) char *file = full(&g, "other/file");
    AUTO(mem_free_ptr) char *directory = full(&g, "other");
    CHECK(chmod(file, 0) == 0);
    no_change(&g, "other/file", CAPS_READ, "permissions of the file system");
    CHECK_INT(g.answer.reason, EXPLAIN_PATH_NOT_GRANTED);
    CHECK(chmod(file, 0600) == 0 && chmod(directory, 0) == 0);
    no_change(&g, "other/file", CAPS_READ, "permissions of the file system");
    CHECK(chmod(directory, 0500) == 0);
    no_change(&g, "other/new", CAPS_WRITE, "permissions of the file system");
    CHECK(chmod(directory, 0700) == 0);
    denied_and_allowed_by_change(&g, "other/file", CAPS_READ, EXPLAIN_PATH_NOT_GRANTED);
}

/* What the ruleset holds, read back from the rules that are given to the kernel. */
static bool plan_grants(const struct landlock_plan *p, const char *path, unsigned access)
{
    uint64_t held = 0;
    unsigned got = 0;
    for (size_t i = 0; i < p->n_rules; i++)
        if (p->rule[i].file_only ? strcmp(p->rule[i].path, path) == 0 : path_is_within(path, p->rule[i].path))
            held |= p->rule[i].rights;
    for (size_t i = 0; i < landlock_n_rights; i++) {
        const struct landlock_right *r = &landlock_rights[i];
        if (r->kind == LANDLOCK_FS && r->on_files && !r->devices && (r->bit & held))
            got |= r->access;
    }
    return (got & access) == access;
}

static void answer_is_held(struct rig *g, const char *path, unsigned access)
{
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    struct err e = ERR_INIT;
    ask(g, path, access);
    CHECK(g->answer.real);
    CHECK_OK(landlock_rules_plan(&g->policy.caps, 7, &plan, &e), &e);
    bool by_policy = g->answer.allowed || explain_is_by_system(g->answer.reason);
    const char *held_as = path_is_within(g->answer.real, "/proc") ? "/proc/1" : g->answer.real; /* any process's */
    if (by_policy != plan_grants(&plan, held_as, access))
        tap_fail(__FILE__, __LINE__, "%s %u: %d", path, access, by_policy);
}

TEST(the_answer_is_what_the_kernel_is_given)
{
    static const char *const paths[] = {"work/file",  "work/new",    "other/file",   "other",  ".ssh/id_rsa",  ".ssh",      "",          "x",
                                        "/etc/hosts", "/etc/shadow", "/usr/bin/env", "/tmp/x", "/proc/1/stat", "/dev/null", "/dev/kmsg", "/var",
                                        "/",          "/proc/self/comm", "/proc/thread-self/comm", "/proc/meminfo", ".local/state/nono",
                                        ".config/nono/profiles/p.json"};
    static const char *const profiles[] = {"default", "developer", "claude-code"};
    CHECK(no_namespaces());
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        AUTO(rig_release) struct rig g;
        rig_make(&g, profiles[i]);
        g.request.resolve.allow_net = true;
        add(&g, LIST_READ, "");
        add(&g, LIST_ALLOW, "/proc/self");
        CHECK(chmod(g.home.path, 0755) == 0);
        prepare(&g);
        CHECK(!g.policy.refused);
        for (size_t k = 0; k < sizeof paths / sizeof *paths; k++)
            for (unsigned access = CAPS_READ; access <= CAPS_READWRITE; access++)
                answer_is_held(&g, paths[k], access);
    }
}

TEST(hostile_names)
{
    static const char *const names[] = {"a\nb", "\x1b[31m", "bad\xff", "-rf", "a'b"};
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO(mem_free_ptr) char *path = path_join("other", names[i]);
        home_file(&g.home, path, "");
        denied_and_allowed_by_change(&g, path, CAPS_READ, EXPLAIN_PATH_NOT_GRANTED);
    }
    CHECK_INT(g.list[LIST_READ_FILE].n, sizeof names / sizeof *names);
}
