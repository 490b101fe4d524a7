/* denied_tell: the lines behind a command that has ended. */
#include <signal.h>
#include <string.h>

#include "core/cmd.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/whole.h"
#include "shell/denied.h"
#include "shell/grant_opts.h"
#include "shell/why_last.h"
#include "shell/why_print.h"

/* Whoever stops a command knows why it stopped. */
static bool was_stopped(const struct supervise_result *r)
{
    static const int asked_for[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE};
    for (size_t i = 0; r->signaled && i < sizeof asked_for / sizeof *asked_for; i++)
        if (r->code == asked_for[i])
            return true;
    return false;
}

static bool is_success(const struct supervise_result *r)
{
    return !r->signaled && r->code == 0;
}

bool denied_may_explain(const struct supervise_result *r)
{
    return !is_success(r) && !was_stopped(r);
}

static void add_way(const struct explain_answer *a, struct str *out)
{
    AUTO(str_release) struct str words = STR_INIT(STR_MAX_SCRIPT);
    why_print_words(&a->change, &words);
    if (!words.len && !a->way_out.len)
        return;
    str_addf(out, "      %s: ", words.len ? "allowed by" : "way out");
    quote_term(out, words.len ? words.buf : a->way_out.buf);
    str_addc(out, '\n');
}

/* A policy by which it would be allowed is not the one that denied it: the profile was changed meanwhile. */
static void add_item(const struct explain_request *r, const struct explain_policy *p, const struct denied_group *g, struct str *out)
{
    AUTO(explain_answer_release) struct explain_answer answer = EXPLAIN_ANSWER_INIT;
    str_add(out, "    ");
    denied_describe_group(g, out);
    str_addc(out, '\n');
    if (!p)
        return;
    /* A directory is read or written, never executed. */
    struct session_denial d = g->shown;
    if (g->n > 1 && d.operation == DENIALS_EXECUTE)
        d.operation = DENIALS_READ;
    denied_explain(r, p, &d, &answer);
    if (answer.allowed && d.by == DENIALS_BY_GUARD) { /* not the file itself, but what is around it */
        str_add(out, "      it is, or holds, what is guarded: it stays where it is, and nothing else comes to its place\n");
        strlist_add(&answer.change, "--override-deny");
        strlist_add(&answer.change, d.target);
        add_way(&answer, out);
    }
    if (answer.allowed)
        return;
    str_addf(out, "      %s\n", answer.details.buf);
    add_way(&answer, out);
}

static struct explain_request request_of(const struct denied_end *end)
{
    const struct sandbox_request *r = end->request;
    struct explain_request made = {
        .resolve = grant_request(r->grant, r->context->world, end->sandbox->workdir),
        .allow_cwd = end->sandbox->caps.workdir_access != 0,
    };
    made.resolve.program = r->program;
    return made;
}

/* Nobody waits for long for nono to end. */
static bool is_time_left(int64_t since)
{
    enum { NS_PER_MS = 1000000, MOST_MS = 1500 };
    return world_now_ns() - since < (int64_t)NS_PER_MS * MOST_MS;
}

static void add_list(const struct denied_end *end, struct str *out)
{
    const struct session_denials *d = end->denied;
    const struct explain_request request = request_of(end);
    AUTO(explain_policy_release) struct explain_policy policy = {0};
    struct err ignored = ERR_INIT;
    size_t n = 0;
    int64_t since = world_now_ns();
    struct denied_group *groups = denied_groups(end->request->context->world, d, &n);
    whole_stay(); /* the command would run again */
    bool has_policy = explain_prepare(&request, &policy, &ignored) == 0;
    size_t first = d->watched || n <= DENIED_MAX_SHOWN ? 0 : n - DENIED_MAX_SHOWN;
    bool all = true;
    for (size_t i = first; i < n; i++) {
        bool is_explained = has_policy && i - first < DENIED_MAX_EXPLAINED && is_time_left(since);
        add_item(&request, is_explained ? &policy : NULL, &groups[i], out);
        all &= is_explained;
    }
    denied_groups_free(groups, n);
    if (first)
        str_addf(out, "    and %zu before\n", first);
    if (first || !all)
        str_add(out, "    what else there is, and what allows it: nono why --last\n");
    if (d->more)
        str_addf(out, "    and at least %zu more that nono could not keep or look at\n", d->more);
}

static void add_status(const struct supervise_result *r, struct str *out)
{
    if (r->signaled)
        str_addf(out, "ended by signal %d (%s)", r->code, strsignal(r->code));
    else
        str_addf(out, "exit %d", r->code);
}

/* What a command that fails may have missed, and nobody sees it ask for. */
static void add_lacks(const struct sandbox *s, struct str *out)
{
    struct caps_answer answer;
    size_t withheld = s->environment.withheld.n;
    caps_evaluate(&s->caps, s->workdir, CAPS_READ, &answer);
    if (!answer.allowed)
        str_addf(out, "; it may not read its working directory%s", answer.deny ? "" : " (--allow-cwd)");
    if (withheld)
        str_addf(out, "; %zu environment %s withheld (nono run -v)", withheld, withheld == 1 ? "variable was" : "variables were");
}

/* What a shell says when it may not execute a program. Nobody watched which: of those that the words of the command name, a blocked one is. */
static void add_blocked(const struct denied_end *end, struct str *out)
{
    const struct caps *c = &end->sandbox->caps;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    bool is_named = false;
    if (end->denied->watched || end->result->signaled || end->result->code != CMD_NOT_EXECUTABLE || c->n_hidden == 0)
        return;
    why_last_programs(&end->sandbox->argv, &names);
    for (size_t i = 0; i < names.n; i++) {
        if (!caps_blocked(c, names.item[i]))
            continue;
        AUTO(mem_free_ptr) char *name = quote_term_dup(names.item[i]);
        str_addf(out, "; the command '%s', which it names, is blocked (--allow-command %s)", name, name);
        is_named = true;
    }
    if (!is_named)
        str_add(out, "; blocked commands fail in this way (nono policy show names them), and programs that are not granted");
}

static void add_nothing(const struct denied_end *end, struct str *out)
{
    if (end->denied->more)
        str_addf(out, ": at least %zu accesses could not be looked at, and none of the others was denied", end->denied->more);
    else if (end->denied->watched)
        str_addf(out, ": the sandbox denied it no file, program or connection that it asked for%s",
                 end->refused_large ? ", but to write a file that is too large to be kept" : "");
    else if (end->refused_large)
        str_add(out, ": nono did not let a file be written that is too large to be kept; what the kernel denied it sees only with --diagnose");
    else
        str_add(out, ": nono itself denied nothing; what the kernel denied it sees only with --diagnose");
    if (is_success(end->result))
        return;
    add_blocked(end, out);
    add_lacks(end->sandbox, out);
    if (!end->denied->watched)
        str_add(out, "; see also nono why --last");
}

bool denied_has_guarded(const struct session_denials *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->item[i].by == DENIALS_BY_GUARD)
            return true;
    return false;
}

static bool has_something_to_say(const struct denied_end *end)
{
    const struct session_denials *d = end->denied;
    if (out_is_silent())
        return false;
    if (d->watched || denied_has_guarded(d))
        return true;
    return !is_success(end->result) && (d->n > 0 || (!end->interactive && !was_stopped(end->result)));
}

void denied_tell(const struct denied_end *end)
{
    const struct session_denials *d = end->denied;
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_REPORT);
    if (!has_something_to_say(end))
        return;
    str_add(&out, "  nono  ");
    add_status(end->result, &out);
    if (d->n == 0)
        add_nothing(end, &out);
    else
        str_addf(&out, ": the sandbox denied %zu %s", d->n, d->n == 1 ? "thing" : "things");
    str_add(&out, d->n ? ":\n" : "\n");
    if (d->n)
        add_list(end, &out);
    out_note("%s", out.buf);
}

void denied_tell_not_started(const struct denied_end *end)
{
    AUTO(explain_policy_release) struct explain_policy policy = {0};
    AUTO(explain_answer_release) struct explain_answer answer = EXPLAIN_ANSWER_INIT;
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_REPORT);
    AUTO(mem_free_ptr) char *program = NULL;
    const struct explain_request request = request_of(end);
    struct err ignored = ERR_INIT;
    if (out_is_silent() || explain_prepare(&request, &policy, &ignored) < 0)
        return;
    if (path_lexical(end->sandbox->workdir, end->sandbox->exe, &program, &ignored) < 0)
        return;
    explain_exec(&request, &policy, program, &answer);
    if (answer.allowed)
        return;
    str_addf(&out, "      %s\n", answer.details.buf);
    add_way(&answer, &out);
    out_note("%s", out.buf);
}

void denied_hint(const struct session_denials *d, struct str *out)
{
    if (d->n == 0)
        return;
    str_add(out, "denied: ");
    denied_describe(&d->item[d->n - 1], out);
    if (d->n > 1)
        str_addf(out, " and %zu more", d->n - 1);
    str_add(out, "; what allows it: nono why --last");
}
