/* restore_view: the words of `nono rollback restore`. */
#include "shell/restore_view.h"

#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "shell/rollback_view.h"

enum {
    MAX_SESSIONS = 20, /* that are named one by one */
    MAX_WRONG = 1000,  /* paths that are not as they should be, each */
};

static const char *id_of(const struct restore_view *v, size_t session)
{
    return v->request->session[session].id;
}

static const struct session_record *oldest(const struct restore_view *v)
{
    return &v->request->session[v->request->n - 1];
}

static void add_verdict(struct str *out, const struct restore_view *v, const struct restore_step *step)
{
    const char *is_as = v->result ? "put back" : "would be put back";
    if (step->verdict == RESTORE_PARTLY)
        str_addf(out, ": conflict, changed after session %s by somebody else: %s as that left it", id_of(v, step->session), is_as);
    else if (step->verdict == RESTORE_CONFLICT && step->is_between)
        str_addf(out, ": conflict, changed after session %s by somebody else: left as that left it", id_of(v, step->session));
    else if (step->verdict == RESTORE_CONFLICT)
        str_add(out, ": conflict, changed since by somebody else: left as it is");
    else if (step->is_over)
        str_add(out, ", over a later edit");
    else if (step->verdict != RESTORE_PUT_BACK)
        str_addf(out, ": %s", rollback_view_verdict(step->verdict));
    if (!step->beside)
        return;
    str_add(out, v->result ? "; the state before is in " : "; the state before would be written to ");
    quote_term(out, step->beside);
}

static void add_steps(struct str *out, const struct restore_view *v)
{
    const struct restore_plan *p = v->plan;
    size_t n = 0;
    size_t n_wrong = 0;
    size_t hidden = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct restore_step *step = &p->step[i];
        bool wrong = step->verdict != RESTORE_PUT_BACK && step->verdict != RESTORE_DONE;
        if ((!change_is_visible(step->change) || step->verdict == RESTORE_DONE) && !wrong)
            continue;
        size_t *lines = wrong ? &n_wrong : &n;
        if (!v->full && *lines == (wrong ? MAX_WRONG : ROLLBACK_MAX_LINES)) {
            hidden++;
            continue;
        }
        ++*lines;
        str_add(out, wrong ? "! " : "  ");
        rollback_view_undo(out, step->change);
        add_verdict(out, v, step);
        str_addc(out, '\n');
    }
    if (hidden > 0)
        str_addf(out, "  and %zu more: --full\n", hidden);
}

static void add_count(struct str *out, size_t n, const char *what, const char *plural)
{
    if (n > 0)
        str_addf(out, ", %zu %s%s", n, what, n == 1 ? "" : plural);
}

static void add_summary(struct str *out, const struct restore_view *v)
{
    const struct restore_plan *p = v->plan;
    str_addf(out, v->result ? "restored %zu" : "would restore %zu", p->put_back);
    if (p->over > 0)
        str_addf(out, " (%zu over a later edit)", p->over);
    add_count(out, p->done, "already as before", "");
    add_count(out, p->partly, "in part", "");
    add_count(out, p->conflicts, "conflict", "s");
    add_count(out, p->uncovered, "not covered", "");
    add_count(out, v->result ? v->result->failed.n : 0, "failed", "");
    str_addc(out, '\n');
}

static void add_session(struct str *out, const struct session_record *r)
{
    str_addf(out, "session %s, ", r->id);
    rollback_view_age(out, world_now_ns(), r->started_ns);
}

static void add_warnings(struct str *out, const struct restore_view *v)
{
    for (size_t i = 0; i < v->request->n; i++) {
        const struct session_record *r = &v->request->session[i];
        if (r->sealed_late)
            str_addf(out, "  nono was killed in session %s: what others changed before the next one looks like its doing, too\n", r->id);
        if (r->overlaps.n > 0)
            str_addf(out, "  session %s ran in the same tree meanwhile: what it changed then is taken back, too\n", r->overlaps.item[0]);
    }
}

static void add_head(struct str *out, const struct world *w, const struct restore_view *v)
{
    const struct restore_request *q = v->request;
    str_add(out, v->result ? "Taking back " : "Dry run: taking back ");
    if (q->n == 1)
        add_session(out, oldest(v));
    else
        str_addf(out, "%zu sessions, the newest first,", q->n);
    str_add(out, q->n == 1 ? ", in " : " in ");
    rollback_view_home(out, w, oldest(v)->workdir);
    if (q->n == 1) {
        str_add(out, ": ");
        rollback_view_command(out, &oldest(v)->command, ROLLBACK_COMMAND_WIDTH);
    }
    str_addc(out, '\n');
    for (size_t i = 0; q->n > 1 && i < q->n && (v->full || i < MAX_SESSIONS); i++) {
        str_add(out, "  ");
        add_session(out, &q->session[i]);
        str_add(out, ": ");
        rollback_view_command(out, &q->session[i].command, ROLLBACK_COMMAND_WIDTH);
        str_addc(out, '\n');
    }
    if (q->n > MAX_SESSIONS && !v->full)
        str_addf(out, "  and %zu more sessions, the oldest of them %s\n", q->n - MAX_SESSIONS, oldest(v)->id);
    add_warnings(out, v);
}

void restore_view_text(struct str *out, const struct world *w, const struct restore_view *v)
{
    add_head(out, w, v);
    add_steps(out, v);
    add_summary(out, v);
}

void restore_view_json(struct str *out, const struct restore_view *v)
{
    const struct restore_plan *p = v->plan;
    const struct restore_result *result = v->result;
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "session_id", oldest(v)->id);
    json_out_open(&o, "sessions", '[');
    for (size_t i = 0; i < v->request->n; i++)
        json_out_string(&o, NULL, id_of(v, i));
    json_out_close(&o, ']');
    json_out_bool(&o, "dry_run", result == NULL);
    json_out_string(&o, "conflict_rule", restore_conflicts_names[v->request->conflicts]);
    json_out_int(&o, "restored", (int64_t)p->put_back);
    json_out_int(&o, "over_later_edits", (int64_t)p->over);
    json_out_int(&o, "already_as_before", (int64_t)p->done);
    json_out_int(&o, "partly_restored", (int64_t)p->partly);
    json_out_int(&o, "conflicts", (int64_t)p->conflicts);
    json_out_int(&o, "not_covered", (int64_t)p->uncovered);
    json_out_string(&o, "undo", result && result->undo.id[0] ? result->undo.id : NULL);
    json_out_open(&o, "changes", '[');
    for (size_t i = 0; i < p->n; i++) {
        const struct restore_step *step = &p->step[i];
        bool is_told = change_is_visible(step->change) || step->is_between || step->verdict == RESTORE_FAILED;
        if (is_told)
            rollback_json_step(&o, step);
    }
    json_out_close(&o, ']');
    if (result)
        json_out_strings(&o, "failed", &result->failed);
    json_out_close(&o, '}');
}

/* Later commands in the same tree are what a conflict comes from as a rule. */
static size_t count_later(const struct world *w, const struct session_record *r)
{
    AUTO(session_list_release) struct session_list list = {0};
    struct err ignored = ERR_INIT;
    size_t n = 0;
    if (session_list_read(w->state_dir, r->workdir, &list, &ignored) < 0)
        return 0;
    for (size_t i = 0; i < list.n; i++) {
        const struct session_record *other = &list.item[i];
        bool is_later = other->ended_ns > r->ended_ns && strcmp(other->workdir, r->workdir) == 0 && strcmp(other->kind, "restore") != 0;
        n += is_later && !other->undone && other->created + other->modified + other->deleted > 0;
    }
    return n;
}

void restore_view_hints(const struct world *w, const struct restore_view *v)
{
    const struct restore_plan *p = v->plan;
    size_t later = p->conflicts > 0 && v->request->n == 1 ? count_later(w, oldest(v)) : 0;
    if (later > 0)
        out_note("%zu later command%s changed files here; to take all back: nono rollback restore --since %s\n", later, later == 1 ? "" : "s",
                 oldest(v)->id);
    if (p->conflicts + p->partly > 0 && v->request->conflicts == RESTORE_KEEP)
        out_note("about the conflicts: --conflicts=both writes the state before beside each, --conflicts=before puts it back\n");
    if (v->result && v->result->undo.id[0])
        out_note("undo this: nono rollback restore %s\n", v->result->undo.id);
}
