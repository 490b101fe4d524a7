/* autorun: the table, and what content says. */
#include "rollback/autorun.h"

#include <string.h>

#include "core/guard.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/path.h"

const char *const autorun_names[AUTORUN_KINDS] = {
    [AUTORUN_NONE] = "nothing",
    [AUTORUN_GIT_HOOK] = "git hook",
    [AUTORUN_GIT_CONFIG] = "git configuration",
    [AUTORUN_GIT_POINTER] = "pointer to a git repository",
    [AUTORUN_DIRENV] = "direnv file",
    [AUTORUN_EDITOR] = "editor task",
    [AUTORUN_AGENT] = "agent setting",
    [AUTORUN_SHELL] = "shell start-up file",
    [AUTORUN_PACKAGE] = "package script",
    [AUTORUN_MAKE] = "build rule",
    [AUTORUN_CI] = "CI job",
    [AUTORUN_VENV] = "virtual environment",
    [AUTORUN_PYTHON] = "Python start-up file",
    [AUTORUN_COMPILED] = "compiled Python file without a change of its source",
    [AUTORUN_SERVICE] = "service or desktop entry",
    [AUTORUN_PROGRAM] = "program on PATH",
};

/* What a new directory holds is seen by whoever goes there: */
enum in_new {
    NAMED,    /* it waits for nobody to look */
    EXPECTED, /* a clone, a build: code that is there to be run */
};

static const struct {
    const char *pattern;
    enum autorun_kind kind;
    enum in_new in_new;
} rows[] = {
    {".husky/" "**", AUTORUN_GIT_HOOK, EXPECTED},
    {".pre-commit-config.yaml", AUTORUN_GIT_HOOK, EXPECTED},
    {".envrc", AUTORUN_DIRENV, NAMED},
    {".vscode/tasks.json", AUTORUN_EDITOR, NAMED},
    {".vscode/settings.json", AUTORUN_EDITOR, NAMED},
    {".idea/runConfigurations/" "**", AUTORUN_EDITOR, EXPECTED},
    {".devcontainer.json", AUTORUN_EDITOR, NAMED},
    {".devcontainer/devcontainer.json", AUTORUN_EDITOR, NAMED},
    {".claude/settings.json", AUTORUN_AGENT, NAMED},
    {".claude/settings.local.json", AUTORUN_AGENT, NAMED},
    {".claude/hooks/" "**", AUTORUN_AGENT, EXPECTED},
    {".cursor/mcp.json", AUTORUN_AGENT, NAMED},
    {".mcp.json", AUTORUN_AGENT, NAMED},
    {".bashrc", AUTORUN_SHELL, NAMED},
    {".bash_profile", AUTORUN_SHELL, NAMED},
    {".bash_login", AUTORUN_SHELL, NAMED},
    {".bash_logout", AUTORUN_SHELL, NAMED},
    {".profile", AUTORUN_SHELL, NAMED},
    {".zshrc", AUTORUN_SHELL, NAMED},
    {".zshenv", AUTORUN_SHELL, NAMED},
    {".zprofile", AUTORUN_SHELL, NAMED},
    {".zlogin", AUTORUN_SHELL, NAMED},
    {".zlogout", AUTORUN_SHELL, NAMED},
    {".config/fish/" "**", AUTORUN_SHELL, NAMED},
    {"package.json", AUTORUN_PACKAGE, EXPECTED},
    {"Makefile", AUTORUN_MAKE, EXPECTED},
    {"makefile", AUTORUN_MAKE, EXPECTED},
    {"GNUmakefile", AUTORUN_MAKE, EXPECTED},
    {"*.mk", AUTORUN_MAKE, EXPECTED},
    {"justfile", AUTORUN_MAKE, EXPECTED},
    {"Justfile", AUTORUN_MAKE, EXPECTED},
    {"Taskfile.yml", AUTORUN_MAKE, EXPECTED},
    {".github/workflows/*", AUTORUN_CI, EXPECTED},
    {".github/actions/" "**", AUTORUN_CI, EXPECTED},
    {".gitlab-ci.yml", AUTORUN_CI, EXPECTED},
    {".circleci/config.yml", AUTORUN_CI, EXPECTED},
    {"Jenkinsfile", AUTORUN_CI, EXPECTED},
    {".travis.yml", AUTORUN_CI, EXPECTED},
    {"azure-pipelines.yml", AUTORUN_CI, EXPECTED},
    {"bitbucket-pipelines.yml", AUTORUN_CI, EXPECTED},
    {".venv/bin/*", AUTORUN_VENV, NAMED},
    {"venv/bin/*", AUTORUN_VENV, NAMED},
    {"pyvenv.cfg", AUTORUN_VENV, NAMED},
    {"sitecustomize.py", AUTORUN_PYTHON, NAMED},
    {"usercustomize.py", AUTORUN_PYTHON, NAMED},
    {"*.pth", AUTORUN_PYTHON, EXPECTED},
    {"*.pyc", AUTORUN_COMPILED, NAMED},
    {"*.service", AUTORUN_SERVICE, EXPECTED},
    {"*.timer", AUTORUN_SERVICE, EXPECTED},
    {"*.desktop", AUTORUN_SERVICE, EXPECTED},
    {".config/autostart/" "**", AUTORUN_SERVICE, NAMED},
    {".config/systemd/user/" "**", AUTORUN_SERVICE, NAMED},
};

static bool is_file(const struct snapshot_node *n)
{
    return n->type == SNAPSHOT_FILE || n->type == SNAPSHOT_LINK;
}

static bool is_executable(const struct snapshot_node *n)
{
    return n->type == SNAPSHOT_LINK || (n->type == SNAPSHOT_FILE && (n->mode & 0111));
}

/* Mode alone is nothing new, unless it makes a program of a file. */
static bool can_run(const struct change *c)
{
    return is_file(&c->after) && (c->kind != CHANGE_METADATA || (is_executable(&c->after) && !is_executable(&c->before)));
}

static enum autorun_kind of_git(const char *path, const struct snapshot_node *after)
{
    struct guard_match m;
    if (!guard_fit_git(path, false, &m))
        return AUTORUN_NONE;
    switch (m.kind) {
    case GUARD_GIT_HOOK:
        return AUTORUN_GIT_HOOK;
    case GUARD_GIT_CONFIG:
        return AUTORUN_GIT_CONFIG;
    case GUARD_GIT_POINTER:
    case GUARD_GIT_COMMON:
        return AUTORUN_GIT_POINTER;
    case GUARD_GIT_DIR:
        return after->type == SNAPSHOT_LINK ? AUTORUN_GIT_POINTER : AUTORUN_NONE;
    case GUARD_GIT_MODULE:
    case GUARD_FILE:
    case GUARD_FILE_ABOVE:
        break;
    }
    return AUTORUN_NONE;
}

static bool is_searched(const char *path, const char *search)
{
    size_t len = (size_t)(path_base(path) - path) - 1;
    for (const char *at = search; at && *at; at += at[0] == ':') {
        size_t n = strcspn(at, ":");
        if (n == len && strncmp(at, path, n) == 0)
            return true;
        at += n;
    }
    return false;
}

enum autorun_kind autorun_judge(const struct change *c, const struct autorun_place *p, bool is_new_dir)
{
    if (!can_run(c) || !*c->path)
        return AUTORUN_NONE;
    AUTO(mem_free_ptr) char *path = path_join(p->root, c->path);
    size_t root = strcmp(p->root, "/") == 0 ? 0 : strlen(p->root);
    enum autorun_kind kind = of_git(path, &c->after);
    if (kind != AUTORUN_NONE)
        return kind;
    if (guard_pattern_fits("node_modules/" "**", path, root))
        return AUTORUN_NONE;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!(is_new_dir && rows[i].in_new == EXPECTED) && guard_pattern_fits(rows[i].pattern, path, root))
            return rows[i].kind;
    return is_executable(&c->after) && is_searched(path, p->search) ? AUTORUN_PROGRAM : AUTORUN_NONE;
}

static const struct json_value *scripts_of(const struct json_doc *d)
{
    return d && json_type(json_doc_root(d)) == JSON_OBJECT ? json_member(json_doc_root(d), "scripts") : NULL;
}

/* Every script of `after` is one of `before`. A text that cannot be read has none that are the same. */
static bool adds_scripts(struct view before, struct view after)
{
    AUTO(json_doc_free_ptr) struct json_doc *b = NULL;
    AUTO(json_doc_free_ptr) struct json_doc *a = NULL;
    struct err ignored = ERR_INIT;
    if (json_doc_parse(after.ptr, after.len, "package.json", 0, &a, &ignored) < 0)
        return true;
    if (before.len > 0 && json_doc_parse(before.ptr, before.len, "package.json", 0, &b, &ignored) < 0)
        b = NULL;
    const struct json_value *was = scripts_of(b);
    const struct json_value *is = scripts_of(a);
    if (!is || json_type(is) != JSON_OBJECT)
        return false;
    for (const struct json_value *v = json_first(is); v; v = json_next(v)) {
        const struct json_value *old = was && json_type(was) == JSON_OBJECT ? json_member(was, json_key(v)) : NULL;
        const char *new_text = "";
        const char *old_text = "";
        if (json_type(v) != JSON_STRING)
            continue;
        if (!old || json_type(old) != JSON_STRING || json_get_string(a, v, &new_text, &ignored) < 0 ||
            json_get_string(b, old, &old_text, &ignored) < 0 || strcmp(new_text, old_text) != 0)
            return true;
    }
    return false;
}

bool autorun_content_matters(enum autorun_kind kind, const char *path, struct view before, struct view after)
{
    char name[GIT_CONFIG_MAX_NAME];
    struct guard_match m;
    AUTO(mem_free_ptr) char *whole = path_join("/", path);
    if (kind == AUTORUN_PACKAGE)
        return adds_scripts(before, after);
    if (kind == AUTORUN_GIT_CONFIG)
        return !guard_fit_git(whole, false, &m) || !git_config_is_safe_change(before, after, m.place, name);
    return true;
}

/* DIR/__pycache__/NAME.TAG.pyc of DIR/NAME.py, and DIR/NAME.pyc of DIR/NAME.py. */
bool autorun_source_of(const char *path, struct str *ret)
{
    static const char cache[] = "__pycache__/";
    const char *name = path_base(path);
    size_t dir = (size_t)(name - path);
    const char *end = strrchr(name, '.');
    size_t len = strlen(cache);
    bool is_cached = dir >= len && strncmp(name - len, cache, len) == 0 && (dir == len || name[-(ptrdiff_t)len - 1] == '/');
    if (!end || strcmp(end, ".pyc") != 0)
        return false;
    if (is_cached) {
        dir -= len;
        end = strchr(name, '.');
    }
    str_addn(ret, path, dir);
    str_addn(ret, name, (size_t)(end - name));
    str_add(ret, ".py");
    return !ret->failed;
}
