/* rollback_changes: what a session changed, for whoever shows it. */
#include "shell/rollback_changes.h"

#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/session_tree.h"
#include "shell/rollback_diff.h"
#include "shell/rollback_view.h"

int rollback_changes_open(const struct cmd_context *ctx, const struct session_record *r, struct rollback_changes *ret, struct err *e)
{
    *ret = (struct rollback_changes){.record = r};
    int rc = store_open(ctx->world->state_dir, &ret->store, e);
    if (rc == 0 && r->has_after)
        rc = session_tree_changes(ret->store, r, &ret->list, e);
    if (rc == 0)
        ret->renames = rollback_renames(&ret->list);
    else
        rollback_changes_release(ret);
    return rc;
}

void rollback_changes_release(struct rollback_changes *c)
{
    mem_free(c->renames);
    change_list_release(&c->list);
    store_close_ptr(&c->store);
    *c = (struct rollback_changes){0};
}

int rollback_changes_check_paths(const struct rollback_changes *c, const struct strlist *paths, struct err *e)
{
    for (size_t i = 0; i < paths->n; i++) {
        if (session_tree_below(c->record, paths->item[i]))
            continue;
        AUTO(mem_free_ptr) char *path = quote_term_dup(paths->item[i]);
        AUTO(mem_free_ptr) char *root = quote_term_dup(c->record->workdir);
        return err_set(e, ERR_INPUT, "%s lies outside %s, the tree of session %s", path, root, c->record->id);
    }
    return 0;
}

static bool is_wanted(const struct rollback_changes *c, const struct strlist *paths, size_t i)
{
    for (size_t j = 0; j < paths->n; j++) {
        const char *below = session_tree_below(c->record, paths->item[j]);
        bool is_around = below && below[0] == '/' && path_is_within(c->record->workdir, paths->item[j]) && c->list.item[i].path[0] != '/';
        if (is_around || (below && change_path_within(c->list.item[i].path, below)))
            return true;
    }
    return paths->n == 0;
}

/* Half of a rename speaks for the other only when both are asked for. */
static const struct change *renamed_from(const struct rollback_changes *c, const struct strlist *paths, size_t i)
{
    const struct change *change = &c->list.item[i];
    ptrdiff_t other = c->renames[i].other;
    if (other < 0 || change->kind != CHANGE_CREATED || !is_wanted(c, paths, (size_t)other))
        return NULL;
    return &c->list.item[other];
}

bool rollback_changes_is_shown(const struct rollback_changes *c, const struct strlist *paths, size_t i)
{
    if (!change_is_visible(&c->list.item[i]) || !is_wanted(c, paths, i))
        return false;
    return paths->n > 0 ? !(c->renames[i].is_told && is_wanted(c, paths, (size_t)c->renames[i].other)) : !c->renames[i].is_told;
}

size_t rollback_changes_list(const struct rollback_changes *c, const struct strlist *paths, size_t most, struct str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->list.n; i++) {
        if (!rollback_changes_is_shown(c, paths, i) || n++ >= most)
            continue;
        const struct change *from = renamed_from(c, paths, i);
        str_add(out, "  ");
        if (from)
            rollback_view_rename(out, from, &c->list.item[i]);
        else
            rollback_view_change(out, &c->list.item[i]);
        str_addc(out, '\n');
    }
    if (n > most)
        str_addf(out, "  and %zu more: --full\n", n - most);
    return n;
}

int rollback_changes_diff(const struct rollback_changes *c, const struct strlist *paths, const struct diff_look *look, struct pager *to,
                          struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    int n = 0;
    for (size_t i = 0; i < c->list.n && !to->left; i++) {
        if (!rollback_changes_is_shown(c, paths, i))
            continue;
        int rc = rollback_diff_change(c->store, &c->list.item[i], renamed_from(c, paths, i), look, &text, e);
        if (rc == 0)
            rc = str_check(&text, "the difference", e);
        if (rc < 0)
            return rc;
        pager_write(to, text.buf, text.len);
        str_clear(&text);
        n++;
    }
    return n;
}

int rollback_changes_json(const struct rollback_changes *c, const char *key, bool with_diff, struct json_out *o, struct err *e)
{
    const struct diff_look look = {.safe = false};
    int rc = 0;
    json_out_open(o, key, '[');
    for (size_t i = 0; rc == 0 && i < c->list.n; i++) {
        AUTO(str_release) struct str lines = STR_INIT(STR_MAX_REPORT);
        const struct change *change = &c->list.item[i];
        if (!change_is_visible(change))
            continue;
        ptrdiff_t other = c->renames[i].other;
        if (with_diff)
            rc = rollback_diff_lines(c->store, change, &look, &lines, e);
        json_out_open(o, NULL, '{');
        rollback_json_change_fields(o, change);
        if (other >= 0)
            json_out_string(o, change->kind == CHANGE_CREATED ? "renamed_from" : "renamed_to", c->list.item[other].path);
        if (with_diff)
            json_out_string(o, "diff", lines.len > 0 ? lines.buf : NULL);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
    return rc;
}
