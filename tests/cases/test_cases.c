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
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/guard.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"
#include "policy/check.h"
#include "policy/environment.h"
#include "policy/outcome.h"
#include "policy/resolve.h"
#include "tests/unit/home.h"

struct run {
    const char *name;
    const char *directory;
    struct home home;
    struct strlist lines;
    struct strlist allow, read, write, allow_file, read_file, write_file, override_deny, allow_command, block_command, open_port, listen_port;
    struct strlist env, env_allow, env_deny;
    struct resolve_request request;
    struct caps caps;
    struct err err;
    int result;
    int failures;
};

static void fail(struct run *r, const char *line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void fail(struct run *r, const char *line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    printf("# %s: \"%s\": ", r->name, line);
    vprintf(fmt, args);
    printf("\n");
    va_end(args);
    r->failures++;
}

/* The next word of *at, cut off in place; "" at the end. */
static char *word(char **at)
{
    char *start = *at + strspn(*at, " ");
    char *end = start + strcspn(start, " ");
    *at = *end ? end + 1 : end;
    *end = '\0';
    return start;
}

/* `from` replaced by `to` wherever it occurs; caller owns. */
static char *replace(const char *text, const char *from, const char *to)
{
    struct str out = STR_INIT(STR_MAX_RECORD);
    for (const char *hit; (hit = strstr(text, from)); text = hit + strlen(from)) {
        str_addn(&out, text, (size_t)(hit - text));
        str_add(&out, to);
    }
    str_add(&out, text);
    return str_take(&out);
}

/* Text of nono as the cases write it: without the paths that differ from run to run. */
static char *plain(const struct run *r, const char *text)
{
    AUTO(mem_free_ptr) char *named = replace(text, r->home.path, "~");
    AUTO(str_release) struct str directory = STR_INIT(STR_MAX_PATH);
    str_addf(&directory, "%s/", r->directory);
    return replace(named, directory.buf, "");
}

static char *path_of(const struct run *r, const char *text)
{
    return *text == '~' ? path_join(r->home.path, text[1] ? text + 2 : "") : mem_strdup(text);
}

static unsigned access_of(const char *text)
{
    return strcmp(text, "read") == 0 ? CAPS_READ : strcmp(text, "write") == 0 ? CAPS_WRITE : CAPS_READWRITE;
}

static char *origin_text(const struct caps_origin *o)
{
    struct str text = STR_INIT(STR_MAX_LINE);
    caps_origin_describe(o, &text);
    return str_take(&text);
}

static void set_option(struct run *r, const char *line, char *at)
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
    const char *name = word(&at);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, name) == 0) {
            strlist_add(names[i].list, at);
            return;
        }
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(lists[i].name, name) == 0) {
            strlist_add_take(lists[i].list, path_of(r, at));
            return;
        }
    }
    if (strcmp(name, "--block-net") == 0)
        r->request.block_net = true;
    else if (strcmp(name, "--allow-net") == 0)
        r->request.allow_net = true;
    else
        fail(r, line, "unknown option");
}

/* True when the line says what is there before, not what must come out. */
static bool prepare(struct run *r, const char *line)
{
    AUTO(mem_free_ptr) char *copy = mem_strdup(line);
    char *at = copy;
    const char *verb = word(&at);
    if (strcmp(verb, "dir") == 0) {
        home_dir(&r->home, at);
    } else if (strcmp(verb, "file") == 0) {
        home_file(&r->home, at, "");
    } else if (strcmp(verb, "link") == 0) {
        const char *path = word(&at);
        home_link(&r->home, path, at);
    } else if (strcmp(verb, "profile") == 0) {
        const char *name = word(&at);
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

static void expect_error(struct run *r, const char *line, char *at)
{
    static const char *const classes[] = {"",   "usage",  "input",   "missing", "exists", "denied",
                                          "io", "kernel", "corrupt", "busy",    "limit"};
    const char *class = word(&at);
    AUTO(mem_free_ptr) char *text = plain(r, r->err.text);
    if (r->result == 0)
        fail(r, line, "it resolved");
    else if (strcmp(class, classes[-r->result]) != 0 || strcmp(at, text) != 0)
        fail(r, line, "the error is %s %s", classes[-r->result], text);
}

static void expect_answer(struct run *r, const char *line, char *at, bool allowed)
{
    unsigned access = access_of(word(&at));
    AUTO(mem_free_ptr) char *path = path_of(r, word(&at));
    struct caps_answer answer;
    caps_evaluate(&r->caps, path, access, &answer);
    if (answer.allowed != allowed)
        fail(r, line, "the answer is the other one");
    AUTO(mem_free_ptr) char *whole = answer.deny ? origin_text(&answer.deny->origin) : mem_strdup("no grant");
    AUTO(mem_free_ptr) char *origin = plain(r, whole);
    if (!allowed && *at && strcmp(at, origin) != 0)
        fail(r, line, "it is denied by %s", origin);
}

static void expect_grant(struct run *r, const char *line, char *at)
{
    AUTO(mem_free_ptr) char *path = path_of(r, word(&at));
    for (size_t i = 0; i < r->caps.n_grants; i++) {
        const struct caps_grant *g = &r->caps.grant[i];
        AUTO(mem_free_ptr) char *origin = origin_text(&g->origin);
        AUTO(mem_free_ptr) char *shown = plain(r, origin);
        if (g->exists && strcmp(g->path, path) == 0 && strcmp(shown, at) == 0)
            return;
    }
    fail(r, line, "no such grant");
}

static void expect_guard(struct run *r, const char *line, char *at, bool guarded)
{
    AUTO(mem_free_ptr) char *path = path_of(r, word(&at));
    struct guard_match match = {0};
    struct guard_act act = {.operation = GUARD_CREATE, .path = path};
    bool is_guarded = guard_judge(&r->caps, &act, &match) != GUARD_ALLOWED;
    AUTO(mem_free_ptr) char *whole = is_guarded ? origin_text(&match.rule->origin) : mem_strdup("");
    AUTO(mem_free_ptr) char *origin = plain(r, whole);
    if (is_guarded != guarded)
        fail(r, line, is_guarded ? "it is guarded" : "it is not guarded");
    else if (guarded && strcmp(at, origin) != 0)
        fail(r, line, "it is guarded by %s", origin);
}

static void expect_variable(struct run *r, const char *line, const char *verb, char *at)
{
    static const char *const verbs[] = {"passed", "withheld", "set"};
    const char *name = word(&at);
    struct environment_verdict verdict;
    AUTO(str_release) struct str why = STR_INIT(STR_MAX_LINE);
    environment_judge(&r->caps, (struct view){name, strlen(name)}, &verdict);
    environment_describe(&verdict, &why);
    AUTO(mem_free_ptr) char *shown = plain(r, why.buf);
    AUTO(mem_free_ptr) char *value = plain(r, verdict.fate == ENVIRONMENT_SET ? verdict.rule->value : "");
    if (strcmp(verbs[verdict.fate], verb) != 0)
        fail(r, line, "it is %s: %s", verbs[verdict.fate], shown);
    else if (*at && strcmp(at, verdict.fate == ENVIRONMENT_SET ? value : shown) != 0)
        fail(r, line, "it is '%s' by %s", value, shown);
}

static void expect_warning(struct run *r, const char *line, const char *text)
{
    for (size_t i = 0; i < r->caps.warnings.n; i++) {
        AUTO(mem_free_ptr) char *shown = plain(r, r->caps.warnings.item[i]);
        if (strstr(shown, text))
            return;
    }
    fail(r, line, "no such warning");
}

static void expect_made(struct run *r, const char *line, const char *text)
{
    AUTO(mem_free_ptr) char *path = path_of(r, text);
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode) || (st.st_mode & 0777) != 0700)
        fail(r, line, "no such directory");
}

static void describe_network(const struct caps *c, struct str *out)
{
    static const char *const names[] = {[CAPS_NET_OPEN] = "open", [CAPS_NET_BLOCKED] = "blocked", [CAPS_NET_PORTS] = "ports "};
    AUTO(str_release) struct str listen = STR_INIT(STR_MAX_LINE);
    str_add(out, names[c->network]);
    (void)caps_ports_describe(c, CAPS_PORT_CONNECT, out);
    if (caps_ports_describe(c, CAPS_PORT_LISTEN, &listen))
        str_addf(out, " listen %s", listen.buf);
}

static void expect(struct run *r, const char *line)
{
    static const char *const accesses[] = {"none", "read", "write", "readwrite"};
    AUTO(mem_free_ptr) char *copy = mem_strdup(line);
    char *at = copy;
    const char *verb = word(&at);
    if (strcmp(verb, "error") == 0)
        expect_error(r, line, at);
    else if (r->result < 0)
        fail(r, line, "it failed: %s", r->err.text);
    else if (strcmp(verb, "allowed") == 0 || strcmp(verb, "denied") == 0)
        expect_answer(r, line, at, *verb == 'a');
    else if (strcmp(verb, "granted") == 0)
        expect_grant(r, line, at);
    else if (strcmp(verb, "blocked") == 0 || strcmp(verb, "runs") == 0) {
        if ((caps_blocked(&r->caps, at) != NULL) != (*verb == 'b'))
            fail(r, line, "it is the other way round");
    } else if (strcmp(verb, "network") == 0) {
        AUTO(str_release) struct str network = STR_INIT(STR_MAX_LINE);
        describe_network(&r->caps, &network);
        if (strcmp(at, network.buf) != 0)
            fail(r, line, "it is %s", network.buf);
    } else if (strcmp(verb, "workdir") == 0) {
        if (strcmp(at, accesses[r->caps.workdir_access & CAPS_READWRITE]) != 0)
            fail(r, line, "it is %s", accesses[r->caps.workdir_access & CAPS_READWRITE]);
    } else if (strcmp(verb, "guarded") == 0 || strcmp(verb, "free") == 0)
        expect_guard(r, line, at, *verb == 'g');
    else if (strcmp(verb, "warning") == 0)
        expect_warning(r, line, at);
    else if (strcmp(verb, "passed") == 0 || strcmp(verb, "withheld") == 0 || strcmp(verb, "set") == 0)
        expect_variable(r, line, verb, at);
    else if (strcmp(verb, "made") == 0)
        expect_made(r, line, at);
    else
        fail(r, line, "unknown line");
}

static void read_lines(struct run *r)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    AUTO(mem_free_ptr) char *base = path_join(r->directory, r->name);
    AUTO(str_release) struct str path = STR_INIT(STR_MAX_PATH);
    str_addf(&path, "%s.expect", base);
    if (fs_read(AT_FDCWD, path.buf, &text, &r->err) < 0) {
        fail(r, path.buf, "%s", r->err.text);
        return;
    }
    for (char *at = text.buf; *at;) {
        size_t len = strcspn(at, "\n");
        if (len > 0 && *at != '#')
            strlist_add_take(&r->lines, mem_strndup(at, len));
        at += at[len] ? len + 1 : len;
    }
}

static void release(struct run *r)
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
static void check_agrees(struct run *r)
{
    const struct resolve_request plain = {.world = r->request.world, .profile = r->request.profile, .workdir = r->request.workdir};
    const struct check_request check = {.world = plain.world, .path = plain.profile, .name = plain.profile, .workdir = plain.workdir};
    AUTO(outcome_release) struct outcome outcome = {0};
    AUTO(problems_release) struct problems problems = {0};
    struct err e = ERR_INIT;
    bool starts = outcome_of(&plain, &outcome, &e) == 0 && (!outcome.refused.class || outcome.refused.class == ERR_KERNEL);
    if (check_profile(&check, &problems, &e) < 0)
        fail(r, "check", "it failed: %s", e.text);
    else if (starts != (problems.n_errors == 0))
        fail(r, "check", "a run %s, and the checker says %s", starts ? "starts" : outcome.refused.class ? outcome.refused.text : e.text,
             problems.n_errors ? problems.problem[0].text : "it is valid");
}

static bool run_case(const char *directory, const char *name)
{
    struct run r = {.name = name, .directory = directory};
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
        expect(&r, r.lines.item[i]);
    }
    if (expected == 0)
        fail(&r, "", "the case expects nothing");
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
