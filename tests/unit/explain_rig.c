#include "tests/unit/explain_rig.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static const char *const list_names[RIG_LISTS] = {
    [RIG_ALLOW] = "--allow",
    [RIG_READ] = "--read",
    [RIG_WRITE] = "--write",
    [RIG_ALLOW_FILE] = "--allow-file",
    [RIG_READ_FILE] = "--read-file",
    [RIG_WRITE_FILE] = "--write-file",
    [RIG_OVERRIDE] = "--override-deny",
    [RIG_COMMAND] = "--allow-command",
    [RIG_BLOCK] = "--block-command",
    [RIG_SOCKET] = "--allow-unix-socket",
    [RIG_LISTEN] = "--listen-port",
};

void rig_make(struct rig *g, const char *profile)
{
    *g = (struct rig){.answer = EXPLAIN_ANSWER_INIT};
    home_make(&g->home, "/var/tmp"); /* commands may write to /tmp */
    caps_init(&g->policy.caps);
    home_file(&g->home, ".ssh/id_rsa", "");
    home_file(&g->home, "work/file", "");
    home_file(&g->home, "other/file", "");
    g->request.resolve = (struct resolve_request){
        .world = &g->home.world,
        .profile = profile,
        .workdir = g->home.world.cwd,
        .allow = &g->list[RIG_ALLOW],
        .read = &g->list[RIG_READ],
        .write = &g->list[RIG_WRITE],
        .allow_file = &g->list[RIG_ALLOW_FILE],
        .read_file = &g->list[RIG_READ_FILE],
        .write_file = &g->list[RIG_WRITE_FILE],
        .override_deny = &g->list[RIG_OVERRIDE],
        .allow_command = &g->list[RIG_COMMAND],
        .block_command = &g->list[RIG_BLOCK],
        .unix_socket = &g->list[RIG_SOCKET],
        .listen_port = &g->list[RIG_LISTEN],
    };
}

static void clear(struct rig *g)
{
    explain_policy_release(&g->policy);
    explain_answer_release(&g->answer);
    g->policy = (struct explain_policy){0};
    g->answer = (struct explain_answer)EXPLAIN_ANSWER_INIT;
}

void rig_release(struct rig *g)
{
    for (size_t i = 0; i < RIG_LISTS; i++)
        strlist_release(&g->list[i]);
    clear(g);
    home_remove(&g->home);
}

void rig_prepare(struct rig *g)
{
    struct err e = ERR_INIT;
    clear(g);
    CHECK_OK(explain_prepare(&g->request, &g->policy, &e), &e);
}

char *rig_path(const struct rig *g, const char *path)
{
    return *path == '/' ? mem_strdup(path) : home_join(&g->home, path);
}

void rig_ask_again(struct rig *g, const char *path, unsigned access)
{
    AUTO(mem_free_ptr) char *at = rig_path(g, path);
    explain_answer_release(&g->answer);
    g->answer = (struct explain_answer)EXPLAIN_ANSWER_INIT;
    explain_path(&g->request, &g->policy, at, access, &g->answer);
}

void rig_ask(struct rig *g, const char *path, unsigned access)
{
    rig_prepare(g);
    rig_ask_again(g, path, access);
}

void rig_ask_exec(struct rig *g, const char *path)
{
    AUTO(mem_free_ptr) char *at = rig_path(g, path);
    rig_prepare(g);
    explain_exec(&g->request, &g->policy, at, &g->answer);
}

void rig_ask_command(struct rig *g, const char *name, const char *exe)
{
    rig_prepare(g);
    explain_command(&g->request, &g->policy, name, exe, "nothing of that name", &g->answer);
}

void rig_ask_host(struct rig *g)
{
    rig_prepare(g);
    explain_network(&g->request, &g->policy, "example.org", 443, &g->answer);
}

void rig_add(struct rig *g, enum rig_list list, const char *path)
{
    AUTO(mem_free_ptr) char *at = rig_path(g, path);
    strlist_add(&g->list[list], at);
}

void rig_apply(struct rig *g)
{
    const struct strlist *words = &g->answer.change;
    CHECK(words->n > 0);
    for (size_t i = 0; i < words->n; i++) {
        bool known = strcmp(words->item[i], "--allow-net") == 0 || strcmp(words->item[i], "--allow-cwd") == 0;
        g->request.resolve.allow_net |= strcmp(words->item[i], "--allow-net") == 0;
        g->request.allow_cwd |= strcmp(words->item[i], "--allow-cwd") == 0;
        for (int k = 0; k < RIG_LISTS && !known; k++)
            if (strcmp(words->item[i], list_names[k]) == 0 && i + 1 < words->n) {
                strlist_add(&g->list[k], words->item[++i]);
                known = true;
            }
        CHECK(known);
    }
}

void rig_denied_and_allowed(struct rig *g, const char *path, unsigned access, enum explain_reason reason)
{
    rig_ask(g, path, access);
    CHECK(!g->answer.allowed);
    CHECK_STR(explain_reason_names[g->answer.reason], explain_reason_names[reason]);
    rig_apply(g);
    rig_ask(g, path, access);
    CHECK(g->answer.allowed);
    CHECK_INT(g->answer.change.n, 0);
}

void rig_denied_for_good(struct rig *g, const char *path, unsigned access, const char *way_out)
{
    rig_ask(g, path, access);
    CHECK(!g->answer.allowed);
    CHECK_INT(g->answer.change.n, 0);
    if (!strstr(g->answer.way_out.buf, way_out))
        tap_fail(__FILE__, __LINE__, "way out: %s", g->answer.way_out.buf);
}
