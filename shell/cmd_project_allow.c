/* nono project allow: lets wrapped programs run with the profile of a project. */
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "hooks/hook.h"
#include "policy/compare.h"
#include "shell/commands.h"
#include "shell/compare_view.h"
#include "shell/consent.h"
#include "shell/hook_setup.h"
#include "shell/policy_view.h"
#include "shell/project_find.h"

struct allow_args {
    struct cmd_args_head head;
    bool yes;
};

/* How a run with the proposed profile differs from one with the profile of the hook: of the first program, where they have several. Of a profile that does not
 * work it is an error. */
static int show(const struct cmd_context *ctx, const struct project *p, const char *proposed, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings settings = {.programs = STRLIST_INIT};
    AUTO(outcome_release) struct outcome first = {0};
    AUTO(outcome_release) struct outcome second = {0};
    AUTO(mem_free_ptr) char *usual = NULL;
    AUTO(mem_free_ptr) char *workdir = NULL;
    AUTO(mem_free_ptr) char *same = NULL;
    AUTO(compare_release) struct compare c = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    int r = policy_view_outcome(ctx, proposed, p->root, &second, &same, e);
    if (r == 0)
        r = hook_settings_read(ctx->world, &settings, e);
    const char *program = settings.programs.n ? settings.programs.item[0] : "";
    if (r == 0)
        r = hook_setup_profile(ctx->world, &settings, program, &usual, e);
    if (r == 0)
        r = policy_view_outcome(ctx, usual, p->root, &first, &workdir, e);
    if (r < 0)
        return r;
    compare_outcomes(&first, &second, &c);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(usual);
    const char *of = *program ? program : "all wrapped programs";
    str_addf(&text, c.n ? "Against '%s', the profile of %s:\n" : "It resolves to the same policy as '%s', the profile of %s.\n", shown, of);
    compare_view_rows(&c, &text);
    return out_text(&text, "the difference", e);
}

static int ask(const struct cmd_context *ctx, bool yes, bool *ret, struct err *e)
{
    *ret = yes;
    if (yes)
        return 0;
    if (!ctx->world->stdin_tty || !ctx->world->stderr_tty)
        return err_set(e, ERR_USAGE, "nobody can be asked here: look at the profile, then add --yes");
    (void)out_finish();
    out_note("Allow it, as it is now? [y/N] ");
    *ret = consent_is_given();
    return 0;
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct allow_args *a = args;
    AUTO(project_release) struct project p = PROJECT_INIT;
    AUTO(mem_free_ptr) char *proposed = NULL;
    bool yes = false;
    int r = project_find_named(ctx, &a->head.operands, &p, e);
    if (r == 0)
        r = project_propose(ctx->world, &p, &proposed, e);
    if (r < 0)
        return r;
    r = show(ctx, &p, proposed, e);
    if (r == 0)
        r = ask(ctx, a->yes, &yes, e);
    project_forget(proposed);
    if (r == 0 && yes)
        r = project_allow(ctx->world, &p, e);
    if (r < 0)
        return r;
    AUTO(mem_free_ptr) char *shown = project_shown(ctx, &p);
    out_note("nono: %s is %s\n", shown, yes ? "allowed until it changes" : "not allowed");
    return yes ? CMD_OK : CMD_OTHER;
}

static const struct cmd_opt opts[] = {
    FLAG(struct allow_args, yes, 'y', "yes", "Do not ask"),
};

static const char *const examples[] = {
    "nono project allow", "look at what the project asks for, then allow it", NULL,
};

const struct cmd cmd_project_allow = {
    .path = "project allow",
    .section = "GETTING STARTED",
    .summary = "Let wrapped programs run with the profile a project brings along",
    .about = "Shows what .nono/profile.json, in this directory or above it, grants beyond the profile of all wrapped programs, and asks. From then on a "
             "wrapped program that is started in the project runs with it. What is allowed are the bytes that were shown: any change to the file ends it. "
             "Until a project is allowed its profile takes no part, whatever it says.",
    .operands = project_operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct allow_args),
    .run = run,
};
