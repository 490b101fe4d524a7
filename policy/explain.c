/* explain: one policy asked about one thing. */
#include "policy/explain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/blocked.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/explain_parts.h"

const char *const explain_reason_names[] = {
    "granted_path",     "network_allowed",   "command_allowed",   "variable_passed",  "variable_set",    "sensitive_path",   "insufficient_access",
    "path_not_granted", "network_blocked",   "command_blocked",   "variable_withheld", "policy_refused", "socket_not_granted", "guarded_file",
    "call_refused",     "process_isolated",  "command_not_found",
    "file_permissions", "read_only_mount",   "not_executable",    "noexec_mount",
};

bool explain_is_by_system(enum explain_reason r)
{
    return r >= EXPLAIN_COMMAND_NOT_FOUND;
}

void explain_answer_release(struct explain_answer *a)
{
    mem_free(a->path);
    mem_free(a->real);
    str_release(&a->details);
    str_release(&a->way_out);
    strlist_release(&a->notes);
    strlist_release(&a->change);
}

void explain_policy_release(struct explain_policy *p)
{
    caps_release(&p->caps);
}

int explain_prepare(const struct explain_request *r, struct explain_policy *ret, struct err *e)
{
    AUTO(explain_policy_release) struct explain_policy made = {0};
    const char *asked_by = NULL;
    struct resolve_request request = r->resolve;
    request.look_only = true;
    caps_init(&made.caps);
    int rc = resolve_caps(&request, &made.caps, e);
    if (rc < 0)
        return rc;
    unsigned access = resolve_workdir_access(&made.caps, r->allow_cwd, &asked_by);
    rc = resolve_finish(&request, &made.caps, access, asked_by, &made.refusal);
    if (rc == 0)
        rc = level_hold(&made.caps, true, &made.refusal);
    made.refused = rc < 0;
    *ret = made;
    caps_init(&made.caps);
    return 0;
}

static const char *access_name(unsigned access)
{
    switch (access & CAPS_READWRITE) {
    case CAPS_READ:
        return "read";
    case CAPS_WRITE:
        return "write";
    default:
        return "read and write";
    }
}

static void note_path(struct explain_answer *a, const char *fmt, const char *path)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    str_add(&line, shown);
    str_add(&line, fmt);
    strlist_add(&a->notes, line.buf);
}

char *explain_existing(const char *path)
{
    struct stat st;
    char *at = mem_strdup(path);
    while (strcmp(at, "/") != 0 && lstat(at, &st) < 0) {
        char *parent = path_parent(at);
        mem_free(at);
        at = parent;
    }
    return at;
}

static void note_missing(struct explain_answer *a, const struct real *real)
{
    AUTO(mem_free_ptr) char *parent = explain_existing(real->path);
    if (real->sys == ENOENT || real->sys == ENOTDIR || real->sys == 0)
        note_path(a, " is the nearest directory above it that exists: the path itself does not", parent);
    else
        note_path(a, " cannot be looked at by this user: it is judged by its name", real->path);
}

static void note_per_process(struct explain_answer *a, const char *real)
{
    if (path_is_within(real, "/proc/self") || path_is_within(real, "/proc/thread-self"))
        note_path(a, " is another object in every process; a descriptor below it may be used as it was opened, and no further", real);
    else if (path_is_within(real, "/proc") && a->grant && path_is_within(a->grant->path, "/proc/self"))
        note_path(a, " can be read because /proc/self is granted as all of /proc", real);
}

static void say_denied(struct explain_answer *a, const struct caps_answer *found, const struct explain_part *part)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(part->real.path);
    if (part->what && strcmp(part->what, "program") != 0)
        str_addf(&a->details, "its %s %s: ", part->what, shown);
    if (found->blocked && !found->deny) {
        AUTO(mem_free_ptr) char *name = quote_term_dup(found->blocked->name);
        a->reason = EXPLAIN_COMMAND_BLOCKED;
        a->rule = &found->blocked->origin;
        str_addf(&a->details, "it is the blocked command '%s', which nothing inside can execute", name);
    } else if (found->guard) {
        a->reason = EXPLAIN_GUARDED_FILE;
        a->rule = &found->guard->origin;
        str_add(&a->details, "it is a guarded file, which may not be created or changed although the directory may be written: pattern ");
        quote_term(&a->details, found->guard->pattern);
        if (strcmp(found->guard->pattern, ".git") == 0)
            str_add(&a->details, ", what git executes; git itself may go on in it as long as nothing new is executed");
    } else if (found->deny) {
        AUTO(mem_free_ptr) char *denied = quote_term_dup(found->deny->path);
        a->reason = EXPLAIN_SENSITIVE_PATH;
        a->rule = &found->deny->origin;
        str_addf(&a->details, "%s is denied, and a deny wins over every grant", denied);
    } else if (found->granted) {
        a->reason = EXPLAIN_INSUFFICIENT_ACCESS;
        a->rule = &found->grant->origin;
        str_addf(&a->details, "it is granted for %s only", access_name(found->granted));
    } else {
        a->reason = EXPLAIN_PATH_NOT_GRANTED;
        str_add(&a->details, "no rule of this policy grants it, and what is not granted is denied");
    }
}

static void say_isolated(struct explain_answer *a)
{
    a->allowed = false;
    a->reason = EXPLAIN_PROCESS_ISOLATED;
    str_add(&a->details, "it belongs to a process that runs outside the sandbox, and the kernel keeps that closed");
    str_add(&a->way_out, "none: no grant opens it; processes of the sandbox see their own below /proc/self");
}

void explain_say_refused(struct explain_answer *a, const struct explain_policy *p)
{
    if (a->reason != EXPLAIN_SENSITIVE_PATH) {
        a->reason = EXPLAIN_POLICY_REFUSED;
        a->rule = NULL;
    }
    str_clear(&a->details);
    str_addf(&a->details, "nono starts nothing under this policy: %s", p->refusal.text);
}

static const struct caps_deny *deny_in(const struct caps *c, const char *directory)
{
    for (size_t i = 0; i < c->n_denies; i++)
        if (!c->deny[i].overridden && path_is_within(c->deny[i].path, directory))
            return &c->deny[i];
    return NULL;
}

static void say_way_out(struct explain_answer *a, const struct explain_policy *p, const struct explain_part *part)
{
    AUTO(mem_free_ptr) char *parent = path_parent(part->real.path);
    const struct caps_deny *beside = deny_in(&p->caps, parent);
    if (a->rule && a->rule->source == CAPS_FROM_NONO && a->reason == EXPLAIN_SENSITIVE_PATH) {
        str_add(&a->way_out, "none: nono's own state and settings are never granted, and nothing overrides that");
    } else if (p->refused) {
        str_add(&a->way_out, "change the options or the profile so that the policy can be held");
    } else if (!part->real.exists && a->reason == EXPLAIN_SENSITIVE_PATH) {
        str_add(&a->way_out, "create it first: only what exists can be granted; then ask again");
    } else if (beside) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(parent);
        AUTO(mem_free_ptr) char *denied = quote_term_dup(beside->path);
        str_addf(&a->way_out, "use a directory below %s: nothing can be created directly in it while %s is denied", shown, denied);
    } else {
        str_add(&a->way_out, "no single option allows it");
    }
}

/* The answer about a goal of paths: about the first part that is denied, else about the first. */
static void answer_parts(const struct explain_request *r, const struct explain_policy *p, const struct explain_goal *g, struct explain_answer *ret)
{
    struct caps_answer found = {0};
    size_t at = 0;
    for (size_t i = 0; i < g->n_parts; i++) {
        struct caps_answer one;
        explain_judge_part(p, &g->part[i], &one);
        if (i == 0 || !one.allowed) {
            found = one;
            at = i;
        }
        if (!one.allowed)
            break;
    }
    const struct explain_part *part = &g->part[at];
    ret->path = mem_strdup(g->part[0].path);
    ret->real = mem_strdup(part->real.path);
    ret->part = part->what;
    ret->exists = part->real.exists;
    ret->wanted = part->access;
    ret->granted = found.granted;
    ret->grant = found.grant;
    ret->allowed = found.allowed;
    if (!part->real.exists)
        note_missing(ret, &part->real);
    note_per_process(ret, part->real.path);
    if (explain_is_isolated(p, part->path) || explain_is_isolated(p, part->real.path)) {
        say_isolated(ret);
        return;
    }
    if (found.allowed) {
        ret->reason = EXPLAIN_GRANTED_PATH;
        ret->rule = &found.grant->origin;
        return;
    }
    say_denied(ret, &found, part);
    if (p->refused)
        explain_say_refused(ret, p);
    if (explain_system_refuses(g))
        str_add(&ret->way_out, "none: the permissions of the file system or its mount do not let this user, whatever is granted");
    else if (!explain_find_change(r, p, g, &ret->change))
        say_way_out(ret, p, part);
}

/* Connecting to it is another thing than opening it. */
static void note_socket(const struct caps *c, struct explain_answer *a)
{
    struct stat st;
    if (!a->exists || stat(a->real, &st) < 0 || !S_ISSOCK(st.st_mode))
        return;
    const struct caps_object object = {.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino};
    note_path(a, caps_socket(c, a->real, &object) ? " is a Unix socket, which may be connected to"
                                                  : " is a Unix socket, which may not be connected to: that takes --allow-unix-socket",
              a->real);
}

void explain_path(const struct explain_request *r, const struct explain_policy *p, const char *path, unsigned access, struct explain_answer *ret)
{
    AUTO(explain_goal_release) struct explain_goal goal = {0};
    (void)explain_goal_add(&goal, NULL, mem_strdup(path), access);
    answer_parts(r, p, &goal, ret);
    if (ret->allowed)
        explain_ask_system(ret, &goal.part[0]);
    else if ((access & CAPS_WRITE) && p->caps.level != CAPS_LEVEL_FULL)
        strlist_add(&ret->notes, "without namespaces, which cannot be made here, its mode, owner, times and attributes can be changed all the same");
    note_socket(&p->caps, ret);
}

/* What is not there cannot be executed, whatever is granted. */
static bool answer_missing_part(const struct explain_goal *g, struct explain_answer *ret)
{
    for (size_t i = 0; i < g->n_parts; i++) {
        const struct explain_part *part = &g->part[i];
        if (part->real.exists || (part->real.sys != ENOENT && part->real.sys != ENOTDIR))
            continue;
        AUTO(mem_free_ptr) char *shown = quote_term_dup(part->real.path);
        ret->path = mem_strdup(g->part[0].path);
        ret->real = mem_strdup(part->real.path);
        ret->part = part->what;
        ret->wanted = part->access;
        ret->reason = EXPLAIN_NOT_EXECUTABLE;
        str_addf(&ret->details, "the %s %s does not exist", part->what, shown);
        return true;
    }
    return false;
}

static void answer_exec(const struct explain_request *r, const struct explain_policy *p, struct explain_goal *g, const char *path,
                        struct explain_answer *ret)
{
    (void)explain_goal_add(g, "program", mem_strdup(path), CAPS_READ);
    AUTO(mem_free_ptr) char *for_env = explain_find_parts(r->resolve.workdir, g);
    if (for_env)
        explain_find_for_env(r, p, for_env, g);
    if (answer_missing_part(g, ret))
        return;
    answer_parts(r, p, g, ret);
    for (size_t i = 0; ret->allowed && i < g->n_parts; i++)
        explain_ask_execute(ret, &g->part[i]);
}

void explain_exec(const struct explain_request *r, const struct explain_policy *p, const char *path, struct explain_answer *ret)
{
    AUTO(explain_goal_release) struct explain_goal goal = {0};
    answer_exec(r, p, &goal, path, ret);
    if (ret->allowed)
        strlist_add(&ret->notes, "the libraries that it loads are not looked at");
}

bool explain_reaches_port(const struct caps *c, uint16_t port)
{
    return c->network == CAPS_NET_OPEN || caps_port(c, port, CAPS_PORT_CONNECT);
}

/* Whether connecting to it takes no name server. */
static bool is_address(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    return strcmp(host, "localhost") == 0 || inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static void say_ports(struct explain_answer *a, const struct caps *c, const char *host, uint16_t port, bool by_address)
{
    const struct caps_port *open = caps_port(c, port, CAPS_PORT_CONNECT);
    if (open)
        a->rule = &open->origin;
    if (open)
        str_addf(&a->details, "TCP port %u is open on every host, %s among them; the rest of the network is blocked", port, host);
    else
        str_addf(&a->details, "the network is blocked but for some TCP ports, and port %u is none that may be connected to", port);
    if (open && !by_address)
        strlist_add(&a->notes, "a name cannot be looked up, since UDP is blocked: it works with an address, or with a name of /etc/hosts");
}

void explain_network(const struct explain_request *r, const struct explain_policy *p, const char *host, uint16_t port, struct explain_answer *ret)
{
    const struct caps *c = &p->caps;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(host);
    ret->rule = &c->network_origin;
    if (p->refused) {
        explain_say_refused(ret, p);
        str_add(&ret->way_out, "change the options or the profile so that the policy can be held");
        return;
    }
    const struct explain_goal goal = {.network = true, .port = port, .by_address = is_address(host)};
    ret->allowed = explain_reaches_port(c, port);
    ret->reason = ret->allowed ? EXPLAIN_NETWORK_ALLOWED : EXPLAIN_NETWORK_BLOCKED;
    if (c->network == CAPS_NET_PORTS)
        say_ports(ret, c, shown, port, goal.by_address);
    else if (ret->allowed)
        str_addf(&ret->details, "the policy does not limit the network: %s port %u and any other host and port may be reached", shown, port);
    else
        str_addf(&ret->details, "the network is blocked as a whole: no socket to %s port %u or to any other host can be made", shown, port);
    if (!ret->allowed && !explain_find_change(r, p, &goal, &ret->change))
        str_addf(&ret->way_out, "leave out %s", c->n_ports ? "the options for ports" : c->network_origin.name);
}

static void say_blocked(const struct caps *c, size_t command, const char *shown, struct str *details)
{
    const struct caps_hidden *hidden = NULL;
    for (size_t i = 0; i < c->n_hidden && !(hidden && hidden->also); i++)
        if (c->hidden[i].command == command)
            hidden = &c->hidden[i];
    str_addf(details, "nono does not start '%s'", shown);
    if (!c->hides_commands) {
        str_add(details, "; programs that a command starts are bound by the grants, not by their names");
    } else if (hidden) {
        str_add(details, ", and what a command starts cannot execute it either");
        blocked_describe_other(hidden, details);
    }
}

void explain_command(const struct explain_request *r, const struct explain_policy *p, const char *name, const char *exe, const char *why,
                     struct explain_answer *ret)
{
    const struct caps_command *blocked = caps_blocked(&p->caps, name);
    AUTO(explain_goal_release) struct explain_goal goal = {.command = name};
    if (blocked && exe) { /* one change for both: the name, and what it takes to execute it */
        (void)explain_goal_add(&goal, "program", mem_strdup(exe), CAPS_READ);
        mem_free(explain_find_parts(r->resolve.workdir, &goal));
    }
    if (blocked) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(path_base(name));
        ret->path = mem_strdup(exe);
        ret->reason = EXPLAIN_COMMAND_BLOCKED;
        ret->rule = &blocked->origin;
        say_blocked(&p->caps, (size_t)(blocked - p->caps.blocked), shown, &ret->details);
        if (!explain_find_change(r, p, &goal, &ret->change))
            str_addf(&ret->way_out, "leave out --block-command %s", shown);
        return;
    }
    if (!exe) {
        ret->reason = EXPLAIN_COMMAND_NOT_FOUND;
        str_addf(&ret->details, "the policy does not block it; %s", why);
        return;
    }
    answer_exec(r, p, &goal, exe, ret);
    if (ret->allowed)
        ret->reason = EXPLAIN_COMMAND_ALLOWED;
}
