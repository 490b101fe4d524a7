/* edit_action: what each command of a session does. */
#include "shell/edit_action.h"

#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/check.h"
#include "policy/compare.h"
#include "policy/draft.h"
#include "policy/profile_edit.h"
#include "shell/compare_view.h"

enum { MAX_UNDO = 200 };

void edit_set_text(struct str *s, const char *text)
{
    str_clear(s);
    str_add(s, text);
}

static struct extend_draft draft_of(const struct edit_session *s, const struct str *text)
{
    return (struct extend_draft){.name = s->profile, .text = text->buf, .len = text->len};
}

void edit_show_warnings(struct edit_session *s, bool quietly)
{
    const struct world *w = s->ctx->world;
    struct problems problems;
    struct err ignored = ERR_INIT;
    problems_init(&problems, s->path);
    const struct check_request request = {.world = w, .path = s->path, .name = s->profile, .workdir = w->cwd ? w->cwd : "/"};
    if (check_text(&request, s->text.buf, s->text.len, &problems, &ignored) == 0) {
        for (size_t i = 0; i < problems.n; i++) {
            if (strlist_add_once(&s->known, problems.problem[i].text) && !quietly)
                out_warn("%s: %s", problems.problem[i].pointer, problems.problem[i].text);
        }
    }
    problems_release(&problems);
}

static int check(const struct edit_session *s, const struct str *text, struct err *e)
{
    const struct extend_draft draft = draft_of(s, text);
    return draft_check(s->ctx->world, &draft, NULL, e) < 0 ? err_add(e, "not changed") : 0;
}

static int change(struct edit_session *s, enum profile_edit_verb verb, const struct strlist *words, struct err *e)
{
    const struct strlist values = {.item = words->item + 2, .n = words->n - 2, .cap = words->n - 2};
    const struct profile_edit edit = {.world = s->ctx->world, .verb = verb, .key = words->item[1], .values = &values};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    int r = profile_edit_apply(&edit, s->text.buf, s->text.len, &text, e);
    if (r == 0)
        r = str_check(&text, "the profile", e);
    if (r < 0)
        return r;
    if (strcmp(text.buf, s->text.buf) == 0) {
        out_note("nothing to change: it says that already\n");
        return 0;
    }
    r = check(s, &text, e);
    if (r < 0)
        return r;
    if (s->undo.n < MAX_UNDO)
        strlist_add(&s->undo, s->text.buf);
    edit_set_text(&s->text, text.buf);
    edit_show_warnings(s, false);
    return 0;
}

int edit_action_set(void *session, const struct strlist *words, struct err *e)
{
    struct edit_session *s = session;
    return change(s, PROFILE_EDIT_SET, words, e);
}

int edit_action_add(void *session, const struct strlist *words, struct err *e)
{
    struct edit_session *s = session;
    return change(s, PROFILE_EDIT_ADD, words, e);
}

int edit_action_remove(void *session, const struct strlist *words, struct err *e)
{
    struct edit_session *s = session;
    return change(s, PROFILE_EDIT_REMOVE, words, e);
}

int edit_action_show(void *session, const struct strlist *words, struct err *e)
{
    struct edit_session *s = session;
    AUTO(str_release) struct str safe = STR_INIT(STR_MAX_REPORT);
    (void)words;
    for (const char *line = s->text.buf; *line; line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        quote_termn(&safe, line, strcspn(line, "\r\n"));
        str_addc(&safe, '\n');
    }
    return out_text(&safe, "the profile", e);
}

static int outcome(const struct edit_session *s, const struct str *text, struct outcome *ret, struct err *e)
{
    const struct world *w = s->ctx->world;
    const struct extend_draft draft = draft_of(s, text);
    const struct resolve_request request = {.world = w, .draft = &draft, .workdir = w->cwd ? w->cwd : "/"};
    return outcome_of(&request, ret, e);
}

/* What a run would be given now, against what the saved profile gives; a new one is compared with no profile at all. */
static int show_difference(const struct edit_session *s, struct err *e)
{
    AUTO(outcome_release) struct outcome before = {0};
    AUTO(outcome_release) struct outcome after = {0};
    AUTO(compare_release) struct compare c = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    AUTO(str_release) struct str empty = STR_INIT(STR_MAX_LINE);
    struct err broken = ERR_INIT;
    str_add(&empty, "{\"extends\":\"default\"}");
    if (outcome(s, s->is_new ? &empty : &s->base, &before, &broken) < 0) {
        out_note("nothing to compare with: as it is saved the profile is wrong: %s\n", broken.text);
        return 0;
    }
    if (outcome(s, &s->text, &after, e) < 0)
        return e->class;
    compare_outcomes(&before, &after, &c);
    if (c.n > 0)
        str_addf(&text, "What a run is given, against %s:\n", s->is_new ? "the default profile" : "the saved profile");
    else
        str_addf(&text, "A run is given the same as with %s.\n", s->is_new ? "the default profile" : "the saved profile");
    compare_view_rows(&c, &text);
    return out_text(&text, "the difference", e);
}

int edit_action_diff(void *session, const struct strlist *words, struct err *e)
{
    struct edit_session *s = session;
    (void)words;
    return show_difference(s, e);
}

int edit_action_undo(void *session, const struct strlist *words, struct err *e)
{
    struct edit_session *s = session;
    (void)words;
    if (s->undo.n == 0)
        return err_set(e, ERR_MISSING, "nothing to undo");
    char **last = &s->undo.item[--s->undo.n];
    edit_set_text(&s->text, *last);
    mem_free(take_ptr(last));
    out_note("undone: %zu change%s left\n", s->undo.n, s->undo.n == 1 ? "" : "s");
    return 0;
}

static int write_file(struct edit_session *s, struct err *e)
{
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    int r = profile_file_make(s->ctx->world, s->profile, &file, e);
    if (r < 0)
        return r;
    if (strcmp(file.text.buf, s->base.buf) != 0 || file.exists == s->is_new)
        return err_set(e, ERR_BUSY, "not saved: the file was changed by somebody else meanwhile; 'show' the text, quit and edit again");
    r = profile_file_write(&file, s->text.buf, s->text.len, e);
    if (r < 0)
        return r;
    edit_set_text(&s->base, s->text.buf);
    s->is_new = false;
    AUTO(mem_free_ptr) char *path = quote_term_dup(s->path);
    out_note("saved to %s\n", path);
    return 0;
}

int edit_action_save(void *session, const struct strlist *words, struct err *e)
{
    struct edit_session *s = session;
    bool yes = true;
    (void)words;
    if (!edit_session_is_changed(s)) {
        out_note("nothing to save\n");
        return 0;
    }
    int r = show_difference(s, e);
    if (r == 0 && s->asks)
        r = prompt_ask(s->line, "Save? [y/N] ", &yes, e);
    if (r == 0 && !yes)
        out_note("not saved\n");
    return r == 0 && yes ? write_file(s, e) : r;
}

int edit_action_quit(void *session, const struct strlist *words, struct err *e)
{
    struct edit_session *s = session;
    bool yes = true;
    int r = 0;
    (void)words;
    if (edit_session_is_changed(s) && s->undo.n > 0) {
        if (!s->asks)
            return err_set(e, ERR_USAGE, "the changes are not saved: 'save' keeps them, 'drop' gives them up");
        r = prompt_ask(s->line, "Give up the changes? [y/N] ", &yes, e);
    }
    s->is_done = r == 0 && yes;
    return r;
}

int edit_action_drop(void *session, const struct strlist *words, struct err *e)
{
    struct edit_session *s = session;
    (void)words;
    (void)e;
    strlist_release(&s->undo);
    s->is_done = true;
    return 0;
}
