/* browse_session: sessions that somebody looks through. */
#include "shell/browse_session.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "shell/browse_action.h"
#include "shell/rollback_pick.h"
#include "shell/rollback_view.h"
#include "shell/values.h"

enum { MAX_NUMBER_DIGITS = 6 }; /* a longer word of digits is an id */

void browse_session_release(struct browse_session *s)
{
    rollback_changes_release(&s->changes);
    session_record_release(&s->chosen);
    session_list_release(&s->list);
}

/* Consumes the record. What it changed borrows it from the place where it stays. */
static int take(struct browse_session *s, struct session_record *r, struct err *e)
{
    struct rollback_changes changes = {0};
    int rc = rollback_changes_open(s->ctx, r, &changes, e);
    if (rc < 0) {
        session_record_release(r);
        return rc;
    }
    rollback_changes_release(&s->changes);
    session_record_release(&s->chosen);
    s->chosen = *r;
    s->changes = changes;
    s->changes.record = &s->chosen;
    *r = (struct session_record){0};
    return 0;
}

int browse_session_refresh(struct browse_session *s, struct err *e)
{
    const struct world *w = s->ctx->world;
    struct session_list list = {0};
    int rc = session_list_read(w->state_dir, s->all ? NULL : w->cwd, &list, e);
    if (rc < 0)
        return rc;
    session_list_release(&s->list);
    s->list = list;
    return 0;
}

int browse_session_open(const struct cmd_context *ctx, const struct strlist *operands, bool all, struct browse_session *ret, struct err *e)
{
    struct session_record r = {0};
    *ret = (struct browse_session){.ctx = ctx, .all = all || !ctx->world->cwd};
    int rc = rollback_pick_only(ctx, operands, &r, e);
    if (rc == 0)
        rc = browse_session_refresh(ret, e);
    if (rc < 0) {
        session_record_release(&r);
        return rc;
    }
    return take(ret, &r, e);
}

int browse_session_choose(struct browse_session *s, const char *word, struct err *e)
{
    AUTO(strlist_release) struct strlist operands = STRLIST_INIT;
    struct session_record r = {0};
    size_t len = strspn(word, "0123456789");
    if (word[len] == '\0' && len > 0 && len <= MAX_NUMBER_DIGITS) {
        size_t number = strtoul(word, NULL, 10);
        if (number < 1 || number > s->list.n)
            return err_set(e, ERR_INPUT, "there is no session %s in the list: 'sessions' shows 1 to %zu", word, s->list.n);
        word = s->list.item[number - 1].id;
    }
    strlist_add(&operands, word);
    int rc = rollback_pick_only(s->ctx, &operands, &r, e);
    return rc < 0 ? rc : take(s, &r, e);
}

int browse_session_paths(const struct browse_session *s, const struct strlist *words, struct strlist *ret, struct err *e)
{
    for (size_t i = 1; i < words->n; i++) {
        char *path = NULL;
        int rc = path_lexical(s->chosen.workdir, words->item[i], &path, e);
        if (rc < 0)
            return rc;
        strlist_add_take(ret, path);
    }
    return rollback_changes_check_paths(&s->changes, ret, e);
}

static const struct cmd_operand one_session[] = {
    {.name = "SESSION", .value = VAL_SESSION, .required = true},
    {.name = NULL},
};
static const struct cmd_operand one_path[] = {
    {.name = "PATH", .value = VAL_CHANGED, .required = true},
    {.name = NULL},
};
static const struct cmd_operand any_paths[] = {
    {.name = "PATH", .value = VAL_CHANGED, .many = true},
    {.name = NULL},
};
static const char *const all_choice[] = {"all", NULL};
static const char *const all_help[] = {"those of every directory", NULL};
static const struct cmd_operand all_or_not[] = {
    {.name = "all", .value = VAL_CHOICE, .choices = all_choice, .choice_help = all_help},
    {.name = NULL},
};

static const struct cmd sessions = {.path = "sessions", .summary = "list them; the one with the star is chosen", .operands = all_or_not};
static const struct cmd use = {.path = "use", .summary = "choose one, by number or id", .operands = one_session};
static const struct cmd files = {.path = "files", .summary = "what it changed", .operands = any_paths};
static const struct cmd diff = {.path = "diff", .summary = "what differs inside", .operands = any_paths};
static const struct cmd before = {.path = "before", .summary = "the content before it", .operands = one_path};
static const struct cmd after = {.path = "after", .summary = "the content after it", .operands = one_path};
static const struct cmd preview = {.path = "preview", .summary = "what restore would do", .operands = any_paths};
static const struct cmd restore = {.path = "restore", .summary = "take it back, or only these paths", .operands = any_paths};
static const struct cmd undo = {.path = "undo", .summary = "take the last restore back"};
static const struct cmd quit = {.path = "quit", .summary = "leave"};

static const struct prompt_action actions[] = {
    {&sessions, browse_action_sessions}, {&use, browse_action_use},     {&files, browse_action_files},     {&diff, browse_action_diff},
    {&before, browse_action_before},     {&after, browse_action_after}, {&preview, browse_action_preview}, {&restore, browse_action_restore},
    {&undo, browse_action_undo},         {&quit, browse_action_quit},
};

static void provide(const void *session, const struct complete_request *r, struct complete_values *ret)
{
    const struct browse_session *s = session;
    if (r->kind == VAL_CHANGED)
        values_add_changed(r, ret, &s->changes, s->chosen.workdir);
    else
        values_provide(s->ctx->world, r, ret);
}

void browse_session_prompt(struct browse_session *s, struct prompt *ret)
{
    *ret = (struct prompt){
        .action = actions,
        .n = sizeof actions / sizeof *actions,
        .hint = "Paths are those of 'files'. TAB completes commands, sessions and paths.",
        .provider = provide,
        .env = s->ctx->env,
        .session = s,
    };
}
