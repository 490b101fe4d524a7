/* blocked: from the names of commands to files. */
#include "core/blocked.h"

#include <string.h>

#include "core/blocked_parts.h"
#include "core/mem.h"
#include "core/mounts.h"
#include "core/path.h"
#include "core/quote.h"

void blocked_names_release(struct blocked_names *l)
{
    for (size_t i = 0; i < l->n; i++) {
        mem_free(l->item[i].path);
        mem_free(l->item[i].real);
        mem_free(l->item[i].other);
    }
    mem_free(l->item);
    *l = (struct blocked_names){0};
}

void blocked_names_add(struct blocked_names *l, struct blocked_name name)
{
    mem_reserve(&l->item, &l->cap, l->n + 1, sizeof *l->item);
    l->item[l->n++] = name;
}

static void add_search(const struct caps *c, const char *search, struct strlist *ret)
{
    for (const char *at = search; *at; at += *at == ':') {
        size_t len = strcspn(at, ":");
        AUTO(mem_free_ptr) char *entry = mem_strndup(at, len);
        AUTO(mem_free_ptr) char *path = *entry == '/' ? NULL : path_join(c->workdir ? c->workdir : "/", entry);
        (void)strlist_add_once(ret, path ? path : entry);
        at += len;
    }
}

void blocked_directories(const struct caps *c, struct strlist *ret)
{
    static const char *const standard[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
    if (c->search)
        add_search(c, c->search, ret);
    for (size_t i = 0; i < c->n_variables; i++)
        if (c->variable[i].value && strcmp(c->variable[i].name, "PATH") == 0)
            add_search(c, c->variable[i].value, ret);
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
        (void)strlist_add_once(ret, standard[i]);
}

/* Landlock judges by the file, whatever link led to it. */
static bool may_execute(const struct caps *c, const char *real)
{
    struct caps_answer answer;
    caps_evaluate(c, real, CAPS_READ, &answer);
    return answer.allowed;
}

/* A shim leads to nono, which is none of the programs that it stands for. */
static bool is_shim(const struct caps *c, const struct blocked_name *n)
{
    struct caps_answer answer;
    if (strcmp(n->path, n->real) == 0)
        return false;
    caps_evaluate(c, n->path, CAPS_READ, &answer);
    return answer.deny && answer.deny->origin.source == CAPS_FROM_NONO;
}

static void hide(struct caps *c, const struct blocked_name *n)
{
    bool hides_file = caps_blocked(c, n->real) || !n->other;
    const char *also = n->other ? n->other : n->n_links > 1 ? "" : NULL;
    const char *path = hides_file ? n->real : n->path;
    const struct caps_command *own = hides_file ? caps_blocked(c, path) : NULL;
    if (!caps_hidden(c, path) && may_execute(c, n->real) && !is_shim(c, n))
        caps_add_hidden(c, mem_strdup(path), own ? (size_t)(own - c->blocked) : n->command, mem_strdup(also));
}

/* Most directories are shown once, and then so is what is in them. */
static bool is_shown_once(const char *mountinfo, const char *path, struct strlist *known)
{
    AUTO(strlist_release) struct strlist alias = STRLIST_INIT;
    AUTO(mem_free_ptr) char *directory = path_parent(path);
    if (strlist_has(known, directory))
        return true;
    mounts_aliases(mountinfo, directory, mounts_is_shown, &alias);
    if (alias.n == 0)
        strlist_add(known, directory);
    return alias.n == 0;
}

/* A bind mount shows a file a second time. */
static int hide_aliases(struct caps *c, struct err *e)
{
    const char *mountinfo = "";
    AUTO(strlist_release) struct strlist once = STRLIST_INIT;
    size_t n = c->n_hidden;
    if (n > 0 && mounts_known(&mountinfo, e) < 0)
        return e->class;
    for (size_t i = 0; i < n; i++) {
        AUTO(strlist_release) struct strlist alias = STRLIST_INIT;
        if (is_shown_once(mountinfo, c->hidden[i].path, &once))
            continue;
        mounts_aliases(mountinfo, c->hidden[i].path, mounts_is_shown, &alias);
        for (size_t k = 0; k < alias.n; k++)
            if (may_execute(c, alias.item[k]))
                caps_add_hidden(c, mem_strdup(alias.item[k]), c->hidden[i].command, mem_strdup(c->hidden[i].also));
    }
    return 0;
}

int blocked_find(struct caps *c, struct err *e)
{
    AUTO(blocked_names_release) struct blocked_names names = {0};
    AUTO(strlist_release) struct strlist directories = STRLIST_INIT;
    if (c->n_blocked > 0)
        blocked_directories(c, &directories);
    if (c->n_blocked > 0 && !blocked_recall(c, &directories, &names)) {
        if (blocked_search(c, &directories, &names, e) < 0)
            return e->class;
        blocked_remember(c, &directories, &names);
    }
    for (size_t i = 0; i < names.n; i++)
        hide(c, &names.item[i]);
    c->hides_commands = true;
    return hide_aliases(c, e);
}

void blocked_describe_other(const struct caps_hidden *h, struct str *out)
{
    if (!h->also)
        return;
    str_add(out, "; by that name only: the program is reached also ");
    if (*h->also) {
        str_add(out, "as ");
        quote_term(out, path_base(h->also));
    } else {
        str_add(out, "by another name, a hard link");
    }
}

void blocked_describe(const struct caps *c, struct strlist *ret)
{
    for (size_t i = 0; i < c->n_hidden; i++) {
        const struct caps_hidden *h = &c->hidden[i];
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        quote_term(&line, c->blocked[h->command].name);
        str_add(&line, " is blocked");
        blocked_describe_other(h, &line);
        if (h->also)
            (void)strlist_add_once(ret, line.buf);
    }
}
