/* explain_change: the smallest change to the options that would allow something. Whatever is named was tried: the policy is made again with it. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/path.h"
#include "policy/explain_parts.h"

static const struct {
    const char *name;
    size_t offset; /* of its list in struct resolve_request */
} options[] = {
    {"--allow", offsetof(struct resolve_request, allow)},
    {"--read", offsetof(struct resolve_request, read)},
    {"--write", offsetof(struct resolve_request, write)},
    {"--allow-file", offsetof(struct resolve_request, allow_file)},
    {"--read-file", offsetof(struct resolve_request, read_file)},
    {"--write-file", offsetof(struct resolve_request, write_file)},
    {"--override-deny", offsetof(struct resolve_request, override_deny)},
    {"--allow-command", offsetof(struct resolve_request, allow_command)},
    {"--open-port", offsetof(struct resolve_request, open_port)},
    {"--listen-port", offsetof(struct resolve_request, listen_port)},
    {"--allow-unix-socket", offsetof(struct resolve_request, unix_socket)},
    {"--env-allow", offsetof(struct resolve_request, env_allow)},
};
enum { N_OPTIONS = sizeof options / sizeof *options };

/* A request and the lists it borrows. */
struct changed {
    struct explain_request request;
    struct strlist list[N_OPTIONS];
};

static void changed_release(struct changed *c)
{
    for (size_t i = 0; i < N_OPTIONS; i++)
        strlist_release(&c->list[i]);
}

static void changed_make(const struct explain_request *r, const struct strlist *words, struct changed *ret)
{
    *ret = (struct changed){.request = *r};
    for (size_t i = 0; i < N_OPTIONS; i++) {
        const struct strlist **field = (const struct strlist **)(void *)((char *)&ret->request.resolve + options[i].offset);
        for (size_t k = 0; *field && k < (*field)->n; k++)
            strlist_add(&ret->list[i], (*field)->item[k]);
        for (size_t k = 0; k + 1 < words->n; k++)
            if (strcmp(words->item[k], options[i].name) == 0)
                strlist_add(&ret->list[i], words->item[k + 1]);
        *field = &ret->list[i];
    }
    ret->request.resolve.allow_net |= strlist_has(words, "--allow-net");
    ret->request.allow_cwd |= strlist_has(words, "--allow-cwd");
}

static bool goal_is_reached(const struct explain_policy *p, const struct explain_goal *g, size_t n_parts)
{
    for (size_t i = 0; i < n_parts; i++) {
        struct caps_answer answer;
        explain_judge_part(p, &g->part[i], &answer);
        if (!answer.allowed)
            return false;
    }
    if (g->variable && !explain_variable_is_given(p, g->variable))
        return false;
    if (g->socket && !caps_socket(&p->caps, g->socket, NULL))
        return false;
    if (g->network && !(g->listens ? explain_listens_port : explain_reaches_port)(&p->caps, g->port))
        return false;
    return !p->refused && !(g->command && caps_blocked(&p->caps, g->command));
}

/* Whether the first `n_parts` parts of the goal would be allowed. */
static bool reaches(const struct explain_request *r, const struct strlist *words, const struct explain_goal *g, size_t n_parts)
{
    AUTO(changed_release) struct changed changed;
    AUTO(explain_policy_release) struct explain_policy policy = {0};
    struct err ignored = ERR_INIT;
    changed_make(r, words, &changed);
    return explain_prepare(&changed.request, &policy, &ignored) == 0 && goal_is_reached(&policy, g, n_parts);
}

static const char *grant_option(unsigned access, bool is_dir)
{
    switch (access & CAPS_READWRITE) {
    case CAPS_READ:
        return is_dir ? "--read" : "--read-file";
    case CAPS_WRITE:
        return is_dir ? "--write" : "--write-file";
    default:
        return is_dir ? "--allow" : "--allow-file";
    }
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

struct attempt {
    const char *override; /* NULL: none */
    const char *grant;    /* NULL: none */
    unsigned access;
    bool cwd;
};

/* True when `words` with the attempt reaches the goal; they are then added. */
static bool attempt(const struct explain_request *r, const struct explain_goal *g, size_t n_parts, const struct attempt *a, struct strlist *words)
{
    AUTO(strlist_release) struct strlist more = STRLIST_INIT;
    for (size_t i = 0; i < words->n; i++)
        strlist_add(&more, words->item[i]);
    if (a->cwd)
        strlist_add(&more, "--allow-cwd");
    if (a->override) {
        strlist_add(&more, "--override-deny");
        strlist_add(&more, a->override);
    }
    if (a->grant) {
        strlist_add(&more, grant_option(a->access, is_directory(a->grant)));
        strlist_add(&more, a->grant);
    }
    if (!reaches(r, &more, g, n_parts))
        return false;
    struct strlist old = *words;
    *words = more;
    more = old;
    return true;
}

/* What allows part `i`, given that the options in `words` allow those before it. From the narrowest to the widest. */
static bool change_part(const struct explain_request *r, const struct explain_policy *p, const struct explain_goal *g, size_t i,
                        struct strlist *words)
{
    const struct explain_part *part = &g->part[i];
    const char *path = part->real.path;
    struct caps_answer answer;
    explain_judge(p, path, part->access, &answer);
    AUTO(mem_free_ptr) char *there = explain_existing(path);
    const char *denied = answer.deny ? answer.deny->path : NULL;
    unsigned missing = part->access & ~answer.granted;
    const struct attempt attempts[] = {
        {0},
        {.cwd = true},
        {.grant = path, .access = missing ? missing : part->access},
        {.grant = there, .access = missing ? missing : part->access},
        {.override = denied ? path : NULL},
        {.override = answer.guard ? path : NULL},
        {.override = denied ? path : NULL, .grant = path, .access = part->access},
        {.override = denied},
        {.override = denied, .grant = denied, .access = part->access},
    };
    for (size_t k = 0; k < sizeof attempts / sizeof *attempts; k++)
        if (attempt(r, g, i + 1, &attempts[k], words))
            return true;
    return false;
}

static void allow_commands(const struct explain_policy *p, const struct explain_goal *g, struct strlist *words)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    if (g->command && caps_blocked(&p->caps, g->command))
        strlist_add(&names, path_base(g->command));
    for (size_t i = 0; i < g->n_parts; i++) {
        struct caps_answer answer;
        explain_judge_part(p, &g->part[i], &answer);
        if (answer.blocked)
            (void)strlist_add_once(&names, answer.blocked->name);
    }
    for (size_t i = 0; i < names.n; i++) {
        strlist_add(words, "--allow-command");
        strlist_add(words, names.item[i]);
    }
}

static void allow_network(const struct explain_goal *g, struct strlist *words)
{
    char number[8];
    if (!g->network)
        return;
    if (!g->listens && !g->by_address) {
        strlist_add(words, "--allow-net");
        return;
    }
    (void)snprintf(number, sizeof number, "%u", g->port);
    strlist_add(words, g->listens ? "--listen-port" : "--open-port");
    strlist_add(words, number);
}

bool explain_find_change(const struct explain_request *r, const struct explain_policy *p, const struct explain_goal *g, struct strlist *ret)
{
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    allow_commands(p, g, &words);
    if (g->variable && !explain_variable_is_given(p, g->variable)) {
        strlist_add(&words, "--env-allow");
        strlist_add(&words, g->variable);
    }
    if (g->socket) {
        strlist_add(&words, "--allow-unix-socket");
        strlist_add(&words, g->socket);
    }
    allow_network(g, &words);
    for (size_t i = 0; i < g->n_parts; i++)
        if (!change_part(r, p, g, i, &words))
            return false;
    if (words.n == 0 || !reaches(r, &words, g, g->n_parts))
        return false;
    *ret = words;
    words = (struct strlist)STRLIST_INIT;
    return true;
}
