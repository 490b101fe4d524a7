/* resolve_network: what the command may reach. A limit that this version cannot hold is refused, never dropped. */
#include "policy/resolve_parts.h"

#include <string.h>

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

static int check_ports(const struct resolving *s, struct err *e)
{
    const struct profile *p = &s->profile;
    static const char ports[] = "is one port of a network that is otherwise blocked";
    int r = refuse_list(s, &p->open_port, ports, e);
    return r == 0 ? refuse_list(s, &p->listen_port, ports, e) : r;
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
        return check_ports(s, e);
    }
    set_network(s->caps, CAPS_NET_OPEN, caps_origin_make(CAPS_FROM_PROFILE, p->name, "", ""));
    return check_hosts(s, e);
}
