/* restore_paths: what a restore that goes beyond one tree may change, which is what its own session looks at. */
#include "core/mem.h"
#include "rollback/restore_job.h"
#include "rollback/session_tree.h"

/* Every name of a file that has several, so that it is known which of them were one. */
static int add_linked(struct store *s, const struct session_record *r, const struct oid *state, struct strlist *ret, struct err *e)
{
    AUTO(change_list_release) struct change_list all = {0};
    const struct oid nothing[2] = {0};
    struct oid trees[2] = {0};
    int rc = snapshot_read(s, state, &trees[0], &trees[1], e);
    if (rc == 0)
        rc = change_between_trees(s, nothing, trees, &all, e);
    if (rc == 0)
        session_tree_name(r, &all);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        if (all.item[i].after.link_group != 0)
            strlist_add(ret, all.item[i].path);
    }
    return rc;
}

int restore_paths_list(const struct restore_job *j, struct strlist *ret_roots, struct strlist *ret_paths, struct err *e)
{
    const struct restore_request *q = j->request;
    int rc = 0;
    for (size_t i = 0; i < q->n; i++) {
        const struct strlist *roots = &q->session[i].roots;
        for (size_t k = 0; k < roots->n && ret_roots->n < SESSION_MAX_ROOTS; k++)
            (void)strlist_add_once(ret_roots, roots->item[k]);
    }
    if (ret_roots->n == 0)
        return 0;
    for (size_t i = 0; i < j->plan.n; i++) {
        strlist_add(ret_paths, j->plan.changes.item[i].path);
        if (j->plan.step[i].beside)
            strlist_add(ret_paths, j->plan.step[i].beside);
    }
    for (size_t i = 0; rc == 0 && i < q->n; i++) {
        rc = add_linked(j->store, &q->session[i], &q->session[i].before, ret_paths, e);
        if (rc == 0)
            rc = add_linked(j->store, &q->session[i], &q->session[i].after, ret_paths, e);
    }
    return rc;
}
