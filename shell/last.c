/* last: what `nono why --last` needs later. */
#include "shell/last.h"

#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "policy/expand.h"

void last_launch(const struct sandbox_request *r, const struct sandbox *s, struct session_launch *ret)
{
    const struct world *w = r->context->world;
    struct err ignored = ERR_INIT;
    bool has_workdir = s ? s->caps.workdir_access != 0 : r->grant->allow_cwd || r->program;
    ret->known = true;
    ret->wrapped = mem_strdup(r->program);
    ret->terminal = getsid(0);
    if (s && s->exe)
        (void)!expand_option(w, s->exe, &ret->program, &ignored);
    grant_words(r->grant, w, has_workdir, &ret->options);
}

const char *last_started_in(const struct session_record *r)
{
    const struct strlist *options = &r->launch.options; /* supervised_open puts it last */
    bool is_named = options->n >= 2 && strcmp(options->item[options->n - 2], "--workdir") == 0;
    return is_named ? options->item[options->n - 1] : r->workdir;
}

/* Failing to write it is no failure of the command. */
static void keep(const struct sandbox_request *r, const char *kind, const struct sandbox *s, struct session_record *record)
{
    const struct world *w = r->context->world;
    struct err ignored = ERR_INIT;
    if (s && s->workdir)
        record->workdir = mem_strdup(s->workdir);
    else if (sandbox_workdir(w, r->grant->workdir, &record->workdir, &ignored) < 0)
        return;
    record->kind = mem_strdup(kind);
    record->capture = mem_strdup("none");
    record->profile = mem_strdup(r->grant->profile ? r->grant->profile : "default");
    record->started_ns = record->ended_ns = world_now_ns();
    record->has_exit = true;
    for (size_t i = 0; r->command[i] && i < SESSION_MAX_NOTES; i++)
        strlist_add(&record->command, r->command[i]);
    (void)!session_last_write(w->runtime_dir, record, &ignored);
}

static void keep_failure(const struct sandbox_request *r, const char *kind, const struct sandbox *s, int status, const char *failure)
{
    AUTO(session_record_release) struct session_record record = {.code = status};
    if (r->grant->dry_run)
        return;
    last_launch(r, s, &record.launch);
    record.launch.failure = mem_strdup(failure);
    keep(r, kind, s, &record);
}

int last_refused(const struct sandbox_request *r, const char *kind, struct err *e)
{
    if (e->class != ERR_USAGE)
        keep_failure(r, kind, NULL, CMD_NOT_STARTED, e->text);
    return e->class;
}

int last_not_started(const struct sandbox_request *r, const char *kind, const struct sandbox *s, const struct err *e)
{
    int status = sandbox_not_started(e);
    keep_failure(r, kind, s, status, e->text);
    return status;
}

void last_ended(const struct last_end *end)
{
    AUTO(session_record_release) struct session_record record = {.signaled = end->signaled, .code = end->code};
    if (!end->signaled && end->code == 0 && !end->failure) {
        last_forget(end->request->context);
        return;
    }
    last_launch(end->request, end->sandbox, &record.launch);
    record.launch.failure = mem_strdup(end->failure);
    record.denied = *end->denied;
    *end->denied = (struct session_denials){0};
    keep(end->request, end->kind, end->sandbox, &record);
}

void last_forget(const struct cmd_context *ctx)
{
    session_last_clear(ctx->world->runtime_dir, getsid(0));
}
