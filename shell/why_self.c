/* why_self: what holds for this process, by the kernel's word. */
#include "shell/why_self.h"

#include <string.h>

#include "core/json.h"
#include "core/kernel.h"
#include "core/launch.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/probe.h"
#include "core/quote.h"
#include "policy/expand.h"

struct self_answer {
    const char *status, *reason;
    char *path; /* what was tried; NULL when nothing was */
    struct str details, way_out;
};

static void self_answer_release(struct self_answer *a)
{
    mem_free(a->path);
    str_release(&a->details);
    str_release(&a->way_out);
}

static const char *const outside = "This process does not run inside a nono sandbox.";
static const char *const inside_full = "This process runs inside a nono sandbox (level full).";
static const char *const inside_landlock =
    "This process runs inside a nono sandbox (level landlock: mode, owner, times and attributes of this user's files outside can be changed).";

static void say(struct self_answer *a, const char *status, const char *reason, const char *details)
{
    a->status = status;
    a->reason = reason;
    str_add(&a->details, details);
}

/* The rule cannot be seen from inside, and a change is not this process's to make: whoever stands outside can ask for both. */
static void say_way_out(struct self_answer *a, const char *question, const char *value, const char *op)
{
    str_addf(&a->way_out, "ask outside, with the options of this run: nono why %s ", question);
    quote_sh(&a->way_out, value);
    if (op)
        str_addf(&a->way_out, " --op %s", op);
}

static void say_probe(struct self_answer *a, const struct probe *p, const char *what)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    switch (p->verdict) {
    case PROBE_ALLOWED:
        say(a, "allowed", "granted_path", "the kernel lets this process do it");
        return;
    case PROBE_HIDDEN:
        str_addf(&line, "%sthe sandbox hides it: something empty is mounted in its place", what);
        say(a, "denied", "path_not_granted", line.buf);
        return;
    case PROBE_SANDBOX:
        str_addf(&line, "%sthe permissions of the file system would let this user, and the sandbox does not", what);
        say(a, "denied", "path_not_granted", line.buf);
        return;
    case PROBE_PERMISSIONS:
        str_addf(&line, "%sthe permissions of the file system or its mount do not let this user; the sandbox need not be the reason", what);
        say(a, "denied", "file_permissions", line.buf);
        return;
    case PROBE_MISSING:
        str_addf(&line, "%sit does not exist: what the sandbox would say cannot be seen", what);
        say(a, "unknown", "path_missing", line.buf);
        return;
    case PROBE_UNKNOWN:
        str_addf(&line, "%sit cannot be probed without touching it: %s", what, p->why);
        say(a, "unknown", "not_probed", line.buf);
        return;
    }
}

static void ask_exec(const char *cwd, const char *path, struct self_answer *a)
{
    AUTO(strlist_release) struct strlist parts = STRLIST_INIT;
    struct probe probe = {0};
    AUTO(str_release) struct str what = STR_INIT(STR_MAX_LINE);
    explain_exec_parts(cwd, path, &parts);
    for (size_t i = 0; i + 1 < parts.n; i += 2) {
        probe_exec(parts.item[i + 1], &probe);
        if (probe.verdict == PROBE_ALLOWED)
            continue;
        AUTO(mem_free_ptr) char *shown = quote_term_dup(parts.item[i + 1]);
        if (i > 0)
            str_addf(&what, "its %s %s: ", parts.item[i], shown);
        break;
    }
    say_probe(a, &probe, what.buf);
}

static void ask_path(const char *cwd, const char *path, enum why_op op, struct self_answer *a)
{
    struct probe probe = {.verdict = PROBE_ALLOWED};
    AUTO(str_release) struct str what = STR_INIT(STR_MAX_LINE);
    if (op == WHY_EXEC) {
        ask_exec(cwd, path, a);
        return;
    }
    if (op == WHY_READ || op == WHY_READWRITE)
        probe_read(path, &probe);
    AUTO(mem_free_ptr) char *there = explain_existing(path);
    bool creates = op == WHY_WRITE && strcmp(there, path) != 0;
    if (probe.verdict == PROBE_ALLOWED && op != WHY_READ)
        probe_write(there, &probe);
    if (creates) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(there);
        str_addf(&what, "to create it in %s: ", shown);
    }
    say_probe(a, &probe, what.buf);
}

static void ask_network(uint16_t port, struct self_answer *a)
{
    struct probe probe;
    bool any = false;
    bool all = false;
    probe_network(port, &probe, &any, &all);
    if (probe.verdict == PROBE_ALLOWED)
        say(a, "allowed", "network_allowed",
            all ? "a socket can be made, and no host is singled out; nothing was sent"
                : "TCP may connect to this port of any host; nothing was sent. Names cannot be looked up: UDP is blocked");
    else if (probe.verdict == PROBE_SANDBOX)
        say(a, "denied", "network_blocked",
            any ? "the sandbox lets TCP connect to some ports, and not to this one" : "the sandbox refuses to make a socket");
    else
        say(a, "unknown", "not_probed", probe.why);
}

/* What is hidden is no file that could be found. */
static bool ask_hidden(const struct world *w, const char *name, struct self_answer *a)
{
    for (const char *at = w->path; *at; at += strcspn(at, ":"), at += *at == ':') {
        struct probe probe;
        AUTO(mem_free_ptr) char *directory = mem_strndup(at, strcspn(at, ":"));
        AUTO(mem_free_ptr) char *path = path_join(*directory ? directory : ".", name);
        probe_exec(path, &probe);
        if (probe.verdict != PROBE_HIDDEN)
            continue;
        a->path = take_ptr(&path);
        say_probe(a, &probe, "");
        return true;
    }
    return false;
}

static void ask_command(const struct world *w, const char *name, struct self_answer *a)
{
    struct err why = ERR_INIT;
    AUTO(mem_free_ptr) char *found = NULL;
    if (launch_find(name, w->path, w->exe, &found, &why) < 0 || expand_option(w, found, &a->path, &why) < 0) {
        if (why.class != ERR_DENIED || !ask_hidden(w, name, a))
            say(a, "denied", "command_not_found", why.text);
        return;
    }
    ask_exec(w->cwd ? w->cwd : "/", a->path, a);
    if (strcmp(a->status, "allowed") == 0)
        a->reason = "command_allowed";
}

static void print_text(const struct self_answer *a, struct str *out)
{
    static const struct {
        const char *status, *shown;
        enum out_style style;
    } heads[] = {{"allowed", "ALLOWED", OUT_GOOD}, {"denied", "DENIED", OUT_BAD}, {"unknown", "UNKNOWN", OUT_WARN}};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (strcmp(heads[i].status, a->status) == 0)
            str_addf(out, "%s%s%s\n", out_on(heads[i].style, true), heads[i].shown, out_off(true));
    if (a->path) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(a->path);
        str_addf(out, "  Path: %s\n", shown);
    }
    str_addf(out, "  Reason: %s\n  Details: %s\n", a->reason, a->details.buf);
    if (a->way_out.len) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(a->way_out.buf);
        str_addf(out, "  Way out: %s\n", shown);
    }
}

static void print_json(const struct why_question *q, const struct self_answer *a, struct str *out)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "status", a->status);
    json_out_string(&o, "reason", a->reason);
    json_out_string(&o, "details", a->details.buf);
    json_out_string(&o, "decided_by", "kernel");
    json_out_string(&o, q->what, q->text);
    if (q->op)
        json_out_string(&o, "op", q->op);
    if (a->path)
        json_out_string(&o, "asked_path", a->path);
    if (a->way_out.len)
        json_out_string(&o, "suggestion", a->way_out.buf);
    json_out_close(&o, '}');
}

/* Whether this is a sandbox at all. */
static void print_state(const char *status, const char *head, const char *message, bool json, struct str *out)
{
    if (!json) {
        str_addf(out, "%s\n  %s\n", head, message);
        return;
    }
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "status", status);
    json_out_string(&o, "message", message);
    json_out_close(&o, '}');
}

int why_self(const struct world *w, const struct why_question *q, enum why_op op, bool json, struct str *out, struct err *e)
{
    AUTO(self_answer_release) struct self_answer a = {.details = STR_INIT(STR_MAX_LINE), .way_out = STR_INIT(STR_MAX_SCRIPT)};
    if (!kernel_is_confined()) {
        print_state("not_sandboxed", "NOT SANDBOXED", outside, json, out);
        return 0;
    }
    if (!q->what) {
        print_state("sandboxed", "SANDBOXED", kernel_is_confined_fully() ? inside_full : inside_landlock, json, out);
        return 0;
    }
    if (strcmp(q->what, "path") == 0) {
        if (expand_option(w, q->text, &a.path, e) < 0)
            return err_add(e, "--path");
        ask_path(w->cwd ? w->cwd : "/", a.path, op, &a);
    } else if (strcmp(q->what, "host") == 0) {
        ask_network(q->port, &a);
    } else {
        ask_command(w, q->text, &a);
    }
    if (strcmp(a.reason, "path_not_granted") == 0 || strcmp(a.reason, "network_blocked") == 0) {
        AUTO(str_release) struct str option = STR_INIT(STR_MAX_LINE);
        str_addf(&option, "--%s", q->what);
        say_way_out(&a, option.buf, a.path && q->op ? a.path : q->text, q->op);
    }
    if (json)
        print_json(q, &a, out);
    else
        print_text(&a, out);
    return 0;
}
