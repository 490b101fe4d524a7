/* group_parse: data/groups.json into groups; used by the generator at build time and by the tests. */
#include <string.h>

#include "core/guard.h"
#include "core/json.h"
#include "core/mem.h"
#include "policy/group.h"

static int optional_strings(const struct json_doc *d, const struct json_value *object, const char *key, struct strlist *ret,
                            struct err *e)
{
    const struct json_value *v = json_member(object, key);
    return v ? json_get_strings(d, v, ret, e) : 0;
}

static int optional_bool(const struct json_doc *d, const struct json_value *object, const char *key, bool *ret,
                         struct err *e)
{
    const struct json_value *v = json_member(object, key);
    return v ? json_get_bool(d, v, ret, e) : 0;
}

static int parse_allow(const struct json_doc *d, const struct json_value *v, struct group *g, struct err *e)
{
    static const char *const known[] = {"read", "write", "readwrite"};
    int r = json_only(d, v, known, 3, e);
    if (r == 0)
        r = optional_strings(d, v, "read", &g->read, e);
    if (r == 0)
        r = optional_strings(d, v, "write", &g->write, e);
    if (r == 0)
        r = optional_strings(d, v, "readwrite", &g->readwrite, e);
    return r;
}

static int parse_deny(const struct json_doc *d, const struct json_value *v, struct group *g, struct err *e)
{
    static const char *const known[] = {"access", "commands", "unlink", "unlink_override_for_user_writable"};
    int r = json_only(d, v, known, 4, e);
    if (r == 0)
        r = optional_strings(d, v, "access", &g->deny, e);
    if (r == 0)
        r = optional_strings(d, v, "commands", &g->commands, e);
    if (r == 0)
        r = optional_bool(d, v, "unlink", &g->unlink, e);
    if (r == 0)
        r = optional_bool(d, v, "unlink_override_for_user_writable", &g->unlink_override, e);
    return r;
}

static int parse_platform(const struct json_doc *d, const struct json_value *v, struct group *g, struct err *e)
{
    const char *text;
    int r = json_get_string(d, v, &text, e);
    if (r < 0)
        return r;
    for (int i = GROUP_LINUX; i <= GROUP_MACOS; i++) {
        if (strcmp(group_platform_names[i], text) == 0) {
            g->platform = (enum group_platform)i;
            return 0;
        }
    }
    return json_error(d, v, e, "must be linux or macos");
}

static int parse_guard(const struct json_doc *d, const struct json_value *v, struct group *g, struct err *e)
{
    int r = json_get_strings(d, v, &g->guard, e);
    for (size_t i = 0; r == 0 && i < g->guard.n; i++)
        r = guard_check_pattern(g->guard.item[i], e);
    return r;
}

static int parse_symlinks(const struct json_doc *d, const struct json_value *v, struct group *g, struct err *e)
{
    for (const struct json_value *m = json_first(v); m; m = json_next(m)) {
        const char *to;
        int r = json_get_string(d, m, &to, e);
        if (r < 0)
            return r;
        strlist_add(&g->symlinks, json_key(m));
        strlist_add(&g->symlinks, to);
    }
    return 0;
}

static int parse_group(const struct json_doc *d, const struct json_value *v, struct group *g, struct err *e)
{
    static const char *const known[] = {"description", "platform", "required", "allow", "deny", "scratch", "guard", "symlink_pairs"};
    int r = json_only(d, v, known, sizeof known / sizeof *known, e);
    if (r < 0)
        return r;
    const struct json_value *m = json_member(v, "description");
    if (!m)
        return json_error(d, v, e, "lacks a description");
    const char *text = "";
    r = json_get_string(d, m, &text, e);
    g->name = mem_strdup(json_key(v));
    g->description = mem_strdup(text);
    if (r == 0 && (m = json_member(v, "platform")))
        r = parse_platform(d, m, g, e);
    if (r == 0)
        r = optional_bool(d, v, "required", &g->required, e);
    if (r == 0 && (m = json_member(v, "allow")))
        r = parse_allow(d, m, g, e);
    if (r == 0 && (m = json_member(v, "deny")))
        r = parse_deny(d, m, g, e);
    if (r == 0)
        r = optional_strings(d, v, "scratch", &g->scratch, e);
    if (r == 0 && (m = json_member(v, "guard")))
        r = parse_guard(d, m, g, e);
    if (r == 0 && (m = json_member(v, "symlink_pairs")))
        r = parse_symlinks(d, m, g, e);
    return r;
}

int group_set_parse(const char *text, size_t len, const char *source, struct group_set *ret, struct err *e)
{
    static const char *const known[] = {"meta", "groups"};
    AUTO(json_doc_free_ptr) struct json_doc *d = NULL;
    int r = json_doc_parse(text, len, source, 0, &d, e);
    if (r < 0)
        return r;
    r = json_only(d, json_doc_root(d), known, 2, e);
    if (r < 0)
        return r;
    const struct json_value *groups = json_member(json_doc_root(d), "groups");
    if (!groups)
        return json_error(d, json_doc_root(d), e, "lacks 'groups'");
    AUTO(group_set_release) struct group_set made = {0};
    for (const struct json_value *v = json_first(groups); v; v = json_next(v)) {
        mem_reserve(&made.group, &made.cap, made.n + 1, sizeof *made.group);
        made.group[made.n] = (struct group){0};
        r = parse_group(d, v, &made.group[made.n++], e);
        if (r < 0)
            return r;
    }
    *ret = made;
    made = (struct group_set){0}; /* what AUTO releases. NOLINT(clang-analyzer-deadcode.DeadStores) */
    return 0;
}
