/* git_config_rows: the table of what may stand in a configuration of git without making it execute anything.
 *
 * What is left out on purpose: all that names a program or a file with more settings (core.hooksPath, core.fsmonitor, core.sshCommand, core.editor,
 * core.pager, core.askPass, core.attributesFile, alias, filter, diff.*.command, diff.*.textconv, merge.*.driver, mergetool, difftool, credential,
 * include, includeIf, gpg, sequence.editor, remote.*.uploadpack, remote.*.receivepack, remote.*.vcs, pager, interactive.diffFilter, ...), that leads
 * to another place (url, http, protocol), or that turns a check off. */
#include "core/git_config.h"

#include <string.h>

enum check {
    ANY,
    BOOL,     /* a word for true or false */
    ADDRESS,  /* of a repository, by a transport that git has itself; or the name of a remote */
    UPDATE,   /* how a submodule is updated: "!command" would be executed */
    WORKTREE, /* of a submodule: a directory beside the repository that it belongs to */
};

struct row {
    const char *section;
    bool has_name;   /* a subsection */
    const char *key; /* "*": any */
    enum check check;
};

static const struct row rows[] = {
    {"core", false, "repositoryformatversion", ANY},
    {"core", false, "filemode", BOOL},
    {"core", false, "bare", BOOL},
    {"core", false, "logallrefupdates", ANY},
    {"core", false, "ignorecase", BOOL},
    {"core", false, "precomposeunicode", BOOL},
    {"core", false, "symlinks", BOOL},
    {"core", false, "autocrlf", ANY},
    {"core", false, "eol", ANY},
    {"core", false, "safecrlf", ANY},
    {"core", false, "quotepath", BOOL},
    {"core", false, "sharedrepository", ANY},
    {"core", false, "sparsecheckout", BOOL},
    {"core", false, "sparsecheckoutcone", BOOL},
    {"core", false, "preloadindex", BOOL},
    {"core", false, "untrackedcache", ANY},
    {"core", false, "splitindex", BOOL},
    {"core", false, "multipackindex", BOOL},
    {"core", false, "commitgraph", BOOL},
    {"core", false, "fsmonitor", BOOL},
    {"core", false, "trustctime", BOOL},
    {"core", false, "compression", ANY},
    {"core", false, "abbrev", ANY},
    {"core", false, "longpaths", BOOL},
    {"core", false, "worktree", WORKTREE},
    {"extensions", false, "objectformat", ANY},
    {"extensions", false, "compatobjectformat", ANY},
    {"extensions", false, "refstorage", ANY},
    {"extensions", false, "worktreeconfig", BOOL},
    {"extensions", false, "relativeworktrees", BOOL},
    {"extensions", false, "preciousobjects", BOOL},
    {"extensions", false, "partialclone", ADDRESS},
    {"user", false, "name", ANY},
    {"user", false, "email", ANY},
    {"user", false, "useconfigonly", BOOL},
    {"author", false, "*", ANY},
    {"committer", false, "*", ANY},
    {"init", false, "defaultbranch", ANY},
    {"remote", false, "pushdefault", ADDRESS},
    {"remote", true, "url", ADDRESS},
    {"remote", true, "pushurl", ADDRESS},
    {"remote", true, "fetch", ANY},
    {"remote", true, "push", ANY},
    {"remote", true, "mirror", BOOL},
    {"remote", true, "tagopt", ANY},
    {"remote", true, "prune", BOOL},
    {"remote", true, "prunetags", BOOL},
    {"remote", true, "promisor", BOOL},
    {"remote", true, "partialclonefilter", ANY},
    {"remote", true, "skipdefaultupdate", BOOL},
    {"remote", true, "skipfetchall", BOOL},
    {"remote", true, "followremotehead", ANY},
    {"remote", true, "gh-resolved", ANY},
    {"branch", false, "autosetupmerge", ANY},
    {"branch", false, "autosetuprebase", ANY},
    {"branch", false, "sort", ANY},
    {"branch", true, "remote", ADDRESS},
    {"branch", true, "pushremote", ADDRESS},
    {"branch", true, "merge", ANY},
    {"branch", true, "rebase", ANY},
    {"branch", true, "description", ANY},
    {"branch", true, "vscode-merge-base", ANY},
    {"branch", true, "github-pr-owner-number", ANY},
    {"branch", true, "gh-merge-base", ANY},
    {"submodule", false, "active", ANY},
    {"submodule", false, "recurse", BOOL},
    {"submodule", false, "fetchjobs", ANY},
    {"submodule", true, "url", ADDRESS},
    {"submodule", true, "active", BOOL},
    {"submodule", true, "branch", ANY},
    {"submodule", true, "ignore", ANY},
    {"submodule", true, "shallow", BOOL},
    {"submodule", true, "fetchrecursesubmodules", ANY},
    {"submodule", true, "update", UPDATE},
    {"pull", false, "rebase", ANY},
    {"pull", false, "ff", ANY},
    {"push", false, "default", ANY},
    {"push", false, "autosetupremote", BOOL},
    {"push", false, "followtags", BOOL},
    {"fetch", false, "prune", BOOL},
    {"fetch", false, "prunetags", BOOL},
    {"fetch", false, "parallel", ANY},
    {"merge", false, "ff", ANY},
    {"merge", false, "conflictstyle", ANY},
    {"merge", false, "renames", ANY},
    {"diff", false, "renames", ANY},
    {"diff", false, "algorithm", ANY},
    {"diff", false, "colormoved", ANY},
    {"diff", false, "submodule", ANY},
    {"rebase", false, "autosquash", BOOL},
    {"rebase", false, "autostash", BOOL},
    {"rebase", false, "updaterefs", BOOL},
    {"rerere", false, "*", BOOL},
    {"status", false, "*", ANY},
    {"color", false, "ui", ANY},
    {"advice", false, "*", BOOL},
    {"column", false, "*", ANY},
    {"feature", false, "manyfiles", BOOL},
    {"feature", false, "experimental", BOOL},
    {"index", false, "version", ANY},
    {"gc", false, "auto", ANY},
    {"gc", false, "autodetach", BOOL},
    {"maintenance", false, "auto", BOOL},
    {"maintenance", false, "strategy", ANY},
    {"pack", false, "threads", ANY},
    {"lfs", false, "repositoryformatversion", ANY},
};

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_bool(const struct git_config_entry *entry)
{
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "1", "0", "", NULL};
    char lowered[sizeof "false"] = "";
    if (!entry->has_value)
        return true;
    for (size_t i = 0; entry->value[i]; i++) {
        char c = entry->value[i];
        if (i + 1 >= sizeof lowered)
            return false;
        lowered[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        lowered[i + 1] = '\0';
    }
    return is_one_of(lowered, words);
}

/* "x::y" is for the program git-remote-x, as is "x://y" where git does not know x; a host that begins with '-' was an option of ssh once. */
static bool is_safe_address(const char *address)
{
    static const char *const own[] = {"https", "http", "ssh", "git", "file", "ftp", "ftps", "git+ssh", "ssh+git", NULL};
    char scheme[16] = "";
    const char *mark = strstr(address, "://");
    if (address[0] == '-' || strstr(address, "::") || strstr(address, "@-") || strstr(address, "//-"))
        return false;
    for (const unsigned char *p = (const unsigned char *)address; *p; p++)
        if (*p < ' ' || *p == 0x7f)
            return false;
    if (!mark)
        return true;
    if ((size_t)(mark - address) >= sizeof scheme)
        return false;
    memcpy(scheme, address, (size_t)(mark - address));
    return is_one_of(scheme, own);
}

/* Up to the directory of the outer repository, then down beside its own. */
static bool is_safe_worktree(const char *path, struct git_config_place place)
{
    size_t ups = 0;
    while (strncmp(path, "../", 3) == 0) {
        path += 3;
        ups++;
    }
    if (ups == 0 || ups != place.depth || *path == '\0' || *path == '/' || strcmp(path, "..") == 0)
        return false;
    size_t len = strlen(path);
    return strncmp(path, ".git", 4) != 0 && !strstr(path, "/../") && !(len > 3 && strcmp(path + len - 3, "/..") == 0);
}

static bool passes(enum check check, const struct git_config_entry *entry, struct git_config_place place)
{
    static const char *const updates[] = {"checkout", "rebase", "merge", "none", NULL};
    switch (check) {
    case ANY:
        return true;
    case BOOL:
        return is_bool(entry);
    case ADDRESS:
        return entry->has_value && is_safe_address(entry->value);
    case UPDATE:
        return entry->has_value && is_one_of(entry->value, updates);
    case WORKTREE:
        return entry->has_value && is_safe_worktree(entry->value, place);
    }
    return false;
}

static bool is_section(const struct row *row, const char *name, size_t section, bool has_name)
{
    return row->has_name == has_name && strlen(row->section) == section && memcmp(row->section, name, section) == 0;
}

bool git_config_is_harmless(const struct git_config_entry *entry, struct git_config_place place)
{
    const char *first = strchr(entry->name, '.');
    const char *last = strrchr(entry->name, '.');
    if (!first)
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        if (!is_section(row, entry->name, (size_t)(first - entry->name), first != last))
            continue;
        if (strcmp(row->key, "*") == 0 || strcmp(row->key, last + 1) == 0)
            return passes(row->check, entry, place);
    }
    return false;
}
