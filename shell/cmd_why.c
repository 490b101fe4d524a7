/* nono why: why a path, a host, a program or a variable is allowed or denied, and the smallest change that would allow it. */
#include <stdint.h>
#include <string.h>

#include "core/kernel.h"
#include "core/launch.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/expand.h"
#include "policy/explain.h"
#include "shell/commands.h"
#include "shell/grant_opts.h"
#include "shell/sandbox.h"
#include "shell/why_last.h"
#include "shell/why_print.h"
#include "shell/why_self.h"

struct why_args {
    struct cmd_args_head head;
    struct grant_args grant;
    const char *path, *host, *command, *env;
    int op;
    uint64_t port;
    bool self, last, json;
};

/* A profile and NONO_ALLOW may come from the environment, and are not looked at. */
static int check_no_policy(const struct grant_args *g, const char *option, const char *why, struct err *e)
{
    size_t n = g->read.n + g->write.n + g->allow_file.n + g->read_file.n + g->write_file.n + g->override_deny.n + g->allow_command.n +
               g->block_command.n + g->env_allow.n + g->env_deny.n;
    if (n > 0 || g->workdir || g->allow_cwd)
        return err_set(e, ERR_USAGE, "%s %s: options that make a policy do not go with it", option, why);
    return 0;
}

static int check_question(const struct why_args *a, struct err *e)
{
    if (a->last && (a->path || a->host || a->command || a->env || a->self))
        return err_set(e, ERR_USAGE, "--last asks about a command that is over: nothing else can be asked with it");
    int n = (a->path != NULL) + (a->host != NULL) + (a->command != NULL) + (a->env != NULL);
    if (n > 1 || (n == 0 && !a->self && !a->last))
        return err_set(e, ERR_USAGE, "why needs one of --path, --host, --command, --env and --last (see 'nono why --help')");
    if ((a->path && !*a->path) || (a->host && !*a->host) || (a->command && !*a->command))
        return err_set(e, ERR_USAGE, "--%s is empty", a->path ? "path" : a->host ? "host" : "command");
    if (a->port < 1 || a->port > UINT16_MAX)
        return err_set(e, ERR_USAGE, "--port must be a number from 1 to %d", UINT16_MAX);
    struct err wrong = ERR_INIT;
    if (a->env && environment_check_name(a->env, &wrong) < 0)
        return err_set(e, ERR_USAGE, "--env: %s", wrong.text);
    if (a->env && a->self)
        return err_set(e, ERR_USAGE, "--env does not go with --self: 'env' lists the variables that there are here");
    if (a->last)
        return check_no_policy(&a->grant, "--last", "judges by the policy that the command had", e);
    return a->self ? check_no_policy(&a->grant, "--self", "asks the kernel what holds here", e) : 0;
}

static int answer_path(const struct why_args *a, const struct explain_request *r, const struct explain_policy *p, struct explain_answer *ret,
                       struct err *e)
{
    static const unsigned access[] = {[WHY_READ] = CAPS_READ, [WHY_WRITE] = CAPS_WRITE, [WHY_READWRITE] = CAPS_READWRITE};
    AUTO(mem_free_ptr) char *path = NULL;
    if (expand_option(r->resolve.world, a->path, &path, e) < 0)
        return err_add(e, "--path");
    if (a->op == WHY_EXEC)
        explain_exec(r, p, path, ret);
    else
        explain_path(r, p, path, access[a->op], ret);
    return 0;
}

static int answer_command(const struct why_args *a, const struct explain_request *r, const struct explain_policy *p, struct explain_answer *ret,
                          struct err *e)
{
    const struct world *w = r->resolve.world;
    AUTO(mem_free_ptr) char *found = NULL;
    AUTO(mem_free_ptr) char *exe = NULL;
    struct err why = ERR_INIT;
    if (launch_find(a->command, w->path, w->exe, &found, &why) == 0 && expand_option(w, found, &exe, e) < 0)
        return e->class;
    explain_command(r, p, a->command, exe, why.text, ret);
    return 0;
}

static void answer_variable(const struct cmd_context *ctx, const char *name, const struct explain_request *r, const struct explain_policy *p,
                            struct explain_answer *ret)
{
    explain_variable(r, p, name, ret);
    if (ret->reason != EXPLAIN_VARIABLE_SET && !environment_has(ctx->env, name))
        strlist_add(&ret->notes, "it is not set here, so that there is nothing to pass on");
}

static int answer_policy(const struct cmd_context *ctx, const struct why_args *a, const struct why_question *q, struct str *out, struct err *e)
{
    AUTO(mem_free_ptr) char *workdir = NULL;
    AUTO(explain_policy_release) struct explain_policy policy = {0};
    AUTO(explain_answer_release) struct explain_answer answer = EXPLAIN_ANSWER_INIT;
    if (sandbox_workdir(ctx->world, a->grant.workdir, &workdir, e) < 0)
        return e->class;
    if (kernel_is_confined())
        out_note("  This is already inside a sandbox, which may deny more; 'nono why --self' asks the kernel.\n");
    const struct explain_request request = {.resolve = grant_request(&a->grant, ctx->world, workdir), .allow_cwd = a->grant.allow_cwd};
    int rc = explain_prepare(&request, &policy, e);
    if (rc == 0 && a->path)
        rc = answer_path(a, &request, &policy, &answer, e);
    else if (rc == 0 && a->command)
        rc = answer_command(a, &request, &policy, &answer, e);
    if (rc < 0)
        return rc;
    if (a->host)
        explain_network(&request, &policy, a->host, (uint16_t)a->port, &answer);
    if (a->env)
        answer_variable(ctx, a->env, &request, &policy, &answer);
    (a->json ? why_print_json : why_print_text)(ctx->world, q, &answer, out);
    return 0;
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct why_args *a = args;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    if (check_question(a, e) < 0)
        return e->class;
    const struct why_question question = {
        .what = a->path ? "path" : a->host ? "host" : a->command ? "command" : a->env ? "env" : NULL,
        .text = a->path ? a->path : a->host ? a->host : a->command ? a->command : a->env,
        .op = a->path ? why_op_names[a->op] : NULL,
        .port = (uint16_t)a->port,
    };
    int rc = a->last   ? why_last(ctx->world, ctx->env, a->json, &text, e)
             : a->self ? why_self(ctx->world, &question, (enum why_op)a->op, a->json, &text, e)
                       : answer_policy(ctx, a, &question, &text, e);
    if (rc == 0)
        rc = out_text(&text, "the answer", e);
    return rc;
}

static const struct why_args defaults = {.port = 443};

static const struct cmd_opt opts[] = {
    TEXT(struct why_args, path, 0, "path", VAL_FILE, "PATH", "Ask about a path", .heading = "QUERY"),
    CHOICE(struct why_args, op, 0, "op", why_op_names, "OP", "What is to be done with it: read, write, readwrite or exec", .heading = "QUERY",
           .choice_help = why_op_help),
    TEXT(struct why_args, host, 0, "host", VAL_TEXT, "HOST", "Ask about the network", .heading = "QUERY"),
    UINT(struct why_args, port, 0, "port", "N", "The port of the host (443 when not given)", .heading = "QUERY"),
    TEXT(struct why_args, command, 0, "command", VAL_TEXT, "NAME", "Ask about starting a program", .heading = "QUERY"),
    TEXT(struct why_args, env, 0, "env", VAL_VARIABLE, "NAME", "Ask about a variable of the environment", .heading = "QUERY"),
    FLAG(struct why_args, self, 0, "self", "Inside a sandbox: ask the kernel what holds here", .heading = "QUERY"),
    FLAG(struct why_args, last, 0, "last", "Ask why the last command of this terminal, or else of this directory, ended as it did", .heading = "QUERY"),
    GRANT_RULES(struct why_args, grant),
    FLAG(struct why_args, json, 0, "json", "Print JSON"),
};

static const char *const examples[] = {
    "nono why --path ~/.ssh/id_rsa", "why a secret stays closed, and what would open it",
    "nono why --path ./out --op write -p developer", "the same question under a profile",
    "nono why --command npm -p developer --json", "for a script",
    "nono why --env GITHUB_TOKEN -p developer", "whether a variable is passed on",
    "nono why --last", "after a command failed",
    "nono why --self --path ~/.ssh/id_rsa", "inside a sandbox: what the kernel says",
    NULL,
};

const struct cmd cmd_why = {
    .path = "why",
    .section = "EXPLORATION & DEBUGGING",
    .summary = "Explain why something is allowed or denied",
    .about = "Answers from the policy that 'nono run' would enforce with the same options: which rule decides, where it is written, and the "
             "smallest change that would allow what is denied. The change is tried before it is named. With --self, inside a sandbox, the kernel "
             "itself is asked, without touching anything. With --last the record of a command that is over is read, and what it names judged by the policy "
             "it had. The status is 0 whatever the answer.",
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .args_init = &defaults,
    .examples = examples,
    .args_size = sizeof(struct why_args),
    .run = run,
};
