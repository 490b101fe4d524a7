/* diagnose: one event, judged. */
#include "core/diagnose.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/denials.h"
#include "core/diagnose_signal.h"
#include "core/path.h"
#include "core/seccomp_filter.h"

static void judge_port(const struct caps *c, const struct trace_event *ev)
{
    enum caps_port_use use = ev->operation == TRACE_BIND ? CAPS_PORT_LISTEN : CAPS_PORT_CONNECT;
    bool is_chosen_later = ev->operation == TRACE_BIND && ev->port == 0;
    if (c->network != CAPS_NET_PORTS || (!is_chosen_later && caps_port(c, ev->port, use)))
        return;
    if (ev->operation == TRACE_BIND)
        denials_add_port(DENIALS_LISTEN, DENIALS_BY_KERNEL, NULL, ev->port, ev->tid);
    else
        denials_add_port(DENIALS_CONNECT, DENIALS_BY_KERNEL, ev->address, ev->port, ev->tid);
}

static void keep_refused(const struct trace_event *ev)
{
    enum { TYPE_MASK = 0xf };
    char text[64];
    int family = (int)ev->call->arg[0];
    int type = (int)ev->call->arg[1] & TYPE_MASK;
    const char *name = seccomp_filter_name(ev->call->number);
    if (ev->call->number == SYS_unshare && ev->call->arg[0] == 0) /* nono's own test of the filter, before the command begins */
        return;
    if (ev->call->number != SYS_socket) {
        denials_add(DENIALS_CALL, DENIALS_BY_NONO, name ? name : "?", ev->tid);
        return;
    }
    const char *of = family == AF_INET ? "IPv4 " : family == AF_INET6 ? "IPv6 " : "";
    if (*of)
        (void)snprintf(text, sizeof text, "an %ssocket%s", of, type == SOCK_DGRAM ? " for datagrams" : type == SOCK_RAW ? " for raw packets" : "");
    else
        (void)snprintf(text, sizeof text, "a socket of family %d", family);
    denials_add(DENIALS_SOCKET, DENIALS_BY_NONO, text, ev->tid);
}

static const char *root_of(const struct caps *c, const char *path)
{
    for (size_t i = 0; i < c->writable.n; i++)
        if (path_is_within(path, c->writable.item[i]))
            return c->writable.item[i];
    return NULL;
}

/* Each granted place is a mount of its own there. */
static void judge_move(const struct caps *c, const struct trace_event *ev)
{
    const char *from = root_of(c, ev->other);
    const char *to = root_of(c, ev->path);
    if (ev->sys == 0 && c->level == CAPS_LEVEL_FULL && from && to && from != to)
        denials_add(DENIALS_MOVE, DENIALS_BY_KERNEL, ev->path, ev->tid);
}

static bool wants(const struct caps *c, const struct trace_event *ev, unsigned *ret_access, enum denials_operation *ret_as)
{
    switch (ev->operation) {
    case TRACE_READ:
        *ret_access = CAPS_READ;
        *ret_as = DENIALS_READ;
        return true;
    case TRACE_WRITE:
        *ret_access = CAPS_WRITE;
        *ret_as = DENIALS_WRITE;
        return true;
    case TRACE_READWRITE:
        *ret_access = CAPS_READWRITE;
        *ret_as = DENIALS_READWRITE;
        return true;
    case TRACE_EXECUTE:
        *ret_access = CAPS_READ;
        *ret_as = DENIALS_EXECUTE;
        return true;
    case TRACE_ATTRIBUTES:
        *ret_access = CAPS_WRITE;
        *ret_as = DENIALS_ATTRIBUTES;
        return c->level == CAPS_LEVEL_FULL || ev->is_answered; /* Landlock has no right for them */
    case TRACE_MOVE:
    case TRACE_LOOK:
    case TRACE_UNIX:
    case TRACE_LISTEN:
    case TRACE_SOCKET:
    case TRACE_NAME:
    case TRACE_SIGNAL:
    case TRACE_CONNECT:
    case TRACE_BIND:
    case TRACE_REFUSED:
        break;
    }
    return false;
}

/* Another error comes first: of a path that leads nowhere, or through what the file system closes to this user. Unless the mount over a denied directory
 * is what closes it. */
static bool fails_anyway(const struct caps *c, const struct trace_event *ev, const struct caps_answer *answer)
{
    return ev->sys == EEXIST || (ev->sys != 0 && !(answer->deny && c->n_masks > 0));
}

void diagnose_event(const void *data, const struct trace_event *event)
{
    const struct caps *c = data;
    struct caps_answer answer;
    unsigned access = 0;
    enum denials_operation as = DENIALS_READ;
    if (event->operation == TRACE_REFUSED)
        keep_refused(event);
    if (event->operation == TRACE_SIGNAL)
        diagnose_signal(c, event);
    if (event->address) /* the kernel decides, whoever answers connect(2) */
        judge_port(c, event);
    if (event->operation == TRACE_MOVE && !event->is_answered)
        judge_move(c, event);
    if (!event->path || !wants(c, event, &access, &as))
        return;
    caps_evaluate_seen(c, event->path, access, &answer);
    if (answer.allowed || fails_anyway(c, event, &answer))
        return;
    denials_add(as, DENIALS_BY_KERNEL, event->path, event->tid);
}

void diagnose_call(const struct caps *c, const struct notify_call *call)
{
    const struct trace t = {.sink = diagnose_event, .data = c};
    trace_look(&t, call);
}
