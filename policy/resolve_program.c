/* resolve_program: what the program needs that the shell hook wraps, as data/programs.json says. */
#include "policy/resolve_parts.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/launch.h"
#include "core/mem.h"
#include "core/path.h"
#include "policy/cleaned.h"
#include "policy/expand.h"
#include "policy/program.h"

static struct caps_origin origin_of(const struct resolving *s, const char *text)
{
    return caps_origin_make(CAPS_FROM_PROGRAM, s->request->program, "", text);
}

static int expand_listed(const struct resolving *s, const char *text, char **ret, struct err *e)
{
    int r = expand_path(s->request->world, s->request->workdir, text, ret, e);
    return r < 0 ? err_add(e, "program %s", s->request->program) : 0;
}

/* A directory the program fills on its first run must be there before, for only what exists can be granted. */
static int add_listed(struct resolving *s, const char *text, bool create, struct err *e)
{
    const struct resolve_request *q = s->request;
    AUTO(mem_free_ptr) char *path = NULL;
    int r = expand_listed(s, text, &path, e);
    if (r < 0)
        return r;
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    program_paths(path, &paths);
    for (size_t i = 0; r == 0 && i < paths.n; i++) {
        AUTO(real_release) struct real real = {0};
        if (create) /* what it fetched, and can fetch again */
            resolve_add_scratch(s, paths.item[i]);
        real_find(s->cache, paths.item[i], &real);
        if (create && !q->look_only && !real.exists && !real.link && program_make_directory(q->world, s->caps, paths.item[i]))
            real_cache_release(s->cache); /* a parent may have appeared as well */
        r = resolve_add_grant(s, paths.item[i], create ? CAPS_READWRITE : CAPS_READ, origin_of(s, text), e);
    }
    return r;
}

/* The virtual environment in use: it is where PATH finds the program or its interpreter, and says so by a file. */
static int add_venv(struct resolving *s, const char *name, unsigned access, struct err *e)
{
    static const char mark[] = "pyvenv.cfg";
    const struct world *w = s->request->world;
    struct err ignored = ERR_INIT;
    AUTO(mem_free_ptr) char *exe = NULL;
    if (launch_find(name, w->path, w->exe, &exe, &ignored) < 0)
        return 0;
    AUTO(mem_free_ptr) char *bin = path_parent(exe);
    AUTO(mem_free_ptr) char *venv = path_parent(bin);
    AUTO(mem_free_ptr) char *file = path_join(venv, mark);
    /* A home that holds such a file is a home. */
    if (venv[0] != '/' || path_is_within(w->home, venv) || faccessat(AT_FDCWD, file, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    return resolve_add_grant(s, venv, access, origin_of(s, mark), e);
}

static int add_program(struct resolving *s, const struct program *p, struct err *e)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < p->groups.n; i++) {
        const struct group *g = group_set_find(&s->groups, p->groups.item[i]);
        r = g ? resolve_group_paths(s, g, s->request->program, e)
              : err_set(e, ERR_MISSING, "program %s: there is no group '%s'", s->request->program, p->groups.item[i]);
    }
    for (size_t i = 0; r == 0 && i < p->read.n; i++)
        r = add_listed(s, p->read.item[i], false, e);
    for (size_t i = 0; r == 0 && i < p->create.n; i++)
        r = add_listed(s, p->create.item[i], true, e);
    if (r == 0 && p->venv)
        r = add_venv(s, s->request->program, p->venv, e);
    return r == 0 && p->venv ? add_venv(s, "python3", p->venv, e) : r;
}

int resolve_program(struct resolving *s, struct err *e)
{
    if (!s->request->program)
        return 0;
    int r = program_find(s->request->program, &s->program, e);
    return r < 0 ? r : add_program(s, &s->program, e);
}

static int publish(struct resolving *s, const char *path, char **ret, struct err *e)
{
    int r = cleaned_publish(s->request->world, path, ret, e);
    return r < 0 ? err_add(e, "%s gets a copy of its settings without the secrets, and there can be none", s->request->program) : 0;
}

int resolve_program_settings(struct resolving *s, struct err *e)
{
    if (!s->request->program || s->request->look_only)
        return 0;
    const struct program *p = &s->program;
    int r = 0;
    for (size_t i = 0; r == 0 && p->variable && i < p->settings.n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        AUTO(mem_free_ptr) char *copy = NULL;
        struct caps_answer answer;
        r = expand_listed(s, p->settings.item[i], &path, e);
        if (r < 0)
            return r;
        caps_evaluate(s->caps, path, CAPS_READ, &answer);
        if (answer.allowed)
            continue;
        r = publish(s, path, &copy, e);
        if (r < 0)
            return r;
        if (!copy)
            continue;
        caps_add_variable(s->caps, (struct caps_variable){.fate = CAPS_VARIABLE_SET,
                                                          .name = mem_strdup(p->variable),
                                                          .value = mem_strdup(copy),
                                                          .origin = origin_of(s, p->settings.item[i])});
        return resolve_add_grant(s, copy, CAPS_READ, origin_of(s, p->settings.item[i]), e);
    }
    return r;
}
