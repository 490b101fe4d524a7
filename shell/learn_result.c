/* learn_result: what was seen, gathered. */
#include "shell/learn_result.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/accesses.h"
#include "core/executable.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/tracer.h"

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
    strlist_release(&r->sockets);
    strlist_release(&r->looked);
    strlist_release(&r->others);
    learn_network_release(&r->network);
    release_endpoints(&r->outbound);
    release_endpoints(&r->listening);
    *r = (struct learn_result){0};
}

struct learn_endpoint *learn_result_add_endpoint(struct learn_endpoints *to, const char *address, uint16_t port)
{
    mem_reserve(&to->item, &to->cap, to->n + 1, sizeof *to->item);
    to->item[to->n] = (struct learn_endpoint){.address = mem_strdup(address), .port = port};
    return &to->item[to->n++];
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

static void add_seen(struct learn_result *r, size_t at)
{
    struct access a;
    accesses_get(at, &a);
    if (a.kind == ACCESSES_FILE)
        add_file(r, &a);
    else if (a.kind == ACCESSES_PROGRAM)
        strlist_add(&r->programs, a.target);
    else if (a.kind == ACCESSES_UNIX)
        strlist_add(&r->sockets, a.target);
    if (a.kind != ACCESSES_LISTEN && (a.kind != ACCESSES_CONNECT || a.port == 0))
        return;
    struct learn_endpoint *e = learn_result_add_endpoint(a.kind == ACCESSES_CONNECT ? &r->outbound : &r->listening, a.target, a.port);
    e->count = a.count;
    e->at = at;
}

void learn_result_add_seen(struct learn_result *r, bool names)
{
    for (size_t i = 0; i < accesses_count(); i++)
        add_seen(r, i);
    learn_host_name(&r->outbound, names);
    r->is_traced = tracer_was_used();
    r->lost = accesses_lost();
    r->n_sockets_made = accesses_sockets();
    r->n_sockets_refused = accesses_sockets_refused();
    r->searches = accesses_searches();
}

static bool is_executed(const struct learn_result *r, const char *path)
{
    for (size_t i = 0; i < r->n_uses; i++)
        if (r->use[i].executed && strcmp(r->use[i].path, path) == 0)
            return true;
    return false;
}

void learn_result_add_program(struct learn_result *r, const char *file)
{
    enum { CHAIN_MAX = 6 }; /* the kernel follows five */
    struct executable next = {.kind = EXECUTABLE_SCRIPT};
    (void)snprintf(next.next, sizeof next.next, "%s", file);
    for (int i = 0; i < CHAIN_MAX && next.kind != EXECUTABLE_ALONE; i++) {
        struct err ignored = ERR_INIT;
        AUTO(mem_close_fd) int at = -1;
        AUTO(mem_free_ptr) char *real = NULL;
        if (path_resolve(next.next, &at, &real, &ignored) < 0)
            return;
        if (!is_executed(r, real)) {
            strlist_add(&r->texts, real);
            learn_result_add_use(
                r, &(struct learn_use){
                       .path = r->texts.item[r->texts.n - 1], .access = CAPS_READ, .existed = true, .executed = true, .count = 1, .program = ""});
        }
        AUTO(mem_close_fd) int fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
            return;
        executable_read(fd, &next);
    }
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
    learn_network_make(r, base);
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
    return r->learn.n_proposals == 0 && r->learn.workdir_access == 0 && r->learn.denied == 0 && r->learn.left == 0 && r->n_blocked == 0 &&
           learn_network_is_empty(&r->network);
}
