/* nono profile init: a new profile for a person to fill in. */
#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/draft.h"
#include "policy/group.h"
#include "policy/profile_file.h"
#include "policy/skeleton.h"
#include "shell/commands.h"

struct init_args {
    struct cmd_args_head head;
    struct strlist extends, groups;
    const char *description, *output;
    bool full, force;
};

/* Both "a,b" and the option given twice. */
static void split(const struct strlist *given, struct strlist *ret)
{
    for (size_t i = 0; i < given->n; i++) {
        for (const char *at = given->item[i]; *at; at += strspn(at, ", ")) {
            size_t len = strcspn(at, ", ");
            AUTO(mem_free_ptr) char *word = mem_strndup(at, len);
            if (len > 0)
                (void)strlist_add_once(ret, word);
            at += len;
        }
    }
}

static int check_groups(const struct strlist *names, struct err *e)
{
    struct group_set set = {0};
    group_set_load(&set);
    for (size_t i = 0; i < names->n; i++) {
        if (!group_set_find(&set, names->item[i])) {
            (void)group_set_unknown(&set, names->item[i], e);
            return err_add(e, "--groups");
        }
    }
    return 0;
}

static int check_bases(const struct world *w, const char *name, const struct strlist *bases, struct err *e)
{
    for (size_t i = 0; i < bases->n; i++) {
        AUTO(profile_release) struct profile base = {0};
        if (strcmp(bases->item[i], name) == 0)
            return err_set(e, ERR_INPUT, "a profile cannot extend itself: choose another name than '%s'", name);
        if (extend_profile(w, bases->item[i], &base, e) < 0)
            return err_add(e, "--extends");
    }
    return 0;
}

/* Groups of one's own and no base: what makes programs start at all is in groups too. */
static bool lacks_system(const struct strlist *extends, const struct strlist *groups)
{
    return extends->n == 0 && groups->n > 0 && !strlist_has(groups, "system_read_linux");
}

static void say(const struct profile_file *f, bool in_directory)
{
    AUTO(mem_free_ptr) char *path = quote_term_dup(f->path);
    AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
    if (in_directory)
        str_add(&name, f->name);
    else
        quote_sh(&name, f->path);
    out_note("nono: created profile at %s\n", path);
    out_note("  fill it in:     nono profile add %s filesystem.read PATH\n", name.buf);
    out_note("  check it:       nono policy validate %s\n", name.buf);
    out_note("  what it grants: nono policy show %s\n", name.buf);
    out_note("  for editors:    nono profile schema -o nono-profile.schema.json\n");
}

static int create(const struct cmd_context *ctx, const struct init_args *args, const struct skeleton *s, struct err *e)
{
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    int r = args->output ? profile_file_make_at(ctx->world, args->output, &file, e) : profile_file_make(ctx->world, s->name, &file, e);
    if (r < 0)
        return r;
    if (file.exists && !args->force) {
        AUTO(mem_free_ptr) char *path = quote_term_dup(file.path);
        return err_set(e, ERR_EXISTS, "'%s' exists; --force replaces it", path);
    }
    if (args->full)
        skeleton_write_full(s, &text);
    else
        skeleton_write(s, &text);
    const struct extend_draft draft = {.name = s->name, .text = text.buf, .len = text.len};
    r = str_check(&text, "the profile", e);
    if (r == 0)
        r = draft_check(ctx->world, &draft, NULL, e);
    if (r == 0)
        r = profile_file_write(&file, text.buf, text.len, e);
    if (r == 0)
        say(&file, !args->output);
    return r;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct init_args *args = arguments;
    const char *name = args->head.operands.item[0];
    AUTO(strlist_release) struct strlist extends = STRLIST_INIT;
    AUTO(strlist_release) struct strlist groups = STRLIST_INIT;
    split(&args->extends, &extends);
    split(&args->groups, &groups);
    if (!profile_name_is_valid(name)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(name);
        return err_set(e, ERR_INPUT, "Invalid profile name '%s': must be alphanumeric with hyphens only; --output says where to write it", shown);
    }
    int r = check_groups(&groups, e);
    if (r == 0)
        r = check_bases(ctx->world, name, &extends, e);
    if (r < 0)
        return r;
    const struct skeleton s = {
        .name = name, .description = args->description ? args->description : "", .extends = &extends, .groups = &groups};
    r = create(ctx, args, &s, e);
    if (r < 0)
        return r;
    if (lacks_system(&extends, &groups))
        out_warn("no program can start with these groups alone: add system_read_linux, or --extends default");
    return CMD_OK;
}

static const struct cmd_opt opts[] = {
    LIST(struct init_args, extends, 0, "extends", VAL_PROFILE, "BASE", "Profile to build on (repeatable, or a,b)"),
    LIST(struct init_args, groups, 0, "groups", VAL_GROUPS, "GROUPS", "Groups to begin with (repeatable, or a,b)"),
    TEXT(struct init_args, description, 0, "description", VAL_TEXT, "TEXT", "What the profile is for, in one line"),
    FLAG(struct init_args, full, 0, "full", "Write every key there is, explained by remarks"),
    TEXT(struct init_args, output, 'o', "output", VAL_FILE, "FILE", "Write to FILE instead of ~/.config/nono/profiles/NAME.json"),
    FLAG(struct init_args, force, 0, "force", "Replace a file that exists"),
};

static const struct cmd_operand operands[] = {
    {.name = "NAME", .value = VAL_TEXT, .required = true, .help = "Name of the new profile: letters, digits and hyphens"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono profile init my-agent --extends default --groups python_runtime",
    "the usual denies and system paths, and what Python needs",
    "nono profile init my-agent --full",
    "every key with its meaning",
    NULL,
};

const struct cmd cmd_profile_init = {
    .path = "profile init",
    .section = "POLICY & PROFILES",
    .summary = "Write the skeleton of a new profile",
    .about = "Without --extends and --groups the profile gets the groups of the default profile. With --groups alone it gets those groups and the "
             "required ones, and no others.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .examples = examples,
    .args_size = sizeof(struct init_args),
    .run = run,
};
