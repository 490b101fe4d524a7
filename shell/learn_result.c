/* learn_result: what was seen, gathered. */
#include "shell/learn_result.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "core/accesses.h"
#include "core/mem.h"
#include "core/path.h"

static void release_endpoints(struct learn_endpoints *e)
{
    for (size_t i = 0; i < e->n; i++) {
        mem_free(e->item[i].address);
        mem_free(e->item[i].host);
    }
    mem_free(e->item);
}

void learn_result_release(struct learn_result *r)
{
    learn_release(&r->learn);
    mem_free(r->use);
    strlist_release(&r->texts);
    mem_free(r->blocked);
    strlist_release(&r->programs);
    strlist_release(&r->looked);
    strlist_release(&r->others);
    release_endpoints(&r->outbound);
    release_endpoints(&r->listening);
    *r = (struct learn_result){0};
}

/* What the address is called by whoever answers for it: somebody's word, and no proof. */
static char *reverse_name(const char *address, uint16_t port)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } a = {0};
    char host[NI_MAXHOST];
    if (inet_pton(AF_INET, address, &a.four.sin_addr) == 1) {
        a.four.sin_family = AF_INET;
        a.four.sin_port = htons(port);
    } else {
        a = (__typeof__(a)){0};
        if (inet_pton(AF_INET6, address, &a.six.sin6_addr) != 1)
            return NULL;
        a.six.sin6_family = AF_INET6;
        a.six.sin6_port = htons(port);
    }
    socklen_t len = a.any.sa_family == AF_INET ? sizeof a.four : sizeof a.six;
    return getnameinfo(&a.any, len, host, sizeof host, NULL, 0, NI_NAMEREQD) == 0 ? mem_strdup(host) : NULL;
}

void learn_result_add_endpoint(struct learn_endpoints *to, const char *address, uint16_t port, unsigned count, bool names)
{
    if (port == 0)
        return;
    for (size_t i = 0; i < to->n; i++) {
        if (to->item[i].port == port && strcmp(to->item[i].address, address) == 0) {
            to->item[i].count += count;
            return;
        }
    }
    mem_reserve(&to->item, &to->cap, to->n + 1, sizeof *to->item);
    to->item[to->n++] = (struct learn_endpoint){
        .address = mem_strdup(address),
        .port = port,
        .count = count,
        .host = names ? reverse_name(address, port) : NULL,
    };
}

void learn_result_add_use(struct learn_result *r, const struct learn_use *use)
{
    mem_reserve(&r->use, &r->cap_uses, r->n_uses + 1, sizeof *r->use);
    r->use[r->n_uses++] = *use;
}

static unsigned access_of(unsigned ways)
{
    return (ways & ACCESSES_READ ? CAPS_READ : 0) | (ways & ACCESSES_WRITE ? CAPS_WRITE : 0);
}

static void add_file(struct learn_result *r, const struct access *a)
{
    if (a->ways == ACCESSES_LOOK) {
        strlist_add(&r->looked, a->target);
        return;
    }
    strlist_add(&r->texts, a->program);
    learn_result_add_use(r, &(struct learn_use){.path = a->target,
                                                .access = access_of(a->ways),
                                                .existed = a->existed,
                                                .is_dir = a->is_dir,
                                                .executed = a->ways & ACCESSES_EXECUTE,
                                                .count = a->count,
                                                .program = r->texts.item[r->texts.n - 1]});
}

void learn_result_add_seen(struct learn_result *r, bool names)
{
    for (size_t i = 0; i < accesses_count(); i++) {
        struct access a;
        accesses_get(i, &a);
        if (a.kind == ACCESSES_FILE)
            add_file(r, &a);
        else if (a.kind == ACCESSES_PROGRAM)
            strlist_add(&r->programs, a.target);
        else
            learn_result_add_endpoint(a.kind == ACCESSES_CONNECT ? &r->outbound : &r->listening, a.target, a.port, a.count, names && a.kind == ACCESSES_CONNECT);
    }
    r->lost = accesses_lost();
    r->searches = accesses_searches();
}

static void find_blocked(struct learn_result *r, const struct caps *caps)
{
    for (size_t i = 0; i < r->programs.n; i++) {
        const struct caps_command *blocked = caps_blocked(caps, r->programs.item[i]);
        if (!blocked)
            continue;
        mem_reserve(&r->blocked, &r->cap_blocked, r->n_blocked + 1, sizeof *r->blocked);
        r->blocked[r->n_blocked++] = (struct learn_blocked){
            .name = blocked->name, .rule = &blocked->origin, .is_own = r->program && strcmp(path_base(r->program), blocked->name) == 0};
    }
}

void learn_result_make(struct learn_result *r, const struct outcome *base)
{
    find_blocked(r, &base->asked);
    learn_make(&(struct learn_request){.world = r->context->world,
                                       .caps = &base->asked,
                                       .workdir = r->workdir,
                                       .groups = &base->groups,
                                       .use = r->use,
                                       .n = r->n_uses},
               &r->learn);
}

bool learn_result_is_empty(const struct learn_result *r)
{
    return r->learn.n_proposals == 0 && r->learn.workdir_access == 0 && r->learn.denied == 0 && r->learn.left == 0 && r->n_blocked == 0;
}
