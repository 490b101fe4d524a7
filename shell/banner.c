/* banner: what nono says on stderr before and after a command. */
#include "shell/banner.h"

#include <string.h>
#include <sys/stat.h>

#include "core/level.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/outcome.h"

static const char *const rule = "────────────────────────────────────────────────────";

static const char *badge(unsigned access)
{
    switch (access & CAPS_READWRITE) {
    case CAPS_READ:
        return "  r  ";
    case CAPS_WRITE:
        return "  w  ";
    default:
        return " r+w ";
    }
}

static bool is_by_person(const struct caps_grant *g)
{
    return g->origin.source == CAPS_FROM_USER || g->origin.source == CAPS_FROM_PROFILE || g->origin.source == CAPS_FROM_WORKDIR;
}

/* What is there now: a grant of a path that may be either says nothing of it. */
static const char *kind_of(const struct caps_grant *g)
{
    struct stat st;
    return g->file_only || (stat(g->path, &st) == 0 && !S_ISDIR(st.st_mode)) ? "file" : "dir";
}

static void add_grant(struct str *out, const struct caps_grant *g, bool with_origin)
{
    AUTO(mem_free_ptr) char *path = quote_term_dup(g->path);
    AUTO(str_release) struct str origin = STR_INIT(STR_MAX_LINE);
    if (with_origin) {
        str_add(&origin, " [");
        caps_origin_describe(&g->origin, &origin);
        str_addc(&origin, ']');
    }
    str_addf(out, "  %s%s%s %s (%s)%s%s%s\n", out_on(OUT_GOOD, false), badge(g->access), out_off(false), path, kind_of(g), out_on(OUT_DIM, false),
             origin.buf, out_off(false));
}

/* A directory that was split, as it was asked for, when its first part turns up. */
static void add_split(struct str *out, const struct caps *c, size_t i)
{
    const struct caps_grant *g = &c->grant[i];
    if (i > 0 && c->grant[i - 1].is_part && strcmp(c->grant[i - 1].origin.text, g->origin.text) == 0)
        return;
    AUTO(mem_free_ptr) char *path = quote_term_dup(g->origin.text);
    str_addf(out, "  %s%s%s %s (dir, without what is denied in it)\n", out_on(OUT_GOOD, false), badge(g->access), out_off(false), path);
}

/* The same path is granted once more, with as much or more: --allow-cwd beside --allow of the same directory. */
static bool is_said_by_another(const struct caps *c, size_t i)
{
    const struct caps_grant *g = &c->grant[i];
    for (size_t k = 0; k < c->n_grants; k++) {
        const struct caps_grant *x = &c->grant[k];
        bool is_more = x->access != g->access || k < i;
        if (k != i && is_more && x->exists && !x->is_part && is_by_person(x) && x->file_only == g->file_only &&
            (x->access & g->access) == g->access && strcmp(x->path, g->path) == 0)
            return true;
    }
    return false;
}

static void add_grants(struct str *out, const struct caps *c)
{
    bool all = out_verbosity() > 0;
    size_t hidden = 0;
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        if (!g->exists)
            continue;
        if (!all && g->is_part && is_by_person(g))
            add_split(out, c, i);
        else if (!all && is_by_person(g) && is_said_by_another(c, i))
            continue;
        else if (all || is_by_person(g))
            add_grant(out, g, all);
        else
            hidden++;
    }
    if (hidden)
        str_addf(out, "       + %zu system/group paths (-v to show)\n", hidden);
}

enum { MAX_VARIABLES = 100 }; /* shown one by one */

static void print_variable(const struct caps *c, const char *name, const struct caps_variable *set)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(name);
    AUTO(str_release) struct str why = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str word = STR_INIT(STR_MAX_LINE);
    struct environment_verdict verdict;
    environment_judge(c, (struct view){name, strlen(name)}, &verdict);
    if (set && verdict.rule != set)
        return;
    environment_describe(&verdict, &why);
    quote_sh(&word, name);
    AUTO(mem_free_ptr) char *option = quote_term_dup(word.buf);
    bool is_given_by_option = verdict.fate == ENVIRONMENT_WITHHELD && !(verdict.rule && verdict.rule->origin.source == CAPS_FROM_USER);
    out_verbose(1, "  %s  %s  (%s)%s%s\n", set ? "set" : "withheld", shown, why.buf, is_given_by_option ? "; to pass it on: --env-allow " : "",
                is_given_by_option ? option : "");
}

/* Names, never values: what is withheld is mostly secret. */
static void print_environment(const struct sandbox *s)
{
    const struct strlist *withheld = &s->environment.withheld;
    for (size_t i = 0; i < withheld->n && i < MAX_VARIABLES; i++)
        print_variable(&s->caps, withheld->item[i], NULL);
    if (withheld->n > MAX_VARIABLES)
        out_verbose(1, "  withheld  %zu more variables\n", withheld->n - MAX_VARIABLES);
    if (s->environment.n_malformed)
        out_verbose(1, "  withheld  %zu entries of the environment that are no NAME=VALUE\n", s->environment.n_malformed);
    for (size_t i = 0; i < s->caps.n_variables && i < MAX_VARIABLES; i++)
        if (s->caps.variable[i].fate == CAPS_VARIABLE_SET)
            print_variable(&s->caps, s->caps.variable[i].name, &s->caps.variable[i]);
}

static void add_network(struct str *out, const struct caps *c)
{
    bool blocked = c->network != CAPS_NET_OPEN;
    str_addf(out, "  %s net %s outbound %s", out_on(blocked ? OUT_GOOD : OUT_WARN, false), out_off(false), blocked ? "blocked" : "allowed");
    AUTO(str_release) struct str ports = STR_INIT(STR_MAX_LINE);
    if (caps_ports_describe(c, CAPS_PORT_CONNECT, &ports))
        str_addf(out, " but for TCP port %s of any host", ports.buf);
    str_clear(&ports);
    if (caps_ports_describe(c, CAPS_PORT_LISTEN, &ports))
        str_addf(out, ", may listen on TCP port %s", ports.buf);
    str_addc(out, '\n');
    for (size_t i = 0; i < c->n_sockets; i++) {
        AUTO(mem_free_ptr) char *path = quote_term_dup(c->socket[i].path);
        if (caps_socket(c, c->socket[i].path, NULL))
            str_addf(out, "  %s net %s may connect to %s%s\n", out_on(OUT_WARN, false), out_off(false), c->socket[i].is_dir ? "sockets in " : "",
                     path);
    }
}

static void print_limits(const struct sandbox *s)
{
    for (size_t i = 0; i < s->caps.notices.n; i++)
        out_note("  note  %s\n", s->caps.notices.item[i]);
    if (out_verbosity() < 1)
        return;
    for (size_t i = 0; i < s->caps.warnings.n; i++)
        out_verbose(1, "  note  %s\n", s->caps.warnings.item[i]);
    if (s->caps.level != CAPS_LEVEL_FULL && level_wants_private_shm(&s->caps))
        out_verbose(1, "  note  shared memory (/dev/shm, System V) is refused: only namespaces make it the command's own\n");
    AUTO(strlist_release) struct strlist limits = STRLIST_INIT;
    print_environment(s);
    outcome_limits(&s->kernel, &s->caps, &limits);
    for (size_t i = 0; i < limits.n; i++)
        out_verbose(1, "  not held  %s\n", limits.item[i]);
}

/* One write: whoever reads a terminal or a pipe is woken once. */
void banner_caps(const struct sandbox *s)
{
    if (out_is_silent())
        return;
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_REPORT);
    str_addf(&out, "\n  %snono v%s%s\n  Capabilities:\n  %s\n", out_on(OUT_BOLD, false), NONO_VERSION, out_off(false), rule);
    add_grants(&out, &s->caps);
    add_network(&out, &s->caps);
    size_t n_withheld = s->environment.withheld.n;
    if (n_withheld)
        str_addf(&out, "   env   %zu %s withheld%s\n", n_withheld, n_withheld == 1 ? "variable" : "variables",
                 out_verbosity() > 0 ? "" : " (-v to show)");
    str_addf(&out, "  %s\n   level  ", rule);
    level_describe(s->caps.level, s->kernel.landlock_abi, &out);
    if (s->caps.level != CAPS_LEVEL_FULL && out_verbosity() < 1)
        str_add(&out, ", without what namespaces hold (-v to show)");
    str_addc(&out, '\n');
    out_note("%s", out.buf);
    print_limits(s);
}

void banner_lowered(const struct sandbox *s)
{
    if (!out_is_silent())
        print_limits(s);
}

void banner_dry_run(const struct sandbox *s)
{
    out_note("  dry-run sandbox would be applied with above capabilities\n  $");
    for (size_t i = 0; i < s->argv.n; i++) {
        AUTO(str_release) struct str word = STR_INIT(STR_MAX_SCRIPT);
        quote_sh(&word, s->argv.item[i]);
        AUTO(mem_free_ptr) char *shown = quote_term_dup(word.buf);
        out_note(" %s", shown);
    }
    out_note("\n");
}

void banner_changes(const struct session_record *r, struct str *out)
{
    size_t n = r->created + r->modified + r->deleted;
    if (n)
        str_addf(out, "%zu %s changed (%zu created, %zu modified, %zu deleted)", n, n == 1 ? "file" : "files", r->created, r->modified, r->deleted);
}

void banner_autorun(const struct session_record *r, struct str *out)
{
    if (r->autorun.n == 0)
        return;
    str_addf(out, "%zu will run code later: ", r->autorun.n + r->autorun_more);
    autorun_describe(&r->autorun, out);
}
