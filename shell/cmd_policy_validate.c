/* nono policy validate: everything that is wrong with a profile, at once. */
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/check.h"
#include "policy/find.h"
#include "shell/commands.h"
#include "shell/sandbox.h"

struct validate_args {
    struct cmd_args_head head;
    const char *workdir;
    bool json;
};

/* A profile of one's own may be called by its name. */
static int find_file(const struct world *w, const char *text, char **ret, struct err *e)
{
    AUTO(mem_free_ptr) char *own = profile_name_is_valid(text) ? find_user_path(w, text) : NULL;
    if (!find_is_path(text) && own && access(own, F_OK) == 0) {
        *ret = take_ptr(&own);
        return 0;
    }
    if (text[0] != '/' && !w->cwd)
        return err_set(e, ERR_MISSING, "cannot find a profile by a relative path: the current directory is gone");
    return path_lexical(w->cwd ? w->cwd : "/", text, ret, e);
}

static size_t n_warnings(const struct problems *p)
{
    return p->n - p->n_errors;
}

static void add_count(struct str *out, size_t n, const char *what)
{
    str_addf(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static void add_problem(struct str *out, const char *file, const struct problem *p)
{
    bool is_elsewhere = strcmp(p->source, file) != 0;
    AUTO(mem_free_ptr) char *source = quote_term_dup(p->source);
    AUTO(mem_free_ptr) char *pointer = quote_term_dup(p->pointer);
    str_addf(out, "  %s%-6s%s ", out_on(p->is_error ? OUT_BAD : OUT_WARN, true), p->is_error ? "[err]" : "[warn]", out_off(true));
    if (is_elsewhere)
        str_addf(out, "%s:", source);
    if (p->line)
        str_addf(out, "%u:", p->line);
    str_addf(out, "%s%s%s%s\n", is_elsewhere || p->line ? " " : "", pointer, *pointer ? ": " : "", p->text);
}

static void add_text(struct str *out, const struct problems *p)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(p->source);
    str_addf(out, "nono policy: validating %s\n", shown);
    for (size_t i = 0; i < p->n; i++)
        add_problem(out, p->source, &p->problem[i]);
    if (problems_is_full(p))
        str_add(out, "  and perhaps more, which is not listed\n");
    str_addf(out, "  Result: %s%s%s", out_on(p->n_errors ? OUT_BAD : OUT_GOOD, true), p->n_errors ? "invalid" : "valid", out_off(true));
    if (p->n)
        str_add(out, " (");
    if (p->n_errors)
        add_count(out, p->n_errors, "error");
    if (p->n_errors && n_warnings(p))
        str_add(out, ", ");
    if (n_warnings(p))
        add_count(out, n_warnings(p), "warning");
    str_add(out, p->n ? ")\n" : "\n");
}

static void json_problems(struct json_out *o, const char *key, const struct problems *p, bool errors)
{
    json_out_open(o, key, '[');
    for (size_t i = 0; i < p->n; i++) {
        const struct problem *problem = &p->problem[i];
        if (problem->is_error != errors)
            continue;
        json_out_open(o, NULL, '{');
        json_out_string(o, "source", problem->source);
        if (problem->line)
            json_out_int(o, "line", problem->line);
        else
            json_out_string(o, "line", NULL);
        json_out_string(o, "pointer", problem->pointer);
        json_out_string(o, "message", problem->text);
        json_out_string(o, "nearest", problem->near);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static void add_json(struct str *out, const struct problems *p)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "file", p->source);
    json_out_bool(&o, "valid", p->n_errors == 0);
    json_problems(&o, "errors", p, true);
    json_problems(&o, "warnings", p, false);
    json_out_bool(&o, "complete", !problems_is_full(p));
    json_out_close(&o, '}');
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct validate_args *args = arguments;
    AUTO(mem_free_ptr) char *file = NULL;
    AUTO(mem_free_ptr) char *workdir = NULL;
    AUTO(problems_release) struct problems problems = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    const char *name = args->head.operands.item[0];
    if (find_file(ctx->world, name, &file, e) < 0 || sandbox_workdir(ctx->world, args->workdir, &workdir, e) < 0)
        return e->class;
    const struct check_request request = {.world = ctx->world, .path = file, .name = name, .workdir = workdir};
    if (check_profile(&request, &problems, e) < 0)
        return e->class;
    if (args->json)
        add_json(&text, &problems);
    else
        add_text(&text, &problems);
    if (out_text(&text, "the report", e) < 0)
        return e->class;
    return problems.n_errors ? CMD_OTHER : CMD_OK;
}

static const struct cmd_operand operands[] = {
    {.name = "FILE", .value = VAL_PROFILE, .required = true, .help = "The file of a profile, or the name of one of your own"},
    {.name = NULL},
};

static const struct cmd_opt opts[] = {
    FLAG(struct validate_args, json, 0, "json", "Print JSON"),
    TEXT(struct validate_args, workdir, 0, "workdir", VAL_DIR, "DIR", "Look from DIR, instead of the current directory"),
};

static const char *const examples[] = {
    "nono policy validate ./mine.json", "everything that is wrong with it", "nono policy validate mine --json", "the same for an editor", NULL,
};

const struct cmd cmd_policy_validate = {
    .path = "policy validate",
    .section = "POLICY & PROFILES",
    .summary = "Say everything that is wrong with a profile",
    .about = "Reads the file as a run would, and goes on where a run would stop. Each problem has its line, its JSON pointer and, for a name "
             "that is not known, the nearest one that is. An error is what a run is refused for. A warning is what it takes and does not do as "
             "written: a path that is not there, a grant that a deny cuts into and how that is held, a key without effect, a limit that this "
             "version cannot hold.\n\n"
             "Exit status 1 when there is an error.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct validate_args),
    .run = run,
};
