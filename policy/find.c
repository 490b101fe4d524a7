/* find: profiles by name or by file: the user's own first, then the built-in ones. */
#include "policy/find.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/embed.h"
#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/profile_pack.h"

#define BUILTIN(name, symbol, listed) EMBED_DECLARE(policy_profile_##symbol);
#include "policy/data/profiles.def"
#undef BUILTIN

struct builtin {
    const char *name;
    const unsigned char *packed; /* profile_pack */
    const size_t *len;
    bool listed;
};

static const struct builtin builtins[] = {
#define BUILTIN(name, symbol, listed) {name, policy_profile_##symbol, &policy_profile_##symbol##_len, listed},
#include "policy/data/profiles.def"
#undef BUILTIN
};
enum { N_BUILTINS = sizeof builtins / sizeof *builtins };

static const char suffix[] = ".json";

bool find_is_path(const char *name_or_path)
{
    return strchr(name_or_path, '/') || str_ends(name_or_path, suffix);
}

char *find_directory(const struct world *w)
{
    return path_join(w->policy_dir, "profiles");
}

char *find_user_path(const struct world *w, const char *name)
{
    AUTO(mem_free_ptr) char *directory = find_directory(w);
    struct str path = STR_INIT(STR_MAX_LINE);
    str_addf(&path, "%s/%s%s", directory, name, suffix);
    return str_take(&path);
}

static const struct builtin *builtin_of(const char *name)
{
    for (size_t i = 0; i < N_BUILTINS; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}

static void load_builtin(const struct builtin *b, struct profile *ret)
{
    AUTO(str_release) struct str source = STR_INIT(STR_MAX_LINE);
    str_add(&source, "built-in profile ");
    str_add(&source, b->name);
    profile_unpack(b->packed, *b->len, b->name, source.buf, ret);
}

static int parse_file(const char *path, const char *name, struct profile *ret, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    int r = fs_read_named(path, &text, e);
    if (r < 0)
        return r;
    return profile_parse(text.buf, text.len, name, path, ret, e);
}

/* Names of the files in the user's directory, sorted; none when there is no directory. */
static int user_names(const struct world *w, struct strlist *ret, struct err *e)
{
    AUTO(mem_free_ptr) char *directory = find_directory(w);
    AUTO(strlist_release) struct strlist files = STRLIST_INIT;
    int r = fs_list(AT_FDCWD, directory, &files, e);
    if (r == ERR_MISSING)
        return 0;
    if (r < 0)
        return r;
    for (size_t i = 0; i < files.n; i++) {
        size_t len = strlen(files.item[i]);
        if (len > strlen(suffix) && str_ends(files.item[i], suffix))
            strlist_add_take(ret, mem_strndup(files.item[i], len - strlen(suffix)));
    }
    return 0;
}

int find_names(const struct world *w, struct strlist *ret, struct err *e)
{
    for (size_t i = 0; i < N_BUILTINS; i++)
        if (builtins[i].listed)
            strlist_add(ret, builtins[i].name);
    AUTO(strlist_release) struct strlist own = STRLIST_INIT;
    int r = user_names(w, &own, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < own.n; i++)
        if (profile_name_is_valid(own.item[i]))
            (void)strlist_add_once(ret, own.item[i]);
    return 0;
}

char *find_nearest(const struct world *w, const char *name)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    if (find_names(w, &names, &ignored) < 0)
        return NULL;
    strlist_add(&names, "developer");
    AUTO(mem_free_ptr) const char **candidate = mem_array(names.n, sizeof *candidate);
    for (size_t i = 0; i < names.n; i++)
        candidate[i] = names.item[i];
    return mem_strdup(str_nearest(name, candidate, names.n));
}

static int not_found(const struct world *w, const char *name, struct err *e)
{
    AUTO(mem_free_ptr) char *near = find_nearest(w, name);
    if (near)
        return err_set(e, ERR_MISSING, "Profile not found: %s; did you mean '%s'?", name, near);
    return err_set(e, ERR_MISSING, "Profile not found: %s", name);
}

static int find_named(const struct world *w, const char *name, struct profile *ret, struct err *e)
{
    if (!profile_name_is_valid(name)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(name);
        return err_set(e, ERR_INPUT, "Invalid profile name '%s': must be alphanumeric with hyphens only", shown);
    }
    AUTO(mem_free_ptr) char *path = find_user_path(w, name);
    /* Only a file that is not there lets the built-in through: one that cannot be read must not be replaced in silence. Most users have
     * none, and no error is made up for them. */
    struct stat st;
    bool missing = lstat(path, &st) < 0 && err_class_of(errno) == ERR_MISSING;
    int r = missing ? ERR_MISSING : parse_file(path, name, ret, e);
    if (r != ERR_MISSING)
        return r;
    const struct builtin *b = builtin_of(name);
    if (!b)
        return not_found(w, name, e);
    load_builtin(b, ret);
    return 0;
}

int find_profile(const struct world *w, const char *name_or_path, struct profile *ret, struct err *e)
{
    if (!find_is_path(name_or_path))
        return find_named(w, name_or_path, ret, e);
    AUTO(mem_free_ptr) char *path = NULL;
    if (name_or_path[0] != '/' && !w->cwd)
        return err_set(e, ERR_INPUT, "cannot find a profile by a relative path: the current directory is gone");
    int r = path_lexical(w->cwd ? w->cwd : "/", name_or_path, &path, e);
    if (r < 0)
        return r;
    r = parse_file(path, name_or_path, ret, e);
    if (r == ERR_MISSING) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(name_or_path);
        return err_set(e, ERR_MISSING, "Profile not found: %s", shown);
    }
    return r;
}

int find_builtin(const char *name, struct profile *ret, struct err *e)
{
    const struct builtin *b = builtin_of(name);
    if (!b)
        return err_set(e, ERR_MISSING, "there is no built-in profile '%s'", name);
    load_builtin(b, ret);
    return 0;
}

static struct find_entry *add_entry(struct find_list *l, const char *name)
{
    mem_reserve(&l->entry, &l->cap, l->n + 1, sizeof *l->entry);
    struct find_entry *entry = &l->entry[l->n++];
    *entry = (struct find_entry){.name = mem_strdup(name), .listed = true};
    return entry;
}

/* Fills what the profile says, or the error it gave. */
static void describe_entry(struct find_entry *entry, int result, const struct profile *p, const struct err *e)
{
    if (result < 0) {
        entry->description = mem_strdup("");
        entry->error = mem_strdup(e->text);
        return;
    }
    entry->description = mem_strdup(p->meta_description.text ? p->meta_description.text : "");
    for (size_t i = 0; i < p->extends.n; i++)
        strlist_add(&entry->extends, p->extends.item[i].text);
}

static void list_builtin(struct find_list *l, const struct builtin *b)
{
    struct find_entry *entry = add_entry(l, b->name);
    entry->builtin = true;
    entry->listed = b->listed;
    AUTO(profile_release) struct profile p = {0};
    load_builtin(b, &p);
    describe_entry(entry, 0, &p, NULL);
}

static void list_user(struct find_list *l, const char *directory, const char *name)
{
    struct find_entry *entry = add_entry(l, name);
    AUTO(str_release) struct str path = STR_INIT(STR_MAX_LINE);
    str_addf(&path, "%s/%s%s", directory, name, suffix);
    entry->path = str_take(&path);
    entry->shadows = builtin_of(name) != NULL;
    AUTO(profile_release) struct profile p = {0};
    struct err why = ERR_INIT;
    int r;
    if (profile_name_is_valid(name))
        r = parse_file(entry->path, name, &p, &why);
    else
        r = err_set(&why, ERR_INPUT, "Invalid profile name: must be alphanumeric with hyphens only");
    describe_entry(entry, r, &p, &why);
}

int find_list(const struct world *w, struct find_list *ret, struct err *e)
{
    return find_list_begun(w, "", ret, e);
}

int find_list_begun(const struct world *w, const char *begun, struct find_list *ret, struct err *e)
{
    AUTO(strlist_release) struct strlist own = STRLIST_INIT;
    int r = user_names(w, &own, e);
    if (r < 0)
        return r;
    *ret = (struct find_list){0};
    for (size_t i = 0; i < N_BUILTINS; i++) {
        if (str_starts(builtins[i].name, begun))
            list_builtin(ret, &builtins[i]);
    }
    AUTO(mem_free_ptr) char *directory = find_directory(w);
    for (size_t i = 0; i < own.n; i++) {
        if (str_starts(own.item[i], begun))
            list_user(ret, directory, own.item[i]);
    }
    return 0;
}

void find_list_release(struct find_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct find_entry *entry = &l->entry[i];
        mem_free(entry->name);
        mem_free(entry->path);
        mem_free(entry->description);
        mem_free(entry->error);
        strlist_release(&entry->extends);
    }
    mem_free(l->entry);
    *l = (struct find_list){0};
}
