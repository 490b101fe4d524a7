/* compare: two resolved policies. */
#include "policy/compare.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/path.h"

static const char none[] = "none";

void compare_release(struct compare *c)
{
    for (size_t i = 0; i < c->n; i++)
        mem_free(c->row[i].subject);
    mem_free(c->row);
    caps_release(&c->caps[0]);
    caps_release(&c->caps[1]);
    *c = (struct compare){0};
}

static void add_row(struct compare *c, struct compare_row row, const char *subject)
{
    mem_reserve(&c->row, &c->cap, c->n + 1, sizeof *c->row);
    row.subject = mem_strdup(subject);
    c->row[c->n++] = row;
}

/* The working directory has a row of its own; what is absent counts as there. */
static void prepare(const struct caps *from, struct caps *ret)
{
    caps_copy(from, ret);
    size_t kept = 0;
    for (size_t i = 0; i < ret->n_grants; i++) {
        if (ret->grant[i].origin.source == CAPS_FROM_WORKDIR) {
            mem_free(ret->grant[i].path);
            caps_origin_release(&ret->grant[i].origin);
            continue;
        }
        ret->grant[i].exists = true;
        ret->grant[kept++] = ret->grant[i];
    }
    ret->n_grants = kept;
}

static const char *said_of(const struct caps *c, const char *path, const struct caps_origin **ret_rule)
{
    static const char *const words[] = {none, "read", "write", "readwrite"};
    struct caps_answer answer;
    caps_evaluate(c, path, CAPS_READ, &answer);
    *ret_rule = answer.deny ? &answer.deny->origin : answer.grant ? &answer.grant->origin : NULL;
    return answer.deny ? "denied" : words[answer.granted & CAPS_READWRITE];
}

static struct compare_row judge(const struct compare *c, const char *path)
{
    struct compare_row row = {.kind = COMPARE_PATH};
    row.first = said_of(&c->caps[0], path, &row.first_rule);
    row.second = said_of(&c->caps[1], path, &row.second_rule);
    return row;
}

static bool is_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every path that either policy names; the texts are borrowed. */
static size_t named_paths(const struct compare *c, const char ***ret)
{
    size_t n = 0;
    const char **path = mem_array(c->caps[0].n_grants + c->caps[0].n_denies + c->caps[1].n_grants + c->caps[1].n_denies + 1, sizeof *path);
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < c->caps[k].n_grants; i++)
            path[n++] = c->caps[k].grant[i].path;
        for (size_t i = 0; i < c->caps[k].n_denies; i++)
            path[n++] = c->caps[k].deny[i].path;
    }
    qsort(path, n, sizeof *path, compare_texts);
    *ret = path;
    return n;
}

/* Unless the two differ there just as they do in the directory above. */
static void compare_path(struct compare *c, const char *path)
{
    AUTO(mem_free_ptr) char *parent = path_parent(path);
    struct compare_row row = judge(c, path);
    struct compare_row above = judge(c, parent);
    bool is_implied = !is_same(parent, path) && is_same(above.first, row.first) && is_same(above.second, row.second);
    if (!is_same(row.first, row.second) && !is_implied)
        add_row(c, row, path);
}

/* What a policy says changes only at the paths it names, and right below one that is granted as a single file. */
static void compare_paths(struct compare *c)
{
    AUTO(mem_free_ptr) const char **path = NULL;
    size_t n = named_paths(c, &path);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && is_same(path[i], path[i - 1]))
            continue;
        AUTO(mem_free_ptr) char *below = path_join(path[i], "*");
        compare_path(c, path[i]);
        compare_path(c, below);
    }
}

static void compare_commands(struct compare *c)
{
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < c->caps[k].n_blocked; i++) {
            const struct caps_command *blocked = &c->caps[k].blocked[i];
            if (caps_blocked(&c->caps[!k], blocked->name))
                continue;
            struct compare_row row = {.kind = COMPARE_COMMAND, .first = none, .second = none};
            *(k ? &row.second : &row.first) = "refused";
            *(k ? &row.second_rule : &row.first_rule) = &blocked->origin;
            add_row(c, row, blocked->name);
        }
    }
}

static const struct caps_guard *find_guard(const struct caps *c, const char *pattern)
{
    for (size_t i = 0; i < c->n_guards; i++)
        if (is_same(c->guard[i].pattern, pattern))
            return &c->guard[i];
    return NULL;
}

static void compare_guards(struct compare *c)
{
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < c->caps[k].n_guards; i++) {
            const struct caps_guard *g = &c->caps[k].guard[i];
            if (find_guard(&c->caps[!k], g->pattern))
                continue;
            struct compare_row row = {.kind = COMPARE_GUARD, .first = none, .second = none};
            *(k ? &row.second : &row.first) = "guarded";
            *(k ? &row.second_rule : &row.first_rule) = &g->origin;
            add_row(c, row, g->pattern);
        }
    }
}

static void compare_lists(struct compare *c, enum compare_kind kind, const struct strlist *const list[2], const char *word)
{
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < list[k]->n; i++) {
            if (strlist_has(list[!k], list[k]->item[i]))
                continue;
            struct compare_row row = {.kind = kind, .first = k ? none : word, .second = k ? word : none};
            add_row(c, row, list[k]->item[i]);
        }
    }
}

static const char *network_of(const struct outcome *o)
{
    static const char *const names[] = {[CAPS_NET_OPEN] = "open", [CAPS_NET_BLOCKED] = "blocked", [CAPS_NET_PORTS] = "ports"};
    return o->limits_network ? "limited" : names[o->asked.network];
}

/* "allow_domain example.org": what limits the network, one line each. */
static void list_limits(struct outcome *o, struct strlist *ret)
{
    for (size_t i = 0; o->limits_network && i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        AUTO(strlist_release) struct strlist values = STRLIST_INIT;
        if (k->section != PROFILE_NETWORK)
            continue;
        if (profile_shape(k->type) == PROFILE_SHAPE_LIST) {
            for (size_t n = 0; n < profile_list_of(&o->profile, k)->n; n++)
                strlist_add(&values, profile_list_of(&o->profile, k)->item[n].text);
        } else if (profile_shape(k->type) == PROFILE_SHAPE_MAP) {
            for (size_t n = 0; n < profile_map_of(&o->profile, k)->n; n++)
                strlist_add(&values, profile_map_of(&o->profile, k)->record[n].key);
        } else if (profile_value_of(&o->profile, k)->text && k->type != PROFILE_BOOL) {
            strlist_add(&values, profile_value_of(&o->profile, k)->text);
        }
        for (size_t n = 0; n < values.n; n++) {
            AUTO(str_release) struct str line = STR_INIT(STR_MAX_PROFILE);
            str_addf(&line, "%s %s", k->name, values.item[n]);
            strlist_add(ret, line.buf);
        }
    }
}

static void list_sockets(const struct caps *c, struct strlist *ret)
{
    for (size_t i = 0; i < c->n_sockets; i++) {
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_PROFILE);
        str_addf(&line, "allow_unix %s", c->socket[i].path);
        strlist_add(ret, line.buf);
    }
}

static void list_ports(const struct caps *c, struct strlist *ret)
{
    for (size_t i = 0; i < c->n_ports; i++) {
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        str_addf(&line, "%s %u", c->port[i].use == CAPS_PORT_CONNECT ? "open_port" : "listen_port", c->port[i].number);
        strlist_add(ret, line.buf);
    }
}

static void compare_network(struct compare *c, struct outcome *first, struct outcome *second)
{
    AUTO(strlist_release) struct strlist before = STRLIST_INIT;
    AUTO(strlist_release) struct strlist after = STRLIST_INIT;
    struct compare_row row = {
        .kind = COMPARE_NETWORK,
        .first = network_of(first),
        .second = network_of(second),
        .first_rule = first->limits_network ? NULL : &c->caps[0].network_origin,
        .second_rule = second->limits_network ? NULL : &c->caps[1].network_origin,
    };
    if (!is_same(row.first, row.second))
        add_row(c, row, "");
    list_sockets(&first->asked, &before);
    list_sockets(&second->asked, &after);
    list_ports(&first->asked, &before);
    list_ports(&second->asked, &after);
    list_limits(first, &before);
    list_limits(second, &after);
    compare_lists(c, COMPARE_NETWORK, (const struct strlist *const[]){&before, &after}, "set");
}

static void compare_workdir(struct compare *c)
{
    static const char *const words[] = {none, "read", "write", "readwrite"};
    struct compare_row row = {
        .kind = COMPARE_WORKDIR,
        .first = words[c->caps[0].workdir_access & CAPS_READWRITE],
        .second = words[c->caps[1].workdir_access & CAPS_READWRITE],
    };
    if (!is_same(row.first, row.second))
        add_row(c, row, "");
}

static bool has_rule(const struct caps *c, const struct caps_variable *v)
{
    for (size_t i = 0; i < c->n_variables; i++) {
        const struct caps_variable *other = &c->variable[i];
        if (other->fate == v->fate && is_same(other->name, v->name) && is_same(other->value ? other->value : "", v->value ? v->value : ""))
            return true;
    }
    return false;
}

static void compare_environment(struct compare *c)
{
    static const char *const words[] = {[CAPS_VARIABLE_ALLOW] = "passed", [CAPS_VARIABLE_DENY] = "withheld", [CAPS_VARIABLE_SET] = "set"};
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < c->caps[k].n_variables; i++) {
            const struct caps_variable *v = &c->caps[k].variable[i];
            struct compare_row row = {.kind = COMPARE_ENVIRONMENT, .first = none, .second = none};
            AUTO(str_release) struct str subject = STR_INIT(STR_MAX_PROFILE);
            if (has_rule(&c->caps[!k], v))
                continue;
            *(k ? &row.second : &row.first) = words[v->fate];
            *(k ? &row.second_rule : &row.first_rule) = &v->origin;
            str_addf(&subject, "%s%s%s", v->name, v->value ? "=" : "", v->value ? v->value : "");
            add_row(c, row, subject.buf);
        }
    }
}

void compare_outcomes(struct outcome *first, struct outcome *second, struct compare *ret)
{
    *ret = (struct compare){0};
    prepare(&first->asked, &ret->caps[0]);
    prepare(&second->asked, &ret->caps[1]);
    compare_paths(ret);
    compare_commands(ret);
    compare_guards(ret);
    compare_lists(ret, COMPARE_GUARD, (const struct strlist *const[]){&ret->caps[0].unguarded, &ret->caps[1].unguarded}, "free");
    compare_network(ret, first, second);
    compare_workdir(ret);
    compare_environment(ret);
    compare_lists(ret, COMPARE_ROLLBACK, (const struct strlist *const[]){&ret->caps[0].rollback_exclude, &ret->caps[1].rollback_exclude},
                  "skipped");
    compare_lists(ret, COMPARE_ROLLBACK, (const struct strlist *const[]){&ret->caps[0].scratch, &ret->caps[1].scratch}, "scratch");
    if (!first->refused.class != !second->refused.class)
        add_row(ret,
                (struct compare_row){.kind = COMPARE_START,
                                     .first = first->refused.class ? "refused" : "starts",
                                     .second = second->refused.class ? "refused" : "starts"},
                "");
}
