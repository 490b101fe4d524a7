/* learn_view: what was learned, as text and as JSON. */
#include <string.h>

#include "core/json.h"
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
        str_addf(out, "      %s%s%s %s%s (%u)\n", out_on(OUT_DIM, true), n->use.access & CAPS_READ ? "r" : "-", n->use.access & CAPS_WRITE ? "w" : "-", path,
                 out_off(true), n->use.count);
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

static void add_endpoints(const struct learn_endpoints *e, const char *heading, struct str *out)
{
    if (e->n == 0)
        return;
    add_heading(heading, e->n, "endpoints", out);
    for (size_t i = 0; i < e->n; i++) {
        const struct learn_endpoint *p = &e->item[i];
        bool is_long = strchr(p->address, ':') != NULL;
        AUTO(mem_free_ptr) char *host = p->host ? quote_term_dup(p->host) : NULL;
        if (host)
            str_addf(out, "  %s (%s):%u (%u connections) [reverse lookup]\n", host, p->address, p->port, p->count);
        else
            str_addf(out, "  %s%s%s:%u (%u connections)\n", is_long ? "[" : "", p->address, is_long ? "]" : "", p->port, p->count);
    }
}

/* By what, when it is asked for. */
static void add_covered(const struct learn_result *r, struct str *out)
{
    if (r->all)
        add_fate(r, LEARN_COVERED, r->learn.covered, "ALREADY COVERED", out);
    str_addf(out, "\n%zu paths already covered by %s\n", r->learn.covered, strcmp(r->profile, "default") == 0 ? "system defaults" : r->profile);
    if (r->verbosity > 0)
        str_addf(out, "%zu searches for what is not there\n", r->searches);
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
    add_fate(r, LEARN_DENIED, r->learn.denied, "ASKS FOR SOMETHING DENIED", out);
    add_fate(r, LEARN_LEFT, r->learn.left, "NOTHING NARROW ENOUGH WOULD GRANT", out);
    add_endpoints(&r->outbound, "OUTBOUND NETWORK", out);
    add_endpoints(&r->listening, "LISTENING PORTS", out);
    if (learn_result_is_empty(r))
        str_add(out, "\nNo additional paths are needed.\n");
    add_covered(r, out);
    str_add(out, heavy);
}

static void json_paths(const struct learn_result *r, const char *key, unsigned access, bool files, struct json_out *o)
{
    json_out_open(o, key, '[');
    for (size_t i = 0; i < r->learn.n_proposals; i++) {
        const struct learn_proposal *p = &r->learn.proposal[i];
        if (p->path && p->access == access && p->is_file == files)
            json_out_string(o, NULL, p->path);
    }
    json_out_close(o, ']');
}

static void json_fate(const struct learn_result *r, const char *key, enum learn_fate fate, struct json_out *o)
{
    json_out_open(o, key, '[');
    for (size_t i = 0; i < r->learn.n_needs; i++)
        if (r->learn.need[i].fate == fate)
            json_out_string(o, NULL, r->learn.need[i].use.path);
    json_out_close(o, ']');
}

static void json_endpoints(const struct learn_endpoints *e, const char *key, struct json_out *o)
{
    json_out_open(o, key, '[');
    for (size_t i = 0; i < e->n; i++) {
        json_out_open(o, NULL, '{');
        json_out_string(o, "addr", e->item[i].address);
        json_out_int(o, "port", e->item[i].port);
        json_out_int(o, "count", e->item[i].count);
        if (e->item[i].host) {
            json_out_string(o, "hostname", e->item[i].host);
            json_out_string(o, "hostname_source", "rdns");
        }
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

void learn_result_json(const struct learn_result *r, struct str *out)
{
    static const char *const accesses[] = {NULL, "read", "write", "readwrite"};
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_open(&o, "filesystem", '{');
    json_paths(r, "allow", CAPS_READWRITE, false, &o);
    json_paths(r, "read", CAPS_READ, false, &o);
    json_paths(r, "write", CAPS_WRITE, false, &o);
    json_paths(r, "allow_file", CAPS_READWRITE, true, &o);
    json_paths(r, "read_file", CAPS_READ, true, &o);
    json_paths(r, "write_file", CAPS_WRITE, true, &o);
    json_out_close(&o, '}');
    json_out_open(&o, "groups", '[');
    for (size_t i = 0; i < r->learn.n_proposals; i++)
        if (r->learn.proposal[i].group)
            json_out_string(&o, NULL, r->learn.proposal[i].group);
    json_out_close(&o, ']');
    json_out_string(&o, "workdir", accesses[r->learn.workdir_access & CAPS_READWRITE]);
    json_out_open(&o, "network", '{');
    json_endpoints(&r->outbound, "outbound", &o);
    json_endpoints(&r->listening, "listening", &o);
    json_out_close(&o, '}');
    json_fate(r, "denied", LEARN_DENIED, &o);
    json_fate(r, "left", LEARN_LEFT, &o);
    if (r->all)
        json_fate(r, "covered_paths", LEARN_COVERED, &o);
    json_out_int(&o, "covered", (int64_t)r->learn.covered);
    json_out_int(&o, "lost", (int64_t)r->lost);
    json_out_close(&o, '}');
}
