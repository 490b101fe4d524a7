/* level: which mechanisms hold a run. */
#include "core/level.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/blocked.h"
#include "core/mask.h"
#include "core/mem.h"
#include "core/namespaces.h"
#include "core/overlap.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/terminals.h"

enum caps_level level_here(void)
{
    return namespaces_work() ? CAPS_LEVEL_FULL : CAPS_LEVEL_LANDLOCK;
}

const char *level_name(enum caps_level level)
{
    return level == CAPS_LEVEL_FULL ? "full" : "landlock";
}

void level_describe(enum caps_level level, int landlock_abi, struct str *out)
{
    str_addf(out, "%s: Landlock V%d + seccomp%s", level_name(level), landlock_abi, level == CAPS_LEVEL_FULL ? " + namespaces" : "");
}

/* What Landlock grants to read only, since its name means another object in every process. */
static bool is_per_process(const char *path)
{
    return path_is_within(path, "/proc/self") || path_is_within(path, "/proc/thread-self");
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* An upper directory sorts before what is in it. */
static void keep_outermost(struct strlist *l)
{
    size_t kept = 0;
    if (l->n > 1)
        qsort(l->item, l->n, sizeof *l->item, compare);
    for (size_t i = 0; i < l->n; i++) {
        bool covered = false;
        for (size_t k = kept; k > 0 && !covered; k--)
            covered = path_is_within(l->item[i], l->item[k - 1]);
        if (covered)
            mem_free(l->item[i]);
        else
            l->item[kept++] = l->item[i];
    }
    l->n = kept;
}

/* Whoever was granted something of the shared one means that one. */
bool level_wants_private_shm(const struct caps *c)
{
    struct caps_answer answer;
    struct stat st;
    caps_evaluate(c, NAMESPACES_SHM, CAPS_WRITE, &answer);
    if (answer.deny || (answer.granted & CAPS_WRITE))
        return false;
    for (size_t i = 0; i < c->n_grants; i++)
        if (path_is_within(c->grant[i].path, NAMESPACES_SHM))
            return false;
    for (size_t i = 0; i < c->n_denies; i++)
        if (path_is_within(c->deny[i].path, NAMESPACES_SHM))
            return false;
    return lstat(NAMESPACES_SHM, &st) == 0 && S_ISDIR(st.st_mode);
}

/* False, with a notice, when there are too many. */
static bool list_writable(struct caps *c)
{
    strlist_release(&c->writable);
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        if (g->exists && (g->access & CAPS_WRITE) && !is_per_process(g->path))
            strlist_add(&c->writable, g->path);
    }
    keep_outermost(&c->writable);
    if (c->writable.n <= LEVEL_MAX_WRITABLE)
        return true;
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_addf(&line, "%zu places may be written, more than %d: the command gets no namespaces", c->writable.n, LEVEL_MAX_WRITABLE);
    strlist_add(&c->notices, line.buf);
    strlist_release(&c->writable);
    c->own_processes = false;
    return false;
}

static void grant_private(struct caps *c, const char *directory)
{
    caps_add_grant(c, mem_strdup(directory), CAPS_READWRITE, false, true, caps_origin_make(CAPS_FROM_LEVEL, "full", "", directory));
}

static void plan_full(struct caps *c)
{
    c->level = CAPS_LEVEL_FULL;
    c->private_shm = level_wants_private_shm(c);
    if (c->private_shm)
        grant_private(c, NAMESPACES_SHM);
    c->private_terminals = terminals_are_asked(c);
    if (c->private_terminals)
        grant_private(c, TERMINALS_DIR);
}

static void plan_terminals(struct caps *c, bool stays)
{
    bool is_asked = terminals_are_asked(c);
    c->own_terminals = is_asked && stays;
    if (is_asked && !stays)
        strlist_add(
            &c->warnings,
            "programs that make terminals (tmux, script) cannot open them: under 'nono wrap' nobody tells them from other terminals of yours");
    terminals_grant_own(c);
}

/* Whoever blocked a command by name is told that it is not blocked for all; the lists of groups are a guard against accidents. */
static void note_commands(struct caps *c)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    for (size_t i = 0; i < c->n_blocked; i++) {
        enum caps_source source = c->blocked[i].origin.source;
        if (source != CAPS_FROM_USER && source != CAPS_FROM_PROFILE)
            continue;
        str_add(&line, line.len ? ", " : "blocked for nono itself only, not for what the command starts: ");
        quote_term(&line, c->blocked[i].name);
    }
    if (line.len)
        (void)strlist_add_once(&c->notices, line.buf);
}

static void plan_lower(struct caps *c, bool stays)
{
    note_commands(c);
    plan_terminals(c, stays);
}

int level_plan(struct caps *c, enum caps_level level, bool stays, struct err *e)
{
    struct err ignored = ERR_INIT;
    c->own_sockets = stays;
    c->own_processes = level == CAPS_LEVEL_FULL && stays;
    bool full = level == CAPS_LEVEL_FULL && list_writable(c);
    /* What groups grant above a deny is split: masks would take the right to override modes from root. */
    bool masked = full && overlap_is_asked(c) && overlap_mask(c, stays, &ignored) == 0;
    if (!masked && overlap_split(c, e) < 0)
        return e->class;
    if (!full || !list_writable(c)) {
        plan_lower(c, stays);
        return 0;
    }
    plan_full(c);
    if (!masked) { /* such a link may lie in a grant that no deny lies in */
        mask_add_links(c);
        mask_order(c);
    }
    return blocked_find(c, e);
}

int level_hold(struct caps *c, bool stays, struct err *e)
{
    int r = level_plan(c, level_here(), stays, e);
    if (r == 0 && c->own_processes)
        c->own_processes = namespaces_processes_work();
    return r;
}
