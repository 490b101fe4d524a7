/* supervised_open: the session around a supervised command: where it works, and what it keeps. */
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/capture_review.h"
#include "rollback/kept.h"
#include "rollback/session.h"
#include "shell/last.h"
#include "shell/supervised.h"

/* Where the session works: the working directory, or what else the command may change when it cannot change that. Caller owns. NULL: nothing can be
 * taken back. */
static char *tree_of(const struct supervised_request *r, struct strlist *ret_roots)
{
    const struct sandbox *s = r->sandbox;
    bool is_broker = r->capture == &session_capture_broker;
    kept_roots(&s->caps, s->writes_workdir ? s->workdir : NULL, !is_broker || !s->writes_workdir, ret_roots);
    if (s->writes_workdir)
        return mem_strdup(s->workdir);
    for (size_t i = 0; is_broker && i < ret_roots->n; i++) {
        struct stat st;
        if (stat(ret_roots->item[i], &st) == 0 && S_ISDIR(st.st_mode))
            return mem_strdup(ret_roots->item[i]);
    }
    return NULL;
}

/* Inside a sandbox the state directory is closed, and the session outside records what happens here. */
static int wants_session(const struct supervised_request *r, const char *tree, bool *ret, struct err *e)
{
    const struct sandbox *s = r->sandbox;
    *ret = false;
    if (r->rollback == SUPERVISED_NONE)
        return 0;
    const char *reason = NULL;
    if (s->kernel.confined)
        reason = "this is already inside a nono sandbox, whose own session records the changes";
    else if (!tree)
        reason = "the command may not write the working directory: there is nothing to take back";
    if (reason && r->rollback == SUPERVISED_REQUIRED)
        return err_set(e, ERR_USAGE, "%s: %s", r->capture == &session_capture_review ? "--review" : "--rollback", reason);
    if (reason)
        out_verbose(1, "  rollback  off: %s\n", reason);
    *ret = !reason;
    return 0;
}

static void exclude_path(const char *tree, const char *path, struct strlist *ret)
{
    const char *below = path_below(path, tree);
    if (below && *below)
        strlist_add_take(ret, path_join("/", below));
}

/* What the command cannot reach it cannot change: nobody's keys are copied into the store because the command runs in ~, nor from where a
 * bind mount shows them again. */
static void exclude_denied(const struct sandbox *s, const char *tree, bool with_names, struct strlist *ret)
{
    for (size_t i = 0; with_names && i < s->caps.rollback_exclude.n; i++)
        strlist_add(ret, s->caps.rollback_exclude.item[i]);
    for (size_t i = 0; i < s->caps.n_denies; i++)
        if (!s->caps.deny[i].overridden)
            exclude_path(tree, s->caps.deny[i].path, ret);
    for (size_t i = 0; i < s->caps.n_masks; i++)
        if (s->caps.mask[i].kind != CAPS_MASK_PIN)
            exclude_path(tree, s->caps.mask[i].path, ret);
}

/* That the tree is not the working directory is no reason to start nothing. */
static int cannot_open(const struct supervised_request *r, const char *tree, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(tree);
    if (!r->sandbox->writes_workdir && r->rollback != SUPERVISED_REQUIRED) {
        out_note("  note  what changes in %s cannot be taken back: %s\n", shown, e->text);
        return 0;
    }
    (void)err_add(e, "nothing was started, because %s cannot be secured for rollback ('nono run --no-rollback' goes without)", shown);
    return e->class;
}

/* A grant that somebody asked for, and no session to take back what comes of it. */
static void tell_no_session(const struct supervised_request *r, const struct strlist *asked)
{
    if (asked->n == 0 || r->quiet || r->rollback == SUPERVISED_NONE || r->sandbox->kernel.confined)
        return;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(asked->item[0]);
    out_note("  note  what changes in %s%s cannot be taken back: it is kept with a working directory that may be written, or where --capture=broker works\n",
             shown, asked->n > 1 ? " and others" : "");
}

/* Of a device nobody expects it. */
static bool holds_content(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode));
}

static void tell_never_kept(const struct supervised_request *r)
{
    AUTO(strlist_release) struct strlist never = STRLIST_INIT;
    if (r->quiet || r->rollback == SUPERVISED_NONE || r->sandbox->kernel.confined)
        return;
    kept_never(&r->sandbox->caps, &never);
    for (size_t i = 0; i < never.n; i++) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(never.item[i]);
        if (holds_content(never.item[i]))
            out_note("  note  what changes in %s is not recorded and cannot be taken back: there the command makes its changes itself\n", shown);
    }
}

int supervised_open(const struct supervised_request *r, struct session **ret, struct err *e)
{
    bool wanted = false;
    AUTO(strlist_release) struct strlist all = STRLIST_INIT;
    AUTO(strlist_release) struct strlist roots = STRLIST_INIT;
    AUTO(strlist_release) struct strlist exclude = STRLIST_INIT;
    AUTO(mem_free_ptr) char *tree = tree_of(r, &all);
    if (wants_session(r, tree, &wanted, e) < 0)
        return e->class;
    tell_never_kept(r);
    if (!wanted) {
        tell_no_session(r, &all);
        return 0;
    }
    kept_roots(&r->sandbox->caps, tree, r->capture != &session_capture_broker, &roots);
    AUTO(session_launch_release) struct session_launch launch = {0};
    last_launch(r->request, r->sandbox, &launch);
    if (!r->sandbox->writes_workdir) { /* the record's is another: what is judged again later is judged from here */
        strlist_add(&launch.options, "--workdir");
        strlist_add(&launch.options, r->sandbox->workdir);
    }
    exclude_denied(r->sandbox, tree, r->capture != &session_capture_review, &exclude); /* of what waits to be kept nothing may be left out */
    struct session_request request = {
        .state_dir = r->context->world->state_dir,
        .workdir = tree,
        .kind = r->kind,
        .profile = r->profile ? r->profile : "default",
        .command = r->sandbox->argv.item,
        .exclude = &exclude,
        .roots = &roots,
        .max_copy = r->sandbox->caps.max_copy,
        .skips_large = r->sandbox->caps.large == CAPS_LARGE_SKIPPED,
        .launch = &launch,
        .search = r->context->world->path,
        .capture = r->capture,
    };
    return session_open(&request, ret, e) == 0 ? 0 : cannot_open(r, tree, e);
}
