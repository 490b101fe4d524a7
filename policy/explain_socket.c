/* explain_socket: listening, and Unix sockets. */
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "policy/explain_parts.h"

bool explain_listens_port(const struct caps *c, uint16_t port)
{
    return c->network == CAPS_NET_OPEN || (port != 0 && caps_port(c, port, CAPS_PORT_LISTEN));
}

static bool say_if_refused(const struct explain_policy *p, struct explain_answer *ret)
{
    if (!p->refused)
        return false;
    explain_say_refused(ret, p);
    str_add(&ret->way_out, "change the options or the profile so that the policy can be held");
    return true;
}

void explain_listen(const struct explain_request *r, const struct explain_policy *p, uint16_t port, struct explain_answer *ret)
{
    const struct explain_goal goal = {.network = true, .listens = true, .port = port};
    ret->rule = &p->caps.network_origin;
    if (say_if_refused(p, ret))
        return;
    ret->allowed = explain_listens_port(&p->caps, port);
    ret->reason = ret->allowed ? EXPLAIN_NETWORK_ALLOWED : EXPLAIN_NETWORK_BLOCKED;
    if (ret->allowed)
        str_addf(&ret->details, "TCP port %u may be listened on", port);
    else if (port == 0)
        str_add(&ret->details, "the network is blocked but for some TCP ports, and a port of the kernel's choice is none of them");
    else
        str_addf(&ret->details, "the network is blocked, and TCP port %u is none that may be listened on", port);
    if (ret->allowed)
        return;
    if (port == 0)
        str_add(&ret->way_out, "let the program listen on a certain port, and grant it with --listen-port");
    else if (!explain_find_change(r, p, &goal, &ret->change))
        str_addf(&ret->way_out, "leave out %s", p->caps.n_ports ? "the options for ports" : p->caps.network_origin.name);
}

void explain_socket(const struct explain_request *r, const struct explain_policy *p, const char *path, struct explain_answer *ret)
{
    AUTO(explain_goal_release) struct explain_goal goal = {0};
    struct caps_answer answer;
    (void)explain_goal_add(&goal, NULL, mem_strdup(path), 0);
    const struct real *real = &goal.part[0].real;
    ret->path = mem_strdup(path);
    ret->real = mem_strdup(real->path);
    ret->exists = real->exists;
    if (say_if_refused(p, ret))
        return;
    const struct caps_socket *granted = caps_socket(&p->caps, real->path, NULL);
    caps_evaluate(&p->caps, real->path, 0, &answer);
    ret->allowed = granted;
    ret->reason = granted ? EXPLAIN_GRANTED_PATH : answer.deny ? EXPLAIN_SENSITIVE_PATH : EXPLAIN_SOCKET_NOT_GRANTED;
    ret->rule = granted ? &granted->origin : answer.deny ? &answer.deny->origin : NULL;
    if (granted)
        str_add(&ret->details, "it is a Unix socket that may be connected to");
    else if (answer.deny)
        str_add(&ret->details, "it is a Unix socket at a denied path");
    else
        str_add(&ret->details, "it is a Unix socket, and a program behind one acts outside the sandbox");
    const struct explain_goal wanted = {.socket = real->path};
    if (!granted && !explain_find_change(r, p, &wanted, &ret->change))
        str_add(&ret->way_out, "none that an option gives");
}
