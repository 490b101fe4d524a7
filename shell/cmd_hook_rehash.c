/* nono hook rehash: looks for new versions of the wrapped programs. */
#include "core/mem.h"
#include "core/out.h"
#include "shell/commands.h"
#include "shell/hook_setup.h"

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings settings = {.programs = STRLIST_INIT};
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    size_t changes = 0;
    (void)args;
    int r = hook_setup_outside(e);
    if (r == 0)
        r = hook_setup_shims(ctx->world, true, &settings, &names, &changes, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++)
        out_print("%s\n", names.item[i]);
    out_note("nono: %zu links, %zu changed\n", names.n, changes);
    return CMD_OK;
}

const struct cmd cmd_hook_rehash = {
    .path = "hook rehash",
    .section = "GETTING STARTED",
    .summary = "Look on PATH for versions of the wrapped programs, and list what is wrapped",
    .about = "python3.11 is wrapped because python3 is. Every shell that loads the hook does this by itself when a directory on PATH has changed; "
             "this does it now.",
    .args_size = sizeof(struct cmd_args_head),
    .light = true,
    .run = run,
};
