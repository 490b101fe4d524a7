/* why_last_judge: what a record names, judged again by the policy that was in force. */
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "shell/denied.h"
#include "shell/grant_opts.h"
#include "shell/why_last.h"

enum { WORDS_MAX = 64 }; /* of one command line that are looked at */

struct judging {
    const struct session_record *record;
    struct explain_request request;
    struct strlist seen; /* paths, real or not, that were judged */
    struct why_last_judged *to;
    const char *home;
};

void why_last_judged_release(struct why_last_judged *j)
{
    for (size_t i = 0; i < j->n; i++)
        explain_answer_release(&j->item[i].answer);
    mem_free(j->item);
    strlist_release(&j->notes);
    explain_policy_release(&j->policy);
}

/* Keeps an answer that denies; true when it did. */
static bool keep(struct judging *j, const char *what, const char *op, struct explain_answer *answer)
{
    bool denied = !answer->allowed;
    if (denied) {
        struct why_last_judged *to = j->to;
        mem_reserve(&to->item, &to->cap, to->n + 1, sizeof *to->item);
        to->item[to->n++] = (struct why_last_item){.what = what, .op = op, .answer = *answer};
        *answer = (struct explain_answer)EXPLAIN_ANSWER_INIT;
    }
    return denied;
}

/* What nono was to start itself. */
static void judge_program(struct judging *j)
{
    const struct session_launch *l = &j->record->launch;
    AUTO(explain_answer_release) struct explain_answer answer = EXPLAIN_ANSWER_INIT;
    const char *name = j->record->command.n ? j->record->command.item[0] : "";
    if (caps_blocked(&j->to->policy.caps, name)) {
        explain_command(&j->request, &j->to->policy, name, l->program, "", &answer);
        (void)keep(j, "command", NULL, &answer);
        return;
    }
    if (!l->program)
        return;
    explain_exec(&j->request, &j->to->policy, l->program, &answer);
    (void)keep(j, "program", "exec", &answer);
}

/* What the command would have started in turn. */
static void judge_programs(struct judging *j)
{
    const struct caps *c = &j->to->policy.caps;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    why_last_programs(&j->record->command, &names);
    for (size_t i = 0; c->hides_commands && i < names.n; i++) {
        AUTO(explain_answer_release) struct explain_answer answer = EXPLAIN_ANSWER_INIT;
        if (!caps_blocked(c, names.item[i]) || strcmp(names.item[i], path_base(j->record->command.item[0])) == 0)
            continue;
        explain_command(&j->request, &j->to->policy, names.item[i], NULL, "", &answer);
        (void)keep(j, "command", NULL, &answer);
    }
}

/* Write access to what a group or the program's needs grant for reading is what nobody expects. */
static bool is_of_person(const struct explain_answer *a)
{
    return a->rule && (a->rule->source == CAPS_FROM_USER || a->rule->source == CAPS_FROM_PROFILE || a->rule->source == CAPS_FROM_WORKDIR);
}

/* `is_last`: the last word is often what is written. */
static void judge_path(struct judging *j, const char *what, const char *path, bool is_last)
{
    struct stat st;
    bool exists = lstat(path, &st) == 0;
    AUTO(explain_answer_release) struct explain_answer reading = EXPLAIN_ANSWER_INIT;
    AUTO(explain_answer_release) struct explain_answer writing = EXPLAIN_ANSWER_INIT;
    if (!strlist_add_once(&j->seen, path))
        return;
    if (exists) {
        explain_path(&j->request, &j->to->policy, path, CAPS_READ, &reading);
        bool granted = is_of_person(&reading);
        bool is_denied = keep(j, what, "read", &reading);
        if (is_denied ? !is_last : !granted)
            return;
    }
    explain_path(&j->request, &j->to->policy, path, CAPS_WRITE, &writing);
    (void)keep(j, what, "write", &writing);
}

/* What a word of a command line may mean as a path; NULL when it is none. One that begins like a path need not exist. */
static char *path_of(const struct judging *j, const char *word)
{
    struct stat st;
    struct err ignored = ERR_INIT;
    char *path = NULL;
    bool is_home = word[0] == '~' && (word[1] == '/' || word[1] == '\0');
    bool is_plain = word[0] == '/' || is_home || str_starts(word, "./") || str_starts(word, "../");
    AUTO(mem_free_ptr) char *at_home = is_home ? path_join(j->home, word[1] ? word + 2 : "") : NULL;
    if (*word == '\0' || *word == '-' || strstr(word, "://") || path_lexical(j->request.resolve.workdir, at_home ? at_home : word, &path, &ignored) < 0)
        return NULL;
    if (is_plain || lstat(path, &st) == 0)
        return path;
    mem_free(path);
    return NULL;
}

static void judge_word(struct judging *j, const char *word, bool is_last)
{
    AUTO(mem_free_ptr) char *path = path_of(j, word);
    if (path)
        judge_path(j, "argument", path, is_last);
}

/* A script on the command line: its pieces, as they stand. */
static void judge_pieces(struct judging *j, const char *text)
{
    static const char between[] = " \t\n;|&<>()'\"`=,:";
    for (const char *at = text + strspn(text, between); *at; at += strspn(at, between)) {
        size_t len = strcspn(at, between);
        AUTO(mem_free_ptr) char *piece = mem_strndup(at, len);
        struct stat st;
        AUTO(mem_free_ptr) char *path = *piece == '/' || *piece == '~' ? path_of(j, piece) : NULL;
        if (path && lstat(path, &st) == 0)
            judge_path(j, "argument", path, false);
        at += len;
    }
}

static void judge_words(struct judging *j)
{
    const struct strlist *words = &j->record->command;
    for (size_t i = 1; i < words->n && i <= WORDS_MAX; i++) {
        const char *word = words->item[i];
        const char *value = *word == '-' ? strchr(word, '=') : NULL;
        judge_word(j, value ? value + 1 : word, i > 1 && i + 1 == words->n);
        if (strpbrk(word, " \t\n;|&<>()'\"`"))
            judge_pieces(j, word);
    }
    if (words->n > WORDS_MAX + 1)
        strlist_add(&j->to->notes, "only the first words of the long command line were looked at");
}

/* A policy that contradicts itself: which of the options do. */
static void judge_options(struct judging *j)
{
    const struct strlist *words = &j->record->launch.options;
    for (size_t i = 1; i < words->n; i++)
        if (path_is_clean(words->item[i]) && strcmp(words->item[i - 1], "--profile") != 0)
            judge_path(j, "option", words->item[i], false);
}

static void note_error(struct why_last_judged *to, const char *what, const struct err *e)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_addf(&line, "%s: %s", what, e->text);
    strlist_add(&to->notes, line.buf);
}

static void seen_release(struct judging *j)
{
    strlist_release(&j->seen);
}

static void keep_denial(struct why_last_judged *to, const struct session_denial *d, struct explain_answer *answer)
{
    mem_reserve(&to->item, &to->cap, to->n + 1, sizeof *to->item);
    to->item[to->n++] = (struct why_last_item){.denial = d, .what = denials_operation_names[d->operation], .answer = *answer};
    *answer = (struct explain_answer)EXPLAIN_ANSWER_INIT;
    to->n_denied = to->n;
}

/* What was denied is no guess: it need not be asked about again. */
static void judge_denied(struct judging *j)
{
    const struct session_denials *d = &j->record->denied;
    for (size_t i = 0; i < d->n && i < DENIED_MAX_EXPLAINED; i++) {
        AUTO(explain_answer_release) struct explain_answer answer = EXPLAIN_ANSWER_INIT;
        denied_explain(&j->request, &j->to->policy, &d->item[i], &answer);
        if (*d->item[i].target == '/')
            (void)strlist_add_once(&j->seen, d->item[i].target);
        keep_denial(j->to, &d->item[i], &answer);
    }
    if (d->n > DENIED_MAX_EXPLAINED)
        strlist_add(&j->to->notes, "only the first of the many denials are explained");
}

void why_last_judge(const struct world *w, const struct session_record *r, bool names, struct why_last_judged *ret)
{
    AUTO(grant_release) struct grant_args grant = {0};
    struct err e = ERR_INIT;
    if (grant_parse(&r->launch.options, &grant, &e) < 0) {
        note_error(ret, "the options of the record cannot be read", &e);
        return;
    }
    AUTO(seen_release) struct judging j = {.record = r, .to = ret, .home = w->home};
    j.request = (struct explain_request){.resolve = grant_request(&grant, w, grant.workdir ? grant.workdir : r->workdir), .allow_cwd = grant.allow_cwd};
    j.request.resolve.program = r->launch.wrapped;
    if (explain_prepare(&j.request, &ret->policy, &e) < 0) {
        note_error(ret, "the policy cannot be made any more", &e);
        return;
    }
    if (ret->policy.refused) {
        judge_options(&j);
        return;
    }
    ret->complete = true;
    judge_denied(&j);
    if (!names)
        return;
    judge_program(&j);
    judge_programs(&j);
    judge_path(&j, "working directory", j.request.resolve.workdir, false);
    judge_words(&j);
}
