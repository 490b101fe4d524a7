/* nono __man: prints the manual pages, for the build. */
#include <string.h>

#include "completions/man.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "shell/commands.h"
#include "shell/man_profile.h"

static const char profile_page[] = "nono-profile.5";

/* "nono-rollback-list.1" */
static void file_name(const char *path, struct str *out)
{
    cmd_page(path, out);
    str_add(out, ".1");
}

static void add_names(const struct strlist *paths, struct str *out)
{
    for (size_t i = 0; i < paths->n; i++) {
        file_name(paths->item[i], out);
        str_addc(out, '\n');
    }
    str_addf(out, "%s\n", profile_page);
}

static bool add_page(const struct cmd_context *ctx, const struct strlist *paths, const char *name, struct str *out)
{
    if (strcmp(name, profile_page) == 0) {
        man_profile(NONO_VERSION, out);
        return true;
    }
    for (size_t i = 0; i < paths->n; i++) {
        AUTO(str_release) struct str known = STR_INIT(STR_MAX_LINE);
        file_name(paths->item[i], &known);
        if (strcmp(known.buf, name) == 0)
            return man_page(ctx->table, ctx->groups, paths->item[i], NONO_VERSION, out);
    }
    return false;
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct cmd_args_head *head = args;
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    man_names(ctx->table, ctx->groups, &paths);
    if (head->operands.n == 0) {
        add_names(&paths, &text);
    } else if (!add_page(ctx, &paths, head->operands.item[0], &text)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(head->operands.item[0]);
        return err_set(e, ERR_MISSING, "there is no manual page %s", shown);
    }
    return out_text(&text, "the manual page", e);
}

static const struct cmd_operand operands[] = {
    {.name = "PAGE", .value = VAL_NONE, .help = "Print this one instead of the names of all"},
    {.name = NULL},
};

const struct cmd cmd_man = {
    .path = "__man",
    .section = "",
    .summary = "Print the manual pages",
    .operands = operands,
    .args_size = sizeof(struct cmd_args_head),
    .hidden = true,
    .without_home = true,
    .run = run,
};
