/* capture: how a run or a shell keeps what its command changes. */
#include "shell/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/guard.h"
#include "core/kernel.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/mounts.h"
#include "core/orphans.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quantity.h"
#include "core/quote.h"
#include "core/whole.h"
#include "rollback/broker.h"
#include "rollback/capture_review.h"
#include "rollback/mutate.h"

const char *const capture_names[] = {"auto", "broker", "scan", NULL};
const char *const capture_help[] = {"broker where it can be, else scan", "each change as it is made; refuse where that cannot be",
                                    "a look at the tree before and after", NULL};

/* What is to be kept stays on the file system of the tree: the state directory is on it, or a directory above the tree that can be written. */
static bool has_place(const char *state_dir, const char *workdir, bool *ret_beside)
{
    struct stat tree;
    struct stat st;
    AUTO(mem_free_ptr) char *state = mem_strdup(state_dir);
    *ret_beside = false;
    if (stat(workdir, &tree) < 0)
        return false;
    while (stat(state, &st) < 0 && errno == ENOENT) {
        char *parent = path_parent(state);
        mem_free(state);
        state = parent;
    }
    if (stat(state, &st) == 0 && st.st_dev == tree.st_dev)
        return true;
    *ret_beside = true;
    AUTO(mem_free_ptr) char *above = path_parent(workdir);
    while (path_below(workdir, above) && stat(above, &st) == 0 && st.st_dev == tree.st_dev) {
        if (faccessat(AT_FDCWD, above, W_OK | X_OK, AT_EACCESS) == 0)
            return true;
        char *parent = path_parent(above);
        bool is_root = !above[1];
        mem_free(above);
        above = parent;
        if (is_root)
            break;
    }
    return false;
}

/* Nothing has to be kept: what the broker holds is what may be done. */
static struct mutate unkept;

/* From another mount nothing can be moved to where it is kept. */
static bool has_mounts(const char *workdir)
{
    const char *mountinfo = NULL;
    struct err ignored = ERR_INIT;
    return mounts_known(&mountinfo, &ignored) < 0 || mounts_any_below(mountinfo, workdir);
}

static bool broker_is_possible(const struct world *w, const char *named, struct str *why)
{
    AUTO(mem_free_ptr) char *workdir = NULL;
    struct err ignored = ERR_INIT;
    struct kernel kernel = {0};
    bool is_beside = false;
    kernel_probe(&kernel);
    if (kernel.confined)
        return false;
    if (!broker_works(kernel.landlock_abi, why))
        return false;
    if (sandbox_workdir(w, named, &workdir, &ignored) < 0) /* said by who needs it */
        return true;
    if (caps_is_direct(workdir))
        str_add(why, "the working directory lies where the command makes its changes itself");
    else if (!has_place(w->state_dir, workdir, &is_beside))
        str_add(why, "what was there before has no place on the file system of the working directory");
    else if (is_beside && level_here() != CAPS_LEVEL_FULL)
        str_add(why, "what was there before would lie beside the working directory, where only a mount could hide it from commands");
    else if (has_mounts(workdir))
        str_add(why, "other file systems are mounted in the working directory");
    else
        return true;
    return false;
}

int capture_limit(const char *max_copy, struct caps *c, struct err *e)
{
    return max_copy ? quantity_limit(max_copy, "--max-copy", &c->max_copy, e) : 0;
}

int capture_asked(bool review, int choice, enum capture_choice *ret, struct err *e)
{
    if (review && choice != CAPTURE_AUTO)
        return err_set(e, ERR_USAGE, "--review keeps changes in a way of its own: leave out --capture");
    *ret = review ? CAPTURE_REVIEW : (enum capture_choice)choice;
    return 0;
}

int capture_choose(enum capture_choice asked, const struct world *w, const char *workdir, const struct session_capture **ret, struct err *e)
{
    AUTO(str_release) struct str why = STR_INIT(STR_MAX_LINE);
    if (asked == CAPTURE_REVIEW) {
        *ret = &session_capture_review;
        return whole_become(e);
    }
    if (asked != CAPTURE_SCAN && broker_is_possible(w, workdir, &why)) {
        *ret = &session_capture_broker;
        return 0;
    }
    if (asked == CAPTURE_BROKER && why.len > 0)
        return err_set(e, ERR_KERNEL, "--capture=broker is not to be had: %s", why.buf);
    *ret = &session_capture_scan;
    if (whole_become(e) < 0)
        return e->class;
    if (why.len > 0)
        out_verbose(1, "  rollback  by scan: %s\n", why.buf);
    return 0;
}

int capture_for_guards(enum capture_choice asked, const struct world *w, const struct sandbox *s, const struct session_capture **capture,
                       struct err *e)
{
    AUTO(str_release) struct str why = STR_INIT(STR_MAX_LINE);
    if (!guard_is_asked(&s->caps))
        return 0;
    if (s->kernel.confined)
        return sandbox_cannot_guard(&s->caps, "inside another sandbox nono cannot make the changes of a command: run it outside", e);
    if (*capture && asked == CAPTURE_SCAN)
        return sandbox_cannot_guard(&s->caps, "that takes nono to make each change, so leave out --capture=scan", e);
    if (*capture == &session_capture_review)
        return sandbox_cannot_guard(&s->caps, "that takes nono to make each change, so leave out --review", e);
    if (!broker_works(s->kernel.landlock_abi, &why))
        return sandbox_cannot_guard(&s->caps, why.buf, e);
    if (!*capture || *capture == &session_capture_broker)
        return 0;
    if (!broker_is_possible(w, s->workdir, &why)) {
        str_add(&why, "; --no-rollback goes without");
        return sandbox_cannot_guard(&s->caps, why.buf, e);
    }
    *capture = &session_capture_broker;
    return 0;
}

/* What the command is given to write to from the start may be of the tree. */
static int secure_inherited(const struct sandbox *s, const struct kept *kept, struct mutate *m, struct err *e)
{
    if (m == &unkept)
        return 0;
    for (int fd = 0; fd < INHERITED_FIRST + (int)s->inherited.n; fd++) {
        int number = fd < INHERITED_FIRST ? fd : s->inherited.fd[fd - INHERITED_FIRST];
        if (broker_secure(m, kept, number, e) < 0)
            return e->class;
    }
    return 0;
}

int capture_prepare(struct sandbox *s, struct session *session, struct notify *ret, struct err *e)
{
    struct mutate *m = session ? session_mutate(session) : NULL;
    const struct kept kept = {
        .workdir = m ? session_record(session)->workdir : "", .roots = session ? &session_record(session)->roots : NULL, .scratch = &s->caps.scratch};
    *ret = (struct notify){0};
    if (!m && guard_is_asked(&s->caps)) {
        if (session)
            return sandbox_cannot_guard(&s->caps, "this way to keep changes does not see them", e);
        mutate_begin_scratch(&unkept);
        m = &unkept;
    }
    if (!m)
        return 0;
    s->caps.brokered = true;
    /* What changes after the session is closed would be in no journal. */
    int rc = s->caps.level == CAPS_LEVEL_FULL && s->caps.own_processes ? 0 : orphans_adopt(e);
    if (rc == 0)
        rc = secure_inherited(s, &kept, m, e);
    return rc == 0 ? broker_register(&s->caps, &kept, m, ret, e) : rc;
}

void capture_started(pid_t command)
{
    broker_started(command);
}

bool capture_is_untouched(struct session *session)
{
    const struct mutate *m = session ? session_mutate(session) : NULL;
    return m && m->large == 0 && !mutate_has_changes(m) && !broker_has_unkept();
}

bool capture_refused_large(struct session *session)
{
    const struct mutate *m = session ? session_mutate(session) : NULL;
    return m && m->large > 0 && !m->skips_large;
}

void capture_finish(struct session *session)
{
    orphans_end();
    notify_stop();
    broker_settle();
    AUTO(strlist_release) struct strlist scratch = STRLIST_INIT;
    broker_scratch(&scratch);
    for (size_t i = 0; session && i < scratch.n; i++)
        session_scratch(session, scratch.item[i]);
    broker_release();
    if (unkept.keeps_nothing)
        mutate_end(&unkept);
}
