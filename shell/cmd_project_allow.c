/* nono project allow: lets wrapped programs run with the profile of a project. */
#include <string.h>

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

/* What the wrapped programs have without the project: their profiles, each once, and the programs of each. */
struct usual {
    struct strlist profile, programs;
};

static void usual_release(struct usual *u)
{
    strlist_release(&u->profile);
    strlist_release(&u->programs);
}

static void add_program(struct usual *u, const char *profile, const char *program)
{
    for (size_t i = 0; i < u->profile.n; i++) {
        if (strcmp(u->profile.item[i], profile) != 0)
            continue;
        AUTO(str_release) struct str both = STR_INIT(STR_MAX_REPORT);
        str_addf(&both, "%s, %s", u->programs.item[i], program);
        mem_free(u->programs.item[i]);
        u->programs.item[i] = str_take(&both);
        return;
    }
    strlist_add(&u->profile, profile);
    strlist_add(&u->programs, program);
}

static int find_usual(const struct world *w, struct usual *ret, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings settings = {.programs = STRLIST_INIT};
    int r = hook_settings_read(w, &settings, e);
    for (size_t i = 0; r == 0 && i < settings.programs.n; i++) {
        AUTO(mem_free_ptr) char *profile = NULL;
        r = hook_setup_profile(w, &settings, settings.programs.item[i], &profile, e);
        if (r == 0)
            add_program(ret, profile, settings.programs.item[i]);
    }
    return r;
}

/* How a run with the proposed profile differs from those with the usual ones. Of a profile that does not work it is an error. */
static int show(const struct cmd_context *ctx, const struct project *p, const char *proposed, struct err *e)
{
    AUTO(usual_release) struct usual usual = {STRLIST_INIT, STRLIST_INIT};
    AUTO(outcome_release) struct outcome second = {0};
    AUTO(mem_free_ptr) char *same = NULL;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    int r = policy_view_outcome(ctx, proposed, p->root, &second, &same, e);
    if (r < 0) { /* it names the copy that is looked at */
        AUTO(mem_free_ptr) char *shown = project_shown(ctx, p);
        return err_add(e, "%s cannot be allowed", shown);
    }
    r = find_usual(ctx->world, &usual, e);
    for (size_t i = 0; r == 0 && i < usual.profile.n; i++) {
        AUTO(outcome_release) struct outcome first = {0};
        AUTO(mem_free_ptr) char *workdir = NULL;
        AUTO(compare_release) struct compare c = {0};
        AUTO(mem_free_ptr) char *shown = quote_term_dup(usual.profile.item[i]);
        r = policy_view_outcome(ctx, usual.profile.item[i], p->root, &first, &workdir, e);
        if (r < 0)
            return err_add(e, "the profile of %s", usual.programs.item[i]);
        compare_outcomes(&first, &second, &c);
        str_addf(&text, c.n ? "Against '%s', the profile of %s:\n" : "It resolves to the same policy as '%s', the profile of %s.\n", shown,
                 usual.programs.item[i]);
        compare_view_rows(&c, &text);
    }
    return r < 0 ? r : out_text(&text, "the difference", e);
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
    .about = "Shows what .nono/profile.json, in this directory or above it, grants beyond the profiles that wrapped programs have without it, and asks. "
             "From then on a wrapped program that is started in the project runs with it. What is allowed are the bytes that were shown: any change to "
             "the file ends it. Until a project is allowed its profile takes no part, whatever it says.",
    .operands = project_operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct allow_args),
    .run = run,
};
