/* explain_exec: what the kernel opens to execute a file: the file, the interpreter its first line names, and the loader. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/executable.h"
#include "core/mem.h"
#include "core/path.h"
#include "policy/explain_parts.h"

void explain_goal_release(struct explain_goal *g)
{
    for (size_t i = 0; i < g->n_parts; i++) {
        mem_free(g->part[i].path);
        real_release(&g->part[i].real);
    }
    *g = (struct explain_goal){0};
}

bool explain_goal_add(struct explain_goal *g, const char *what, char *path, unsigned access)
{
    AUTO(mem_free_ptr) char *owned = path;
    AUTO(real_cache_release) struct real_cache cache = {0};
    if (g->n_parts == EXPLAIN_MAX_PARTS)
        return false;
    struct explain_part *part = &g->part[g->n_parts++];
    *part = (struct explain_part){.what = what, .path = take_ptr(&owned), .access = access};
    real_find(&cache, part->path, &part->real);
    return true;
}

/* "/usr/bin/env -S python3 -u" as the rest of a first line: what env(1) will look for on the search path; NULL when it is not that. */
static char *name_for_env(const char *interpreter, const char *arguments)
{
    static const char blank[] = " \t";
    if (strcmp(path_base(interpreter), "env") != 0)
        return NULL;
    for (const char *at = arguments + strspn(arguments, blank); *at; at += strspn(at, blank)) {
        AUTO(mem_free_ptr) char *word = mem_strndup(at, strcspn(at, blank));
        at += strlen(word);
        if (*word != '-' && !strchr(word, '='))
            return take_ptr(&word);
    }
    return NULL;
}

/* `ret_for_env` is set for a script whose interpreter is env(1). */
static bool add_next(const char *file, const char *workdir, struct explain_goal *g, char **ret_for_env)
{
    struct stat st;
    struct executable found;
    struct err ignored = ERR_INIT;
    char *path = NULL;
    if (stat(file, &st) < 0 || !S_ISREG(st.st_mode)) /* opening a FIFO or a device would do something */
        return false;
    AUTO(mem_close_fd) int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    executable_read(fd, &found);
    bool is_script = found.kind == EXECUTABLE_SCRIPT;
    if (found.kind == EXECUTABLE_ALONE || path_lexical(is_script ? workdir : "/", found.next, &path, &ignored) < 0)
        return false;
    char *for_env = is_script ? name_for_env(path, found.arguments) : NULL;
    if (for_env) {
        mem_free(*ret_for_env);
        *ret_for_env = for_env;
    }
    return explain_goal_add(g, is_script ? "interpreter" : "loader", path, CAPS_READ) && is_script;
}

char *explain_find_parts(const char *workdir, struct explain_goal *g)
{
    char *for_env = NULL;
    while (g->n_parts > 0 && add_next(g->part[g->n_parts - 1].real.path, workdir, g, &for_env))
        ;
    return for_env;
}

static bool is_executable(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/* Candidate `at` of the search path, clean; NULL when it has none of that name. */
static char *candidate(const struct explain_request *r, const char *at, size_t len, const char *name)
{
    struct err ignored = ERR_INIT;
    AUTO(mem_free_ptr) char *directory = mem_strndup(at, len);
    AUTO(mem_free_ptr) char *joined = path_join(len ? directory : ".", name);
    AUTO(mem_free_ptr) char *path = NULL;
    if (path_lexical(r->resolve.workdir, joined, &path, &ignored) < 0 || !is_executable(path))
        return NULL;
    return take_ptr(&path);
}

void explain_find_for_env(const struct explain_request *r, const struct explain_policy *p, const char *name, struct explain_goal *g)
{
    AUTO(mem_free_ptr) char *first = NULL;
    AUTO(real_cache_release) struct real_cache cache = {0};
    for (const char *at = r->resolve.world->path; *at; at += *at == ':') {
        size_t len = strcspn(at, ":");
        AUTO(mem_free_ptr) char *path = candidate(r, at, len, name);
        AUTO(real_release) struct real real = {0};
        struct caps_answer answer = {0};
        at += len;
        if (!path)
            continue;
        real_find(&cache, path, &real);
        explain_judge(p, real.path, CAPS_READ, &answer);
        if (answer.allowed)
            return;
        bool is_shim = answer.deny && answer.deny->origin.source == CAPS_FROM_NONO;
        if (!first && !is_shim)
            first = take_ptr(&path);
    }
    if (first)
        (void)explain_goal_add(g, "interpreter", take_ptr(&first), CAPS_READ);
}

void explain_exec_parts(const char *workdir, const char *path, struct strlist *ret)
{
    AUTO(explain_goal_release) struct explain_goal goal = {0};
    (void)explain_goal_add(&goal, "program", mem_strdup(path), CAPS_READ);
    mem_free(explain_find_parts(workdir, &goal));
    for (size_t i = 0; i < goal.n_parts; i++) {
        strlist_add(ret, goal.part[i].what);
        strlist_add(ret, goal.part[i].real.path);
    }
}
