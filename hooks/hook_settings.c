/* hook_settings: hook.json. */
#include "hooks/hook.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"

static const char *const default_programs[] = {"python", "python3", "node", "npm", "npx", "pip", "pip3"};
static const char *const known_keys[] = {"programs", "profile", "profiles", "on_missing", "hints", "locked"};

#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

/* A function of such a name would break the shell it is loaded into, and a shim of such a name is never looked up. */
static const char *const shell_words[] = {
    "abbr",      "alias",    "and",       "argparse",  "autoload", "begin",   "bg",          "bind",      "bindkey",  "block",    "break",
    "builtin",   "caller",   "case",      "cd",        "chdir",    "command", "commandline", "compdef",   "compgen",  "complete", "compopt",
    "contains",  "continue", "coproc",    "count",     "declare",  "dirs",    "disable",     "disown",    "do",       "done",     "echo",
    "elif",      "else",     "emulate",   "enable",    "end",      "esac",    "eval",        "exec",      "exit",     "export",   "false",
    "fc",        "fg",       "fi",        "float",     "for",      "foreach", "function",    "functions", "getopts",  "hash",     "help",
    "history",   "if",       "in",        "integer",   "jobs",     "kill",    "let",         "local",     "logout",   "mapfile",  "math",
    "nocorrect", "noglob",   "nono",      "nosandbox", "not",      "or",      "popd",        "print",     "printf",   "pushd",    "pwd",
    "random",    "read",     "readarray", "readonly",  "rehash",   "repeat",  "return",      "select",    "set",      "setopt",   "shift",
    "shopt",     "source",   "status",    "string",    "suspend",  "switch",  "test",        "then",      "time",     "times",    "trap",
    "true",      "type",     "typeset",   "ulimit",    "umask",    "unalias", "unfunction",  "unset",     "unsetopt", "until",    "wait",
    "whence",    "where",    "while",     "zle",       "zmodload", "zstyle",
};

bool hook_name_is_valid(const char *name)
{
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-");
    if (len == 0 || name[len] != '\0' || len > HOOK_NAME_MAX || name[0] == '-' || name[0] == '.' || str_starts(name, "__nono"))
        return false;
    for (size_t i = 0; i < COUNT_OF(shell_words); i++) {
        if (strcmp(name, shell_words[i]) == 0)
            return false;
    }
    return true;
}

void hook_settings_release(struct hook_settings *s)
{
    strlist_release(&s->programs);
    mem_free(take_ptr(&s->profile));
    for (size_t i = 0; i < s->n_choices; i++) {
        mem_free(s->choice[i].program);
        mem_free(s->choice[i].profile);
    }
    mem_free(take_ptr(&s->choice));
    s->n_choices = 0;
}

/* Digits and dots, not a dot first or last but after a digit: ".11", "3.11", "3". */
static bool is_version(const char *text)
{
    size_t len = strspn(text, "0123456789.");
    return len > 0 && text[len] == '\0' && text[len - 1] != '.' && !strstr(text, "..");
}

const char *hook_program_of(const struct hook_settings *s, const char *name)
{
    const char *best = NULL;
    for (size_t i = 0; i < s->programs.n; i++) {
        const char *program = s->programs.item[i];
        size_t len = strlen(program);
        if (strncmp(name, program, len) != 0 || (name[len] != '\0' && !is_version(name + len)))
            continue;
        if (!best || len > strlen(best))
            best = program;
    }
    return best;
}

const char *hook_own_profile_of(const struct hook_settings *s, const char *name)
{
    const char *program = hook_program_of(s, name);
    for (size_t i = 0; program && i < s->n_choices; i++)
        if (strcmp(s->choice[i].program, program) == 0)
            return s->choice[i].profile;
    return NULL;
}

const char *hook_profile_of(const struct hook_settings *s, const char *name)
{
    const char *own = hook_own_profile_of(s, name);
    return own ? own : s->profile;
}

static void set_defaults(struct hook_settings *s)
{
    *s = (struct hook_settings){.programs = STRLIST_INIT, .refuse_when_missing = true, .hints = true};
    for (size_t i = 0; i < COUNT_OF(default_programs); i++)
        strlist_add(&s->programs, default_programs[i]);
}

static int read_programs(const struct json_doc *d, const struct json_value *v, struct strlist *ret, struct err *e)
{
    AUTO(strlist_release) struct strlist given = STRLIST_INIT;
    int r = json_get_strings(d, v, &given, e);
    if (r < 0)
        return r;
    if (given.n > HOOK_PROGRAMS_MAX)
        return json_error(d, v, e, "lists more than %d programs", HOOK_PROGRAMS_MAX);
    strlist_release(ret);
    const struct json_value *item = json_first(v);
    for (size_t i = 0; i < given.n; i++, item = json_next(item)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(given.item[i]);
        if (!hook_name_is_valid(given.item[i]))
            return json_error(d, item, e, "'%.80s' cannot be wrapped: a program's name is letters, digits and ._+- and no word of the shell's own",
                              shown);
        if (!strlist_add_once(ret, given.item[i]))
            return json_error(d, item, e, "'%s' is listed twice", shown);
    }
    return 0;
}

static int read_on_missing(const struct json_doc *d, const struct json_value *v, bool *ret_refuse, struct err *e)
{
    const char *word = NULL;
    int r = json_get_string(d, v, &word, e);
    if (r < 0)
        return r;
    if (strcmp(word, "refuse") != 0 && strcmp(word, "warn") != 0) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(word);
        return json_error(d, v, e, "must be \"refuse\" or \"warn\", not '%.80s'", shown);
    }
    *ret_refuse = strcmp(word, "refuse") == 0;
    return 0;
}

static int read_profile(const struct json_doc *d, const struct json_value *v, char **ret, struct err *e)
{
    const char *name = NULL;
    int r = json_get_string(d, v, &name, e);
    if (r < 0)
        return r;
    if (name[0] == '\0')
        return json_error(d, v, e, "must name a profile");
    mem_free(*ret);
    *ret = mem_strdup(name);
    return 0;
}

static int read_choices(const struct json_doc *d, const struct json_value *v, struct hook_settings *s, struct err *e)
{
    if (json_type(v) != JSON_OBJECT)
        return json_error_type(d, v, JSON_OBJECT, e);
    size_t n = json_count(v);
    if (n > HOOK_PROGRAMS_MAX)
        return json_error(d, v, e, "names more than %d programs", HOOK_PROGRAMS_MAX);
    s->choice = mem_array(n + 1, sizeof *s->choice);
    for (const struct json_value *m = json_first(v); m; m = json_next(m)) {
        char *profile = NULL;
        if (!strlist_has(&s->programs, json_key(m))) {
            AUTO(mem_free_ptr) char *shown = quote_term_dup(json_key(m));
            return json_error(d, m, e, "'%.80s' is not among the programs that are wrapped", shown);
        }
        int r = read_profile(d, m, &profile, e);
        if (r < 0)
            return r;
        s->choice[s->n_choices++] = (struct hook_choice){.program = mem_strdup(json_key(m)), .profile = profile};
    }
    return 0;
}

static int read_members(const struct json_doc *d, struct hook_settings *s, struct err *e)
{
    const struct json_value *root = json_doc_root(d);
    if (json_type(root) != JSON_OBJECT)
        return json_error(d, root, e, "must be an object, not %s", json_type_name(json_type(root)));
    int r = json_only(d, root, known_keys, COUNT_OF(known_keys), e);
    const struct json_value *v = NULL;
    if (r == 0 && (v = json_member(root, "programs")) != NULL)
        r = read_programs(d, v, &s->programs, e);
    if (r == 0 && (v = json_member(root, "profile")) != NULL)
        r = read_profile(d, v, &s->profile, e);
    if (r == 0 && (v = json_member(root, "profiles")) != NULL)
        r = read_choices(d, v, s, e);
    if (r == 0 && (v = json_member(root, "on_missing")) != NULL)
        r = read_on_missing(d, v, &s->refuse_when_missing, e);
    if (r == 0 && (v = json_member(root, "hints")) != NULL)
        r = json_get_bool(d, v, &s->hints, e);
    if (r == 0 && (v = json_member(root, "locked")) != NULL)
        r = json_get_bool(d, v, &s->locked, e);
    return r;
}

static void move(struct hook_settings *from, struct hook_settings *ret)
{
    *ret = *from;
    *from = (struct hook_settings){.programs = STRLIST_INIT};
}

int hook_settings_parse(const char *text, size_t len, const char *name, struct hook_settings *ret, struct err *e)
{
    AUTO(json_doc_free_ptr) struct json_doc *d = NULL;
    int r = json_doc_parse(text, len, name, JSON_COMMENTS, &d, e);
    if (r < 0)
        return r;
    AUTO(hook_settings_release) struct hook_settings s;
    set_defaults(&s);
    r = read_members(d, &s, e);
    if (r < 0)
        return r;
    move(&s, ret);
    return 0;
}

static int read_text(const char *path, bool system, struct str *ret, bool *ret_found, struct err *e)
{
    struct stat st;
    int r = fs_read(AT_FDCWD, path, ret, e);
    *ret_found = r == 0;
    if (r == ERR_MISSING) {
        *e = (struct err)ERR_INIT;
        return 0;
    }
    if (r == 0 && system && (lstat(path, &st) < 0 || st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH)))
        return err_set(e, ERR_DENIED, "%s can be changed by others than root", path);
    return r;
}

/* *ret_found false: no such file. */
static int read_file(const char *path, bool system, struct hook_settings *ret, bool *ret_found, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    int r = read_text(path, system, &text, ret_found, e);
    if (r < 0 || !*ret_found)
        return r;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    r = hook_settings_parse(text.buf, text.len, shown, ret, e);
    if (r == 0 && ret->locked && !system)
        return err_set(e, ERR_INPUT, "%s: only " HOOK_SYSTEM_DIR "/hook.json can say \"locked\"", shown);
    return r;
}

/* What is locked stays; programs and hints of the user come on top. A file of theirs that cannot be read is left out. */
static void add_own(struct hook_settings *s, const char *path)
{
    AUTO(hook_settings_release) struct hook_settings own = {.programs = STRLIST_INIT};
    struct err ignored = ERR_INIT;
    bool found = false;
    s->n_locked = s->programs.n;
    if (read_file(path, false, &own, &found, &ignored) < 0 || !found)
        return;
    s->hints = own.hints;
    for (size_t i = 0; i < own.programs.n && s->programs.n < HOOK_PROGRAMS_MAX; i++)
        (void)strlist_add_once(&s->programs, own.programs.item[i]);
}

bool hook_is_locked(const struct hook_settings *s, const char *program)
{
    for (size_t i = 0; s->locked && i < s->n_locked; i++)
        if (strcmp(s->programs.item[i], program) == 0)
            return true;
    return false;
}

int hook_settings_read(const struct world *w, struct hook_settings *ret, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings system = {.programs = STRLIST_INIT};
    AUTO(hook_settings_release) struct hook_settings own = {.programs = STRLIST_INIT};
    AUTO(mem_free_ptr) char *path = path_join(w->config_dir, "hook.json");
    bool has_system = false;
    bool has_own = false;
    int r = read_file(HOOK_SYSTEM_DIR "/hook.json", true, &system, &has_system, e);
    if (r == 0 && !system.locked)
        r = read_file(path, false, &own, &has_own, e);
    if (r < 0)
        return r;
    if (system.locked)
        add_own(&system, path);
    if (!has_own && !has_system)
        set_defaults(ret);
    else
        move(has_own ? &own : &system, ret);
    return 0;
}
