/* restore_range: folds the changes of several sessions into one list, from the newest session to the oldest. */
#include "rollback/restore_range.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "rollback/restore_decide.h"
#include "rollback/seal.h"
#include "rollback/session_tree.h"

/* One path while an older session is folded in. `before` of its change is where taking back what is newer leads. */
struct item {
    struct change change;
    struct restore_span span;
    int64_t reached_ns;         /* when that state was captured; INT64_MAX: nothing newer touched the path */
    const struct change *older; /* what the older session did to it; NULL */
};
struct fold {
    struct item *item;
    size_t n;
    size_t session; /* being folded in */
    const struct session_record *record;
    struct restore_range *ret;
};

static struct item item_of(const struct change *older)
{
    struct item x = {.change = *older, .reached_ns = INT64_MAX, .older = older};
    x.change.before = older->after;
    return x;
}

/* Both in the order of a walk. The paths of `older` move over. */
static void merge(struct fold *f, const struct change_list *older)
{
    struct item *all = mem_array(f->n + older->n + 1, sizeof(*all));
    size_t n = 0;
    size_t i = 0;
    size_t k = 0;
    while (i < f->n || k < older->n) {
        int order = i == f->n ? 1 : k == older->n ? -1 : change_path_order(f->item[i].change.path, older->item[k].path);
        if (order > 0) {
            all[n] = item_of(&older->item[k++]);
            all[n].span.newest = all[n].span.oldest = f->session;
            n++;
            continue;
        }
        all[n] = f->item[i++];
        all[n].older = NULL;
        if (order == 0) {
            all[n].older = &older->item[k];
            mem_free(older->item[k++].path);
        }
        n++;
    }
    mem_free(f->item);
    f->item = all;
    f->n = n;
}

static void note_touch(struct fold *f, struct item *x)
{
    struct restore_range *r = f->ret;
    mem_reserve(&r->touch, &r->cap_touches, r->n_touches + 1, sizeof(*r->touch));
    r->touch[r->n_touches++] = (struct restore_touch_of){.session = f->session, .next = x->span.touch};
    x->span.touch = r->n_touches;
}

static void cut(struct fold *f, struct item *x)
{
    if (!x->span.is_cut && !change_is_visible(x->older)) /* times of a directory are nobody's loss */
        return;
    if (!x->span.is_cut)
        x->span.cut = f->session;
    x->span.is_cut = true;
    x->span.first = x->older->before;
}

static bool takes_directory_away(const struct change *c)
{
    return c->after.type == SNAPSHOT_DIR && c->before.type != SNAPSHOT_DIR;
}

/* Sessions that ran side by side hold each other's changes: nothing says what an outsider did in between. */
static void take_back(struct fold *f, struct item *x)
{
    const struct change *older = x->older;
    bool side_by_side = x->reached_ns != INT64_MAX && f->record->ended_ns > x->reached_ns;
    if (x->reached_ns <= f->record->started_ns)
        return;
    enum restore_verdict v = restore_decide(older, &x->change.before);
    if (x->span.is_cut || (!side_by_side && v != RESTORE_PUT_BACK && v != RESTORE_DONE && x->reached_ns != INT64_MAX)) {
        cut(f, x);
        return;
    }
    x->span.stays = takes_directory_away(older) && x->change.before.type == SNAPSHOT_DIR ? x->change.before : (struct snapshot_node){0};
    x->span.stays_for = f->session;
    x->change.before = older->before;
    x->span.oldest = f->session;
    x->reached_ns = f->record->started_ns;
}

/* What comes back needs its directory: parents come first. */
static void take_back_downward(struct fold *f)
{
    AUTO(mem_free_ptr) size_t *above = mem_array(f->n + 1, sizeof(*above)); /* the items around the current one, the innermost last */
    size_t depth = 0;
    for (size_t i = 0; i < f->n; i++) {
        struct item *x = &f->item[i];
        while (depth > 0 && !change_path_within(x->change.path, f->item[above[depth - 1]].change.path))
            depth--;
        bool has_place = depth == 0 || f->item[above[depth - 1]].change.before.type == SNAPSHOT_DIR;
        if (x->older && x->older->before.type != 0 && !takes_directory_away(x->older)) {
            if (has_place)
                take_back(f, x);
            else
                cut(f, x);
        }
        above[depth++] = i;
    }
}

/* A directory goes only when nothing is left in it: children come first. */
static void take_back_upward(struct fold *f)
{
    const char *left = NULL; /* the nearest path behind the current one that is there */
    for (size_t i = f->n; i-- > 0;) {
        struct item *x = &f->item[i];
        if (x->older && (x->older->before.type == 0 || takes_directory_away(x->older))) {
            if (takes_directory_away(x->older) && left && change_path_within(left, x->change.path))
                cut(f, x);
            else
                take_back(f, x);
        }
        if (x->change.before.type != 0)
            left = x->change.path;
        if (x->older)
            note_touch(f, x);
    }
}

static int fold_in(struct fold *f, struct store *s, struct err *e)
{
    AUTO(change_list_release) struct change_list older = {0};
    int rc = session_tree_changes(s, f->record, &older, e);
    if (rc < 0)
        return rc;
    merge(f, &older);
    take_back_downward(f);
    take_back_upward(f);
    older.n = 0; /* the paths moved */
    return f->n <= CHANGE_MAX ? 0 : err_set(e, ERR_LIMIT, "more than %d changed entries", CHANGE_MAX);
}

/* What came and went again, or is as it was, is no change. */
static void hand_over(struct fold *f)
{
    struct restore_range *r = f->ret;
    r->changes.item = mem_array(f->n + 1, sizeof(*r->changes.item));
    r->changes.cap = f->n + 1;
    r->span = mem_array(f->n + 1, sizeof(*r->span));
    for (size_t i = 0; i < f->n; i++) {
        struct item *x = &f->item[i];
        if (!x->span.is_cut && change_same_node(&x->change.before, &x->change.after)) {
            mem_free(x->change.path);
            continue;
        }
        x->change.kind = change_kind_of(&x->change.before, &x->change.after);
        r->span[r->changes.n] = x->span;
        r->changes.item[r->changes.n++] = x->change;
    }
}

int restore_range_make(struct store *s, const struct session_record *session, size_t n, struct restore_range *ret, struct err *e)
{
    struct fold f = {.ret = ret};
    int rc = 0;
    *ret = (struct restore_range){0};
    for (; rc == 0 && f.session < n; f.session++) {
        f.record = &session[f.session];
        rc = fold_in(&f, s, e);
    }
    if (rc == 0) {
        hand_over(&f);
    } else {
        for (size_t i = 0; i < f.n; i++)
            mem_free(f.item[i].change.path);
        restore_range_release(ret);
    }
    mem_free(f.item);
    return rc;
}

void restore_range_release(struct restore_range *r)
{
    change_list_release(&r->changes);
    mem_free(r->span);
    mem_free(r->touch);
    *r = (struct restore_range){0};
}

static int latest_end_first(const void *a, const void *b)
{
    const struct session_record *x = a;
    const struct session_record *y = b;
    if (x->ended_ns != y->ended_ns)
        return x->ended_ns < y->ended_ns ? 1 : -1;
    return strcmp(y->id, x->id);
}

/* 1: part of the range, sealed; 0: not. None that is over may be missing, since what is older is taken back from where it ends. */
static int belongs(const char *state_dir, struct session_record *r, const struct session_record *first, struct err *e)
{
    bool same_tree = strcmp(r->workdir, first->workdir) == 0 && r->root_inode == first->root_inode;
    if (same_tree && r->started_ns >= first->started_ns && session_state_of(state_dir, r) == SESSION_CUT_OFF)
        return err_set(e, ERR_BUSY, "session %s was cut off and what it changed cannot be read now", r->id);
    if (!same_tree || r->ended_ns == 0 || r->ended_ns < first->ended_ns)
        return 0;
    int rc = seal_record(state_dir, r, e);
    if (rc == 0 && !r->has_after && r->created + r->modified + r->deleted > 0)
        rc = err_set(e, ERR_BUSY, "what session %s changed is not in the store", r->id);
    return rc < 0 ? rc : r->has_after && !oid_equal(&r->before, &r->after);
}

int restore_range_read(const char *state_dir, const struct session_record *first, struct session_list *ret, struct err *e)
{
    size_t n = 0;
    int rc = session_list_read(state_dir, first->workdir, ret, e);
    for (size_t i = 0; i < ret->n; i++) {
        struct session_record *r = &ret->item[i];
        int is_part = rc == 0 ? belongs(state_dir, r, first, e) : 0;
        rc = is_part < 0 ? is_part : rc;
        if (is_part == 1) {
            ret->item[n] = *r;
            if (n++ != i)
                *r = (struct session_record){0};
        } else {
            session_record_release(r);
        }
    }
    ret->n = n;
    if (rc == 0 && n == 0)
        rc = err_set(e, ERR_MISSING, "session %s and those after it changed nothing", first->id);
    if (rc == 0 && n > SESSION_MAX_UNDOES)
        rc = err_set(e, ERR_LIMIT, "%zu sessions are more than the %d that can be taken back at once", n, SESSION_MAX_UNDOES);
    if (rc < 0)
        session_list_release(ret);
    else if (n > 1)
        qsort(ret->item, n, sizeof(*ret->item), latest_end_first);
    return rc;
}
