/* browse_action: what each command of a session of looking does. */
#include "shell/browse_action.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/column.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/world.h"
#include "rollback/capture_review.h"
#include "rollback/session_tree.h"
#include "shell/browse_session.h"
#include "shell/rollback_diff.h"
#include "shell/rollback_view.h"

enum { AGE_WIDTH = 10, MOST_SESSIONS = 50 /* shown at once */ };

static void add_session(const struct browse_session *s, size_t i, struct str *out)
{
    const struct session_record *r = &s->list.item[i];
    enum session_state state = session_state_of(s->ctx->world->state_dir, r);
    str_addf(out, "%c%3zu  %s  ", strcmp(r->id, s->chosen.id) == 0 ? '*' : ' ', i + 1, r->id);
    size_t start = out->len;
    rollback_view_age(out, world_now_ns(), r->started_ns);
    column_pad(out, start, AGE_WIDTH);
    str_add(out, "  ");
    rollback_view_command(out, &r->command, ROLLBACK_COMMAND_WIDTH);
    str_add(out, "  ");
    if (session_is_over(state))
        rollback_view_counts(out, r->created, r->modified, r->deleted);
    else
        str_add(out, rollback_view_state(state));
    if (review_is_staged(r))
        str_add(out, "  (staged)");
    else if (r->undone)
        str_add(out, "  (taken back)");
    if (s->all) {
        str_add(out, "  in ");
        rollback_view_home(out, s->ctx->world, r->workdir);
    }
    str_addc(out, '\n');
}

int browse_action_sessions(void *session, const struct strlist *words, struct err *e)
{
    struct browse_session *s = session;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    if (words->n > 1 && strcmp(words->item[1], "all") != 0)
        return err_set(e, ERR_USAGE, "'sessions' takes nothing but 'all'");
    s->all = s->all || words->n > 1;
    int rc = browse_session_refresh(s, e);
    for (size_t i = 0; rc == 0 && i < s->list.n && i < MOST_SESSIONS; i++)
        add_session(s, i, &text);
    if (rc == 0 && s->list.n > MOST_SESSIONS)
        str_addf(&text, "     and %zu more: 'use' takes the number or the id\n", s->list.n - MOST_SESSIONS);
    if (rc == 0)
        rc = out_text(&text, "the list", e);
    return rc;
}

static int print_files(const struct browse_session *s, const struct strlist *paths, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    if (rollback_changes_list(&s->changes, paths, SIZE_MAX, &text) == 0)
        return err_set(e, ERR_MISSING, paths->n > 0 ? "session %s changed nothing there" : "session %s changed nothing", s->chosen.id);
    int rc = str_check(&text, "the list", e);
    return rc < 0 ? rc : pager_show(s->ctx, text.buf, text.len, e);
}

int browse_action_use(void *session, const struct strlist *words, struct err *e)
{
    struct browse_session *s = session;
    const struct strlist all = STRLIST_INIT;
    int rc = browse_session_choose(s, words->item[1], e);
    if (rc < 0)
        return rc;
    return s->changes.list.n > 0 ? print_files(s, &all, e) : 0;
}

int browse_action_files(void *session, const struct strlist *words, struct err *e)
{
    struct browse_session *s = session;
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    int rc = browse_session_paths(s, words, &paths, e);
    return rc < 0 ? rc : print_files(s, &paths, e);
}

int browse_action_diff(void *session, const struct strlist *words, struct err *e)
{
    struct browse_session *s = session;
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    AUTO(pager_close) struct pager pager = {.fd = -1};
    const struct diff_look look = rollback_diff_look(s->ctx->world->stdout_tty, false);
    int rc = browse_session_paths(s, words, &paths, e);
    if (rc == 0)
        rc = pager_open(s->ctx, true, &pager, e);
    if (rc == 0)
        rc = rollback_changes_diff(&s->changes, &paths, &look, &pager, e);
    return rc == 0 ? err_set(e, ERR_MISSING, "session %s changed nothing there", s->chosen.id) : rc < 0 ? rc : 0;
}

static const struct change *find_change(const struct browse_session *s, const char *path)
{
    const char *below = session_tree_below(&s->chosen, path);
    for (size_t i = 0; below && i < s->changes.list.n; i++) {
        if (strcmp(s->changes.list.item[i].path, below) == 0)
            return &s->changes.list.item[i];
    }
    return NULL;
}

/* A terminal gets it line by line, made safe. */
static int show_text(const struct browse_session *s, const char *data, size_t len, struct err *e)
{
    AUTO(str_release) struct str safe = STR_INIT(STR_MAX_REPORT);
    if (!s->ctx->world->stdout_tty) {
        out_write(data, len);
        return 0;
    }
    if (memchr(data, '\0', len))
        return err_set(e, ERR_INPUT, "its content is binary: %zu bytes", len);
    for (size_t at = 0; at < len;) {
        const char *newline = memchr(data + at, '\n', len - at);
        size_t n = newline ? (size_t)(newline - data) - at : len - at;
        quote_termn(&safe, data + at, n);
        str_addc(&safe, '\n');
        at += n + 1;
    }
    int rc = str_check(&safe, "the content", e);
    return rc < 0 ? rc : pager_show(s->ctx, safe.buf, safe.len, e);
}

static int show_content(const struct browse_session *s, const struct strlist *words, bool is_after, struct err *e)
{
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    AUTO(mem_free_ptr) void *data = NULL;
    size_t len = 0;
    int rc = browse_session_paths(s, words, &paths, e);
    if (rc < 0)
        return rc;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(words->item[1]);
    const struct change *c = find_change(s, paths.item[0]);
    if (!c)
        return err_set(e, ERR_MISSING, "session %s did not change %s", s->chosen.id, shown);
    const struct snapshot_node *n = is_after ? &c->after : &c->before;
    if (n->type == 0)
        return err_set(e, ERR_MISSING, "%s was not there %s session %s", shown, is_after ? "after" : "before", s->chosen.id);
    if ((n->type != SNAPSHOT_FILE && n->type != SNAPSHOT_LINK) || (n->flags & SNAPSHOT_UNREADABLE))
        return err_set(e, ERR_INPUT, "%s has no content that was kept", shown);
    rc = store_get(s->changes.store, &n->content, STORE_BLOB, &data, &len, e);
    return rc < 0 ? rc : show_text(s, data, len, e);
}

int browse_action_before(void *session, const struct strlist *words, struct err *e)
{
    return show_content(session, words, false, e);
}

int browse_action_after(void *session, const struct strlist *words, struct err *e)
{
    return show_content(session, words, true, e);
}

int browse_action_quit(void *session, const struct strlist *words, struct err *e)
{
    struct browse_session *s = session;
    (void)words;
    (void)e;
    s->is_done = true;
    return 0;
}
