/* learn_view: what was learned, as text. */
#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "shell/learn_result.h"

static const char heavy[] = "============================================================\n";
static const char light[] = "----------------------------------------\n";
enum { WHY_SHOWN = 5 }; /* uses named below a proposal */

static void add_path(const char *path, struct str *out)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    str_addf(out, "  %s%s%s\n", out_on(OUT_NAME, true), shown, out_off(true));
}

/* The uses that made it necessary. */
static void add_why(const struct learn_result *r, ptrdiff_t proposal, struct str *out)
{
    size_t shown = 0;
    size_t most = r->verbosity > 1 ? SIZE_MAX : WHY_SHOWN;
    for (size_t i = 0; r->verbosity > 0 && i < r->learn.n_needs; i++) {
        const struct learn_need *n = &r->learn.need[i];
        if (n->proposal != proposal || shown++ >= most)
            continue;
        AUTO(mem_free_ptr) char *path = quote_term_dup(n->use.path);
        AUTO(mem_free_ptr) char *program = quote_term_dup(r->verbosity > 2 ? n->use.program : "");
        str_addf(out, "      %s%s%s%s %s%s (%u%s%s)\n", out_on(OUT_DIM, true), n->use.access & CAPS_READ ? "r" : "-",
                 n->use.access & CAPS_WRITE ? "w" : "-", n->use.executed ? "x" : "-", path, out_off(true), n->use.count, *program ? ", " : "", program);
    }
    if (r->verbosity > 0 && shown > most)
        str_addf(out, "      and %zu more (-vv lists them)\n", shown - most);
}

static void add_heading(const char *what, size_t n, const char *unit, struct str *out)
{
    str_addf(out, "\n%s (%zu %s)\n%s", what, n, unit, light);
}

static void add_access(const struct learn_result *r, unsigned access, const char *what, struct str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->learn.n_proposals; i++)
        n += r->learn.proposal[i].path && r->learn.proposal[i].access == access;
    bool workdir = r->learn.workdir_access == access;
    if (n + workdir == 0)
        return;
    add_heading(what, n + workdir, "paths", out);
    if (workdir) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(r->workdir);
        str_addf(out, "  %s%s%s (the working directory: workdir.access)\n", out_on(OUT_NAME, true), shown, out_off(true));
    }
    for (size_t i = 0; i < r->learn.n_proposals; i++) {
        const struct learn_proposal *p = &r->learn.proposal[i];
        if (!p->path || p->access != access)
            continue;
        add_path(p->path, out);
        add_why(r, (ptrdiff_t)i, out);
    }
}

static void add_groups(const struct learn_result *r, struct str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->learn.n_proposals; i++)
        n += r->learn.proposal[i].group != NULL;
    if (n)
        add_heading("GROUPS", n, "groups", out);
    for (size_t i = 0; i < r->learn.n_proposals; i++) {
        const struct learn_proposal *p = &r->learn.proposal[i];
        if (!p->group)
            continue;
        str_addf(out, "  %s%s%s, instead of %zu paths\n", out_on(OUT_NAME, true), p->group, out_off(true), p->n_needs);
        add_why(r, (ptrdiff_t)i, out);
    }
}

static void add_fate(const struct learn_result *r, enum learn_fate fate, size_t n, const char *heading, struct str *out)
{
    if (n == 0)
        return;
    add_heading(heading, n, "paths", out);
    for (size_t i = 0; i < r->learn.n_needs; i++) {
        const struct learn_need *need = &r->learn.need[i];
        if (need->fate != fate)
            continue;
        AUTO(str_release) struct str rule = STR_INIT(STR_MAX_LINE);
        if (need->rule)
            caps_origin_describe(need->rule, &rule);
        AUTO(mem_free_ptr) char *shown = quote_term_dup(need->use.path);
        str_addf(out, "  %s%s%s%s\n", shown, rule.len ? " (" : "", rule.buf, rule.len ? ")" : "");
    }
}

/* What the profile covers is there with --all. */
static void add_programs(const struct learn_result *r, struct str *out)
{
    for (int pass = 0, n = 0; pass < 2; pass++) {
        if (pass == 1 && n > 0)
            add_heading("EXECUTE", (size_t)n, "programs", out);
        for (size_t i = 0; i < r->learn.n_needs; i++) {
            const struct learn_need *need = &r->learn.need[i];
            if (!need->use.executed || (need->fate == LEARN_COVERED && !r->all))
                continue;
            if (pass == 1)
                add_path(need->use.path, out);
            n++;
        }
    }
}

static void add_blocked(const struct learn_result *r, bool own, const char *heading, struct str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_blocked; i++)
        n += r->blocked[i].is_own == own;
    if (n)
        add_heading(heading, n, "programs", out);
    for (size_t i = 0; i < r->n_blocked; i++) {
        AUTO(str_release) struct str rule = STR_INIT(STR_MAX_LINE);
        if (r->blocked[i].is_own != own)
            continue;
        caps_origin_describe(r->blocked[i].rule, &rule);
        str_addf(out, "  %s%s%s (blocked by %s)\n", out_on(OUT_NAME, true), r->blocked[i].name, out_off(true), rule.buf);
    }
}

/* One line, unless more is asked for. */
static void add_listed(const struct learn_result *r, struct str *out)
{
    if (r->verbosity > 0 || r->all)
        add_fate(r, LEARN_LISTED, r->learn.listed, "LISTED ONLY, AND NOT PROPOSED", out);
    else if (r->learn.listed)
        str_addf(out, "\nDirectories that were listed, are everybody's and are not proposed: %zu (-v names them)\n", r->learn.listed);
}

static void add_others(const struct learn_result *r, struct str *out)
{
    if (r->others.n)
        add_heading("NO GRANT OF A PATH OR PORT", r->others.n, "denials", out);
    for (size_t i = 0; i < r->others.n; i++)
        str_addf(out, "  %s\n", r->others.item[i]);
}

static void add_endpoints(const struct learn_endpoints *e, const char *heading, struct str *out)
{
    if (e->n == 0)
        return;
    add_heading(heading, e->n, "endpoints", out);
    for (size_t i = 0; i < e->n; i++) {
        const struct learn_endpoint *p = &e->item[i];
        bool is_long = strchr(p->address, ':') != NULL;
        AUTO(mem_free_ptr) char *host = p->host ? quote_term_dup(p->host) : NULL;
        if (p->port == 0)
            str_addf(out, "  %s%s%s, a port of the kernel's choice (%u connections)\n", is_long ? "[" : "", p->address, is_long ? "]" : "", p->count);
        else if (host)
            str_addf(out, "  %s (%s):%u (%u connections) [%s]\n", host, p->address, p->port, p->count, learn_host_words[p->source]);
        else
            str_addf(out, "  %s%s%s:%u (%u connections)\n", is_long ? "[" : "", p->address, is_long ? "]" : "", p->port, p->count);
    }
}

static void add_sockets(const struct learn_result *r, struct str *out)
{
    if (r->sockets.n)
        add_heading("UNIX SOCKETS", r->sockets.n, "sockets", out);
    for (size_t i = 0; i < r->sockets.n; i++)
        add_path(r->sockets.item[i], out);
}

static void add_network(const struct learn_network *n, struct str *out)
{
    size_t ports = n->open_ports.n + n->listen_ports.n;
    if (ports + n->sockets.n)
        add_heading("GRANTS OF THE NETWORK", ports + n->sockets.n, "grants", out);
    for (size_t i = 0; i < n->open_ports.n; i++)
        str_addf(out, "  connect to port %s (network.open_port)\n", n->open_ports.item[i]);
    for (size_t i = 0; i < n->listen_ports.n; i++)
        str_addf(out, "  listen on port %s (network.listen_port)\n", n->listen_ports.item[i]);
    for (size_t i = 0; i < n->sockets.n; i++) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(n->sockets.item[i]);
        str_addf(out, "  connect to %s (network.allow_unix)\n", shown);
    }
    if (n->refused.n)
        add_heading("UNIX SOCKETS THAT LEAD OUT OF THE SANDBOX, AND ARE NOT PROPOSED", n->refused.n, "sockets", out);
    for (size_t i = 0; i < n->refused.n; i++)
        add_path(n->refused.item[i], out);
    if (!n->blocked && !n->needs_all)
        return;
    AUTO(str_release) struct str rule = STR_INIT(STR_MAX_LINE);
    caps_origin_describe(n->rule, &rule);
    str_addf(out, "\nASKS FOR THE NETWORK, which is blocked by %s%s\n", rule.buf,
             n->needs_all ? ": ports alone are not enough for what it does there (network.block false)" : "; with --unconfined it shows what for");
}

/* By what, when it is asked for. */
static void add_covered(const struct learn_result *r, struct str *out)
{
    if (r->all)
        add_fate(r, LEARN_COVERED, r->learn.covered, "ALREADY COVERED", out);
    if (r->looked.n)
        add_heading("LOOKED AT, WHICH NEEDS NO GRANT", r->looked.n, "paths", out);
    for (size_t i = 0; i < r->looked.n; i++)
        add_path(r->looked.item[i], out);
    if (r->source == LEARN_RECORDED)
        str_addf(out, "\nSessions with denials: %zu; what they were allowed is not known\n", r->sessions);
    str_addf(out, "\n%zu paths already covered by %s\n", r->learn.covered, strcmp(r->profile, "default") == 0 ? "system defaults" : r->profile);
    if (r->verbosity > 0 && r->source == LEARN_SEEN)
        str_addf(out, "%zu searches for what is not there\n", r->searches);
    if (r->is_traced)
        str_add(out, "Watched by ptrace(2): a program above nono answers system calls already, and the kernel lets one do that\n");
    else if (r->verbosity > 0 && r->source == LEARN_SEEN)
        str_add(out, "Watched by seccomp\n");
    if (r->lost)
        str_addf(out, "%zu uses found no room and are missing here: the list is not complete\n", r->lost);
}

void learn_result_text(const struct learn_result *r, struct str *out)
{
    str_addf(out, "%snono learn - Discovered Paths\n%s", heavy, heavy);
    add_groups(r, out);
    add_access(r, CAPS_READ, "READ", out);
    add_access(r, CAPS_WRITE, "WRITE", out);
    add_access(r, CAPS_READWRITE, "READ+WRITE", out);
    add_programs(r, out);
    add_blocked(r, true, "ALLOWED COMMANDS", out);
    add_fate(r, LEARN_DENIED, r->learn.denied, "ASKS FOR SOMETHING DENIED", out);
    add_blocked(r, false, "EXECUTES WHAT IS BLOCKED (security.allowed_commands lets it)", out);
    add_fate(r, LEARN_LEFT, r->learn.left, "NOTHING NARROW ENOUGH WOULD GRANT", out);
    add_others(r, out);
    add_endpoints(&r->outbound, "OUTBOUND NETWORK", out);
    add_endpoints(&r->listening, "LISTENING PORTS", out);
    add_sockets(r, out);
    add_network(&r->network, out);
    if (learn_result_is_empty(r))
        str_add(out, "\nNo additional paths are needed.\n");
    add_listed(r, out);
    add_covered(r, out);
    str_add(out, heavy);
}
