/* caps_copy: a set of its own, with all that was found out about it. */
#include "core/caps.h"
#include "core/mem.h"

static struct caps_origin origin_copy(const struct caps_origin *o)
{
    return o->memory ? caps_origin_make(o->source, o->name, o->key, o->text) : *o;
}

static void copy_list(const struct strlist *from, struct strlist *ret)
{
    for (size_t i = 0; i < from->n; i++)
        strlist_add(ret, from->item[i]);
}

static void copy_network(const struct caps *from, struct caps *ret)
{
    ret->network = from->network;
    ret->network_origin = origin_copy(&from->network_origin);
    for (size_t i = 0; i < from->n_sockets; i++) {
        struct caps_socket s = from->socket[i];
        s.path = mem_strdup(s.path);
        s.origin = origin_copy(&s.origin);
        caps_add_socket(ret, s);
    }
    for (size_t i = 0; i < from->n_ports; i++)
        caps_add_port(ret, from->port[i].number, from->port[i].use, origin_copy(&from->port[i].origin));
}

void caps_copy(const struct caps *from, struct caps *ret)
{
    caps_init(ret);
    for (size_t i = 0; i < from->n_grants; i++) {
        const struct caps_grant *g = &from->grant[i];
        caps_add_grant(ret, mem_strdup(g->path), g->access, g->file_only, g->exists, origin_copy(&g->origin));
        ret->grant[i].is_part = g->is_part;
    }
    for (size_t i = 0; i < from->n_denies; i++) {
        const struct caps_deny *d = &from->deny[i];
        caps_add_deny(ret, mem_strdup(d->path), d->exists, origin_copy(&d->origin));
        ret->deny[i].overridden = d->overridden;
    }
    for (size_t i = 0; i < from->n_masks; i++)
        caps_add_mask(ret, mem_strdup(from->mask[i].path), from->mask[i].kind);
    for (size_t i = 0; i < from->n_blocked; i++)
        caps_add_blocked(ret, mem_strdup(from->blocked[i].name), origin_copy(&from->blocked[i].origin));
    for (size_t i = 0; i < from->n_variables; i++) {
        const struct caps_variable *v = &from->variable[i];
        caps_add_variable(ret, (struct caps_variable){v->fate, mem_strdup(v->name), mem_strdup(v->value), origin_copy(&v->origin)});
    }
    mem_reserve(&ret->barred, &ret->cap_barred, from->n_barred, sizeof *ret->barred);
    for (; ret->n_barred < from->n_barred; ret->n_barred++)
        ret->barred[ret->n_barred] = from->barred[ret->n_barred];
    ret->level = from->level;
    ret->own_processes = from->own_processes;
    ret->given_up = from->given_up;
    ret->brokered = from->brokered;
    ret->private_shm = from->private_shm;
    ret->private_terminals = from->private_terminals;
    ret->own_terminals = from->own_terminals;
    ret->own_sockets = from->own_sockets;
    for (size_t i = 0; i < from->n_hidden; i++)
        caps_add_hidden(ret, mem_strdup(from->hidden[i].path), from->hidden[i].command, mem_strdup(from->hidden[i].also));
    ret->hides_commands = from->hides_commands;
    ret->search = mem_strdup(from->search);
    ret->memory = mem_strdup(from->memory);
    copy_network(from, ret);
    for (size_t i = 0; i < from->n_guards; i++)
        caps_add_guard(ret, mem_strdup(from->guard[i].pattern), origin_copy(&from->guard[i].origin));
    copy_list(&from->unguarded, &ret->unguarded);
    ret->workdir = mem_strdup(from->workdir);
    ret->workdir_access = from->workdir_access;
    ret->stage = mem_strdup(from->stage);
    copy_list(&from->writable, &ret->writable);
    copy_list(&from->notices, &ret->notices);
    copy_list(&from->warnings, &ret->warnings);
    copy_list(&from->links, &ret->links);
    copy_list(&from->rollback_exclude, &ret->rollback_exclude);
    copy_list(&from->scratch, &ret->scratch);
    ret->max_copy = from->max_copy;
    ret->large = from->large;
}
