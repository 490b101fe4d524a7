/* profile_change: what profile set, add and remove have in common. */
#include "shell/profile_change.h"

#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/draft.h"
#include "policy/profile_file.h"

const struct cmd_opt profile_change_opts[PROFILE_CHANGE_OPTS] = {
    FLAG(struct change_args, dry_run, 0, "dry-run", "Print the profile as it would be, and change nothing"),
};

static int check(const struct world *w, const char *name, const struct str *text, struct err *e)
{
    AUTO(mem_free_ptr) char *refused = NULL;
    int r = draft_check(w, &(struct extend_draft){.name = name, .text = text->buf, .len = text->len}, &refused, e);
    if (r < 0)
        return err_add(e, "not changed");
    if (refused)
        out_warn("this version refuses to run it: %s", refused);
    return 0;
}

int profile_change(const struct cmd_context *ctx, const struct change_args *args, enum profile_edit_verb verb, struct err *e)
{
    const struct strlist *words = &args->head.operands;
    const struct strlist values = {.item = words->item + 2, .n = words->n - 2, .cap = words->n - 2};
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    int r = profile_file_open(ctx->world, words->item[0], &file, e);
    if (r < 0)
        return r;
    const struct profile_edit edit = {.world = ctx->world, .verb = verb, .key = words->item[1], .values = &values};
    r = profile_edit_apply(&edit, file.text.buf, file.text.len, &text, e);
    if (r == 0)
        r = str_check(&text, "the profile", e);
    if (r < 0)
        return r;
    bool changes = text.len != file.text.len || memcmp(text.buf, file.text.buf, text.len) != 0;
    if (changes)
        r = check(ctx->world, words->item[0], &text, e);
    if (r == 0 && changes && !args->dry_run)
        r = profile_file_write(&file, text.buf, text.len, e);
    if (r < 0)
        return r;
    AUTO(mem_free_ptr) char *path = quote_term_dup(file.path);
    if (args->dry_run)
        out_write(text.buf, text.len);
    else
        out_note("nono: %s %s\n", changes ? "changed" : "nothing to change in", path);
    return CMD_OK;
}
