/* learn_json: what was learned, as JSON. */
#include <stdlib.h>

#include "core/json.h"
#include "shell/learn_result.h"

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
            json_out_string(o, "hostname_source", learn_host_sources[e->item[i].source]);
        }
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static void json_programs(const struct learn_result *r, struct json_out *o)
{
    json_out_open(o, "execute", '[');
    for (size_t i = 0; i < r->learn.n_needs; i++)
        if (r->learn.need[i].use.executed && (r->all || r->learn.need[i].fate != LEARN_COVERED))
            json_out_string(o, NULL, r->learn.need[i].use.path);
    json_out_close(o, ']');
}

/* Those that are proposed, or those that are not. */
static void json_blocked(const struct learn_result *r, const char *key, bool own, struct json_out *o)
{
    json_out_open(o, key, '[');
    for (size_t i = 0; i < r->n_blocked; i++)
        if (r->blocked[i].is_own == own)
            json_out_string(o, NULL, r->blocked[i].name);
    json_out_close(o, ']');
}

static void json_uses(const struct learn_result *r, struct json_out *o)
{
    static const char *const fates[] = {[LEARN_COVERED] = "covered", [LEARN_WORKDIR] = "workdir", [LEARN_PROPOSED] = "proposed",
                                        [LEARN_DENIED] = "denied",   [LEARN_LEFT] = "left",       [LEARN_LISTED] = "listed"};
    json_out_open(o, "uses", '[');
    for (size_t i = 0; i < r->learn.n_needs; i++) {
        const struct learn_need *n = &r->learn.need[i];
        json_out_open(o, NULL, '{');
        json_out_string(o, "path", n->use.path);
        json_out_bool(o, "read", n->use.access & CAPS_READ);
        json_out_bool(o, "write", n->use.access & CAPS_WRITE);
        json_out_bool(o, "execute", n->use.executed);
        json_out_string(o, "fate", fates[n->fate]);
        json_out_string(o, "program", *n->use.program ? n->use.program : NULL);
        json_out_int(o, "count", n->use.count);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static void json_ports(const char *key, const struct strlist *ports, struct json_out *o)
{
    json_out_open(o, key, '[');
    for (size_t i = 0; i < ports->n; i++)
        json_out_int(o, NULL, strtol(ports->item[i], NULL, 10));
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
    json_blocked(r, "allowed_commands", true, &o);
    json_out_string(&o, "workdir", accesses[r->learn.workdir_access & CAPS_READWRITE]);
    json_out_open(&o, "network", '{');
    json_endpoints(&r->outbound, "outbound", &o);
    json_endpoints(&r->listening, "listening", &o);
    json_out_strings(&o, "unix_sockets", &r->sockets);
    json_ports("open_port", &r->network.open_ports, &o);
    json_ports("listen_port", &r->network.listen_ports, &o);
    json_out_strings(&o, "allow_unix", &r->network.sockets);
    json_out_strings(&o, "refused_unix", &r->network.refused);
    json_out_bool(&o, "unused", r->network.unused);
    json_out_bool(&o, "blocked", r->network.blocked);
    json_out_bool(&o, "needs_all", r->network.needs_all);
    json_out_close(&o, '}');
    json_fate(r, "denied", LEARN_DENIED, &o);
    json_blocked(r, "blocked_commands", false, &o);
    json_fate(r, "left", LEARN_LEFT, &o);
    json_fate(r, "listed", LEARN_LISTED, &o);
    json_programs(r, &o);
    json_out_strings(&o, "others", &r->others);
    if (r->all) {
        json_fate(r, "covered_paths", LEARN_COVERED, &o);
        json_out_strings(&o, "looked_at", &r->looked);
        json_uses(r, &o);
    }
    json_out_int(&o, "covered", (int64_t)r->learn.covered);
    json_out_int(&o, "lost", (int64_t)r->lost);
    json_out_string(&o, "tracer", r->source == LEARN_RECORDED ? NULL : r->is_traced ? "ptrace" : "seccomp");
    json_out_close(&o, '}');
}
