/* nono run: runs a command inside the sandbox and stays above it; also what the shell hook calls. */
#include <errno.h>
#include <unistd.h>

#include "core/kernel.h"
#include "core/launch.h"
#include "core/mem.h"
#include "core/path.h"
#include "hooks/again.h"
#include "hooks/hook.h"
#include "hooks/shim.h"
#include "policy/program.h"
#include "policy/project.h"
#include "shell/banner.h"
#include "shell/capture.h"
#include "shell/commands.h"
#include "shell/grant_opts.h"
#include "shell/hook_setup.h"
#include "shell/last.h"
#include "shell/review.h"
#include "shell/sandbox.h"
#include "shell/supervised.h"

struct run_args {
    struct cmd_args_head head;
    struct grant_args grant;
    bool rollback, no_rollback, diagnose, hook;
    bool review;
    int capture; /* enum capture_choice */
    const char *max_copy;
};

/* Inside the sandbox the command is confined already, and what it starts with it: the program itself is what was meant. */
static int run_inside(const struct cmd_context *ctx, char *const *command, struct err *e)
{
    AUTO(mem_free_ptr) char *exe = NULL;
    if (launch_find(command[0], ctx->world->path, ctx->world->exe, &exe, e) < 0)
        return sandbox_not_started(e);
    AUTO(environment_release) struct environment environment = {0};
    AUTO(strlist_release) struct strlist argv = STRLIST_INIT;
    sandbox_environment(ctx, NULL, &environment);
    strlist_add(&argv, exe);
    for (size_t i = 1; command[i]; i++)
        strlist_add(&argv, command[i]);
    (void)execve(exe, argv.item, environment.env.item);
    (void)err_sys(e, err_class_of(errno), errno, "cannot execute '%s'", path_base(exe));
    return sandbox_not_started(e);
}

static enum supervised_rollback rollback_of(const struct run_args *a)
{
    if (a->no_rollback)
        return SUPERVISED_NONE;
    return a->rollback || a->review ? SUPERVISED_REQUIRED : SUPERVISED_AUTO;
}

/* `named`: how the record calls the profile. */
static int run_sandboxed(const struct cmd_context *ctx, const struct run_args *a, const char *named, bool hints, struct err *e)
{
    char *const *command = a->head.operands.item;
    const struct session_capture *capture = NULL;
    enum capture_choice asked = CAPTURE_AUTO;
    if (capture_asked(a->review, a->capture, &asked, e) < 0)
        return e->class;
    if (!a->no_rollback && capture_choose(asked, ctx->world, a->grant.workdir, &capture, e) < 0)
        return e->class;
    AUTO(sandbox_release) struct sandbox sandbox = {0};
    struct sandbox_request request = {
        .context = ctx,
        .grant = &a->grant,
        .command = command,
        .stays = true,
        .program = a->hook ? program_meant(command) : NULL,
    };
    if (sandbox_prepare(&request, &sandbox, e) < 0)
        return last_refused(&request, "run", e);
    if (capture_limit(a->max_copy, &sandbox.caps, e) < 0)
        return e->class;
    if (capture_for_guards((enum capture_choice)a->capture, ctx->world, &sandbox, &capture, e) < 0)
        return last_refused(&request, "run", e);
    if (sandbox_find(&request, &sandbox, e) < 0)
        return last_not_started(&request, "run", &sandbox, e);
    if (!a->hook || a->grant.dry_run)
        banner_caps(&sandbox);
    if (a->grant.dry_run) {
        banner_dry_run(&sandbox);
        return CMD_OK;
    }
    bool tells_later = a->hook && hints;
    return supervised_run(
        &(struct supervised_request){
            .context = ctx,
            .request = &request,
            .sandbox = &sandbox,
            .rollback = rollback_of(a),
            .capture = capture,
            .kind = "run",
            .profile = named,
            .diagnose = a->diagnose || (tells_later && again_is_due(&(struct again_command){ctx->world, sandbox.workdir, command})),
            .hint = tells_later,
            .quiet = a->hook,
        },
        e);
}

/* The prompt has told about a profile of the project that is not in force; one that cannot be read is none. Where the administrator has locked
 * the profile no project has one. */
static bool has_project(const struct cmd_context *ctx, const struct run_args *a, const struct hook_settings *s, struct project *project)
{
    AUTO(mem_free_ptr) char *workdir = NULL;
    struct err ignored = ERR_INIT;
    return !s->locked && sandbox_workdir(ctx->world, a->grant.workdir, &workdir, &ignored) == 0 && project_find(ctx->world, workdir, project, &ignored) == 0 &&
           project->trust == PROJECT_ALLOWED;
}

/* pip and the like may have put new versions of programs on PATH. The result of the run is another matter. */
static void wrap_new(const struct world *w, const struct hook_settings *s, int64_t started_ns)
{
    enum { NS_PER_S = 1000000000 }; /* times of files are not as exact as the clock */
    struct err ignored = ERR_INIT;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    shim_new_names(w, s, started_ns - NS_PER_S, &names);
    if (names.n > 0)
        (void)!shim_add(w, &names, NULL, &ignored);
}

/* python3 -m pip has what is named for pip, else what is named for python3: whoever named that meant all that python3 does. */
static const char *judged_as(const struct hook_settings *s, char *const *command)
{
    const char *meant = program_meant(command);
    const char *typed = path_base(command[0]);
    return !hook_own_profile_of(s, meant) && hook_own_profile_of(s, typed) ? typed : meant;
}

static int run_hooked(const struct cmd_context *ctx, const struct run_args *a, struct err *e)
{
    static char system_dir[] = HOOK_SYSTEM_DIR;
    AUTO(hook_settings_release) struct hook_settings settings = {0};
    AUTO(project_release) struct project project = PROJECT_INIT;
    AUTO(mem_free_ptr) char *chosen = NULL;
    struct run_args hooked = *a;
    struct cmd_context context = *ctx;
    struct world world = *ctx->world;
    if (hook_settings_read(ctx->world, &settings, e) < 0)
        return e->class;
    if (settings.locked)
        world.policy_dir = system_dir;
    context.world = &world;
    if ((!hooked.grant.profile || settings.locked) && has_project(&context, a, &settings, &project)) {
        hooked.grant.profile = project.kept;
    } else if (!hooked.grant.profile || settings.locked) {
        if (hook_setup_profile(&world, &settings, judged_as(&settings, a->head.operands.item), &chosen, e) < 0)
            return e->class;
        hooked.grant.profile = chosen;
    }
    int64_t started_ns = world_now_ns();
    int r = run_sandboxed(&context, &hooked, project.kept ? project.path : hooked.grant.profile, settings.hints, e);
    wrap_new(ctx->world, &settings, started_ns);
    return r;
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct run_args *a = args;
    if (a->hook && kernel_is_confined())
        return run_inside(ctx, a->head.operands.item, e);
    return a->hook ? run_hooked(ctx, a, e) : run_sandboxed(ctx, a, a->grant.profile, false, e);
}

static const struct cmd_operand operands[] = {
    {.name = "PROGRAM", .value = VAL_COMMAND, .required = true, .rest = true, .help = "the program and its arguments"},
    {.name = NULL},
};

static const struct cmd_opt opts[] = {
    GRANT_OPTS(struct run_args, grant),
    FLAG(struct run_args, rollback, 0, "rollback", "Insist on a session: fail when there is nothing to secure",
         .heading = "ROLLBACK", .conflicts = "no-rollback"),
    CAPTURE_OPT(struct run_args, capture),
    MAX_COPY_OPT(struct run_args, max_copy),
    REVIEW_OPT(struct run_args, review),
    FLAG(struct run_args, no_rollback, 0, "no-rollback", "Record nothing: what the command changes cannot be taken back",
         .heading = "ROLLBACK"),
    FLAG(struct run_args, diagnose, 0, "diagnose", "Watch what the kernel denies, and list all of it at the end, with what allows it", .heading = "DIAGNOSIS"),
    FLAG(struct run_args, hook, 0, "hook",
         "For the shell hook: settings from hook.json, no questions, a hint at the next prompt"),
};

static const char *const examples[] = {
    "nono run --allow-cwd -- python3 job.py", "read the working directory, nothing else of yours",
    "nono run -p developer -- npm install", "with a profile; what it changes can be taken back",
    "nono run --diagnose -p developer -- ./build.sh", "what of all that it asks for is denied, and which option allows it",
    "nono run --review -p developer -- npm install", "nothing reaches the working directory until you keep it",
    "nono run --read ~/data --block-net -- ./analyse", "one more directory, no network",
    NULL,
};

const struct cmd cmd_run = {
    .path = "run",
    .section = "CORE USAGE",
    .summary = "Run a command inside the sandbox",
    .about = "The command reaches only what the profile and these options grant; the kernel enforces it for the command and for all that "
             "it starts. What was there before it changes the working directory, or what else it may write but for scratch, is kept, and 'nono rollback' "
             "takes the changes back. Environment variables that hold secrets, or lead to programs outside, are withheld unless they are granted; "
             "nono-profile(5) lists them. Where namespaces can be made, the command sees no process but its own, and what it leaves running ends "
             "with it.\n\n"
             "With --review the command works on a layer over the working directory. What it changed waits: on a terminal it is asked what becomes of it, else "
             "'nono rollback show', 'keep' and 'discard' do. What somebody else changed meanwhile is never lost. Directories that were there before are moved "
             "by copying, hard links among such files part, and a clone of git that shares files by links fails; namespaces are needed.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct run_args),
    .failure = CMD_NOT_STARTED,
    .light = true,
    .run = run,
};
