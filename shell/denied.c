/* denied: from the table of core/denials to what a person reads. */
#include "shell/denied.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "core/seccomp_filter.h"

enum { HTTPS = 443 };

void denied_take(bool watched, struct session_denials *ret)
{
    *ret = (struct session_denials){.watched = watched, .more = denials_lost()};
    size_t n = denials_count();
    if (n > 0)
        ret->item = mem_array(n, sizeof *ret->item);
    for (; ret->n < n; ret->n++) {
        struct denial d;
        denials_get(ret->n, &d);
        ret->item[ret->n] = (struct session_denial){
            .operation = d.operation, .by = d.by, .target = mem_strdup(d.target), .program = mem_strdup(d.program), .count = d.count};
    }
}

static const char *const words[] = {
    [DENIALS_READ] = "read",
    [DENIALS_WRITE] = "write",
    [DENIALS_READWRITE] = "read and write",
    [DENIALS_EXECUTE] = "execute",
    [DENIALS_ATTRIBUTES] = "change mode, owner, times or attributes of",
    [DENIALS_MOVE] = "rename or link from another grant to",
    [DENIALS_UNIX] = "connect to the Unix socket",
    [DENIALS_CONNECT] = "connect to",
    [DENIALS_LISTEN] = "listen on port",
    [DENIALS_SOCKET] = "make",
    [DENIALS_CALL] = "call",
};

static void describe(const struct session_denial *d, size_t n, struct str *out)
{
    str_addf(out, "%s ", words[d->operation]);
    if (n > 1)
        str_addf(out, "%zu files in ", n);
    quote_term(out, d->target);
    if (!*d->program && d->count < 2)
        return;
    str_add(out, " (");
    quote_term(out, d->program);
    if (d->count > 1)
        str_addf(out, "%s%u times", *d->program ? ", " : "", d->count);
    str_addc(out, ')');
}

void denied_describe(const struct session_denial *d, struct str *out)
{
    describe(d, 1, out);
}

/* "[::1]:443" gives "::1" and 443. */
static char *split_address(const char *target, uint16_t *ret_port)
{
    const char *colon = strrchr(target, ':');
    *ret_port = (uint16_t)strtoul(colon ? colon + 1 : target, NULL, 10);
    size_t len = colon ? (size_t)(colon - target) : 0;
    bool is_long = len > 1 && *target == '[';
    return mem_strndup(target + is_long, len - 2 * (size_t)is_long);
}

static void say(struct explain_answer *a, enum explain_reason reason, const char *details, const char *way_out)
{
    a->reason = reason;
    str_add(&a->details, details);
    str_add(&a->way_out, way_out);
}

static void explain_connect(const struct explain_request *r, const struct explain_policy *p, const char *target, struct explain_answer *ret)
{
    uint16_t port = 0;
    AUTO(mem_free_ptr) char *host = split_address(target, &port);
    explain_network(r, p, host, port, ret);
}

/* Which host or port was meant nobody knows: the program did not come so far. */
static void explain_making(const struct explain_request *r, const struct explain_policy *p, const char *kind, struct explain_answer *ret)
{
    if (strstr(kind, "Unix")) {
        say(ret, EXPLAIN_SOCKET_NOT_GRANTED, "it could send to any Unix socket", "none: let the program use a stream");
    } else if (!strstr(kind, "IPv")) {
        say(ret, EXPLAIN_NETWORK_BLOCKED, "sockets of other families reach the host or the kernel", "none: no option opens it");
    } else {
        explain_network(r, p, "any host", HTTPS, ret);
        str_clear(&ret->details);
        ret->allowed = ret->allowed && p->caps.network == CAPS_NET_OPEN;
        str_add(&ret->details, p->caps.network == CAPS_NET_PORTS ? "the network is blocked but for some TCP ports, and only TCP can use them"
                                                                 : "the network is blocked as a whole");
    }
}

void denied_explain(const struct explain_request *r, const struct explain_policy *p, const struct session_denial *d, struct explain_answer *ret)
{
    const char *why = NULL;
    switch (d->operation) {
    case DENIALS_READ:
        explain_path(r, p, d->target, CAPS_READ, ret);
        break;
    case DENIALS_WRITE:
    case DENIALS_ATTRIBUTES:
        explain_path(r, p, d->target, CAPS_WRITE, ret);
        break;
    case DENIALS_READWRITE:
        explain_path(r, p, d->target, CAPS_READWRITE, ret);
        break;
    case DENIALS_EXECUTE:
        explain_exec(r, p, d->target, ret);
        break;
    case DENIALS_UNIX:
        if (*d->target == '@')
            say(ret, EXPLAIN_SOCKET_NOT_GRANTED, "Unix sockets without a path are closed, whatever is granted",
                "none: let the program use one with a path");
        else
            explain_socket(r, p, d->target, ret);
        break;
    case DENIALS_CONNECT:
        explain_connect(r, p, d->target, ret);
        break;
    case DENIALS_LISTEN:
        explain_listen(r, p, (uint16_t)strtoul(d->target, NULL, 10), ret);
        break;
    case DENIALS_MOVE:
        say(ret, EXPLAIN_INSUFFICIENT_ACCESS,
            "each granted place is a mount of its own, and nothing is renamed or linked from one to another (EXDEV)",
            "grant a directory above both with --allow");
        break;
    case DENIALS_SOCKET:
        explain_making(r, p, d->target, ret);
        break;
    case DENIALS_CALL:
    case DENIALS_OPERATIONS:
        why = seccomp_filter_why(d->target);
        if (strcmp(d->target, "kill") == 0)
            why = "signals stay inside the sandbox, and no process outside gets one";
        say(ret, EXPLAIN_CALL_REFUSED, why ? why : "no sandbox lets it through", "none: no option opens it");
        break;
    }
}

void denied_describe_group(const struct denied_group *g, struct str *out)
{
    describe(&g->shown, g->n, out);
}
