/* guard: what may be done at a path that is guarded. */
#include "core/guard.h"

#include <stdio.h>
#include <string.h>

#include "core/guard_parts.h"
#include "core/path.h"

static bool is_by_person(enum caps_source source)
{
    return source == CAPS_FROM_USER || source == CAPS_FROM_PROFILE || source == CAPS_FROM_WORKDIR;
}

/* Whether the nearest grant to write around the path is of a person. */
static bool is_of_person(const struct caps *c, const char *path)
{
    size_t longest = 0;
    bool by_person = false;
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        size_t len = strlen(g->path);
        if (!g->exists || !(g->access & CAPS_WRITE) || len < longest || !path_is_within(path, g->path))
            continue;
        by_person = is_by_person(g->origin.source) || (len == longest && by_person);
        longest = len;
    }
    return by_person;
}

static bool is_lifted(const struct caps *c, const char *path)
{
    for (size_t i = 0; i < c->unguarded.n; i++)
        if (path_is_within(path, c->unguarded.item[i]))
            return true;
    return false;
}

static const struct caps_guard *git_rule(const struct caps *c)
{
    for (size_t i = 0; i < c->n_guards; i++)
        if (strcmp(c->guard[i].pattern, ".git") == 0)
            return &c->guard[i];
    return NULL;
}

static bool is_taken_out(const struct caps *c, const char *path)
{
    size_t base;
    for (size_t i = 0; i < c->n_guards; i++)
        if (c->guard[i].pattern[0] == '!' && guard_fit(c->guard[i].pattern + 1, path, 0, &base) == GUARD_FITS)
            return true;
    return false;
}

/* A name that fits counts more than one that fits above. */
static bool find_file(const struct caps *c, const char *path, struct guard_match *ret)
{
    bool found = false;
    if (is_taken_out(c, path))
        return false;
    for (size_t i = 0; i < c->n_guards; i++) {
        const char *pattern = c->guard[i].pattern;
        size_t base = 0;
        if (*pattern == '!' || strcmp(pattern, ".git") == 0)
            continue;
        enum guard_fit fit = guard_fit(pattern, path, 0, &base);
        if (fit == GUARD_NO_FIT || (found && fit == GUARD_FITS_ABOVE))
            continue;
        *ret = (struct guard_match){.kind = fit == GUARD_FITS ? GUARD_FILE : GUARD_FILE_ABOVE, .rule = &c->guard[i], .base = base};
        found = true;
        if (fit == GUARD_FITS)
            break;
    }
    return found;
}

static enum guard_verdict if_born(const struct guard_match *m)
{
    return m->base ? GUARD_IF_BORN : GUARD_DENIED;
}

/* Directories bear no name of a file; but all below "x/" "**" is meant, and what comes from elsewhere was not judged by where it is now. */
static enum guard_verdict judge_file(const struct guard_act *a, const struct guard_match *m)
{
    if (a->operation == GUARD_MAKE_DIR || (a->is_dir && a->operation != GUARD_RENAME_TO))
        return GUARD_ALLOWED;
    if (a->is_dir && !str_ends(m->rule->pattern, "/" "**"))
        return GUARD_ALLOWED;
    return if_born(m);
}

static enum guard_verdict judge_above(const struct guard_act *a, const struct guard_match *m)
{
    bool leads_there = a->operation == GUARD_MAKE_LINK || (a->operation == GUARD_RENAME_TO && a->is_dir);
    bool leads_away = a->operation == GUARD_RENAME_FROM && a->is_dir;
    return leads_there || leads_away ? if_born(m) : GUARD_ALLOWED;
}

/* What is in a directory that was one of a repository before was judged as such, but for a directory of hooks. */
static enum guard_verdict judge_git_dir(const struct guard_act *a, const struct guard_match *m)
{
    struct guard_match other = {0};
    bool stays = a->other && guard_fit_git(a->other, true, &other) && (other.kind == GUARD_GIT_DIR || other.kind == GUARD_GIT_MODULE);
    bool to_hooks = strcmp(path_base(a->path), "hooks") == 0;
    if (a->operation == GUARD_MAKE_LINK) /* `git init` tries out whether links can be made */
        return m->kind == GUARD_GIT_MODULE ? if_born(m) : GUARD_DENIED;
    if (a->operation == GUARD_RENAME_TO && a->is_dir)
        return stays && (!to_hooks || strcmp(path_base(a->other), "hooks") == 0) ? GUARD_ALLOWED : GUARD_DENIED;
    return a->operation == GUARD_RENAME_FROM && a->is_dir && !stays ? if_born(m) : GUARD_ALLOWED;
}

/* Of files. A repository may be removed, since git executes nothing by settings that are gone; `git init` tries out whether the mode of its settings
 * is kept. Pointers are written where they are by git itself: what they say is looked at when the command is over. */
static const enum guard_verdict of_git[][GUARD_OPERATIONS] = {
    [GUARD_GIT_CONFIG] = {[GUARD_CREATE] = GUARD_DENIED, [GUARD_WRITE] = GUARD_DENIED, [GUARD_MAKE_LINK] = GUARD_DENIED,
                          [GUARD_MAKE_OTHER] = GUARD_DENIED, [GUARD_LINK_TO] = GUARD_DENIED, [GUARD_LINK_FROM] = GUARD_DENIED,
                          [GUARD_RENAME_FROM] = GUARD_IF_BORN, [GUARD_RENAME_TO] = GUARD_IF_CONTENT},
    [GUARD_GIT_HOOK] = {[GUARD_CREATE] = GUARD_DENIED, [GUARD_WRITE] = GUARD_DENIED, [GUARD_MAKE_LINK] = GUARD_DENIED,
                        [GUARD_MAKE_OTHER] = GUARD_DENIED, [GUARD_LINK_TO] = GUARD_DENIED, [GUARD_LINK_FROM] = GUARD_DENIED,
                        [GUARD_REMOVE] = GUARD_IF_BORN, [GUARD_CHANGE_MODE] = GUARD_IF_BORN, [GUARD_RENAME_FROM] = GUARD_IF_BORN,
                        [GUARD_RENAME_TO] = GUARD_DENIED},
    [GUARD_GIT_POINTER] = {[GUARD_CREATE] = GUARD_IF_BORN, [GUARD_WRITE] = GUARD_IF_BORN, [GUARD_MAKE_LINK] = GUARD_DENIED,
                           [GUARD_MAKE_OTHER] = GUARD_DENIED, [GUARD_LINK_TO] = GUARD_DENIED, [GUARD_LINK_FROM] = GUARD_DENIED,
                           [GUARD_RENAME_TO] = GUARD_IF_CONTENT},
};

static enum guard_verdict judge_git_file(const struct guard_act *a, const struct guard_match *m)
{
    enum guard_kind kind = m->kind == GUARD_GIT_COMMON ? GUARD_GIT_POINTER : m->kind;
    enum guard_verdict v = of_git[kind][a->operation];
    bool brings_hooks = kind == GUARD_GIT_HOOK && a->operation == GUARD_RENAME_TO;
    if (a->is_dir && !brings_hooks)
        return GUARD_ALLOWED;
    bool needs_place = v == GUARD_IF_BORN || (v == GUARD_IF_CONTENT && m->kind == GUARD_GIT_COMMON);
    return needs_place && !m->base ? GUARD_DENIED : v;
}

static enum guard_verdict judge_match(const struct guard_act *a, const struct guard_match *m)
{
    switch (m->kind) {
    case GUARD_FILE:
        return judge_file(a, m);
    case GUARD_FILE_ABOVE:
        return judge_above(a, m);
    case GUARD_GIT_DIR:
    case GUARD_GIT_MODULE:
        return judge_git_dir(a, m);
    case GUARD_GIT_CONFIG:
    case GUARD_GIT_HOOK:
    case GUARD_GIT_POINTER:
    case GUARD_GIT_COMMON:
        return judge_git_file(a, m);
    }
    return GUARD_DENIED;
}

enum guard_verdict guard_judge(const struct caps *c, const struct guard_act *act, struct guard_match *ret)
{
    enum guard_verdict verdict = GUARD_ALLOWED;
    if (c->n_guards == 0 || !is_of_person(c, act->path) || is_lifted(c, act->path))
        return GUARD_ALLOWED;
    const struct caps_guard *git = git_rule(c);
    if (git && guard_fit_git(act->path, act->is_dir, ret)) {
        ret->rule = git;
        verdict = judge_match(act, ret);
    }
    if (verdict == GUARD_ALLOWED && find_file(c, act->path, ret))
        verdict = judge_match(act, ret);
    if (verdict == GUARD_ALLOWED && act->operation == GUARD_RENAME_TO && act->is_dir && !is_of_person(c, act->other)) {
        *ret = (struct guard_match){.kind = GUARD_FILE_ABOVE, .rule = &c->guard[0]};
        return GUARD_ELSEWHERE;
    }
    return verdict;
}

static bool is_in_repository(const char *path)
{
    struct guard_match ignored;
    for (size_t len = 1; path[len - 1]; len++) {
        if (path[len] != '/' && path[len] != '\0')
            continue;
        if (len >= 5 && memcmp(path + len - 4, ".git", 4) == 0)
            return true;
    }
    return guard_fit_git(path, true, &ignored);
}

bool guard_pointer_target(const char *path, struct view text, char ret[STR_MAX_PATH])
{
    static const char mark[] = "gitdir: ";
    char parent[STR_MAX_PATH];
    char target[STR_MAX_PATH];
    size_t len = text.len;
    while (len > 0 && (text.ptr[len - 1] == '\n' || text.ptr[len - 1] == '\r'))
        len--;
    if (len <= strlen(mark) || len >= sizeof target || memcmp(text.ptr, mark, strlen(mark)) != 0)
        return false;
    len -= strlen(mark);
    memcpy(target, text.ptr + strlen(mark), len);
    target[len] = '\0';
    return strlen(target) == len && !strpbrk(target, "\n\r") && path_lexical_into(path, "..", parent) && path_lexical_into(parent, target, ret);
}

/* The repository has to be one whose files are judged, or one that the command cannot write. */
static bool is_safe_pointer(const struct caps *c, const char *path, struct view after, char *ret_why)
{
    char target[STR_MAX_PATH];
    struct caps_answer answer;
    if (!guard_pointer_target(path, after, target)) {
        (void)snprintf(ret_why, GIT_CONFIG_MAX_NAME, "it does not say where its repository is");
        return false;
    }
    caps_evaluate(c, target, CAPS_WRITE, &answer);
    if (!(answer.granted & CAPS_WRITE) || (is_of_person(c, target) && is_in_repository(target)))
        return true;
    (void)snprintf(ret_why, GIT_CONFIG_MAX_NAME, "it leads to %.900s, which is not guarded", target);
    return false;
}

static bool is_safe_common(struct view after, char *ret_why)
{
    static const char usual[] = "../..";
    size_t len = after.len > 0 && after.ptr[after.len - 1] == '\n' ? after.len - 1 : after.len;
    if (len == strlen(usual) && memcmp(after.ptr, usual, len) == 0)
        return true;
    (void)snprintf(ret_why, GIT_CONFIG_MAX_NAME, "it leads to another repository than the one that it is in");
    return false;
}

bool guard_content_is_safe(const struct caps *c, const char *path, const struct guard_match *m, struct view before, struct view after,
                           char ret_why[GIT_CONFIG_MAX_NAME])
{
    char name[GIT_CONFIG_MAX_NAME];
    if (m->kind == GUARD_GIT_POINTER)
        return is_safe_pointer(c, path, after, ret_why);
    if (m->kind == GUARD_GIT_COMMON)
        return is_safe_common(after, ret_why);
    if (m->kind == GUARD_GIT_CONFIG && git_config_is_safe_change(before, after, m->place, name))
        return true;
    if (m->kind == GUARD_GIT_CONFIG && *name)
        (void)snprintf(ret_why, GIT_CONFIG_MAX_NAME, "it changes %.900s", name);
    else
        (void)snprintf(ret_why, GIT_CONFIG_MAX_NAME, "it is no configuration of git that can be read");
    return false;
}

bool guard_names(const struct caps *c, const char *path)
{
    struct guard_match m;
    size_t base;
    if (git_rule(c) && (guard_fit_git(path, false, &m) || guard_fit_git(path, true, &m)))
        return true;
    for (size_t i = 0; i < c->n_guards; i++) {
        const char *pattern = c->guard[i].pattern;
        enum guard_fit fit = *pattern == '!' ? GUARD_NO_FIT : guard_fit(pattern, path, 0, &base);
        if (fit == GUARD_FITS || (fit == GUARD_FITS_ABOVE && *pattern != '/'))
            return true;
    }
    return false;
}

bool guard_is_asked(const struct caps *c)
{
    for (size_t i = 0; c->n_guards && i < c->n_grants; i++)
        if (c->grant[i].exists && (c->grant[i].access & CAPS_WRITE) && is_by_person(c->grant[i].origin.source))
            return true;
    return false;
}
