/* rollback_autorun: the changes of sessions by which something is executed later. */
#include "shell/rollback_autorun.h"

#include "core/mem.h"
#include "core/quote.h"
#include "rollback/session_tree.h"

int rollback_autorun_find(const struct cmd_context *ctx, const struct session_record *r, struct autorun *ret, struct err *e)
{
    AUTO(store_close_ptr) struct store *store = NULL;
    AUTO(change_list_release) struct change_list changes = {0};
    const struct autorun_place place = {.root = r->workdir, .search = ctx->world->path};
    int rc = store_open(ctx->world->state_dir, &store, e);
    if (rc == 0 && r->has_after)
        rc = session_tree_changes(store, r, &changes, e);
    const struct autorun_reader reader = autorun_reader_of(store);
    return rc < 0 ? rc : autorun_find(&reader, &changes, &place, ret, e);
}

void rollback_autorun_paths(const struct session_record *r, const struct autorun *a, struct strlist *ret)
{
    for (size_t i = 0; i < a->n; i++) {
        AUTO(mem_free_ptr) char *path = session_tree_path(r, a->item[i].path);
        (void)strlist_add_once(ret, path);
    }
}

void rollback_autorun_list(const struct autorun *a, struct str *out)
{
    for (size_t i = 0; i < a->n; i++) {
        str_add(out, "  runs later:  ");
        quote_term(out, a->item[i].path);
        str_addf(out, " (%s)\n", autorun_names[a->item[i].kind]);
    }
}

void rollback_autorun_json(const struct autorun *a, struct json_out *o)
{
    json_out_open(o, "autorun", '[');
    for (size_t i = 0; i < a->n; i++) {
        json_out_open(o, NULL, '{');
        json_out_string(o, "path", a->item[i].path);
        json_out_string(o, "kind", autorun_names[a->item[i].kind]);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}
