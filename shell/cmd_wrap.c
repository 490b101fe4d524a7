/* nono wrap: confines itself and becomes the command; nothing stays behind. */
#include "core/launch.h"
#include "core/mem.h"
#include "shell/banner.h"
#include "shell/commands.h"
#include "shell/grant_opts.h"
#include "shell/last.h"
#include "shell/sandbox.h"

struct wrap_args {
    struct cmd_args_head head;
    struct grant_args grant;
};

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct wrap_args *a = args;
    AUTO(sandbox_release) struct sandbox sandbox = {0};
    struct sandbox_request request = {.context = ctx, .grant = &a->grant, .command = a->head.operands.item};
    if (sandbox_prepare(&request, &sandbox, e) < 0)
        return last_refused(&request, "wrap", e);
    if (sandbox_find(&request, &sandbox, e) < 0)
        return last_not_started(&request, "wrap", &sandbox, e);
    banner_caps(&sandbox);
    if (a->grant.dry_run) {
        banner_dry_run(&sandbox);
        return CMD_OK;
    }
    last_forget(ctx);
    struct launch launch = sandbox_launch(&sandbox);
    (void)launch_exec(&launch, e);
    return sandbox_not_started(e);
}

static const struct cmd_operand operands[] = {
    {.name = "PROGRAM", .value = VAL_COMMAND, .required = true, .rest = true, .help = "the program and its arguments"},
    {.name = NULL},
};

static const struct cmd_opt opts[] = {
    GRANT_OPTS(struct wrap_args, grant),
};

static const char *const examples[] = {
    "nono wrap --read ~/data -- ./report", "the process is the program itself, confined",
    NULL,
};

const struct cmd cmd_wrap = {
    .path = "wrap",
    .section = "CORE USAGE",
    .summary = "Apply sandbox and exec into command (nono disappears)",
    .about = "Confined like 'nono run', but no session is recorded and nothing can be taken back, since nono does not stay to see the "
             "end.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct wrap_args),
    .failure = CMD_NOT_STARTED,
    .light = true,
    .run = run,
};
