/* nono shell: an interactive shell inside the sandbox. */
#include "core/mem.h"
#include "core/out.h"
#include "shell/banner.h"
#include "shell/capture.h"
#include "shell/commands.h"
#include "shell/grant_opts.h"
#include "shell/last.h"
#include "shell/review.h"
#include "shell/sandbox.h"
#include "shell/shell_mark.h"
#include "shell/supervised.h"

struct shell_args {
    struct cmd_args_head head;
    struct grant_args grant;
    const char *shell;
    bool rollback, no_rollback, diagnose;
    bool review;
    int capture; /* enum capture_choice */
    const char *max_copy;
};

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct shell_args *a = args;
    AUTO(strlist_release) struct strlist command = STRLIST_INIT;
    const struct session_capture *capture = NULL;
    enum capture_choice asked = CAPTURE_AUTO;
    if (capture_asked(a->review, a->capture, &asked, e) < 0)
        return e->class;
    if (!a->no_rollback && capture_choose(asked, ctx->world, a->grant.workdir, &capture, e) < 0)
        return e->class;
    strlist_add(&command, a->shell ? a->shell : ctx->world->shell);
    AUTO(sandbox_release) struct sandbox sandbox = {0};
    struct sandbox_request request = {.context = ctx, .grant = &a->grant, .command = command.item, .stays = true};
    if (sandbox_prepare(&request, &sandbox, e) < 0)
        return last_refused(&request, "shell", e);
    if (capture_limit(a->max_copy, &sandbox.caps, e) < 0)
        return e->class;
    if (capture_for_guards((enum capture_choice)a->capture, ctx->world, &sandbox, &capture, e) < 0)
        return last_refused(&request, "shell", e);
    if (sandbox_find(&request, &sandbox, e) < 0)
        return last_not_started(&request, "shell", &sandbox, e);
    shell_mark(ctx->world, &sandbox);
    banner_caps(&sandbox);
    if (a->grant.dry_run) {
        banner_dry_run(&sandbox);
        return CMD_OK;
    }
    out_note("  Exit the shell with Ctrl-D or 'exit'.\n");
    return supervised_run(
        &(struct supervised_request){
            .context = ctx,
            .request = &request,
            .sandbox = &sandbox,
            .rollback = a->no_rollback ? SUPERVISED_NONE : a->rollback || a->review ? SUPERVISED_REQUIRED : SUPERVISED_AUTO,
            .capture = capture,
            .kind = "shell",
            .profile = a->grant.profile,
            .diagnose = a->diagnose,
        },
        e);
}

static const struct cmd_opt opts[] = {
    GRANT_OPTS(struct shell_args, grant),
    TEXT(struct shell_args, shell, 0, "shell", VAL_FILE, "SHELL", "Start this shell instead of $SHELL"),
    FLAG(struct shell_args, rollback, 0, "rollback", "Insist on a session: fail when there is nothing to secure",
         .heading = "ROLLBACK", .conflicts = "no-rollback"),
    CAPTURE_OPT(struct shell_args, capture),
    MAX_COPY_OPT(struct shell_args, max_copy),
    REVIEW_OPT(struct shell_args, review),
    FLAG(struct shell_args, no_rollback, 0, "no-rollback", "Record nothing: what is changed cannot be taken back",
         .heading = "ROLLBACK"),
    FLAG(struct shell_args, diagnose, 0, "diagnose", "Watch what the kernel denies, and list all of it at the end, with what allows it", .heading = "DIAGNOSIS"),
};

static const char *const examples[] = {
    "nono shell -p developer", "a shell that may write this directory, and no secret of yours",
    NULL,
};

const struct cmd cmd_shell = {
    .path = "shell",
    .section = "CORE USAGE",
    .summary = "Start an interactive shell inside the sandbox",
    .about = "As 'nono run' with a shell for a program: what is done in it is one session. The prompt of bash, zsh and fish begins with \"(nono)\"; what the "
             "user's own start-up files set counts where the profile lets the shell read them.",
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct shell_args),
    .failure = CMD_NOT_STARTED,
    .run = run,
};
