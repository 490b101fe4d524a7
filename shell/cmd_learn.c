/* nono learn: watches a command and says what it needs that its profile does not give. */
#include "core/accesses.h"
#include "core/kernel.h"
#include "core/launch.h"
#include "core/mem.h"
#include "core/orphans.h"
#include "core/out.h"
#include "core/path.h"
#include "core/supervise.h"
#include "shell/capture.h"
#include "shell/commands.h"
#include "shell/consent.h"
#include "shell/grant_opts.h"
#include "shell/learn_result.h"
#include "shell/policy_view.h"
#include "shell/sandbox.h"
#include "shell/supervised.h"

enum { LEARN_MAX_TIMEOUT = 7 * 24 * 3600 };

struct learn_args {
    struct cmd_args_head head;
    const char *profile, *workdir, *save, *update;
    uint64_t timeout;
    bool json, all, no_rdns, unconfined, from_last, yes;
};

struct learning {
    const struct cmd_context *context;
    const struct learn_args *args;
    struct outcome base;
    char *workdir;
    const char *exe;    /* of the command; borrowed */
    bool is_reported;
    struct err failure; /* of the report */
};

/* What is only looked at needs no grant, and is much. */
static const struct trace seen = {.sink = accesses_event, .found_only = true, .names = true};
static const struct trace seen_all = {.sink = accesses_event, .found_only = true, .looks = true, .names = true};

static void learning_release(struct learning *l)
{
    outcome_release(&l->base);
    mem_free(l->workdir);
}

static const char *profile_of(const struct learn_args *a)
{
    return a->profile ? a->profile : "default";
}

static void print(const struct learning *l, const struct learn_result *r, struct str *text)
{
    if (l->args->json)
        learn_result_json(r, text);
    else
        learn_result_text(r, text);
}

static int save(const struct learning *l, const struct learn_result *r, struct err *e)
{
    const struct learn_args *a = l->args;
    AUTO(str_release) struct str command = STR_INIT(STR_MAX_LINE);
    for (size_t i = 0; i < a->head.operands.n; i++)
        str_addf(&command, "%s%s", i ? " " : "", a->head.operands.item[i]);
    const char *told = r->source == LEARN_RECORDED ? "recorded denials" : command.failed ? a->head.operands.item[0] : command.buf;
    if (a->save)
        return learn_save_new(r, a->save, told, e);
    if (a->update)
        return learn_save_update(r, a->update, e);
    return a->json || a->yes ? 0 : learn_save_ask(r, told, e);
}

static int tell(struct learning *l, struct learn_result *r, bool timed_out, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    learn_result_make(r, &l->base);
    print(l, r, &text);
    int rc = str_check(&text, "the report", e);
    if (rc < 0)
        return rc;
    out_write(text.buf, text.len);
    if (timed_out)
        out_note("nono: the command was stopped after %llu seconds\n", (unsigned long long)l->args->timeout);
    if (!learn_result_is_empty(r) && !l->args->save && !l->args->update)
        out_note("To use these paths, add them to your profile or use --read/--write/--allow flags; --save NAME writes a profile.\n");
    if (r->outbound.n)
        out_note("Network activity detected. Use --block-net to restrict network access.\n");
    return out_finish() == 0 ? save(l, r, e) : 0;
}

static struct learn_result result_of(const struct learning *l, const char *profile)
{
    return (struct learn_result){
        .context = l->context,
        .profile = profile,
        .workdir = l->workdir,
        .program = l->args->head.operands.item ? l->args->head.operands.item[0] : NULL,
        .all = l->args->all,
        .verbosity = out_verbosity(),
    };
}

static int report(struct learning *l, bool timed_out, struct err *e)
{
    AUTO(learn_result_release) struct learn_result result = result_of(l, profile_of(l->args));
    l->is_reported = true;
    result.is_complete = l->args->unconfined && !timed_out;
    learn_result_add_seen(&result, !l->args->no_rdns);
    learn_result_add_program(&result, l->exe);
    return tell(l, &result, timed_out, e);
}

/* Nothing is run. Compared with the profile of the newest session, unless another is named. */
static int learn_recorded(struct learning *l, struct err *e)
{
    const struct learn_args *a = l->args;
    AUTO(mem_free_ptr) char *profile = NULL;
    AUTO(mem_free_ptr) char *workdir = NULL;
    int rc = sandbox_workdir(l->context->world, a->workdir, &workdir, e);
    if (rc < 0)
        return rc;
    AUTO(learn_result_release) struct learn_result result = result_of(l, NULL);
    result.workdir = workdir;
    rc = learn_result_add_recorded(&result, !a->no_rdns, &profile, e);
    if (rc < 0)
        return rc;
    result.profile = a->profile ? a->profile : profile;
    rc = policy_view_outcome(l->context, result.profile, workdir, &l->base, &l->workdir, e);
    return rc < 0 ? rc : tell(l, &result, false, e);
}

static void ended(void *data, const struct supervise_result *result)
{
    struct learning *l = data;
    (void)report(l, result->timed_out, &l->failure);
}

/* Below the sandbox that the profile makes, and with the working directory: what else is asked for is denied, and reported. */
static int learn_confined(struct learning *l, struct err *e)
{
    const struct learn_args *a = l->args;
    AUTO(strlist_release) struct strlist allow = STRLIST_INIT;
    AUTO(strlist_release) struct strlist named = STRLIST_INIT;
    AUTO(sandbox_release) struct sandbox sandbox = {0};
    const struct session_capture *capture = NULL;
    strlist_add(&allow, l->workdir);
    strlist_add(&named, path_base(a->head.operands.item[0])); /* whoever names it here means it */
    const struct grant_args grant = {.profile = a->profile, .workdir = l->workdir, .allow = allow, .allow_command = named, .allow_cwd = true};
    struct sandbox_request request = {.context = l->context, .grant = &grant, .command = a->head.operands.item, .stays = true};
    if (capture_choose(CAPTURE_AUTO, l->context->world, l->workdir, &capture, e) < 0 || sandbox_prepare(&request, &sandbox, e) < 0)
        return e->class;
    if (sandbox_find(&request, &sandbox, e) < 0)
        return sandbox_not_started(e);
    l->exe = sandbox.exe;
    out_note("nono learn - Tracing file accesses and network activity, inside the sandbox of '%s'...\n", profile_of(a));
    int status = supervised_run(
        &(struct supervised_request){
            .context = l->context,
            .request = &request,
            .sandbox = &sandbox,
            .rollback = SUPERVISED_AUTO,
            .capture = capture,
            .kind = "run",
            .profile = a->profile,
            .diagnose = true,
            .trace = a->all ? &seen_all : &seen,
            .timeout = (unsigned)a->timeout,
            .ended = ended,
            .data = l,
        },
        e);
    if (status == CMD_NOT_EXECUTABLE && !l->is_reported) /* it was not let be executed: that is what it lacks first */
        (void)report(l, false, &l->failure);
    if (status >= 0 && l->failure.class) {
        *e = l->failure;
        return e->class;
    }
    return status;
}

static int run_unconfined(struct learning *l, struct sandbox *s, struct supervise_result *ret, struct err *e)
{
    struct launched launched = {0};
    struct launch launch = sandbox_launch(s);
    launch.diagnose = launch.unconfined = true;
    launch.trace = l->args->all ? &seen_all : &seen;
    if (orphans_adopt(e) < 0 || supervise_begin(e) < 0)
        return e->class;
    supervise_limit((unsigned)l->args->timeout);
    int r = launch_spawn(&launch, &launched, e);
    if (r == 0)
        r = supervise_wait(launched.command, ret, e);
    launch_end(&launched);
    orphans_end(); /* nobody answers it any more */
    supervise_end();
    return r;
}

static int ask(const struct learning *l, struct err *e)
{
    if (l->args->yes)
        return 0;
    if (!l->context->world->stdin_tty || !l->context->world->stderr_tty)
        return err_set(e, ERR_USAGE, "nobody can be asked here: --yes says that the command may run without a sandbox");
    out_error("WARNING: nono learn --unconfined runs the command WITHOUT any sandbox restrictions.\nThe command will have full access to your system to discover required paths.\nContinue? [y/N] ");
    return consent_is_given() ? 0 : err_set(e, ERR_DENIED, "nothing was started");
}

static int learn_unconfined(struct learning *l, struct err *e)
{
    AUTO(sandbox_release) struct sandbox s = {0};
    struct supervise_result result = {0};
    char *const *command = l->args->head.operands.item;
    const struct world *w = l->context->world;
    if (ask(l, e) < 0)
        return e->class;
    kernel_probe(&s.kernel);
    caps_init(&s.caps);
    caps_init(&s.asked);
    s.workdir = mem_strdup(l->workdir);
    if (launch_find(command[0], w->path, w->exe, &s.exe, e) < 0)
        return sandbox_not_started(e);
    for (size_t i = 0; command[i]; i++)
        strlist_add(&s.argv, command[i]);
    l->exe = s.exe;
    sandbox_environment(l->context, NULL, &s.environment);
    out_note("nono learn - Tracing file accesses and network activity...\n");
    if (run_unconfined(l, &s, &result, e) < 0)
        return sandbox_not_started(e);
    if (report(l, result.timed_out, e) < 0)
        return e->class;
    if (result.signaled) {
        (void)out_finish();
        supervise_exit_like(&result);
    }
    return result.code;
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct learn_args *a = args;
    AUTO(learning_release) struct learning l = {.context = ctx, .args = a};
    if (a->timeout > LEARN_MAX_TIMEOUT)
        return err_set(e, ERR_USAGE, "--timeout: at most %d seconds", LEARN_MAX_TIMEOUT);
    if (a->from_last && a->head.operands.n)
        return err_set(e, ERR_USAGE, "--from-last runs nothing: leave '%s' out", a->head.operands.item[0]);
    if (!a->from_last && !a->head.operands.n)
        return err_set(e, ERR_USAGE, "missing PROGRAM: what is to be watched, or --from-last");
    if (kernel_is_confined())
        return err_set(e, ERR_KERNEL, "inside a nono sandbox nobody can watch: it refuses both to look at what calls are about and ptrace(2). Learn outside of it, or start that sandbox with 'nono run --diagnose' and ask 'nono learn --from-last' there");
    if (learn_save_ready(ctx->world, a->save, a->update, e) < 0)
        return e->class;
    if (a->from_last)
        return learn_recorded(&l, e);
    if (policy_view_outcome(ctx, profile_of(a), a->workdir, &l.base, &l.workdir, e) < 0)
        return e->class;
    return a->unconfined ? learn_unconfined(&l, e) : learn_confined(&l, e);
}

static const struct cmd_operand operands[] = {
    {.name = "PROGRAM", .value = VAL_COMMAND, .rest = true, .help = "the program and its arguments"},
    {.name = NULL},
};

static const struct cmd_opt opts[] = {
    TEXT(struct learn_args, profile, 'p', "profile", VAL_PROFILE, "NAME", "Compare with this profile, and run below it (default: default)"),
    TEXT(struct learn_args, workdir, 0, "workdir", VAL_DIR, "DIR", "Use DIR as the working directory"),
    FLAG(struct learn_args, unconfined, 0, "unconfined", "Run the command without a sandbox, so that nothing stops it; asks before"),
    FLAG(struct learn_args, from_last, 0, "from-last", "Run nothing: propose what the recent sessions of this directory were denied", .conflicts = "unconfined"),
    FLAG(struct learn_args, yes, 'y', "yes", "Do not ask"),
    UINT(struct learn_args, timeout, 0, "timeout", "SECS", "Stop the command and all it has started after this time"),
    FLAG(struct learn_args, all, 0, "all", "List also what the profile covers already, and what was only looked at"),
    FLAG(struct learn_args, json, 0, "json", "Print JSON, as a fragment for a profile"),
    FLAG(struct learn_args, no_rdns, 0, "no-rdns", "Do not look up the names of addresses"),
    TEXT(struct learn_args, save, 0, "save", VAL_TEXT, "NAME", "Write a new profile that extends the one compared with", .conflicts = "update"),
    TEXT(struct learn_args, update, 0, "update", VAL_OWN_PROFILE, "NAME", "Add what is needed to a profile, and show how its policy changes"),
};

static const char *const examples[] = {
    "nono learn -- my-app", "what it needs beyond the default profile and the working directory",
    "nono learn -p my-profile -- my-app", "what the profile lacks still",
    "nono learn --save my-app -- my-app", "write a profile for it",
    "nono learn --from-last", "what the last commands here were denied",
    "nono learn --unconfined --timeout 30 -- my-app", "without a sandbox, for half a minute",
    NULL,
};

const struct cmd cmd_learn = {
    .path = "learn",
    .section = "EXPLORATION & DEBUGGING",
    .summary = "Watch a command, and say which grants it needs",
    .about = "The command runs below the profile, with the working directory granted and its changes secured as with 'nono run'; what it asks for beyond the "
             "profile is denied and reported. A program that gives up at the first denial shows less than it needs: learn again with what was found "
             "(--update), or with --unconfined, where only the watching takes place.\n\n"
             "What is proposed is what a careful person would grant: a group that exists, the directory of a program, else single files; never a home "
             "directory, /etc or /tmp as a whole, and nothing that is denied: that is listed apart. -v names the uses behind each proposal, "
             "-vv all of them, -vvv also which program did it first. Where somebody is at a terminal the end is a question: whether to save it, and by what name. Names of hosts come "
             "from the TLS server name that the command sends, DNS answers and questions that are seen, questions to systemd-resolved and nscd, and last from reverse lookups, "
             "which say what the owner of an address wants them to say; each says which it is. Without a name: nothing of this was seen, as with DNS over HTTPS.\n\n"
             "A profile that is saved after an --unconfined run closes the network if nothing of it was used; where a profile closes it, the ports that were "
             "used are proposed. Unix sockets behind which somebody does what they are told (D-Bus, Docker, agents for keys) are listed and not proposed.\n\n"
             "What is only looked at (stat, access, readlink) needs no grant, since nothing confines that; --all lists it. A search for what is not there is no need.\n\n"
             "The command is watched by seccomp, which leaves ptrace(2) to it. The kernel lets one program do that: below a container runtime that answers system "
             "calls nono takes ptrace(2) instead, and says so; no debugger works in the command then. io_uring is refused while nono watches.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct learn_args),
    .failure = CMD_NOT_STARTED,
    .run = run,
};
