/* learn_network: what of the network the policy would have to give. */
#include <stdio.h>
#include <string.h>

#include "core/accesses.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "shell/learn_result.h"

/* No grant of a port is about UDP, by which name servers are asked, or about a port of the kernel's choice. */
#define PORT_OF_NAMES "53"
#define PORT_OF_KERNEL "0"

/* Behind them is somebody who does what they are told, outside: whoever wants that, grants it by hand. */
static const char *const commanding[] = {"/run/dbus", "/run/user", "/run/systemd", "/run/docker.sock", "/run/docker", "/run/podman", "/run/containerd",
                                         "/run/libvirt", "/run/lxd", "/run/snapd.socket", "/run/snapd-snap.socket", "/tmp/.X11-unix", "/run/nscd",
                                         "/var/lib/lxd", "/var/lib/incus", "/run/avahi-daemon", "/run/udev", "/dev/log", "/run/screen"};
/* How the last name begins, wherever it is: of agents, and of servers of a user's own that start what they are sent. */
static const char *const commanding_names[] = {"agent.", "S.gpg-agent", "docker.sock", "podman.sock", "containerd.sock", "buildkitd.sock"};
/* The same of a directory in /tmp that has the user's number in its name. */
static const char *const commanding_places[] = {"/tmp/tmux-", "/tmp/screens", "/tmp/emacs", "/tmp/ssh-"};

static bool is_commanding(const char *path)
{
    for (size_t i = 0; i < sizeof commanding / sizeof *commanding; i++)
        if (path_is_within(path, commanding[i]))
            return true;
    for (size_t i = 0; i < sizeof commanding_places / sizeof *commanding_places; i++)
        if (str_starts(path, commanding_places[i]))
            return true;
    for (size_t i = 0; i < sizeof commanding_names / sizeof *commanding_names; i++)
        if (str_starts(path_base(path), commanding_names[i]))
            return true;
    return false;
}

/* The command made it: it has those of its own (core/own_sockets.h). */
static bool is_own(const struct learn_result *r, const char *path)
{
    for (size_t i = 0; i < r->n_uses; i++)
        if (!r->use[i].existed && r->use[i].access & CAPS_WRITE && strcmp(r->use[i].path, path) == 0)
            return true;
    return false;
}

static void need_sockets(struct learn_result *r, const struct caps *caps)
{
    for (size_t i = 0; i < r->sockets.n; i++) {
        const char *path = r->sockets.item[i];
        struct caps_answer answer;
        caps_evaluate(caps, path, 0, &answer);
        if (caps_socket(caps, path, NULL) || is_own(r, path))
            continue;
        if (answer.deny || is_commanding(path))
            strlist_add(&r->network.refused, path);
        else
            strlist_add(&r->network.sockets, path);
    }
}

static void need_ports(const struct learn_endpoints *e, const struct caps *caps, enum caps_port_use use, struct strlist *ret)
{
    for (size_t i = 0; i < e->n && caps->network != CAPS_NET_OPEN; i++) {
        char text[16];
        if (caps->network == CAPS_NET_PORTS && caps_port(caps, e->item[i].port, use))
            continue;
        (void)snprintf(text, sizeof text, "%u", e->item[i].port);
        (void)strlist_add_once(ret, text);
    }
}

void learn_network_make(struct learn_result *r, const struct outcome *base)
{
    const struct caps *caps = &base->asked;
    r->network.is_open = caps->network == CAPS_NET_OPEN;
    need_sockets(r, caps);
    need_ports(&r->outbound, caps, CAPS_PORT_CONNECT, &r->network.open_ports);
    need_ports(&r->listening, caps, CAPS_PORT_LISTEN, &r->network.listen_ports);
    r->network.unused =
        r->network.is_open && r->source == LEARN_SEEN && r->is_complete && r->n_sockets_made == 0 && r->outbound.n + r->listening.n == 0;
    r->network.blocked = caps->network == CAPS_NET_BLOCKED && r->n_sockets_refused > 0;
    r->network.rule = &caps->network_origin;
    if (strlist_has(&r->network.open_ports, PORT_OF_NAMES) || strlist_has(&r->network.listen_ports, PORT_OF_KERNEL)) {
        r->network.needs_all = true;
        strlist_release(&r->network.open_ports);
        strlist_release(&r->network.listen_ports);
    }
}

bool learn_network_is_empty(const struct learn_network *n)
{
    return n->open_ports.n + n->listen_ports.n + n->sockets.n + n->refused.n == 0 && !n->blocked && !n->needs_all;
}

void learn_network_release(struct learn_network *n)
{
    strlist_release(&n->open_ports);
    strlist_release(&n->listen_ports);
    strlist_release(&n->sockets);
    strlist_release(&n->refused);
}

void learn_network_remark(const struct learn_endpoints *e, const char *port, struct str *out)
{
    size_t more = 0;
    for (size_t i = 0; i < e->n; i++) {
        const struct learn_endpoint *p = &e->item[i];
        char text[16];
        (void)snprintf(text, sizeof text, "%u", p->port);
        if (port && strcmp(port, text) != 0)
            continue;
        if (more++)
            continue;
        AUTO(mem_free_ptr) char *host = quote_term_dup(p->host ? p->host : p->address);
        str_addf(out, "%s:%u", host, p->port);
    }
    if (more > 1)
        str_addf(out, ", and %zu more", more - 1);
}
