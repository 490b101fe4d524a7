/* nono policy show: everything a profile grants and denies, and the profile as one document. */
#include "core/kernel.h"
#include "core/mem.h"
#include "core/out.h"
#include "policy/profile_write.h"
#include "shell/commands.h"
#include "shell/policy_view.h"

struct show_args {
    struct cmd_args_head head;
    const char *workdir;
    bool json, raw, resolved;
};

static int add_document(const struct cmd_context *ctx, struct outcome *o, const char *workdir, bool raw, struct str *out, struct err *e)
{
    return profile_write(
        &(struct profile_write){.profile = &o->profile, .groups = &o->groups, .world = raw ? NULL : ctx->world, .workdir = workdir}, out, e);
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct show_args *args = arguments;
    const char *name = args->head.operands.item[0];
    AUTO(outcome_release) struct outcome outcome = {0};
    AUTO(mem_free_ptr) char *workdir = NULL;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    if (args->resolved && !args->json)
        return err_set(e, ERR_USAGE, "--resolved goes with --json; without it everything is shown resolved anyway");
    if (policy_view_outcome(ctx, name, args->workdir, &outcome, &workdir, e) < 0)
        return e->class;
    struct kernel kernel;
    kernel_probe(&kernel);
    const struct policy_view view = {
        .outcome = &outcome, .kernel = &kernel, .name = name, .raw = args->raw, .verbose = args->head.verbosity > 0};
    if (!args->json)
        policy_view_text(&view, &text);
    else if (args->resolved)
        policy_view_json(&view, &text);
    else if (add_document(ctx, &outcome, workdir, args->raw, &text, e) < 0)
        return e->class;
    return out_text(&text, "the policy", e);
}

static const struct cmd_operand operands[] = {
    {.name = "PROFILE", .value = VAL_PROFILE, .required = true, .help = "The name of a profile, or a file"},
    {.name = NULL},
};

static const struct cmd_opt opts[] = {
    FLAG(struct show_args, json, 0, "json", "Print the profile with its bases as one profile that needs none of them"),
    FLAG(struct show_args, resolved, 0, "resolved", "With --json: print what it resolves to and where each rule comes from"),
    FLAG(struct show_args, raw, 0, "raw", "Show paths as they were written, variables and all"),
    TEXT(struct show_args, workdir, 0, "workdir", VAL_DIR, "DIR", "Show what a run in DIR would get, instead of the current directory"),
};

static const char *const examples[] = {
    "nono policy show claude-code", "each path and command, and the rule that says so",
    "nono policy show mine --json --raw > other.json", "a profile of its own, to be changed by hand",
    "nono policy show mine --json --resolved", "the same facts for a script",
    NULL,
};

const struct cmd cmd_policy_show = {
    .path = "policy show",
    .section = "POLICY & PROFILES",
    .summary = "Show everything that a profile grants and denies",
    .about = "Made by the same steps as a run in the same directory: each path and command with the group, the key of a profile, or the base it "
             "comes from; grants that a deny cuts into, and how that is held; what this kernel cannot hold.\n\n"
             "What --json prints is a profile: 'nono run -p FILE' with it does the same, and 'nono policy show FILE --json' prints it "
             "again, byte for byte. With -v a directory that is granted in part is followed by its parts.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct show_args),
    .run = run,
};
