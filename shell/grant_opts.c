/* grant_opts: the options that say what a command may do, as a request to the policy. */
#include "shell/grant_opts.h"

#include <stddef.h>
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "policy/expand.h"
#include "policy/find.h"

enum kind { NAME, PATH, SETTING /* a name, '=' and a value */ };

static const struct {
    const char *name;
    size_t offset;
    enum kind kind;
} lists[] = {
    {"--allow", offsetof(struct grant_args, allow), PATH},
    {"--read", offsetof(struct grant_args, read), PATH},
    {"--write", offsetof(struct grant_args, write), PATH},
    {"--allow-file", offsetof(struct grant_args, allow_file), PATH},
    {"--read-file", offsetof(struct grant_args, read_file), PATH},
    {"--write-file", offsetof(struct grant_args, write_file), PATH},
    {"--override-deny", offsetof(struct grant_args, override_deny), PATH},
    {"--allow-command", offsetof(struct grant_args, allow_command), NAME},
    {"--block-command", offsetof(struct grant_args, block_command), NAME},
    {"--env-allow", offsetof(struct grant_args, env_allow), NAME},
    {"--env-deny", offsetof(struct grant_args, env_deny), NAME},
    {"--env", offsetof(struct grant_args, env), SETTING},
    {"--open-port", offsetof(struct grant_args, open_port), NAME},
    {"--listen-port", offsetof(struct grant_args, listen_port), NAME},
    {"--allow-unix-socket", offsetof(struct grant_args, unix_socket), PATH},
    {"--allow-degraded", offsetof(struct grant_args, allow_degraded), NAME},
};
enum { N_LISTS = sizeof lists / sizeof *lists };

static void add_word(const struct world *w, const char *name, const char *text, enum kind kind, struct strlist *ret)
{
    struct err ignored = ERR_INIT;
    char *path = NULL;
    strlist_add(ret, name);
    if (kind == PATH && expand_option(w, text, &path, &ignored) == 0)
        strlist_add_take(ret, path);
    else if (kind == SETTING)
        strlist_add_take(ret, mem_strndup(text, strcspn(text, "=") + 1));
    else
        strlist_add(ret, text);
}

void grant_words(const struct grant_args *a, const struct world *w, bool allow_cwd, struct strlist *ret)
{
    const char *profile = a->profile ? a->profile : "default";
    add_word(w, "--profile", profile, find_is_path(profile) ? PATH : NAME, ret);
    for (size_t i = 0; i < N_LISTS; i++) {
        const struct strlist *l = (const struct strlist *)(const void *)((const char *)a + lists[i].offset);
        for (size_t k = 0; k < l->n; k++)
            add_word(w, lists[i].name, l->item[k], lists[i].kind, ret);
    }
    if (allow_cwd)
        strlist_add(ret, "--allow-cwd");
    if (a->block_net)
        strlist_add(ret, "--block-net");
    if (a->allow_net)
        strlist_add(ret, "--allow-net");
}

static bool parse_flag(const char *word, struct grant_args *a)
{
    bool *flag = strcmp(word, "--allow-cwd") == 0   ? &a->allow_cwd
                 : strcmp(word, "--block-net") == 0 ? &a->block_net
                 : strcmp(word, "--allow-net") == 0 ? &a->allow_net
                                                    : NULL;
    if (flag)
        *flag = true;
    return flag != NULL;
}

static bool parse_value(const char *word, const char *value, struct grant_args *a)
{
    if (strcmp(word, "--profile") == 0) {
        a->profile = value;
        return true;
    }
    if (strcmp(word, "--workdir") == 0) {
        a->workdir = value;
        return true;
    }
    for (size_t i = 0; i < N_LISTS; i++) {
        if (strcmp(word, lists[i].name) == 0) {
            strlist_add((struct strlist *)(void *)((char *)a + lists[i].offset), value);
            return true;
        }
    }
    return false;
}

int grant_parse(const struct strlist *words, struct grant_args *ret, struct err *e)
{
    for (size_t i = 0; i < words->n; i++) {
        if (parse_flag(words->item[i], ret))
            continue;
        if (i + 1 < words->n && parse_value(words->item[i], words->item[i + 1], ret)) {
            i++;
            continue;
        }
        AUTO(mem_free_ptr) char *shown = quote_term_dup(words->item[i]);
        return err_set(e, ERR_INPUT, "'%s' is no option that makes a policy", shown);
    }
    return 0;
}

void grant_release(struct grant_args *a)
{
    for (size_t i = 0; i < N_LISTS; i++)
        strlist_release((struct strlist *)(void *)((char *)a + lists[i].offset));
}

struct resolve_request grant_request(const struct grant_args *a, const struct world *w, const char *workdir)
{
    return (struct resolve_request){
        .world = w,
        .profile = a->profile,
        .workdir = workdir,
        .allow = &a->allow,
        .read = &a->read,
        .write = &a->write,
        .allow_file = &a->allow_file,
        .read_file = &a->read_file,
        .write_file = &a->write_file,
        .override_deny = &a->override_deny,
        .allow_command = &a->allow_command,
        .block_command = &a->block_command,
        .env = &a->env,
        .env_allow = &a->env_allow,
        .env_deny = &a->env_deny,
        .unix_socket = &a->unix_socket,
        .open_port = &a->open_port,
        .listen_port = &a->listen_port,
        .block_net = a->block_net,
        .allow_degraded = &a->allow_degraded,
        .allow_net = a->allow_net,
    };
}
