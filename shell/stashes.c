/* stashes: which are reached, and what closes them. */
#include "shell/stashes.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/mutate.h"
#include "rollback/stash.h"

static bool is_reached(const struct caps *c, const char *path)
{
    struct caps_answer answer;
    caps_evaluate(c, path, CAPS_READ, &answer);
    for (size_t i = 0; i < c->n_masks; i++)
        if (c->mask[i].kind != CAPS_MASK_PIN && path_is_within(path, c->mask[i].path))
            return false;
    return answer.granted && !answer.deny;
}

int stashes_tell(const struct world *w, struct caps *c, struct err *e)
{
    AUTO(strlist_release) struct strlist known = STRLIST_INIT;
    int r = c->level == CAPS_LEVEL_FULL ? 0 : stash_known(w->state_dir, &known, e);
    for (size_t i = 0; r == 0 && i < known.n; i++) {
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        if (!is_reached(c, known.item[i]))
            continue;
        str_add(&line, "what earlier commands took away can be read: ");
        quote_term(&line, known.item[i]);
        str_add(&line, " lies in a grant, and only a mount could hide it ('nono rollback cleanup' empties it)");
        (void)strlist_add_once(&c->notices, line.buf);
    }
    return r;
}

static int remember(const struct world *w, const struct mutate *m, struct caps *c, struct err *e)
{
    for (unsigned i = 0; m && i < m->n_stash; i++) {
        AUTO(mem_free_ptr) char *all = path_parent(m->stash[i].path);
        if (!stash_is_over(all))
            continue;
        if (c->level != CAPS_LEVEL_FULL && is_reached(c, all))
            return err_set(e, ERR_KERNEL,
                           "what the command takes away would be kept where it can read it, and only a mount could hide it: --capture=scan keeps it "
                           "elsewhere, --no-rollback keeps nothing");
        if (stash_remember(w->state_dir, all, e) < 0)
            return e->class;
    }
    return 0;
}

int stashes_hide(const struct world *w, struct session *session, struct caps *c, struct err *e)
{
    AUTO(strlist_release) struct strlist known = STRLIST_INIT;
    int r = session ? remember(w, session_mutate(session), c, e) : 0;
    if (r == 0 && c->level == CAPS_LEVEL_FULL)
        r = stash_known(w->state_dir, &known, e);
    for (size_t i = 0; r == 0 && i < known.n; i++)
        if (is_reached(c, known.item[i]))
            caps_add_mask(c, mem_strdup(known.item[i]), CAPS_MASK_DIR);
    return r;
}
