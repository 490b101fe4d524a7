/* autorun: the table, and what content says. */
#include "rollback/autorun.h"

#include <string.h>

#include "core/guard.h"
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
    char last; /* of the pattern: a letter is the last of what fits */
    enum autorun_kind kind;
    enum in_new in_new;
} rows[] = {
#define ROW(pattern_, kind_, in_new_) {.pattern = (pattern_), .last = (pattern_)[sizeof(pattern_) - 2], .kind = kind_, .in_new = in_new_}
    ROW(".husky/" "**", AUTORUN_GIT_HOOK, EXPECTED),
    ROW(".pre-commit-config.yaml", AUTORUN_GIT_HOOK, EXPECTED),
    ROW(".envrc", AUTORUN_DIRENV, NAMED),
    ROW(".vscode/tasks.json", AUTORUN_EDITOR, NAMED),
    ROW(".vscode/settings.json", AUTORUN_EDITOR, NAMED),
    ROW(".idea/runConfigurations/" "**", AUTORUN_EDITOR, EXPECTED),
    ROW(".devcontainer.json", AUTORUN_EDITOR, NAMED),
    ROW(".devcontainer/devcontainer.json", AUTORUN_EDITOR, NAMED),
    ROW(".claude/settings.json", AUTORUN_AGENT, NAMED),
    ROW(".claude/settings.local.json", AUTORUN_AGENT, NAMED),
    ROW(".claude/hooks/" "**", AUTORUN_AGENT, EXPECTED),
    ROW(".cursor/mcp.json", AUTORUN_AGENT, NAMED),
    ROW(".mcp.json", AUTORUN_AGENT, NAMED),
    ROW(".bashrc", AUTORUN_SHELL, NAMED),
    ROW(".bash_profile", AUTORUN_SHELL, NAMED),
    ROW(".bash_login", AUTORUN_SHELL, NAMED),
    ROW(".bash_logout", AUTORUN_SHELL, NAMED),
    ROW(".profile", AUTORUN_SHELL, NAMED),
    ROW(".zshrc", AUTORUN_SHELL, NAMED),
    ROW(".zshenv", AUTORUN_SHELL, NAMED),
    ROW(".zprofile", AUTORUN_SHELL, NAMED),
    ROW(".zlogin", AUTORUN_SHELL, NAMED),
    ROW(".zlogout", AUTORUN_SHELL, NAMED),
    ROW(".config/fish/" "**", AUTORUN_SHELL, NAMED),
    ROW("package.json", AUTORUN_PACKAGE, EXPECTED),
    ROW("Makefile", AUTORUN_MAKE, EXPECTED),
    ROW("makefile", AUTORUN_MAKE, EXPECTED),
    ROW("GNUmakefile", AUTORUN_MAKE, EXPECTED),
    ROW("*.mk", AUTORUN_MAKE, EXPECTED),
    ROW("justfile", AUTORUN_MAKE, EXPECTED),
    ROW("Justfile", AUTORUN_MAKE, EXPECTED),
    ROW("Taskfile.yml", AUTORUN_MAKE, EXPECTED),
    ROW(".github/workflows/*", AUTORUN_CI, EXPECTED),
    ROW(".github/actions/" "**", AUTORUN_CI, EXPECTED),
    ROW(".gitlab-ci.yml", AUTORUN_CI, EXPECTED),
    ROW(".circleci/config.yml", AUTORUN_CI, EXPECTED),
    ROW("Jenkinsfile", AUTORUN_CI, EXPECTED),
    ROW(".travis.yml", AUTORUN_CI, EXPECTED),
    ROW("azure-pipelines.yml", AUTORUN_CI, EXPECTED),
    ROW("bitbucket-pipelines.yml", AUTORUN_CI, EXPECTED),
    ROW(".venv/bin/*", AUTORUN_VENV, NAMED),
    ROW("venv/bin/*", AUTORUN_VENV, NAMED),
    ROW("pyvenv.cfg", AUTORUN_VENV, NAMED),
    ROW("sitecustomize.py", AUTORUN_PYTHON, NAMED),
    ROW("usercustomize.py", AUTORUN_PYTHON, NAMED),
    ROW("*.pth", AUTORUN_PYTHON, EXPECTED),
    ROW("*.pyc", AUTORUN_COMPILED, NAMED),
    ROW("*.service", AUTORUN_SERVICE, EXPECTED),
    ROW("*.timer", AUTORUN_SERVICE, EXPECTED),
    ROW("*.desktop", AUTORUN_SERVICE, EXPECTED),
    ROW(".config/autostart/" "**", AUTORUN_SERVICE, NAMED),
    ROW(".config/systemd/user/" "**", AUTORUN_SERVICE, NAMED),
#undef ROW
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
    bool is_elsewhere = c->path[0] == '/';
    AUTO(mem_free_ptr) char *path = is_elsewhere ? mem_strdup(c->path) : path_join(p->root, c->path);
    size_t root = is_elsewhere || strcmp(p->root, "/") == 0 ? 0 : strlen(p->root);
    enum autorun_kind kind = of_git(path, &c->after);
    if (kind != AUTORUN_NONE)
        return kind;
    if (guard_pattern_fits("node_modules/" "**", path, root))
        return AUTORUN_NONE;
    char last = path[strlen(path) - 1];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool may_fit = (rows[i].last == '*' || rows[i].last == last) && !(is_new_dir && rows[i].in_new == EXPECTED);
        if (may_fit && guard_pattern_fits(rows[i].pattern, path, root))
            return rows[i].kind;
    }
    return is_executable(&c->after) && is_searched(path, p->search) ? AUTORUN_PROGRAM : AUTORUN_NONE;
}

/* The reader of a JSON object that keeps every text as it is written: what differs in writing counts as different. */
struct object {
    const char *at, *end;
    bool is_bad;
};

static void skip_blanks(struct object *o)
{
    while (o->at < o->end && strchr(" \t\r\n", *o->at) && *o->at)
        o->at++;
}

static bool skip_text(struct object *o)
{
    if (o->at == o->end || *o->at != '"')
        return false;
    for (o->at++; o->at < o->end && *o->at != '"'; o->at++)
        if (*o->at == '\\' && ++o->at == o->end)
            return false;
    return o->at++ < o->end;
}

/* Any value; brackets are counted, whichever they are. */
static bool skip_value(struct object *o)
{
    size_t depth = 0;
    do {
        skip_blanks(o);
        if (o->at == o->end)
            return false;
        if (*o->at == '"') {
            if (!skip_text(o))
                return false;
            continue;
        }
        depth += *o->at == '{' || *o->at == '[';
        if (*o->at == '}' || *o->at == ']') {
            if (depth == 0)
                return false;
            depth--;
        }
        for (o->at++; depth == 0 && o->at < o->end && !strchr(",}] \t\r\n", *o->at); o->at++)
            ;
    } while (depth > 0);
    return true;
}

static struct object open_object(struct view text)
{
    struct object o = {.at = text.ptr, .end = text.ptr + text.len};
    skip_blanks(&o);
    o.is_bad = o.at == o.end || *o.at != '{';
    o.at += !o.is_bad;
    return o;
}

static bool next_member(struct object *o, struct view *ret_key, struct view *ret_value)
{
    skip_blanks(o);
    if (o->is_bad || o->at == o->end || *o->at == '}') {
        o->is_bad |= o->at == o->end;
        return false;
    }
    const char *key = o->at;
    o->is_bad = !skip_text(o);
    *ret_key = (struct view){key, (size_t)(o->at - key)};
    skip_blanks(o);
    o->is_bad |= o->at == o->end || *o->at != ':' || memchr(key, '\\', ret_key->len);
    if (o->is_bad)
        return false;
    o->at++;
    skip_blanks(o);
    const char *value = o->at;
    o->is_bad = !skip_value(o);
    *ret_value = (struct view){value, (size_t)(o->at - value)};
    skip_blanks(o);
    o->at += o->at < o->end && *o->at == ',';
    return !o->is_bad;
}

static bool is_same(struct view a, struct view b)
{
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static bool find_member(struct view object, struct view key, struct view *ret)
{
    struct object o = open_object(object);
    struct view found;
    struct view value;
    while (next_member(&o, &found, &value))
        if (is_same(found, key)) {
            *ret = value;
            return true;
        }
    return false;
}

static bool has_all_of(struct view was, struct view scripts)
{
    struct object o = open_object(scripts);
    struct view key;
    struct view value;
    struct view old;
    while (next_member(&o, &key, &value))
        if (!find_member(was, key, &old) || !is_same(old, value))
            return false;
    return !o.is_bad;
}

/* Not every script of `after` is one of `before`, or one of them cannot be read. */
static bool adds_scripts(struct view before, struct view after)
{
    static const struct view name = {"\"scripts\"", sizeof "\"scripts\"" - 1};
    struct view was = {"{}", 2};
    struct object o = open_object(after);
    struct view key;
    struct view value;
    (void)find_member(before, name, &was);
    while (next_member(&o, &key, &value))
        if (is_same(key, name) && !has_all_of(was, value))
            return true;
    return o.is_bad;
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
