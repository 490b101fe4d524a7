/* nono project status: whether the profile of a project is in force. */
#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "shell/commands.h"
#include "shell/project_find.h"

struct status_args {
    struct cmd_args_head head;
    bool json, hint;
};

/* For the prompt of a shell that has just entered: one line, when there is something to be done. */
static void print_hint(enum project_trust trust, const char *shown)
{
    if (trust == PROJECT_UNKNOWN)
        out_note("nono: %s is not in force; to look at it and decide: nono project allow, or nono project deny\n", shown);
    else if (trust == PROJECT_CHANGED)
        out_note("nono: %s has changed and is no longer in force; to look at it and decide: nono project allow\n", shown);
}

static int print_json(const struct project *p, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    struct json_out o = JSON_OUT_INIT(&text);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "path", p->path);
    json_out_string(&o, "trust", project_trust_names[p->trust]);
    json_out_close(&o, '}');
    return out_text(&text, "the status", e);
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    static const char *const means[] = {
        [PROJECT_UNKNOWN] = "not in force: 'nono project allow' shows what it asks for",
        [PROJECT_CHANGED] = "not in force: it has changed since it was allowed; 'nono project allow' shows what it asks for now",
        [PROJECT_ALLOWED] = "in force for wrapped programs that are started in this project",
        [PROJECT_DENIED] = "not in force: denied",
    };
    const struct status_args *a = args;
    AUTO(project_release) struct project p = PROJECT_INIT;
    int r = project_find_named(ctx, &a->head.operands, &p, e);
    if (r < 0)
        return r;
    AUTO(mem_free_ptr) char *shown = project_shown(ctx, &p);
    if (a->hint)
        print_hint(p.trust, shown);
    else if (a->json)
        r = print_json(&p, e);
    else
        out_print("%s: %s\n", shown, means[p.trust]);
    if (r < 0)
        return r;
    return p.trust == PROJECT_ALLOWED ? CMD_OK : CMD_OTHER;
}

static const struct cmd_opt opts[] = {
    FLAG(struct status_args, json, 0, "json", "Print JSON"),
    FLAG(struct status_args, hint, 0, "hint", NULL),
};

const struct cmd cmd_project_status = {
    .path = "project status",
    .section = "GETTING STARTED",
    .summary = "Say whether the profile of a project is in force",
    .about = "The status is 0 when it is, else 1.",
    .operands = project_operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .args_size = sizeof(struct status_args),
    .light = true,
    .run = run,
};
