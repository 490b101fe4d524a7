/* resolve_network: what the command may reach. A limit that this version cannot hold is refused, never dropped. */
#include "policy/resolve_parts.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

static int refuse(const struct profile_place *place, const char *text, const char *limit, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
    (void)err_set(e, ERR_KERNEL,
                  "'%s' %s, which this version cannot hold; --block-net gives no network at all, --allow-net gives the limit up",
                  shown, limit);
    return profile_place_add(place, e);
}

static int refuse_list(const struct profile_list *l, const char *limit, struct err *e)
{
    return l->n ? refuse(&l->item[0].place, l->item[0].text, limit, e) : 0;
}

/* Keys that promise "these hosts and no others". */
static int check_hosts(const struct profile *p, struct err *e)
{
    static const char hosts[] = "limits the network to named hosts";
    if (p->network_profile.state == PROFILE_SET)
        return refuse(&p->network_profile.place, p->network_profile.text, hosts, e);
    int r = refuse_list(&p->allow_domain, hosts, e);
    if (r == 0)
        r = refuse_list(&p->credentials, "is to be held back from the command by a proxy", e);
    if (r == 0 && p->upstream_proxy.state == PROFILE_SET)
        r = refuse(&p->upstream_proxy.place, p->upstream_proxy.text, "sends all traffic through one proxy", e);
    return r;
}

static int check_ports(const struct profile *p, struct err *e)
{
    static const char ports[] = "is one port of a network that is otherwise blocked";
    int r = refuse_list(&p->open_port, ports, e);
    return r == 0 ? refuse_list(&p->listen_port, ports, e) : r;
}

static void set_network(struct caps *c, enum caps_network network, struct caps_origin origin)
{
    c->network = network;
    c->network_origin = origin;
}

int resolve_network(struct resolving *s, struct err *e)
{
    const struct resolve_request *q = s->request;
    const struct profile *p = &s->profile;
    if (q->block_net && q->allow_net)
        return err_set(e, ERR_USAGE, "--block-net and --allow-net exclude each other");
    if (q->block_net) {
        set_network(s->caps, CAPS_NET_BLOCKED, caps_origin_make(CAPS_FROM_USER, "--block-net", "", ""));
        return 0;
    }
    if (q->allow_net) {
        set_network(s->caps, CAPS_NET_OPEN, caps_origin_make(CAPS_FROM_USER, "--allow-net", "", ""));
        return 0;
    }
    if (p->network_block.number) {
        const struct profile_place *place = &p->network_block.place;
        set_network(s->caps, CAPS_NET_BLOCKED, caps_origin_make(CAPS_FROM_PROFILE, place->profile, place->pointer, "true"));
        return check_ports(p, e);
    }
    set_network(s->caps, CAPS_NET_OPEN, caps_origin_make(CAPS_FROM_PROFILE, p->name, "", ""));
    return check_hosts(p, e);
}
