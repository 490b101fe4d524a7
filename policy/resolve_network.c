/* resolve_network: what the command may reach. A limit that this version cannot hold is refused, never dropped. */
#include "policy/resolve_parts.h"

#include <stdint.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/quote.h"

static int refuse(const struct resolving *s, const struct profile_place *place, const char *text, const char *limit, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
    (void)err_set(e, ERR_KERNEL,
                  "'%s' %s, which this version cannot hold; --block-net gives no network at all, --allow-net gives the limit up",
                  shown, limit);
    return resolve_fail(s, place, NULL, e);
}

static int refuse_list(const struct resolving *s, const struct profile_list *l, const char *limit, struct err *e)
{
    return l->n ? refuse(s, &l->item[0].place, l->item[0].text, limit, e) : 0;
}

/* Keys that promise "these hosts and no others". */
static int check_hosts(const struct resolving *s, struct err *e)
{
    const struct profile *p = &s->profile;
    static const char hosts[] = "limits the network to named hosts";
    int r = 0;
    if (p->network_profile.state == PROFILE_SET)
        r = refuse(s, &p->network_profile.place, p->network_profile.text, hosts, e);
    if (r == 0)
        r = refuse_list(s, &p->allow_domain, hosts, e);
    if (r == 0)
        r = refuse_list(s, &p->credentials, "is to be held back from the command by a proxy", e);
    if (r == 0 && p->upstream_proxy.state == PROFILE_SET)
        r = refuse(s, &p->upstream_proxy.place, p->upstream_proxy.text, "sends all traffic through one proxy", e);
    return r;
}

static void add_profile_ports(const struct resolving *s, const struct profile_list *l, enum caps_port_use use)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct profile_place *place = &l->item[i].place;
        caps_add_port(s->caps, (uint16_t)strtoul(l->item[i].text, NULL, 10), use,
                      caps_origin_make(CAPS_FROM_PROFILE, place->profile, place->pointer, l->item[i].text));
    }
}

static int add_option_ports(const struct resolving *s, const struct strlist *l, const char *option, enum caps_port_use use, struct err *e)
{
    for (size_t i = 0; l && i < l->n; i++) {
        char *end = NULL;
        const char *text = l->item[i];
        unsigned long number = strtoul(text, &end, 10);
        if (text[0] < '1' || text[0] > '9' || *end || number > UINT16_MAX) {
            AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
            return err_set(e, ERR_USAGE, "%s: '%s' is not a port number (1 to 65535)", option, shown);
        }
        caps_add_port(s->caps, (uint16_t)number, use, caps_origin_make(CAPS_FROM_USER, option, "", text));
    }
    return 0;
}

static void set_network(struct caps *c, enum caps_network network, struct caps_origin origin)
{
    c->network = network;
    c->network_origin = origin;
}

/* Sets what the options or the profile say, but for ports. False when neither limits the network. */
static bool is_blocked(struct resolving *s)
{
    const struct profile_value *block = &s->profile.network_block;
    if (s->request->block_net)
        set_network(s->caps, CAPS_NET_BLOCKED, caps_origin_make(CAPS_FROM_USER, "--block-net", "", ""));
    else if (block->number)
        set_network(s->caps, CAPS_NET_BLOCKED, caps_origin_make(CAPS_FROM_PROFILE, block->place.profile, block->place.pointer, "true"));
    else
        return false;
    return true;
}

static int add_ports(struct resolving *s, bool blocked, struct err *e)
{
    const struct resolve_request *q = s->request;
    struct caps *c = s->caps;
    int r = add_option_ports(s, q->open_port, "--open-port", CAPS_PORT_CONNECT, e);
    if (r == 0)
        r = add_option_ports(s, q->listen_port, "--listen-port", CAPS_PORT_LISTEN, e);
    if (r < 0)
        return r;
    if (blocked && !q->block_net) {
        add_profile_ports(s, &s->profile.open_port, CAPS_PORT_CONNECT);
        add_profile_ports(s, &s->profile.listen_port, CAPS_PORT_LISTEN);
    }
    if (c->n_ports == 0)
        return 0;
    if (!blocked)
        set_network(c, CAPS_NET_PORTS, caps_origin_make(CAPS_FROM_USER, c->port[0].origin.name, "", c->port[0].origin.text));
    c->network = CAPS_NET_PORTS;
    return 0;
}

static void warn_unused(struct resolving *s, const struct profile_list *l)
{
    if (l->n)
        resolve_warn(s->caps, "profile %s %s: has no effect, since the network is not blocked", l->item[0].place.profile, l->item[0].place.pointer);
}

static bool opens_any_host(const struct caps *c)
{
    for (size_t i = 0; i < c->n_ports; i++)
        if (c->port[i].use == CAPS_PORT_CONNECT)
            return true;
    return c->network == CAPS_NET_OPEN;
}

int resolve_network(struct resolving *s, struct err *e)
{
    const struct resolve_request *q = s->request;
    bool ports = (q->open_port && q->open_port->n) || (q->listen_port && q->listen_port->n);
    if (q->allow_net && (q->block_net || ports))
        return err_set(e, ERR_USAGE, "%s and --allow-net exclude each other", q->block_net ? "--block-net" : q->open_port && q->open_port->n ? "--open-port" : "--listen-port");
    if (q->allow_net) {
        set_network(s->caps, CAPS_NET_OPEN, caps_origin_make(CAPS_FROM_USER, "--allow-net", "", ""));
        return 0;
    }
    int r = add_ports(s, is_blocked(s), e);
    if (r < 0)
        return r;
    if (s->caps->network == CAPS_NET_OPEN) {
        warn_unused(s, &s->profile.open_port);
        warn_unused(s, &s->profile.listen_port);
        set_network(s->caps, CAPS_NET_OPEN, caps_origin_make(CAPS_FROM_PROFILE, s->profile.name, "", ""));
    }
    return opens_any_host(s->caps) ? check_hosts(s, e) : 0;
}
