/* sandbox: from the arguments of run, shell or wrap to something core/launch can start. */
#include "shell/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/guard.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/overlap.h"
#include "core/path.h"
#include "core/quote.h"
#include "hooks/shim.h"
#include "policy/resolve.h"
#include "shell/consent.h"
#include "shell/stashes.h"

void sandbox_release(struct sandbox *s)
{
    caps_release(&s->caps);
    caps_release(&s->asked);
    mem_free(s->workdir);
    mem_free(s->exe);
    strlist_release(&s->argv);
    environment_release(&s->environment);
    *s = (struct sandbox){0};
}

struct launch sandbox_launch(struct sandbox *s)
{
    return (struct launch){
        .caps = &s->caps,
        .kernel = &s->kernel,
        .argv = s->argv.item,
        .env = s->environment.env.item,
        .exe = s->exe,
        .inherited = &s->inherited,
        .cwd = s->workdir,
    };
}

/* `PATH=` and the search path without the entries that are `shims`. */
static char *path_without(const char *search, const char *shims)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_SCRIPT);
    str_add(&out, "PATH=");
    bool first = true;
    for (const char *at = search;; at++) {
        size_t len = strcspn(at, ":");
        if (len != strlen(shims) || strncmp(at, shims, len) != 0) {
            if (!first)
                str_addc(&out, ':');
            str_addn(&out, at, len);
            first = false;
        }
        at += len;
        if (!*at)
            break;
    }
    return str_take(&out);
}

void sandbox_environment(const struct cmd_context *ctx, const struct caps *caps, struct environment *ret)
{
    AUTO(mem_free_ptr) char *shims = shim_dir(ctx->world);
    const char *file = shim_started_as();
    AUTO(mem_free_ptr) char *started = file[0] == '/' && shim_name(ctx->world, file) ? path_parent(file) : NULL;
    if (caps)
        environment_make(caps, ctx->env, ret);
    for (char **at = ctx->env; !caps && *at; at++)
        strlist_add(&ret->env, *at);
    for (size_t i = 0; i < ret->env.n; i++) {
        if (!str_starts(ret->env.item[i], "PATH="))
            continue;
        AUTO(mem_free_ptr) char *path = path_without(ret->env.item[i] + strlen("PATH="), shims);
        mem_free(ret->env.item[i]);
        ret->env.item[i] = path_without(path + strlen("PATH="), started ? started : shims);
    }
    if (ret->env.n == 0) { /* execve wants a vector, too, of nothing */
        mem_reserve(&ret->env.item, &ret->env.cap, 1, sizeof *ret->env.item);
        ret->env.item[0] = NULL;
    }
}

int sandbox_workdir(const struct world *w, const char *named, char **ret, struct err *e)
{
    if (!named && !w->cwd)
        return err_set(e, ERR_MISSING, "the current directory is gone or cannot be read; go to another, or name one with --workdir");
    if (!named) {
        *ret = mem_strdup(w->cwd);
        return 0;
    }
    AUTO(mem_close_fd) int fd = -1;
    if (path_resolve(named, &fd, ret, e) < 0)
        return err_add(e, "working directory");
    return 0;
}

/* What nono starts itself. What that program starts in turn is held by mounts (core/blocked.h). */
static int check_command(const struct caps *c, const char *program, struct err *e)
{
    const struct caps_command *blocked = caps_blocked(c, program);
    if (!blocked)
        return 0;
    AUTO(mem_free_ptr) char *name = quote_term_dup(path_base(program));
    AUTO(str_release) struct str origin = STR_INIT(STR_MAX_LINE);
    caps_origin_describe(&blocked->origin, &origin);
    return err_set(e, ERR_DENIED,
                   "Command '%s' is blocked (%s): This command is blocked by default due to destructive potential. "
                   "Use --allow-command %s to override if you understand the risks.",
                   name, origin.buf, name);
}

int sandbox_cannot_guard(const struct caps *c, const char *why, struct err *e)
{
    AUTO(str_release) struct str origin = STR_INIT(STR_MAX_LINE);
    caps_origin_describe(&c->guard[0].origin, &origin);
    return err_set(e, ERR_KERNEL,
                   "files are guarded where the command may write (%s): %s, or go without (policy.exclude_groups or filesystem.guard of the profile)",
                   origin.buf, why);
}

static int decide(const struct sandbox_request *r, struct sandbox *s, struct err *e)
{
    AUTO(real_cache_release) struct real_cache cache = {0};
    struct resolve_request request = grant_request(r->grant, r->context->world, s->workdir);
    request.program = r->program;
    request.cache = &cache;
    if (resolve_caps(&request, &s->caps, e) < 0)
        return e->class;
    struct consent_request consent = {
        .workdir = s->workdir,
        .caps = &s->caps,
        .world = r->context->world,
        .allow_cwd = r->grant->allow_cwd || r->program,
    };
    unsigned access = 0;
    const char *asked_by = NULL;
    if (consent_workdir(&consent, &access, &asked_by, e) < 0)
        return e->class;
    if (r->program || consent_took_time(asked_by)) /* its caches may have been made meanwhile, or anything have changed */
        real_cache_release(&cache);
    if (resolve_finish(&request, &s->caps, access, asked_by, e) < 0)
        return e->class;
    return check_command(&s->caps, r->command[0], e);
}

/* A run is told by its own start when the full level is not to be had: trying it first would cost every run a millisecond. It is tried where what is
 * granted depends on it, since that is shown before. */
static enum caps_level level_wanted(const struct sandbox_request *r, const struct sandbox *s)
{
    if (s->kernel.confined)
        return CAPS_LEVEL_LANDLOCK;
    if (overlap_is_asked(&s->caps) || (r->stays && r->grant->dry_run))
        return level_here();
    return r->stays ? CAPS_LEVEL_FULL : CAPS_LEVEL_LANDLOCK;
}

/* Where namespaces turn out not to work, core/launch asks once more. */
static int check_features(struct sandbox *s, struct err *e)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    for (unsigned id = 0; id < FEATURE_N; id++) {
        if (!(s->caps.given_up & 1u << id) || feature_is_held((enum feature_id)id, &s->caps, s->kernel.landlock_abi))
            continue;
        str_clear(&line);
        str_addf(&line, "not held, as --allow-degraded=%s says: %s", features[id].name, features[id].promise);
        strlist_add(&s->caps.notices, line.buf);
    }
    return feature_require(&s->caps, s->kernel.landlock_abi, e);
}

static int plan_level(const struct sandbox_request *r, struct sandbox *s, struct err *e)
{
    enum caps_level level = level_wanted(r, s);
    if (level == CAPS_LEVEL_FULL && r->stays)
        caps_copy(&s->caps, &s->asked);
    int rc = level_plan(&s->caps, level, r->stays, e);
    if (rc == 0)
        rc = stashes_tell(r->context->world, &s->caps, e);
    return rc == 0 ? check_features(s, e) : rc;
}

int sandbox_lower(const struct world *w, struct sandbox *s, const struct err *why, struct err *e)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    if (s->caps.own_processes) {
        s->caps.own_processes = false;
        str_addf(&line, "the command shares its processes with what is outside: %s", why->text);
        strlist_add(&s->caps.notices, line.buf);
        return 0;
    }
    str_addf(&line, "level %s: %s%s", level_name(CAPS_LEVEL_LANDLOCK), why->text, out_verbosity() < 1 ? "; what they would hold is not held (-v to show)" : "");
    caps_release(&s->caps);
    s->caps = s->asked;
    caps_init(&s->asked);
    strlist_add(&s->caps.notices, line.buf);
    int r = level_plan(&s->caps, CAPS_LEVEL_LANDLOCK, true, e);
    return r == 0 ? stashes_tell(w, &s->caps, e) : r;
}

static int keep_descriptors(const struct strlist *numbers, struct sandbox *s, struct err *e)
{
    for (size_t i = 0; i < numbers->n; i++) {
        char *end = NULL;
        const char *text = numbers->item[i];
        errno = 0;
        long number = strtol(text, &end, 10);
        if (*text < '0' || *text > '9' || *end || errno || number > INT_MAX) {
            AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
            return err_set(e, ERR_USAGE, "--keep-fd: '%s' is not the number of a descriptor", shown);
        }
        if (inherited_add(&s->inherited, (int)number, s->caps.network != CAPS_NET_OPEN, e) < 0)
            return err_add(e, "--keep-fd");
    }
    return 0;
}

/* A promise that cannot be kept is refused. */
static int check_guards(const struct sandbox_request *r, const struct caps *c, struct err *e)
{
    return r->stays || !guard_is_asked(c) ? 0 : sandbox_cannot_guard(c, "'nono wrap' leaves nothing beside the command that could hold it: use 'nono run'", e);
}

int sandbox_prepare(const struct sandbox_request *r, struct sandbox *ret, struct err *e)
{
    AUTO(sandbox_release) struct sandbox s = {0};
    caps_init(&s.caps);
    caps_init(&s.asked);
    kernel_probe(&s.kernel);
    if (kernel_require(&s.kernel, e) < 0 || sandbox_workdir(r->context->world, r->grant->workdir, &s.workdir, e) < 0 || decide(r, &s, e) < 0)
        return e->class;
    if (check_guards(r, &s.caps, e) < 0 || keep_descriptors(&r->grant->keep_fd, &s, e) < 0)
        return e->class;
    struct caps_answer answer;
    caps_evaluate(&s.caps, s.workdir, CAPS_WRITE, &answer);
    s.writes_workdir = answer.allowed;
    if (plan_level(r, &s, e) < 0)
        return e->class;
    *ret = s;
    s = (struct sandbox){0};
    return 0;
}

/* Another name for a blocked command. */
static int check_program(const struct sandbox *s, struct err *e)
{
    AUTO(mem_close_fd) int fd = -1;
    AUTO(mem_free_ptr) char *real = NULL;
    struct err ignored = ERR_INIT;
    if (s->caps.n_blocked == 0 || path_resolve(s->exe, &fd, &real, &ignored) < 0)
        return 0;
    const struct caps_hidden *hidden = caps_hidden(&s->caps, real);
    const struct caps_command *blocked = hidden ? &s->caps.blocked[hidden->command] : caps_blocked(&s->caps, real);
    if (!blocked)
        return 0;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(s->exe);
    AUTO(str_release) struct str origin = STR_INIT(STR_MAX_LINE);
    caps_origin_describe(&blocked->origin, &origin);
    return err_set(e, ERR_DENIED, "cannot execute %s: it is the command '%s', which is blocked (%s); --allow-command %s lets it be started", shown,
                   blocked->name, origin.buf, blocked->name);
}

int sandbox_find(const struct sandbox_request *r, struct sandbox *s, struct err *e)
{
    const struct world *w = r->context->world;
    if (launch_find(r->command[0], w->path, w->exe, &s->exe, e) < 0 || check_program(s, e) < 0)
        return e->class;
    /* The path that was found, not the bare name: an interpreter finds its virtual environment by argv[0]. */
    strlist_add(&s->argv, r->program ? s->exe : r->command[0]);
    for (size_t i = 1; r->command[i]; i++)
        strlist_add(&s->argv, r->command[i]);
    sandbox_environment(r->context, &s->caps, &s->environment);
    return 0;
}

int sandbox_not_started(const struct err *e)
{
    out_error("%s", e->text);
    return launch_status(e);
}
