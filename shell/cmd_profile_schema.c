/* nono profile schema: the JSON Schema of profiles, for editors and other tools. */
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/profile_file.h"
#include "policy/schema.h"
#include "shell/commands.h"

struct schema_args {
    struct cmd_args_head head;
    const char *output;
    bool groups;
};

static int write_file(const struct world *w, const char *output, const struct str *text, struct err *e)
{
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    int r = profile_file_make_at(w, output, &file, e);
    if (r == 0)
        r = profile_file_write(&file, text->buf, text->len, e);
    if (r < 0)
        return r;
    AUTO(mem_free_ptr) char *path = quote_term_dup(file.path);
    out_note("nono: wrote the schema to %s\n", path);
    return 0;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct schema_args *args = arguments;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    if (args->groups)
        schema_groups(&text);
    else
        schema_profile(&text);
    if (!args->output)
        return out_text(&text, "the schema", e);
    return str_check(&text, "the schema", e) < 0 ? e->class : write_file(ctx->world, args->output, &text, e);
}

static const struct cmd_opt opts[] = {
    TEXT(struct schema_args, output, 'o', "output", VAL_FILE, "FILE", "Write to FILE instead of the standard output"),
    FLAG(struct schema_args, groups, 0, "groups", "The schema of the file of groups instead"),
};

static const char *const examples[] = {
    "nono profile schema -o nono-profile.schema.json", "for \"$schema\": \"./nono-profile.schema.json\" in a profile beside it", NULL,
};

const struct cmd cmd_profile_schema = {
    .path = "profile schema",
    .section = "POLICY & PROFILES",
    .summary = "Print the JSON Schema of profiles",
    .about = "JSON Schema 2020-12. It describes what nono accepts, key by key; an editor that knows it completes and checks a profile while it "
             "is written. A profile may hold remarks (//) and trailing commas, which an editor calls JSON with Comments.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .examples = examples,
    .args_size = sizeof(struct schema_args),
    .run = run,
};
