/* test_cases: every NAME.json of a directory is a profile, NAME.expect says what it must resolve to. TAP on stdout.
 *
 * A line of NAME.expect is one of (~ is the home directory; the last word runs to the end of the line):
 *   dir PATH | file PATH | link PATH TARGET | profile NAME JSON     made before; PATH is relative to the home directory
 *   option --allow PATH | option --block-net | program NAME         how the run was asked for
 *   error CLASS TEXT                                                it must fail with just this text
 *   allowed ACCESS PATH | denied ACCESS PATH [ORIGIN]               what caps_evaluate must say, and which rule decides
 *   granted PATH ORIGIN                                             a grant of just this path, from there
 *   blocked NAME | runs NAME | workdir ACCESS
 *   network open|blocked|ports NUMBERS|ports NUMBERS listen NUMBERS
 *   passed NAME | withheld NAME ORIGIN | set NAME VALUE             what environment_judge must say
 *   guarded PATH ORIGIN | free PATH                                 whether a file may be created there where writing is granted
 *   warning TEXT                                                    a warning that contains it
 *   made PATH                                                       a directory that resolving has made, 0700 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "policy/check.h"
#include "policy/outcome.h"
#include "tests/cases/case.h"

static void set_option(struct policy_case *r, const char *line, char *at)
{
    const struct {
        const char *name;
        struct strlist *list;
    } lists[] = {
        {"--allow", &r->allow},           {"--read", &r->read},
        {"--write", &r->write},           {"--allow-file", &r->allow_file},
        {"--read-file", &r->read_file},   {"--write-file", &r->write_file},
        {"--override-deny", &r->override_deny},
        {"--allow-command", &r->allow_command},
        {"--block-command", &r->block_command},
        {"--open-port", &r->open_port},
        {"--listen-port", &r->listen_port},
    };
    const struct {
        const char *name;
        struct strlist *list;
    } names[] = {{"--env", &r->env}, {"--env-allow", &r->env_allow}, {"--env-deny", &r->env_deny}};
    const char *name = case_word(&at);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, name) == 0) {
            strlist_add(names[i].list, at);
            return;
        }
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(lists[i].name, name) == 0) {
            strlist_add_take(lists[i].list, case_path(r, at));
            return;
        }
    }
    if (strcmp(name, "--block-net") == 0)
        r->request.block_net = true;
    else if (strcmp(name, "--allow-net") == 0)
        r->request.allow_net = true;
    else
        case_fail(r, line, "unknown option");
}

/* True when the line says what is there before, not what must come out. */
static bool prepare(struct policy_case *r, const char *line)
{
    AUTO(mem_free_ptr) char *copy = mem_strdup(line);
    char *at = copy;
    const char *verb = case_word(&at);
    if (strcmp(verb, "dir") == 0) {
        home_dir(&r->home, at);
    } else if (strcmp(verb, "file") == 0) {
        home_file(&r->home, at, "");
    } else if (strcmp(verb, "link") == 0) {
        const char *path = case_word(&at);
        home_link(&r->home, path, at);
    } else if (strcmp(verb, "profile") == 0) {
        const char *name = case_word(&at);
        home_profile(&r->home, name, at);
    } else if (strcmp(verb, "option") == 0) {
        set_option(r, line, at);
    } else if (strcmp(verb, "program") == 0) {
        r->request.program = strchr(line, ' ') + 1;
    } else {
        return false;
    }
    return true;
}

static void read_lines(struct policy_case *r)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    AUTO(mem_free_ptr) char *base = path_join(r->directory, r->name);
    AUTO(str_release) struct str path = STR_INIT(STR_MAX_PATH);
    str_addf(&path, "%s.expect", base);
    if (fs_read(AT_FDCWD, path.buf, &text, &r->err) < 0) {
        case_fail(r, path.buf, "%s", r->err.text);
        return;
    }
    for (char *at = text.buf; *at;) {
        size_t len = strcspn(at, "\n");
        if (len > 0 && *at != '#')
            strlist_add_take(&r->lines, mem_strndup(at, len));
        at += at[len] ? len + 1 : len;
    }
}

static void release(struct policy_case *r)
{
    struct strlist *const lists[] = {&r->lines,     &r->allow,      &r->read,          &r->write,         &r->allow_file,
                                     &r->read_file, &r->write_file, &r->override_deny, &r->allow_command, &r->block_command,
                                     &r->env,       &r->env_allow,  &r->env_deny,
                                     &r->open_port, &r->listen_port};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        strlist_release(lists[i]);
    if (r->result == 0)
        caps_release(&r->caps);
    home_remove(&r->home);
}

/* What is wrong with the profile by itself, for a run without options: the checker and the run must be of one mind. */
static void check_agrees(struct policy_case *r)
{
    const struct resolve_request plain = {.world = r->request.world, .profile = r->request.profile, .workdir = r->request.workdir};
    const struct check_request check = {.world = plain.world, .path = plain.profile, .name = plain.profile, .workdir = plain.workdir};
    AUTO(outcome_release) struct outcome outcome = {0};
    AUTO(problems_release) struct problems problems = {0};
    struct err e = ERR_INIT;
    bool starts = outcome_of(&plain, &outcome, &e) == 0 && (!outcome.refused.class || outcome.refused.class == ERR_KERNEL);
    if (check_profile(&check, &problems, &e) < 0)
        case_fail(r, "check", "it failed: %s", e.text);
    else if (starts != (problems.n_errors == 0))
        case_fail(r, "check", "a run %s, and the checker says %s", starts ? "starts" : outcome.refused.class ? outcome.refused.text : e.text,
             problems.n_errors ? problems.problem[0].text : "it is valid");
}

static bool run_case(const char *directory, const char *name)
{
    struct policy_case r = {.name = name, .directory = directory};
    home_make(&r.home, "/var/tmp"); /* commands may write to /tmp */
    AUTO(str_release) struct str profile = STR_INIT(STR_MAX_PATH);
    str_addf(&profile, "%s/%s.json", directory, name);
    r.request = (struct resolve_request){
        .world = &r.home.world,
        .profile = profile.buf,
        .workdir = r.home.world.cwd,
        .allow = &r.allow,
        .read = &r.read,
        .write = &r.write,
        .allow_file = &r.allow_file,
        .read_file = &r.read_file,
        .write_file = &r.write_file,
        .override_deny = &r.override_deny,
        .allow_command = &r.allow_command,
        .block_command = &r.block_command,
        .env = &r.env,
        .env_allow = &r.env_allow,
        .env_deny = &r.env_deny,
        .open_port = &r.open_port,
        .listen_port = &r.listen_port,
    };
    read_lines(&r);
    bool *prepared = mem_array(r.lines.n + 1, sizeof *prepared);
    for (size_t i = 0; i < r.lines.n; i++)
        prepared[i] = prepare(&r, r.lines.item[i]);
    check_agrees(&r);
    r.result = resolve_caps(&r.request, &r.caps, &r.err);
    if (r.result == 0 && (r.result = resolve_seal(&r.request, &r.caps, &r.err)) < 0)
        caps_release(&r.caps);
    size_t expected = 0;
    for (size_t i = 0; i < r.lines.n; i++) {
        if (prepared[i])
            continue;
        expected++;
        case_expect(&r, r.lines.item[i]);
    }
    if (expected == 0)
        case_fail(&r, "", "the case expects nothing");
    mem_free(prepared);
    release(&r);
    return r.failures == 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test_cases DIRECTORY\n");
        return 2;
    }
    struct err e = ERR_INIT;
    AUTO(strlist_release) struct strlist files = STRLIST_INIT;
    if (fs_list(AT_FDCWD, argv[1], &files, &e) < 0) {
        fprintf(stderr, "test_cases: %s\n", e.text);
        return 1;
    }
    int n = 0;
    int failed = 0;
    for (size_t i = 0; i < files.n; i++) {
        size_t len = strlen(files.item[i]);
        if (!str_ends(files.item[i], ".json"))
            continue;
        files.item[i][len - strlen(".json")] = '\0';
        bool ok = run_case(argv[1], files.item[i]);
        printf("%sok %d - %s\n", ok ? "" : "not ", ++n, files.item[i]);
        failed += !ok;
    }
    printf("1..%d\n", n);
    return failed || n == 0;
}
