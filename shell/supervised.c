/* supervised: a sandboxed command with nono staying above it. */
#include "shell/supervised.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/launch.h"
#include "core/launch_init.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/placeholder.h"
#include "core/quote.h"
#include "core/supervise.h"
#include "hooks/again.h"
#include "hooks/hint.h"
#include "rollback/capture_review.h"
#include "rollback/retention.h"
#include "rollback/session.h"
#include "shell/banner.h"
#include "shell/capture.h"
#include "shell/denied.h"
#include "shell/last.h"
#include "shell/review.h"
#include "shell/seal_child.h"
#include "shell/stashes.h"

static bool is_review(const struct supervised_request *r)
{
    return r->capture == &session_capture_review;
}

enum { MAX_UNCOVERED = 4 };

/* What cannot be taken back, once; of scratch trees only beside what can. Where nono is to be quiet: what was not let be done, or not kept. */
static void report_uncovered(const struct session_record *record, bool quiet)
{
    bool has_scratch = !quiet && record->created + record->modified + record->deleted > 0;
    size_t n = 0;
    if (quiet && !record->journal.known)
        return;
    for (int is_scratch = 0; is_scratch <= has_scratch; is_scratch++) {
        for (size_t i = 0; i < record->notes.n; i++) {
            AUTO(mem_free_ptr) char *shown = quote_term_dup(record->notes.item[i]);
            if (session_note_is_scratch(record->notes.item[i]) == is_scratch && n++ < MAX_UNCOVERED)
                out_note("  nono not covered: %s\n", shown);
        }
    }
    if (n > MAX_UNCOVERED)
        out_note("  nono not covered: %zu more, see nono rollback show %s\n", n - MAX_UNCOVERED, record->id);
}

static void report(const struct supervised_request *r, const struct session_record *record)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    banner_changes(record, &line);
    report_uncovered(record, r->quiet);
    if (line.len == 0)
        return;
    str_addf(&line, ", take back with: nono rollback restore");
    struct err ignored = ERR_INIT;
    AUTO(str_release) struct str later = STR_INIT(STR_MAX_LINE);
    banner_autorun(record, &later);
    if (later.len > 0)
        str_add(&later, "; see: nono rollback show --autorun, take only these back: nono rollback restore --autorun");
    if (r->hint) {
        (void)hint_leave(r->context->world, line.buf, &ignored);
        if (later.len > 0)
            (void)hint_leave(r->context->world, later.buf, &ignored);
    } else if (!r->quiet) {
        out_note("  nono %s %s\n", line.buf, record->id);
        if (later.len > 0)
            out_note("  nono %s\n", later.buf);
    }
}

enum { TRIM_EVERY = 64 }; /* looking at every session is not for every command */

static void trim(const struct world *w, const struct session_record *record)
{
    struct err e = ERR_INIT;
    bool changed = record->created + record->modified + record->deleted > 0;
    if (record->journal.known) /* no record can be read here: the child does it */
        return;
    if (!changed && getpid() % TRIM_EVERY == 0 && retention_trim(w->state_dir, &e) < 0)
        out_verbose(1, "  rollback  old sessions stay: %s\n", e.text);
}

static void close_session(const struct supervised_request *r, struct session *session, const struct supervise_result *result)
{
    struct err e = ERR_INIT;
    if (session_close(session, result->signaled, result->code, &e) < 0) {
        out_error("%s; the state before the command is safe, and the session is completed by the next 'nono rollback'", e.text);
        return;
    }
    if (!is_review(r))
        report(r, session_record(session));
    trim(r->context->world, session_record(session));
}

/* Nobody holds the session any more when its changes are kept or discarded. */
static void end_review(const struct supervised_request *r, struct session **session)
{
    AUTO(session_record_release) struct session_record record = {0};
    struct err e = ERR_INIT;
    char id[SESSION_ID_MAX];
    if (!session_record(*session)->has_after)
        return;
    (void)snprintf(id, sizeof id, "%s", session_record(*session)->id);
    review_drop_stage(*session);
    session_free(take_ptr(session));
    int rc = session_read(r->context->world->state_dir, id, &record, &e);
    if (rc == 0)
        rc = review_end(r->context, &record, r->quiet, &e);
    if (rc < 0)
        out_error("%s; what the command changed is staged: nono rollback keep|discard %s", e.text, id);
}

/* These are hidden as directories: something else in their place would be in the way of another nono. Before the tree is looked at. */
static int make_own_directories(const struct supervised_request *r, struct err *e)
{
    const struct world *w = r->context->world;
    const char *const own[] = {w->state_dir, w->config_dir, w->data_dir};
    for (size_t i = 0; r->sandbox->caps.n_masks > 0 && i < sizeof own / sizeof *own; i++)
        if (fs_make_dirs(own[i], e) < 0)
            return e->class;
    return 0;
}

static int hold_placeholders(const struct supervised_request *r, struct placeholders *ret, struct err *e)
{
    AUTO(mem_free_ptr) char *dir = path_join(r->context->world->state_dir, "placeholders");
    if (r->sandbox->kernel.confined) /* the state directory is closed here, and mounts are refused */
        return 0;
    return placeholder_hold(dir, &r->sandbox->caps, ret, e);
}

/* What the banner said before is not so. The shell hook, which says nothing, leaves it to -v. */
static void tell_lower(const struct supervised_request *r)
{
    if (r->quiet && out_verbosity() == 0)
        return;
    banner_lowered(r->sandbox);
}

static int try_start(const struct supervised_request *r, struct session *session, struct launched *ret, struct err *e)
{
    struct notify notify;
    if (session && is_review(r) && review_begin(r->sandbox, session, e) < 0)
        return e->class;
    if (stashes_hide(r->context->world, session, &r->sandbox->caps, e) < 0 || capture_prepare(r->sandbox, session, &notify, e) < 0)
        return e->class;
    struct launch launch = sandbox_launch(r->sandbox);
    launch.diagnose = r->diagnose;
    launch.trace = r->trace;
    launch.notify = &notify;
    return launch_spawn(&launch, ret, e);
}

/* Nobody needs sockets and terminals of the command's own at any price: a sandbox within another one goes without. */
static int start_once(const struct supervised_request *r, struct session *session, struct launched *ret, struct err *e)
{
    int rc = try_start(r, session, ret, e);
    if ((rc != ERR_BUSY && rc != ERR_KERNEL) || !r->sandbox->caps.own_sockets)
        return rc;
    bool had_terminals = r->sandbox->caps.own_terminals;
    r->sandbox->caps.own_sockets = r->sandbox->caps.own_terminals = false;
    out_verbose(1, "  not held  Unix sockets%s of the command's own are refused: %s\n", had_terminals ? " and terminals" : "", e->text);
    return try_start(r, session, ret, e);
}

/* Namespaces are found not to work by making them, for the command itself and before anything of it ran. */
static int start(const struct supervised_request *r, struct session *session, struct placeholders *held, struct launched *ret, struct err *e)
{
    bool lowered = false;
    int rc = start_once(r, session, ret, e);
    while (rc == ERR_LEVEL && r->sandbox->caps.level != CAPS_LEVEL_LANDLOCK) {
        struct err why = *e;
        bool keeps_masks = r->sandbox->caps.own_processes;
        if (!keeps_masks)
            placeholder_release(held);
        rc = sandbox_lower(r->context->world, r->sandbox, &why, e);
        if (rc < 0)
            return rc;
        lowered = true;
        rc = start_once(r, session, ret, e);
    }
    if (lowered)
        tell_lower(r);
    if (rc == 0)
        capture_started(ret->command);
    return rc;
}

/* What a wrapped command was denied by the kernel is known when it was watched: that is when it is typed again. */
static void add_again(const struct supervised_request *r, const struct supervise_result *result, const struct session_denials *denied,
                      struct str *line)
{
    const struct again_command command = {r->context->world, r->sandbox->workdir, r->request->command};
    const struct again_end end = {.failed = denied_may_explain(result), .watched = denied->watched};
    enum again_news news = again_ended(&command, &end);
    if (line->len)
        return;
    if (news == AGAIN_FIRST)
        str_addf(line, "%s ran sandboxed and failed: what the kernel denies it is told here when it is run again", path_base(r->request->command[0]));
    else if (news == AGAIN_WATCHED)
        str_add(line, "the sandbox denied it no file, program or connection that it asked for");
}

/* Before anything else is said about the command. */
static void tell_denied(const struct supervised_request *r, struct session *session, bool started, const struct supervise_result *result,
                        const struct session_denials *denied)
{
    const struct denied_end end = {
        .request = r->request,
        .sandbox = r->sandbox,
        .result = result,
        .denied = denied,
        .refused_large = capture_refused_large(session),
        .interactive = strcmp(r->kind, "shell") == 0,
    };
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    struct err ignored = ERR_INIT;
    if (!r->quiet) {
        (started ? denied_tell : denied_tell_not_started)(&end);
        return;
    }
    if (!r->hint)
        return;
    if (result->signaled || result->code != 0 || denied_has_guarded(denied))
        denied_hint(denied, &line);
    if (started)
        add_again(r, result, denied, &line);
    if (line.len)
        (void)hint_leave(r->context->world, line.buf, &ignored);
}

/* The kernel takes its time over the processes and mounts of a namespace. When nothing was changed and nobody answers them any more, what is left of
 * them can change nothing of the session, which is closed meanwhile: whatever they could write to would be in the journal. */
static void end_command(struct session *session, const struct placeholders *held, struct launched *launched)
{
    launch_stop(launched);
    if (launched->init)
        notify_stop();
    if (!launched->init || held->n > 0 || !capture_is_untouched(session))
        launch_end(launched);
    capture_finish(session);
}

int supervised_run(const struct supervised_request *r, struct err *e)
{
    AUTO(session_free_ptr) struct session *session = NULL;
    AUTO(placeholder_release) struct placeholders placeholders = PLACEHOLDERS_INIT;
    if (make_own_directories(r, e) < 0 || supervised_open(r, &session, e) < 0 || hold_placeholders(r, &placeholders, e) < 0 || supervise_begin(e) < 0)
        return last_refused(r->request, r->kind, e);

    if (session && is_review(r) && !r->quiet)
        review_warn(r->sandbox);
    supervise_limit(r->timeout);
    struct supervise_result result = {0};
    struct launched launched = {0};
    int status = -1;
    struct err failure = ERR_INIT;
    if (start(r, session, &placeholders, &launched, &failure) < 0) {
        status = sandbox_not_started(&failure);
        result.code = status;
    } else if (supervise_wait(launched.command, &result, e) < 0) {
        supervise_end();
        return e->class;
    }
    end_command(session, &placeholders, &launched);
    placeholder_release(&placeholders); /* before the tree is looked at again */
    AUTO(session_denials_release) struct session_denials denied = {0};
    denied_take(r->diagnose && status < 0, &denied);
    if ((status < 0 || failure.class == ERR_DENIED) && !r->trace)
        tell_denied(r, session, status < 0, &result, &denied);
    if (session)
        session_denied(session, &denied);
    if (session && status >= 0)
        session_not_started(session, failure.text);
    bool is_journalled = session && session_record(session)->journal.known;
    if (session)
        close_session(r, session, &result);
    else
        last_ended(&(struct last_end){r->request, r->kind, r->sandbox, result.signaled, result.code, status < 0 ? NULL : failure.text, &denied});
    launch_end(&launched);
    supervise_end();
    bool wants_child = is_journalled && (session_record(session)->journal.kept || getpid() % TRIM_EVERY == 0);
    if (session && is_review(r))
        end_review(r, &session);
    session_free(take_ptr(&session));
    if (wants_child)
        seal_child_start(r->context->world);
    if (status < 0 && r->ended)
        r->ended(r->data, &result);
    if (status < 0 && result.signaled) {
        (void)out_finish();
        supervise_exit_like(&result);
    }
    return status < 0 ? result.code : status;
}
