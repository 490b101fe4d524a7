/* nono policy profiles: the profiles that can be named. */
#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/find.h"
#include "shell/commands.h"

struct profiles_args {
    struct cmd_args_head head;
    bool json;
};

static bool is_shown(const struct find_entry *entry, bool builtin)
{
    return entry->builtin == builtin && entry->listed;
}

static size_t count(const struct find_list *l, bool builtin)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        n += is_shown(&l->entry[i], builtin);
    return n;
}

static void add_entry(struct str *out, const struct find_entry *entry)
{
    AUTO(mem_free_ptr) char *name = quote_term_dup(entry->name);
    AUTO(mem_free_ptr) char *description = quote_term_dup(entry->description);
    str_addf(out, "    %s%-16s%s ", out_on(OUT_NAME, true), name, out_off(true));
    if (entry->error) {
        str_addf(out, "%s[error: %s]%s\n", out_on(OUT_BAD, true), entry->error, out_off(true));
        return;
    }
    str_addf(out, entry->extends.n || entry->shadows ? "%-64s" : "%s", description);
    for (size_t i = 0; i < entry->extends.n; i++) {
        AUTO(mem_free_ptr) char *base = quote_term_dup(entry->extends.item[i]);
        str_addf(out, "%s%s", i ? ", " : "  extends ", base);
    }
    str_add(out, entry->shadows ? "  (replaces the built-in one)\n" : "\n");
}

static void add_text(struct str *out, const struct world *w, const struct find_list *l)
{
    AUTO(mem_free_ptr) char *directory = find_directory(w);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(directory);
    size_t n = count(l, true) + count(l, false);
    str_addf(out, "nono policy: %zu profile%s\n  Built-in:\n", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < l->n; i++)
        if (is_shown(&l->entry[i], true))
            add_entry(out, &l->entry[i]);
    if (count(l, false))
        str_addf(out, "  User (%s):\n", shown);
    for (size_t i = 0; i < l->n; i++)
        if (is_shown(&l->entry[i], false))
            add_entry(out, &l->entry[i]);
}

static void add_json(struct str *out, const struct find_list *l)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '[');
    for (size_t i = 0; i < l->n; i++) {
        const struct find_entry *entry = &l->entry[i];
        if (!entry->listed)
            continue;
        json_out_open(&o, NULL, '{');
        json_out_string(&o, "name", entry->name);
        json_out_string(&o, "source", entry->builtin ? "built-in" : entry->shadows ? "user (overrides built-in)" : "user");
        if (entry->path)
            json_out_string(&o, "path", entry->path);
        if (entry->error) {
            json_out_string(&o, "error", entry->error);
        } else {
            json_out_string(&o, "description", entry->description);
            json_out_strings(&o, "extends", &entry->extends);
        }
        json_out_close(&o, '}');
    }
    json_out_close(&o, ']');
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct profiles_args *args = arguments;
    AUTO(find_list_release) struct find_list list = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    if (find_list(ctx->world, &list, e) < 0)
        return e->class;
    if (args->json)
        add_json(&text, &list);
    else
        add_text(&text, ctx->world, &list);
    return out_text(&text, "the list", e);
}

static const struct cmd_opt opts[] = {
    FLAG(struct profiles_args, json, 0, "json", "Print JSON"),
};

const struct cmd cmd_policy_profiles = {
    .path = "policy profiles",
    .section = "POLICY & PROFILES",
    .summary = "List the profiles that can be named",
    .about = "A profile of your own with the name of a built-in one takes its place. One that cannot be read is listed with the reason.",
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .args_size = sizeof(struct profiles_args),
    .run = run,
};
