/* nono policy groups: the named sets of grants and denies, and what is in one of them. */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/expand.h"
#include "policy/group.h"
#include "shell/commands.h"

struct groups_args {
    struct cmd_args_head head;
    bool json, all_platforms;
};

static int compare_names(const void *a, const void *b)
{
    const struct group *const *left = a;
    const struct group *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* By name; those that say something about this system, or all. Caller owns the array, not the groups. */
static const struct group **sorted(const struct group_set *s, bool all, size_t *ret_n)
{
    const struct group **list = mem_array(s->n + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (all || group_applies(&s->group[i]))
            list[n++] = &s->group[i];
    }
    qsort(list, n, sizeof *list, compare_names);
    *ret_n = n;
    return list;
}

static void add_list(struct str *out, const struct group *const *list, size_t n, bool all)
{
    str_addf(out, "nono policy: %zu groups%s\n", n, all ? " (all platforms)" : "");
    for (size_t i = 0; i < n; i++)
        str_addf(out, "  %s%-24s%s %-80s %s%s\n", out_on(OUT_NAME, true), list[i]->name, out_off(true), list[i]->description,
                 group_platform_names[list[i]->platform], list[i]->required ? "  required" : "");
}

static void json_head(struct json_out *o, const struct group *g)
{
    json_out_open(o, NULL, '{');
    json_out_string(o, "name", g->name);
    json_out_string(o, "description", g->description);
    json_out_string(o, "platform", group_platform_names[g->platform]);
    json_out_bool(o, "required", g->required);
}

static void json_list(struct str *out, const struct group *const *list, size_t n)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '[');
    for (size_t i = 0; i < n; i++) {
        const struct group *g = list[i];
        json_head(&o, g);
        json_out_open(&o, "allow", '{');
        json_out_int(&o, "read", (int64_t)g->read.n);
        json_out_int(&o, "write", (int64_t)g->write.n);
        json_out_int(&o, "readwrite", (int64_t)g->readwrite.n);
        json_out_close(&o, '}');
        json_out_open(&o, "deny", '{');
        json_out_int(&o, "access", (int64_t)g->deny.n);
        json_out_int(&o, "commands", (int64_t)g->commands.n);
        json_out_bool(&o, "unlink", g->unlink);
        json_out_close(&o, '}');
        json_out_int(&o, "guard", (int64_t)g->guard.n);
        json_out_int(&o, "scratch", (int64_t)g->scratch.n);
        json_out_close(&o, '}');
    }
    json_out_close(&o, ']');
}

/* NULL for a path that means nothing here. */
static char *expanded(const struct world *w, const char *text)
{
    struct err ignored = ERR_INIT;
    char *path = NULL;
    return expand_path(w, w->cwd, text, &path, &ignored) < 0 ? NULL : path;
}

static void json_paths(struct json_out *o, const struct world *w, const char *key, const struct strlist *paths)
{
    json_out_open(o, key, '[');
    for (size_t i = 0; i < paths->n; i++) {
        AUTO(mem_free_ptr) char *path = expanded(w, paths->item[i]);
        json_out_open(o, NULL, '{');
        json_out_string(o, "raw", paths->item[i]);
        json_out_string(o, "expanded", path);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static void json_detail(struct str *out, const struct world *w, const struct group *g)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_head(&o, g);
    json_out_open(&o, "allow", '{');
    json_paths(&o, w, "read", &g->read);
    json_paths(&o, w, "write", &g->write);
    json_paths(&o, w, "readwrite", &g->readwrite);
    json_out_close(&o, '}');
    json_out_open(&o, "deny", '{');
    json_paths(&o, w, "access", &g->deny);
    json_out_strings(&o, "commands", &g->commands);
    json_out_bool(&o, "unlink", g->unlink);
    json_out_bool(&o, "unlink_override_for_user_writable", g->unlink_override);
    json_out_close(&o, '}');
    json_out_strings(&o, "guard", &g->guard);
    json_paths(&o, w, "scratch", &g->scratch);
    json_out_open(&o, "symlink_pairs", '{');
    for (size_t i = 0; i + 1 < g->symlinks.n; i += 2)
        json_out_string(&o, g->symlinks.item[i], g->symlinks.item[i + 1]);
    json_out_close(&o, '}');
    json_out_close(&o, '}');
}

static void add_paths(struct str *out, const struct world *w, const char *title, const struct strlist *paths)
{
    if (paths->n)
        str_addf(out, "  %s:\n", title);
    for (size_t i = 0; i < paths->n; i++) {
        AUTO(mem_free_ptr) char *path = expanded(w, paths->item[i]);
        AUTO(mem_free_ptr) char *shown = path && strcmp(path, paths->item[i]) != 0 ? quote_term_dup(path) : NULL;
        str_addf(out, shown ? "    %-36s  -> %s\n" : "    %s\n", paths->item[i], shown);
    }
}

static void add_detail(struct str *out, const struct world *w, const struct group *g)
{
    str_addf(out, "nono policy: group '%s'\n", g->name);
    str_addf(out, "  Description:  %s\n", g->description);
    str_addf(out, "  Platform:     %s%s\n", group_platform_names[g->platform], group_applies(g) ? "" : " (without effect on Linux)");
    str_addf(out, "  Required:     %s\n", g->required ? "yes" : "no");
    add_paths(out, w, "allow.read", &g->read);
    add_paths(out, w, "allow.write", &g->write);
    add_paths(out, w, "allow.readwrite", &g->readwrite);
    add_paths(out, w, "deny.access", &g->deny);
    add_paths(out, w, "scratch", &g->scratch);
    if (g->commands.n)
        str_add(out, "  deny.commands:\n");
    for (size_t i = 0; i < g->commands.n; i++)
        str_addf(out, "    %s\n", g->commands.item[i]);
    if (g->guard.n)
        str_add(out, "  guard:\n");
    for (size_t i = 0; i < g->guard.n; i++)
        str_addf(out, "    %s\n", g->guard.item[i]);
    if (g->unlink)
        str_add(out, "  deny.unlink:  not held on Linux; rollback takes deletions back\n");
    if (g->symlinks.n)
        str_add(out, "  symlink_pairs:\n");
    for (size_t i = 0; i + 1 < g->symlinks.n; i += 2)
        str_addf(out, "    %s -> %s\n", g->symlinks.item[i], g->symlinks.item[i + 1]);
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct groups_args *args = arguments;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    struct group_set set = {0};
    group_set_load(&set);
    if (args->head.operands.n) {
        const struct group *g = group_set_find(&set, args->head.operands.item[0]);
        if (!g)
            return group_set_unknown(&set, args->head.operands.item[0], e);
        if (args->json)
            json_detail(&text, ctx->world, g);
        else
            add_detail(&text, ctx->world, g);
    } else {
        size_t n = 0;
        AUTO(mem_free_ptr) const struct group **list = sorted(&set, args->all_platforms, &n);
        if (args->json)
            json_list(&text, list, n);
        else
            add_list(&text, list, n, args->all_platforms);
    }
    return out_text(&text, "the list", e);
}

static const struct cmd_operand operands[] = {
    {.name = "NAME", .value = VAL_GROUP, .help = "Show everything in this group"},
    {.name = NULL},
};

static const struct cmd_opt opts[] = {
    FLAG(struct groups_args, json, 0, "json", "Print JSON"),
    FLAG(struct groups_args, all_platforms, 0, "all-platforms", "Also groups that have no effect on Linux"),
};

static const char *const examples[] = {
    "nono policy groups", "every group that has an effect here", "nono policy groups deny_credentials", "the paths it denies", NULL,
};

const struct cmd cmd_policy_groups = {
    .path = "policy groups",
    .section = "POLICY & PROFILES",
    .summary = "List the groups a profile can name, or what is in one",
    .about = "A required group is part of every policy, whether the profile names it or not, and cannot be excluded.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct groups_args),
    .run = run,
};
