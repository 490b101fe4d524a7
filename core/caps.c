/* caps: the set of grants and denies, and the one evaluator over it. */
#include "core/caps.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"

void caps_init(struct caps *c)
{
    *c = (struct caps){.network = CAPS_NET_OPEN};
}

void caps_origin_release(struct caps_origin *o)
{
    mem_free(o->memory);
    *o = (struct caps_origin){0};
}

/* What is in the arrays is read and not cleared: after a fork every page that is written to is copied. */
void caps_release(struct caps *c)
{
    for (size_t i = 0; i < c->n_grants; i++) {
        mem_free(c->grant[i].path);
        mem_free(c->grant[i].origin.memory);
    }
    for (size_t i = 0; i < c->n_denies; i++) {
        mem_free(c->deny[i].path);
        mem_free(c->deny[i].origin.memory);
    }
    for (size_t i = 0; i < c->n_blocked; i++) {
        mem_free(c->blocked[i].name);
        mem_free(c->blocked[i].origin.memory);
    }
    for (size_t i = 0; i < c->n_variables; i++) {
        mem_free(c->variable[i].name);
        mem_free(c->variable[i].value);
        mem_free(c->variable[i].origin.memory);
    }
    for (size_t i = 0; i < c->n_masks; i++)
        mem_free(c->mask[i].path);
    for (size_t i = 0; i < c->n_sockets; i++) {
        mem_free(c->socket[i].path);
        mem_free(c->socket[i].origin.memory);
    }
    mem_free(c->socket);
    for (size_t i = 0; i < c->n_ports; i++)
        mem_free(c->port[i].origin.memory);
    mem_free(c->port);
    for (size_t i = 0; i < c->n_guards; i++) {
        mem_free(c->guard[i].pattern);
        mem_free(c->guard[i].origin.memory);
    }
    mem_free(c->guard);
    strlist_release(&c->unguarded);
    for (size_t i = 0; i < c->n_hidden; i++) {
        mem_free(c->hidden[i].path);
        mem_free(c->hidden[i].also);
    }
    mem_free(c->hidden);
    mem_free(c->search);
    mem_free(c->memory);
    mem_free(c->grant);
    mem_free(c->deny);
    mem_free(c->mask);
    mem_free(c->barred);
    mem_free(c->blocked);
    mem_free(c->variable);
    caps_origin_release(&c->network_origin);
    mem_free(c->workdir);
    mem_free(c->stage);
    strlist_release(&c->writable);
    strlist_release(&c->notices);
    strlist_release(&c->warnings);
    strlist_release(&c->links);
    strlist_release(&c->rollback_exclude);
    strlist_release(&c->scratch);
    caps_init(c);
}

/* Every path of every group has an origin: one allocation each, not three. */
struct caps_origin caps_origin_make(enum caps_source source, const char *name, const char *key, const char *text)
{
    key = key ? key : "";
    text = text ? text : "";
    size_t n_key = strlen(key) + 1;
    size_t n_text = strlen(text) + 1;
    size_t n_name = name ? strlen(name) + 1 : 0;
    char *memory = mem_resize(NULL, n_key + n_text + n_name, 1);
    memcpy(memory, key, n_key);
    memcpy(memory + n_key, text, n_text);
    if (name)
        memcpy(memory + n_key + n_text, name, n_name);
    return (struct caps_origin){
        .source = source,
        .memory = memory,
        .name = name ? memory + n_key + n_text : NULL,
        .key = memory,
        .text = memory + n_key,
    };
}

struct caps_origin caps_origin_static(enum caps_source source, const char *name, const char *text)
{
    return (struct caps_origin){.source = source, .name = name, .key = "", .text = text};
}

/* The groups alone have nearly as many: growing to there would copy each of them several times. */
enum { USUAL_GRANTS = 144, USUAL_DENIES = 72 };

static size_t room_for(size_t n, size_t usual)
{
    return n == 0 ? usual : n + 1;
}

/* These take over what they are given. NOLINTBEGIN(readability-non-const-parameter) */
void caps_add_grant(struct caps *c, char *path, unsigned access, bool file_only, bool exists, struct caps_origin origin)
{
    mem_reserve(&c->grant, &c->cap_grants, room_for(c->n_grants, USUAL_GRANTS), sizeof *c->grant);
    c->grant[c->n_grants++] = (struct caps_grant){
        .path = path, .access = access, .file_only = file_only, .exists = exists, .origin = origin};
}

void caps_add_deny(struct caps *c, char *path, bool exists, struct caps_origin origin)
{
    mem_reserve(&c->deny, &c->cap_denies, room_for(c->n_denies, USUAL_DENIES), sizeof *c->deny);
    c->deny[c->n_denies++] = (struct caps_deny){.path = path, .exists = exists, .origin = origin};
}

void caps_add_mask(struct caps *c, char *path, enum caps_mask_kind kind)
{
    mem_reserve(&c->mask, &c->cap_masks, c->n_masks + 1, sizeof *c->mask);
    c->mask[c->n_masks++] = (struct caps_mask){.path = path, .kind = kind};
}

void caps_add_blocked(struct caps *c, char *name, struct caps_origin origin)
{
    mem_reserve(&c->blocked, &c->cap_blocked, c->n_blocked + 1, sizeof *c->blocked);
    c->blocked[c->n_blocked++] = (struct caps_command){.name = name, .origin = origin};
}

void caps_add_guard(struct caps *c, char *pattern, struct caps_origin origin)
{
    for (size_t i = 0; i < c->n_guards; i++) {
        if (strcmp(c->guard[i].pattern, pattern) != 0)
            continue;
        mem_free(pattern);
        caps_origin_release(&origin);
        return;
    }
    mem_reserve(&c->guard, &c->cap_guards, c->n_guards + 1, sizeof *c->guard);
    c->guard[c->n_guards++] = (struct caps_guard){.pattern = pattern, .origin = origin};
}

void caps_add_hidden(struct caps *c, char *path, size_t command, char *also)
{
    mem_reserve(&c->hidden, &c->cap_hidden, c->n_hidden + 1, sizeof *c->hidden);
    c->hidden[c->n_hidden++] = (struct caps_hidden){.path = path, .command = command, .also = also};
}
/* NOLINTEND(readability-non-const-parameter) */

void caps_add_variable(struct caps *c, struct caps_variable v)
{
    mem_reserve(&c->variable, &c->cap_variables, c->n_variables + 1, sizeof *c->variable);
    c->variable[c->n_variables++] = v;
}

void caps_add_socket(struct caps *c, struct caps_socket s)
{
    mem_reserve(&c->socket, &c->cap_sockets, c->n_sockets + 1, sizeof *c->socket);
    c->socket[c->n_sockets++] = s;
}

void caps_add_port(struct caps *c, uint16_t number, enum caps_port_use use, struct caps_origin origin)
{
    if (caps_port(c, number, use)) {
        caps_origin_release(&origin);
        return;
    }
    mem_reserve(&c->port, &c->cap_ports, c->n_ports + 1, sizeof *c->port);
    c->port[c->n_ports++] = (struct caps_port){.number = number, .use = use, .origin = origin};
}

void caps_origin_describe(const struct caps_origin *o, struct str *out)
{
    switch (o->source) {
    case CAPS_FROM_USER:
        quote_term(out, o->name);
        if (*o->text) {
            str_addc(out, ' ');
            quote_term(out, o->text);
        }
        break;
    case CAPS_FROM_PROFILE:
        str_add(out, "profile ");
        quote_term(out, o->name);
        if (*o->key) {
            str_addc(out, ' ');
            quote_term(out, o->key);
        }
        break;
    case CAPS_FROM_GROUP:
        str_add(out, "group ");
        quote_term(out, o->name);
        break;
    case CAPS_FROM_WORKDIR:
        str_add(out, "working directory (");
        quote_term(out, o->name);
        str_addc(out, ')');
        break;
    case CAPS_FROM_PROGRAM:
        str_add(out, "program ");
        quote_term(out, o->name);
        break;
    case CAPS_FROM_NONO:
        str_add(out, "nono's own files");
        break;
    case CAPS_FROM_SELF:
        str_add(out, "nono itself");
        break;
    case CAPS_FROM_LEVEL:
        str_add(out, "the command's own");
        break;
    }
}

static bool grant_covers(const struct caps_grant *g, const char *path)
{
    if (!g->exists)
        return false;
    return g->file_only ? strcmp(g->path, path) == 0 : path_is_within(path, g->path);
}

const char *const caps_direct_roots[] = {"/dev", "/proc", "/sys", NULL};

bool caps_is_direct(const char *path)
{
    for (const char *const *root = caps_direct_roots; *root; root++)
        if (path_is_within(path, *root))
            return true;
    return false;
}

void caps_evaluate(const struct caps *c, const char *path, unsigned access, struct caps_answer *ret)
{
    *ret = (struct caps_answer){0};
    for (size_t i = 0; i < c->n_denies; i++) {
        const struct caps_deny *d = &c->deny[i];
        if (d->overridden || !path_is_within(path, d->path))
            continue;
        if (!ret->deny || strlen(d->path) > strlen(ret->deny->path))
            ret->deny = d;
    }
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        if (!grant_covers(g, path))
            continue;
        ret->granted |= g->access;
        if (!ret->grant || strlen(g->path) > strlen(ret->grant->path))
            ret->grant = g;
    }
    const struct caps_hidden *hidden = caps_hidden(c, path);
    ret->blocked = hidden ? &c->blocked[hidden->command] : NULL;
    ret->allowed = !ret->deny && !hidden && (ret->granted & access) == access;
}

/* Landlock cannot tell one process's directory in /proc from another's: a grant of /proc/self is one of /proc, to read (core/landlock_rules.h).
 * Descriptors may be opened as they are open. */
void caps_evaluate_seen(const struct caps *c, const char *path, unsigned access, struct caps_answer *ret)
{
    bool is_own = path_is_within(path, "/proc/self") || path_is_within(path, "/proc/thread-self");
    caps_evaluate(c, path, access, ret);
    if (!ret->allowed && !ret->deny && access == CAPS_READ && path_is_within(path, "/proc"))
        caps_evaluate(c, "/proc/self", access, ret);
    if (is_own && !path_is_within(path, "/proc/self/fd")) {
        struct caps_answer whole;
        caps_evaluate(c, "/proc", CAPS_WRITE, &whole);
        ret->granted &= whole.granted | CAPS_READ;
        ret->allowed = !ret->deny && (ret->granted & access) == access;
    }
}

static bool socket_covers(const struct caps_socket *s, const char *path, const struct caps_object *object)
{
    if (!s->exists || (s->is_dir ? !path_is_within(path, s->path) : strcmp(s->path, path) != 0))
        return false;
    return !object || !s->is_pinned || (object->device == s->object.device && object->inode == s->object.inode);
}

const struct caps_socket *caps_socket(const struct caps *c, const char *path, const struct caps_object *object)
{
    struct caps_answer answer;
    caps_evaluate(c, path, 0, &answer);
    for (size_t i = 0; !answer.deny && i < c->n_sockets; i++)
        if (socket_covers(&c->socket[i], path, object))
            return &c->socket[i];
    return NULL;
}

const struct caps_port *caps_port(const struct caps *c, uint16_t port, enum caps_port_use use)
{
    for (size_t i = 0; i < c->n_ports; i++)
        if (c->port[i].number == port && c->port[i].use == use)
            return &c->port[i];
    return NULL;
}

bool caps_ports_describe(const struct caps *c, enum caps_port_use use, struct str *out)
{
    bool any = false;
    for (size_t i = 0; i < c->n_ports; i++) {
        if (c->port[i].use != use)
            continue;
        str_addf(out, "%s%u", any ? ", " : "", c->port[i].number);
        any = true;
    }
    return any;
}

const struct caps_command *caps_blocked(const struct caps *c, const char *program)
{
    const char *name = path_base(program);
    for (size_t i = 0; i < c->n_blocked; i++)
        if (c->blocked[i].name[0] == name[0] && strcmp(c->blocked[i].name, name) == 0)
            return &c->blocked[i];
    return NULL;
}

const struct caps_hidden *caps_hidden(const struct caps *c, const char *path)
{
    for (size_t i = 0; i < c->n_hidden; i++)
        if (strcmp(c->hidden[i].path, path) == 0)
            return &c->hidden[i];
    return NULL;
}
