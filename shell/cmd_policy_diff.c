/* nono policy diff: what one profile grants or denies and another does not. */
#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/compare.h"
#include "shell/commands.h"
#include "shell/compare_view.h"
#include "shell/policy_view.h"

enum { DIFF_DIFFERENT = 1, DIFF_TROUBLE = 2 };

struct diff_args {
    struct cmd_args_head head;
    const char *workdir;
    bool json;
};

static void add_text(struct str *out, const char *const names[2], const struct compare *c)
{
    AUTO(mem_free_ptr) char *first = quote_term_dup(names[0]);
    AUTO(mem_free_ptr) char *second = quote_term_dup(names[1]);
    if (c->n == 0) {
        str_addf(out, "nono policy: '%s' and '%s' resolve to the same policy\n", first, second);
        return;
    }
    str_addf(out, "nono policy: diff '%s' '%s'\n", first, second);
    compare_view_rows(c, out);
}

static void json_row(struct json_out *o, const struct compare_row *r)
{
    json_out_open(o, NULL, '{');
    json_out_string(o, "kind", compare_view_kind(r->kind));
    json_out_string(o, "subject", r->subject);
    json_out_string(o, "change", compare_view_change(r));
    json_out_string(o, "profile1", r->first);
    json_out_string(o, "profile2", r->second);
    if (r->first_rule)
        policy_json_origin(o, "origin1", r->first_rule);
    if (r->second_rule)
        policy_json_origin(o, "origin2", r->second_rule);
    json_out_close(o, '}');
}

static void add_json(struct str *out, const char *const names[2], const struct compare *c)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "profile1", names[0]);
    json_out_string(&o, "profile2", names[1]);
    json_out_bool(&o, "equal", c->n == 0);
    json_out_open(&o, "changes", '[');
    for (size_t i = 0; i < c->n; i++)
        json_row(&o, &c->row[i]);
    json_out_close(&o, ']');
    json_out_close(&o, '}');
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct diff_args *args = arguments;
    const char *const names[2] = {args->head.operands.item[0], args->head.operands.item[1]};
    AUTO(outcome_release) struct outcome first = {0};
    AUTO(outcome_release) struct outcome second = {0};
    AUTO(mem_free_ptr) char *workdir = NULL;
    AUTO(mem_free_ptr) char *same = NULL;
    AUTO(compare_release) struct compare c = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    if (policy_view_outcome(ctx, names[0], args->workdir, &first, &workdir, e) < 0 ||
        policy_view_outcome(ctx, names[1], args->workdir, &second, &same, e) < 0)
        return e->class;
    compare_outcomes(&first, &second, &c);
    if (args->json)
        add_json(&text, names, &c);
    else
        add_text(&text, names, &c);
    if (out_text(&text, "the difference", e) < 0)
        return e->class;
    return c.n ? DIFF_DIFFERENT : CMD_OK;
}

static const struct cmd_operand operands[] = {
    {.name = "PROFILE1", .value = VAL_PROFILE, .required = true, .help = "The name of a profile, or a file"},
    {.name = "PROFILE2", .value = VAL_PROFILE, .required = true, .help = "The one to compare it with"},
    {.name = NULL},
};

static const struct cmd_opt opts[] = {
    FLAG(struct diff_args, json, 0, "json", "Print JSON"),
    TEXT(struct diff_args, workdir, 0, "workdir", VAL_DIR, "DIR", "Compare what a run in DIR would get, instead of the current directory"),
};

static const char *const examples[] = {
    "nono policy diff default claude-code", "what claude-code grants beyond default",
    "nono policy diff mine ./mine-new.json", "what a change to a profile would change", NULL,
};

const struct cmd cmd_policy_diff = {
    .path = "policy diff",
    .section = "POLICY & PROFILES",
    .summary = "Compare what two profiles grant and deny",
    .about = "Compares what the two resolve to here, not their texts: paths, commands, network, working directory, and what rollback skips, "
             "each with the rule behind it. '+' only the second says, '-' only the first, '~' both, and differently. A path below another is "
             "listed only where it differs in another way than that.\n\n"
             "Exit status like diff's: 0 when they are the same policy, 1 when they differ, 2 when there is nothing to compare.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct diff_args),
    .failure = DIFF_TROUBLE,
    .run = run,
};
