/* case_expect: what a case must resolve to. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/guard.h"
#include "core/mem.h"
#include "core/path.h"
#include "policy/environment.h"
#include "tests/cases/case.h"

void case_fail(struct policy_case *r, const char *line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    printf("# %s: \"%s\": ", r->name, line);
    vprintf(fmt, args);
    printf("\n");
    va_end(args);
    r->failures++;
}

char *case_word(char **at)
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
static char *plain(const struct policy_case *r, const char *text)
{
    AUTO(mem_free_ptr) char *named = replace(text, r->home.path, "~");
    AUTO(str_release) struct str directory = STR_INIT(STR_MAX_PATH);
    str_addf(&directory, "%s/", r->directory);
    return replace(named, directory.buf, "");
}

char *case_path(const struct policy_case *r, const char *text)
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

static void expect_error(struct policy_case *r, const char *line, char *at)
{
    static const char *const classes[] = {"",   "usage",  "input",   "missing", "exists", "denied",
                                          "io", "kernel", "corrupt", "busy",    "limit"};
    const char *class = case_word(&at);
    AUTO(mem_free_ptr) char *text = plain(r, r->err.text);
    if (r->result == 0)
        case_fail(r, line, "it resolved");
    else if (strcmp(class, classes[-r->result]) != 0 || strcmp(at, text) != 0)
        case_fail(r, line, "the error is %s %s", classes[-r->result], text);
}

static void expect_answer(struct policy_case *r, const char *line, char *at, bool allowed)
{
    unsigned access = access_of(case_word(&at));
    AUTO(mem_free_ptr) char *path = case_path(r, case_word(&at));
    struct caps_answer answer;
    caps_evaluate(&r->caps, path, access, &answer);
    if (answer.allowed != allowed)
        case_fail(r, line, "the answer is the other one");
    AUTO(mem_free_ptr) char *whole = answer.deny ? origin_text(&answer.deny->origin) : mem_strdup("no grant");
    AUTO(mem_free_ptr) char *origin = plain(r, whole);
    if (!allowed && *at && strcmp(at, origin) != 0)
        case_fail(r, line, "it is denied by %s", origin);
}

static void expect_grant(struct policy_case *r, const char *line, char *at)
{
    AUTO(mem_free_ptr) char *path = case_path(r, case_word(&at));
    for (size_t i = 0; i < r->caps.n_grants; i++) {
        const struct caps_grant *g = &r->caps.grant[i];
        AUTO(mem_free_ptr) char *origin = origin_text(&g->origin);
        AUTO(mem_free_ptr) char *shown = plain(r, origin);
        if (g->exists && strcmp(g->path, path) == 0 && strcmp(shown, at) == 0)
            return;
    }
    case_fail(r, line, "no such grant");
}

static void expect_guard(struct policy_case *r, const char *line, char *at, bool guarded)
{
    AUTO(mem_free_ptr) char *path = case_path(r, case_word(&at));
    struct guard_match match = {0};
    struct guard_act act = {.operation = GUARD_CREATE, .path = path};
    bool is_guarded = guard_judge(&r->caps, &act, &match) != GUARD_ALLOWED;
    AUTO(mem_free_ptr) char *whole = is_guarded ? origin_text(&match.rule->origin) : mem_strdup("");
    AUTO(mem_free_ptr) char *origin = plain(r, whole);
    if (is_guarded != guarded)
        case_fail(r, line, is_guarded ? "it is guarded" : "it is not guarded");
    else if (guarded && strcmp(at, origin) != 0)
        case_fail(r, line, "it is guarded by %s", origin);
}

static void expect_variable(struct policy_case *r, const char *line, const char *verb, char *at)
{
    static const char *const verbs[] = {"passed", "withheld", "set"};
    const char *name = case_word(&at);
    struct environment_verdict verdict;
    AUTO(str_release) struct str why = STR_INIT(STR_MAX_LINE);
    environment_judge(&r->caps, (struct view){name, strlen(name)}, &verdict);
    environment_describe(&verdict, &why);
    AUTO(mem_free_ptr) char *shown = plain(r, why.buf);
    AUTO(mem_free_ptr) char *value = plain(r, verdict.fate == ENVIRONMENT_SET ? verdict.rule->value : "");
    if (strcmp(verbs[verdict.fate], verb) != 0)
        case_fail(r, line, "it is %s: %s", verbs[verdict.fate], shown);
    else if (*at && strcmp(at, verdict.fate == ENVIRONMENT_SET ? value : shown) != 0)
        case_fail(r, line, "it is '%s' by %s", value, shown);
}

static void expect_warning(struct policy_case *r, const char *line, const char *text)
{
    for (size_t i = 0; i < r->caps.warnings.n; i++) {
        AUTO(mem_free_ptr) char *shown = plain(r, r->caps.warnings.item[i]);
        if (strstr(shown, text))
            return;
    }
    case_fail(r, line, "no such warning");
}

static void expect_made(struct policy_case *r, const char *line, const char *text)
{
    AUTO(mem_free_ptr) char *path = case_path(r, text);
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode) || (st.st_mode & 0777) != 0700)
        case_fail(r, line, "no such directory");
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

void case_expect(struct policy_case *r, const char *line)
{
    static const char *const accesses[] = {"none", "read", "write", "readwrite"};
    AUTO(mem_free_ptr) char *copy = mem_strdup(line);
    char *at = copy;
    const char *verb = case_word(&at);
    if (strcmp(verb, "error") == 0)
        expect_error(r, line, at);
    else if (r->result < 0)
        case_fail(r, line, "it failed: %s", r->err.text);
    else if (strcmp(verb, "allowed") == 0 || strcmp(verb, "denied") == 0)
        expect_answer(r, line, at, *verb == 'a');
    else if (strcmp(verb, "granted") == 0)
        expect_grant(r, line, at);
    else if (strcmp(verb, "blocked") == 0 || strcmp(verb, "runs") == 0) {
        if ((caps_blocked(&r->caps, at) != NULL) != (*verb == 'b'))
            case_fail(r, line, "it is the other way round");
    } else if (strcmp(verb, "network") == 0) {
        AUTO(str_release) struct str network = STR_INIT(STR_MAX_LINE);
        describe_network(&r->caps, &network);
        if (strcmp(at, network.buf) != 0)
            case_fail(r, line, "it is %s", network.buf);
    } else if (strcmp(verb, "workdir") == 0) {
        if (strcmp(at, accesses[r->caps.workdir_access & CAPS_READWRITE]) != 0)
            case_fail(r, line, "it is %s", accesses[r->caps.workdir_access & CAPS_READWRITE]);
    } else if (strcmp(verb, "guarded") == 0 || strcmp(verb, "free") == 0)
        expect_guard(r, line, at, *verb == 'g');
    else if (strcmp(verb, "warning") == 0)
        expect_warning(r, line, at);
    else if (strcmp(verb, "passed") == 0 || strcmp(verb, "withheld") == 0 || strcmp(verb, "set") == 0)
        expect_variable(r, line, verb, at);
    else if (strcmp(verb, "made") == 0)
        expect_made(r, line, at);
    else
        case_fail(r, line, "unknown line");
}
