/* why_last: the record of the last command, found and explained. */
#include "shell/why_last.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/cmd.h"
#include "core/json.h"
#include "core/kernel.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "shell/denied.h"
#include "shell/last.h"
#include "shell/rollback_view.h"
#include "shell/why_print.h"

enum { NS_PER_S = 1000000000, SIGNAL_MAX = 64 };

static const char *const nothing_recorded =
    "No command was recorded for this terminal or this directory. What 'nono wrap' starts leaves no record, nor does a "
    "command that succeeded with --no-rollback or without write access to its directory.";
static const char *const leave_no_record =
    "a later command of 'nono wrap' left no record, nor did one that succeeded with --no-rollback or without write access to its directory";
static const char *const not_recorded = "what a program itself opens is recorded with 'nono run --diagnose' only: this judges the program, its "
                                        "directory and the words of its command line";
static const char *const denied_nothing = "The sandbox denied it no file, program or connection that it asked for.";

/* Numbers of terminals are given out anew after a restart. */
static int64_t boot_ns(void)
{
    struct timespec up = {0};
    return clock_gettime(CLOCK_BOOTTIME, &up) < 0 ? 0 : world_now_ns() - (up.tv_sec + 1) * (int64_t)NS_PER_S;
}

static bool is_here(const struct session_record *r, int64_t terminal, int64_t since)
{
    return r->launch.known && r->launch.terminal == terminal && r->started_ns >= since;
}

/* The newest session of this terminal, or else of the directory; taken out of the list. */
static bool find_session(const struct world *w, int64_t terminal, int64_t since, struct session_list *all, struct session_record *ret)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < all->n; i++) {
            struct session_record *r = &all->item[i];
            bool fits = pass == 0 ? is_here(r, terminal, since) : w->cwd && strcmp(last_started_in(r), w->cwd) == 0;
            if (!fits || strcmp(r->kind, "restore") == 0 || session_state_of(w->state_dir, r) == SESSION_OPEN)
                continue;
            *ret = *r;
            *r = (struct session_record){0};
            return true;
        }
    }
    return false;
}

static int find_record(const struct world *w, struct session_record *ret, bool *ret_found, struct err *e)
{
    AUTO(session_list_release) struct session_list all = {0};
    struct session_record note = {0};
    struct err ignored = ERR_INIT;
    int64_t terminal = getsid(0);
    int64_t since = boot_ns();
    int rc = session_list_read(w->state_dir, NULL, &all, e);
    if (rc < 0)
        return rc;
    bool has_session = find_session(w, terminal, since, &all, ret);
    bool has_note = session_last_read(w->runtime_dir, terminal, &note, &ignored) == 0 && is_here(&note, terminal, since);
    bool takes_note = has_note && (!has_session || !is_here(ret, terminal, since) || note.started_ns > ret->started_ns);
    if (takes_note) {
        session_record_release(ret);
        *ret = note;
    } else {
        session_record_release(&note);
    }
    *ret_found = has_session || takes_note;
    return 0;
}

static bool has_session(const struct session_record *r)
{
    return strcmp(r->capture, "none") != 0;
}

enum ending { NOT_STARTED, UNKNOWN, KILLED, SUCCEEDED, FAILED };
static const struct {
    const char *status, *head;
} endings[] = {
    [NOT_STARTED] = {"not_started", "NOT STARTED"}, [UNKNOWN] = {"unknown", "UNKNOWN"}, [KILLED] = {"killed", "KILLED"},
    [SUCCEEDED] = {"succeeded", "SUCCEEDED"},       [FAILED] = {"failed", "FAILED"},
};

static enum ending ending_of(const struct session_record *r)
{
    if (r->launch.failure)
        return NOT_STARTED;
    if (!r->has_exit)
        return UNKNOWN;
    return r->signaled ? KILLED : r->code == 0 ? SUCCEEDED : FAILED;
}

static void explain_signal(int number, struct str *out)
{
    str_addf(out, "signal %d (%s) ended it", number, strsignal(number));
    if (number == SIGSYS)
        str_add(out, "; the sandbox does that to system calls of another architecture");
    else if (number == SIGKILL)
        str_add(out, "; nono sends it only when nono itself dies, so it came from elsewhere: from a person, or for want of memory");
}

static void explain_code(const struct session_record *r, struct str *out)
{
    int code = r->code;
    if (code == 0)
        str_add(out, "it succeeded");
    else if (code == CMD_NOT_STARTED)
        str_add(out, "nono uses status 125 for what it does not start, but it did start this: the status is the command's own");
    else if (code == CMD_NOT_EXECUTABLE)
        str_add(out, "nono did start it; it ended with 126, as shells do when they find a program and cannot execute it");
    else if (code == CMD_NOT_FOUND)
        str_add(out, "nono did start it; it ended with 127, as shells do when they do not find a program");
    else if (code > CMD_SIGNAL && code < CMD_SIGNAL + SIGNAL_MAX)
        str_addf(out, "it ended with %d, as shells do when signal %d ended a program of theirs", code, code - CMD_SIGNAL);
    else
        str_addf(out, "status %d is the command's own: what it means is for the command to say", code);
}

static void explain_end(const struct session_record *r, struct str *out)
{
    if (r->launch.failure)
        str_addf(out, "nono did not start it: %s", r->launch.failure);
    else if (!r->has_exit)
        str_add(out, "nono was killed while it ran: how it ended is not known");
    else if (r->signaled)
        explain_signal(r->code, out);
    else
        explain_code(r, out);
}

static void add_label(struct str *out, const char *label, const char *text)
{
    str_addf(out, "  %s: ", label);
    quote_term(out, text);
    str_addc(out, '\n');
}

static void text_item(const struct world *w, const struct why_last_item *item, struct str *out)
{
    const struct explain_answer *a = &item->answer;
    AUTO(mem_free_ptr) char *path = quote_term_dup(a->path ? a->path : "");
    str_add(out, "  ");
    if (item->denial)
        denied_describe(item->denial, out);
    else
        str_addf(out, "%s%s%s%s%s%s", item->what, *path ? " " : "", path, item->op ? " (" : "", item->op ? item->op : "", item->op ? ")" : "");
    if (a->allowed) {
        str_add(out, "\n    allowed by the policy as it is now\n");
        return;
    }
    str_addf(out, ": %s\n    %s\n", explain_reason_names[a->reason], a->details.buf);
    if (a->rule && !explain_is_by_system(a->reason)) {
        AUTO(explain_place_release) struct explain_place place = EXPLAIN_PLACE_INIT;
        explain_place_find(w, a->rule, &place);
        str_addf(out, "    Policy: %s\n", place.how.buf);
    }
    AUTO(str_release) struct str words = STR_INIT(STR_MAX_SCRIPT);
    why_print_words(&a->change, &words);
    if (!words.len && !a->way_out.len)
        return;
    str_addf(out, "    %s: ", words.len ? "Suggested fix" : "Way out");
    quote_term(out, words.len ? words.buf : a->way_out.buf);
    str_addc(out, '\n');
}

static void print_text(const struct world *w, const struct session_record *r, const struct why_last_judged *j, struct str *out)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_SCRIPT);
    enum ending ending = ending_of(r);
    str_addf(out, "%s%s%s\n  Command: ", out_on(ending == SUCCEEDED ? OUT_GOOD : OUT_BAD, true), endings[ending].head, out_off(true));
    rollback_view_command(out, &r->command, 0);
    str_add(out, "\n  When: ");
    rollback_view_age(out, world_now_ns(), r->started_ns);
    str_add(out, ", in ");
    rollback_view_home(out, w, r->workdir);
    str_addc(out, '\n');
    explain_end(r, &line);
    add_label(out, "Details", line.buf);
    if (r->launch.known) {
        str_clear(&line);
        why_print_words(&r->launch.options, &line);
        add_label(out, "Options", line.buf);
    }
    if (has_session(r))
        str_addf(out, "  Session: %s, see 'nono rollback show %s'\n", r->id, r->id);
    for (size_t i = 0; i < j->n; i++) {
        if (i == 0 && j->n_denied)
            str_add(out, "Denied while it ran:\n");
        if (i == j->n_denied)
            str_add(out, "Denied, if it asked for them:\n");
        text_item(w, &j->item[i], out);
    }
    if (r->denied.watched && r->denied.n + r->denied.more == 0)
        str_addf(out, "%s\n", denied_nothing);
    else if (j->complete && j->n == 0)
        str_add(out, "Nothing that the record names is denied.\n");
    for (size_t i = 0; i < j->notes.n; i++)
        str_addf(out, "Note: %s\n", j->notes.item[i]);
}

static void json_item(const struct world *w, struct json_out *o, const struct why_last_item *item)
{
    const struct why_question question = {.what = "what", .text = item->what, .op = item->op};
    json_out_open(o, NULL, '{');
    if (item->denial) {
        json_out_string(o, "target", item->denial->target);
        json_out_string(o, "by", denials_by_names[item->denial->by]);
        json_out_string(o, "program", *item->denial->program ? item->denial->program : NULL);
        json_out_int(o, "count", (int64_t)item->denial->count);
    }
    why_print_members(w, &question, &item->answer, o);
    json_out_close(o, '}');
}

static void print_json(const struct world *w, const struct session_record *r, const struct why_last_judged *j, struct str *out)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_SCRIPT);
    AUTO(str_release) struct str when = STR_INIT(STR_MAX_LINE);
    struct json_out o = JSON_OUT_INIT(out);
    explain_end(r, &line);
    rollback_view_time(&when, r->started_ns);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "status", endings[ending_of(r)].status);
    json_out_string(&o, "details", line.buf);
    json_out_strings(&o, "command", &r->command);
    json_out_string(&o, "program", r->launch.program);
    json_out_string(&o, "workdir", r->workdir);
    json_out_string(&o, "profile", r->profile);
    json_out_strings(&o, "options", &r->launch.options);
    json_out_string(&o, "started", when.buf);
    if (r->has_exit)
        json_out_int(&o, r->signaled ? "signal" : "exit_code", r->code);
    json_out_string(&o, "session_id", has_session(r) ? r->id : NULL);
    json_out_bool(&o, "watched", r->denied.watched);
    json_out_open(&o, "denials", '[');
    for (size_t i = 0; i < j->n_denied; i++)
        json_item(w, &o, &j->item[i]);
    json_out_close(&o, ']');
    json_out_open(&o, "denied", '[');
    for (size_t i = j->n_denied; i < j->n; i++)
        json_item(w, &o, &j->item[i]);
    json_out_close(&o, ']');
    json_out_strings(&o, "notes", &j->notes);
    json_out_close(&o, '}');
}

static void print_nothing(bool json, struct str *out)
{
    if (!json) {
        str_addf(out, "%s\n", nothing_recorded);
        return;
    }
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "status", "no_record");
    json_out_string(&o, "message", nothing_recorded);
    json_out_close(&o, '}');
}

/* The record holds no environment: this is judged by the one here. Names only. */
static void note_variables(struct why_last_judged *j, char *const *env)
{
    enum { MOST = 20 };
    AUTO(environment_release) struct environment made = {0};
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    if (!j->policy.caps.workdir) /* there is no policy to judge by */
        return;
    environment_make(&j->policy.caps, env, &made);
    for (size_t i = 0; i < made.withheld.n && names.n < MOST; i++)
        (void)strlist_add_once(&names, made.withheld.item[i]);
    for (size_t i = 0; i < names.n; i++) {
        str_add(&line, i ? ", " : "of the variables that are set here, these are withheld from it: ");
        quote_term(&line, names.item[i]);
    }
    if (made.withheld.n > names.n && names.n == MOST)
        str_add(&line, " and more");
    if (line.len)
        strlist_add(&j->notes, line.buf);
}

int why_last(const struct world *w, char *const *env, bool json, struct str *out, struct err *e)
{
    AUTO(session_record_release) struct session_record record = {0};
    AUTO(why_last_judged_release) struct why_last_judged judged = {0};
    if (kernel_is_confined())
        return err_set(e, ERR_DENIED, "inside a sandbox the records of nono are closed: ask outside");
    bool found = false;
    int rc = find_record(w, &record, &found, e);
    if (rc < 0)
        return rc;
    if (!found) {
        print_nothing(json, out);
        return 0;
    }
    bool good = ending_of(&record) == SUCCEEDED;
    if (record.launch.known && (!good || record.denied.n)) {
        why_last_judge(w, &record, !good && !record.denied.watched, &judged);
        if (!good)
            note_variables(&judged, env);
        strlist_add(&judged.notes, "the profile is read as it is now");
    } else if (!good) {
        strlist_add(&judged.notes, "this record is of a version that did not keep the options: what they denied cannot be told");
    }
    if (!good && !record.denied.watched)
        strlist_add(&judged.notes, not_recorded);
    if (record.denied.more)
        strlist_add(&judged.notes, "more was denied, or could not be looked at, than the record names");
    strlist_add(&judged.notes, leave_no_record);
    if (json)
        print_json(w, &record, &judged, out);
    else
        print_text(w, &record, &judged, out);
    return 0;
}
