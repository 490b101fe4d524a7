/* nono hook rehash: looks for new versions of the wrapped programs. */
#include "core/mem.h"
#include "core/out.h"
#include "hooks/shim.h"
#include "shell/commands.h"
#include "shell/hook_setup.h"

struct rehash_args {
    struct cmd_args_head head;
    bool keep;
};

static int make_links(const struct world *w, bool keep, struct strlist *ret_names, size_t *ret_changes, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings settings = {.programs = STRLIST_INIT};
    if (!keep)
        return hook_setup_shims(w, true, &settings, ret_names, ret_changes, e);
    int r = hook_settings_read(w, &settings, e);
    if (r == 0)
        shim_new_names(w, &settings, 0, ret_names);
    return r < 0 ? r : shim_add(w, ret_names, ret_changes, e);
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct rehash_args *a = args;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    size_t changes = 0;
    int r = hook_setup_outside(e);
    if (r == 0)
        r = make_links(ctx->world, a->keep, &names, &changes, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++)
        out_print("%s\n", names.item[i]);
    out_note("nono: %zu links, %zu changed\n", names.n, changes);
    return CMD_OK;
}

static const struct cmd_opt opts[] = {
    FLAG(struct rehash_args, keep, 0, "keep", "Look for versions only, and keep the links of those that are not on this PATH"),
};

const struct cmd cmd_hook_rehash = {
    .path = "hook rehash",
    .section = "GETTING STARTED",
    .summary = "Look on PATH for versions of the wrapped programs, and list what is wrapped",
    .about = "python3.11 is wrapped because python3 is. Every shell that loads the hook does this by itself when a directory on PATH has changed, "
             "the hook does it when PATH itself has, and after a wrapped program that has put versions there; this does it now.",
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .args_size = sizeof(struct rehash_args),
    .light = true,
    .run = run,
};
