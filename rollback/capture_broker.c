/* capture_broker: capture by a journal of what the broker does for the command. Costs what changes, not what is there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/mounts.h"
#include "core/path.h"
#include "core/quantity.h"
#include "core/quote.h"
#include "rollback/broker.h"
#include "rollback/journal.h"
#include "rollback/mutate.h"
#include "rollback/mutate_look.h"
#include "rollback/session_journal.h"
#include "rollback/session_own.h"
#include "rollback/stash.h"

static const char journal_name[] = "journal";

static void give_up(struct session *s)
{
    if (!s->mutate)
        return;
    mutate_end(s->mutate);
    mem_free(take_ptr(&s->mutate));
}

/* The stashes of one session, beside its journal or linked there. */
struct stashes {
    struct session *session;
    char *directory; /* sessions/ID */
    struct stash *item; /* room for STASH_MAX */
    unsigned n;
};

static void stashes_release(struct stashes *t)
{
    for (unsigned i = 0; i < t->n; i++)
        stash_close(&t->item[i]);
    mem_free(t->item);
    mem_free(t->directory);
}

static int add_stash(struct stashes *t, const char *tree, bool may_be_inside, struct err *e)
{
    const struct stash_request request = {
        .session_dir = t->session->dir_fd,
        .session_path = t->directory,
        .id = t->session->record.id,
        .tree = tree,
        .index = t->n,
        .may_be_inside = may_be_inside,
    };
    if (t->n >= STASH_MAX)
        return err_set(e, ERR_LIMIT, "more than %d file systems", STASH_MAX);
    int rc = t->n == 0 ? stash_prepare(&request, &t->item[0], e) : stash_make(&request, &t->item[t->n], e);
    t->n += rc == 0;
    return rc;
}

/* Of what is gone by now, as a tree that is taken back may be, what is left above it. */
static char *nearest(const char *root)
{
    char *at = mem_strdup(root);
    struct mutate_look l;
    while (at[1] && mutate_look(AT_FDCWD, at, &l) == -ENOENT) {
        char *above = path_parent(at);
        mem_free(at);
        at = above;
    }
    return at;
}

static int add_root(struct stashes *t, const char *root, const char *mountinfo, struct err *e)
{
    AUTO(mem_free_ptr) char *at = nearest(root);
    struct mutate_look l;
    int sys = mutate_look(AT_FDCWD, at, &l);
    if (sys < 0)
        return err_sys(e, err_class_of(-sys), -sys, "it cannot be looked at");
    if (mounts_any_below(mountinfo, root))
        return err_set(e, ERR_KERNEL, "other file systems are mounted in it");
    for (unsigned i = 0; i < t->n; i++) {
        if (t->item[i].device == l.device && t->item[i].mount == l.mount)
            return 0;
    }
    return add_stash(t, at, true, e);
}

/* Where nothing can be kept is said, and left out. */
static void drop_root(struct session_record *r, size_t i, const char *why)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(r->roots.item[i]);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_addf(&line, "what changes in %s: %s", shown, why);
    if (r->notes.n < SESSION_MAX_NOTES)
        (void)strlist_add_once(&r->notes, line.buf);
    mem_free(r->roots.item[i]);
    r->roots.n--;
    memmove(&r->roots.item[i], &r->roots.item[i + 1], (r->roots.n - i) * sizeof(*r->roots.item));
    r->roots.item[r->roots.n] = NULL;
}

static int make_stashes(struct session *s, struct stashes *t, struct err *e)
{
    const char *mountinfo = "";
    AUTO(mem_free_ptr) char *sessions = path_join(s->state_dir, "sessions");
    t->directory = path_join(sessions, s->record.id);
    int rc = add_stash(t, s->record.workdir, false, e);
    if (rc == 0 && s->record.roots.n > 0)
        rc = mounts_known(&mountinfo, e);
    for (size_t i = 0; rc == 0 && i < s->record.roots.n;) {
        struct err why = ERR_INIT;
        if (add_root(t, s->record.roots.item[i], mountinfo, &why) < 0)
            drop_root(&s->record, i, why.text);
        else
            i++;
    }
    return rc;
}

static int drop(struct session *s, struct err *e)
{
    int rc = stash_remove_all(s->dir_fd, e);
    if (rc == 0 && unlinkat(s->dir_fd, journal_name, 0) < 0 && errno != ENOENT)
        rc = err_sys(e, ERR_IO, errno, "cannot remove the journal of session %s", s->record.id);
    return rc;
}

static int begin(struct session *s, struct oid *ret_before, struct err *e)
{
    struct err ignored = ERR_INIT;
    AUTO(stashes_release) struct stashes t = {.session = s, .item = mem_array(STASH_MAX, sizeof(struct stash))};
    struct mutate_setup setup = {
        .session_dir = s->dir_fd,
        .journal_name = journal_name,
        .prepared = t.item,
        .max_copy = s->max_copy,
        .skips_large = s->skips_large,
    };
    (void)ret_before;
    int rc = make_stashes(s, &t, e);
    setup.n_stash = t.n;
    s->mutate = mem_alloc(sizeof *s->mutate);
    if (rc == 0)
        rc = mutate_begin(&setup, s->mutate, e);
    if (rc == 0)
        return 0;
    mem_free(take_ptr(&s->mutate));
    (void)!drop(s, &ignored);
    return rc;
}

/* What a person can do about it is said with it. */
static void tell_large(struct session *s)
{
    const struct mutate *m = s->mutate;
    if (m->large == 0 || s->record.notes.n >= SESSION_MAX_NOTES)
        return;
    AUTO(mem_free_ptr) char *path = quote_term_dup(m->large_path);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_addf(&line, "%s (", path);
    quantity_add_size(&line, m->large_size);
    str_addf(&line, ")%s: ", m->large > 1 ? " and others" : "");
    str_addf(&line, m->skips_large ? "written, and what was there cannot be taken back, because files over " : "not let be written, because files over ");
    quantity_add_size(&line, m->max_copy);
    str_addf(&line, " are not copied; --max-copy SIZE or rollback.max_copy copies it%s", m->skips_large ? "" : ", rollback.large_files skip writes it without");
    (void)strlist_add_once(&s->record.notes, line.buf);
}

/* Nothing was changed, and this process knows it: the journal is not read again, and its file gets the record that says so. */
static int end_unchanged(struct session *s, struct err *e)
{
    const struct stash *stash = &s->mutate->stash[0];
    bool has_stash = stash->dir >= 0 || stash->later < 0 || s->mutate->n_stash > 1;
    if (session_journal_spare(s, e) < 0)
        return e->class;
    give_up(s);
    return has_stash ? stash_remove_all(s->dir_fd, e) : 0;
}

static int end(struct session *s, struct oid *ret_after, struct err *e)
{
    (void)ret_after;
    if (s->mutate)
        tell_large(s);
    if (s->mutate && !mutate_has_changes(s->mutate))
        return end_unchanged(s, e);
    give_up(s);
    return session_journal_end(s, e);
}

struct mutate *session_mutate(struct session *s)
{
    return s->mutate;
}

const struct session_capture session_capture_broker = {.name = "broker", .journals = true, .begin = begin, .end = end, .release = give_up};
